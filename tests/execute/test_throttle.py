"""Token buckets: exact arithmetic, changed limits, the clock, the bound of what is kept."""

from collections.abc import Awaitable, Sequence
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.execute.limits.throttle import ACCOUNT, Limit, LocalThrottles, Rates
from gatewright.values.pending import Drive

# Multiples of a power of two: floats of them are exact, so the answers must be those of exact fractions.
EXACT = st.integers(0, 640).map(lambda n: n / 64)
STEPS = st.lists(st.integers(0, 4096).map(lambda n: n / 1024), max_size=60)


def take(throttles: LocalThrottles, now: float, *limits: Limit) -> Limit | None:
    waiting = throttles.take(limits, now)
    if waiting is None:
        return None
    ended: list[Limit | None] = []
    Drive(awaited(waiting), lambda answer, error: ended.append(answer)).step()
    return ended[0]  # a local bucket never waits


async def awaited(waiting: Awaitable[Limit | None]) -> Limit | None:
    return await waiting


def passed(limits: Sequence[Limit], times: Sequence[float]) -> list[Limit | None]:
    throttles = LocalThrottles()
    return [take(throttles, now, *limits) for now in times]


def brute_force(limits: Sequence[Limit], times: Sequence[float]) -> list[Limit | None]:
    """The definition: each bucket by itself, in fractions, from the first request on."""
    tokens = [Fraction(limit.burst) for limit in limits]
    answers: list[Limit | None] = []
    for before, now in pairwise([times[0], *times]):
        elapsed = Fraction(now) - Fraction(before)
        tokens = [
            min(had + elapsed * Fraction(limit.rate), Fraction(limit.burst))
            for had, limit in zip(tokens, limits, strict=True)
        ]
        short = [limit for had, limit in zip(tokens, limits, strict=True) if had < 1 or not limit.rate]
        answers.append(short[0] if short else None)
        if not short:
            tokens = [had - 1 for had in tokens]
    return answers


@given(st.lists(st.tuples(EXACT, st.integers(0, 6)), min_size=1, max_size=4), STEPS)
def test_the_arithmetic_is_exact(rates: list[tuple[float, int]], steps: list[float]) -> None:
    limits = [Limit(f"b{number}", *each) for number, each in enumerate(rates)]
    times = [1_700_000_000.0]
    for step in steps:
        times.append(times[-1] + step)
    assert passed(limits, times) == brute_force(limits, times)


@given(st.floats(0.1, 1000), st.integers(1, 50), st.lists(st.floats(0, 3), max_size=80))
def test_no_more_pass_than_the_bucket_holds_and_gets(rate: float, burst: int, steps: list[float]) -> None:
    times = [1_700_000_000.0]
    for step in steps:
        times.append(times[-1] + step)
    accepted = passed([Limit("b", rate, burst)], times).count(None)
    assert min(burst, len(times)) <= accepted <= burst + rate * (times[-1] - times[0]) + 1e-6


def test_ten_thousand_requests_in_five_seconds() -> None:
    times = [1_700_000_000 + number * 5 / 10_000 for number in range(10_000)]
    assert passed([Limit("b", 100.0, 50)], times).count(None) == 50 + 499  # those of the last 0.5 ms got no token


def test_all_are_looked_at_before_one_gives_a_token() -> None:
    throttles = LocalThrottles()
    one, many, none = Limit("one", 1.0, 1), Limit("many", 1.0, 2), Limit("none", 0.0, 5)
    assert take(throttles, 10.0, many, none) == none
    assert take(throttles, 10.0, many, one) is None
    assert take(throttles, 10.0, many, one) == one
    assert take(throttles, 10.0, many) is None  # the second token is still there
    assert take(throttles, 10.0, many, one) == many  # the first in the order given


@pytest.mark.parametrize("limit", [Limit("b", 0.0, 5), Limit("b", 5.0, 0)])
def test_nothing_passes_a_rate_or_a_burst_of_zero(limit: Limit) -> None:
    assert passed([limit], [0.0, 1.0, 1e9]) == [limit] * 3


@pytest.mark.parametrize(
    ("new", "accepted"),
    [
        (Limit("b", 1.0, 10), 3),  # of five tokens two are gone
        (Limit("b", 1.0, 2), 2),
        (Limit("b", 0.0, 5), 0),
    ],
)
def test_changed_limits_keep_the_tokens(new: Limit, accepted: int) -> None:
    throttles = LocalThrottles()
    for _ in range(2):
        assert take(throttles, 10.0, Limit("b", 1.0, 5)) is None
    assert [take(throttles, 10.0, new) for _ in range(6)].count(None) == accepted


def test_a_full_bucket_stays_full_when_it_gets_larger() -> None:
    throttles = LocalThrottles()
    assert take(throttles, 10.0, Limit("b", 1.0, 1)) is None
    assert [take(throttles, 11.0, Limit("b", 1.0, 4)) for _ in range(6)].count(None) == 4


@pytest.mark.parametrize("back", [0.5, 30.0, 7200.0])
def test_a_clock_set_back_gives_and_takes_nothing(back: float) -> None:
    throttles = LocalThrottles()
    limit = Limit("b", 1.0, 3)
    assert [take(throttles, 9_999.0, limit), take(throttles, 9_999.0, limit)] == [None, None]
    assert take(throttles, 9_999.0 - back, limit) is None  # the third token
    assert take(throttles, 9_999.0 - back, limit) == limit
    assert take(throttles, 10_000.0, limit) is None


def test_after_a_clock_was_set_back_tokens_come_again() -> None:
    throttles = LocalThrottles()
    limit = Limit("b", 1.0, 1)
    assert take(throttles, 9_999.0, limit) is None
    assert [take(throttles, now, limit) for now in (100.0, 101.0)] == [limit, None]


def test_requests_that_come_late_get_no_more_than_those_in_time() -> None:
    limit = Limit("b", 1.0, 1)
    assert passed([limit], [10.0, 9.0, 10.0, 9.5, 10.5]) == [None, limit, limit, limit, limit]


def test_full_buckets_are_not_kept() -> None:
    throttles = LocalThrottles()
    for number in range(5_000):
        assert take(throttles, number / 100, Limit(f"b{number}", 10.0, 1)) is None
    assert len(throttles) <= 20  # each is full after 0.1 s, in which ten others come
    for number in range(100):
        blocked = Limit(f"c{number}", 0.0, 1)
        assert take(throttles, 60.0, blocked) == blocked
    assert len(throttles) <= 20


def test_a_busy_bucket_is_never_forgotten() -> None:
    throttles = LocalThrottles()
    busy = Limit("busy", 1.0, 1)
    assert take(throttles, 10.0, busy) is None
    for number in range(100):
        assert take(throttles, 10.5, busy, Limit(f"b{number}", 1e6, 1)) == busy


@pytest.mark.parametrize(
    ("rate", "burst", "own"),
    [
        (None, None, None),
        (-1.0, -1, None),
        (10_000.0, 5_000, None),
        (20_000.0, -1, None),
        (5.5, None, Rates(5.5, 5_000)),
        (-1.0, 7, Rates(10_000.0, 7)),
        (20_000.0, 7, Rates(20_000.0, 7)),
        (0.0, 0, Rates(0.0, 0)),
    ],
)
def test_what_is_not_set_is_the_accounts(rate: float | None, burst: int | None, own: Rates | None) -> None:
    assert ACCOUNT.below(rate, burst) == own
