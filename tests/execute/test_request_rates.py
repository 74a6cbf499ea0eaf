"""Rates of requests: never too few within the window, a slice too many at most, and bounded."""

import random

import pytest

from gatewright.execute import request_rates
from gatewright.execute.request_rates import SLICES, RequestRates


def test_a_window_slides():
    made, rates = random.Random(5), RequestRates()
    now, seen = 1_000_000.0, []
    for _ in range(2_000):
        now += made.choice((0.01, 0.5, 1.0, 9.0, 70.0))
        seen.append(now)
        least = sum(at > now - 60 for at in seen)
        most = sum(at > now - 60 - 60 / SLICES for at in seen)
        assert least <= rates.count("rule", "key", 60, now) <= most
    assert rates.count("rule", "key", 120, now) == rates.count("rule", "other", 60, now) == 1


def test_a_clock_that_is_set_back():
    rates = RequestRates()
    assert [rates.count("rule", "key", 60, 1_000.0 + at) for at in (0, 30, -1, 29)] == [1, 2, 3, 4]
    assert [rates.count("rule", "key", 60, at) for at in (100.0, 101.0)] == [1, 2]  # nobody is shut out for long


def test_who_was_not_seen_for_longest_is_forgotten(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(request_rates, "MOST_COUNTED", 100)
    rates = RequestRates()
    told = [rates.count("rule", key, 300, 1.0) for number in range(500) for key in ("often", str(number))]
    assert told[::2] == list(range(1, 501)) and len(rates._counts) == 100
