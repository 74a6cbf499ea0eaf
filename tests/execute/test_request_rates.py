"""Requests counted within a window: never fewer than there were, and within bounds of memory."""

import random

import pytest

from gatewright.execute import request_rates
from gatewright.execute.request_rates import SLICES, RequestRates


@pytest.mark.parametrize("window", [60, 300, 600])
def test_a_count_holds_all_of_the_window_and_at_most_one_slice_more(window: int) -> None:
    rates, made = RequestRates(), random.Random(window)
    times: list[float] = []
    now = 1_700_000_000.0
    for _ in range(1_000):
        now += made.choice((0.0, 0.1, 3.0, window / 40, window * made.random() * 2 if made.random() < 0.02 else 0.0))
        times.append(now)
        counted = rates.count("rule", "key", window, now)
        least = sum(one > now - window for one in times)
        most = sum(one >= now - window * (1 + 1 / SLICES) for one in times)
        assert least <= counted <= most


def test_rules_windows_and_keys_are_apart() -> None:
    rates = RequestRates()
    places = [("a", "k", 60), ("b", "k", 60), ("a", "l", 60), ("a", "k", 120)]
    assert [rates.count(rule, key, window, 5.0) for rule, key, window in places] == [1, 1, 1, 1]


def test_who_was_not_seen_for_longest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_rates, "MOST_COUNTED", 3)
    rates = RequestRates()
    told = [rates.count("rule", key, 60, 1.0) for key in ("a", "b", "c", "a", "d", "a", "b")]
    assert told == [1, 1, 1, 2, 1, 3, 1]


def test_a_clock_that_is_set_back_far_begins_anew() -> None:
    rates = RequestRates()
    assert [rates.count("rule", "a", 60, now) for now in (10_000.0, 9_999.0, 100.0, 101.0)] == [1, 2, 1, 2]
