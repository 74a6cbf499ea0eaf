"""Token buckets: how many requests a second, and how many at once, pass a limit.

A bucket holds at most `burst` tokens, gets `rate` of them a second, and gives one to each request; it starts full. The
time is that of the requests' arrival, so that the same requests always fare the same. Developer guide: "Throttle
requests to your REST APIs for better throughput".
"""

from collections import OrderedDict
from collections.abc import Awaitable, Sequence
from typing import NamedTuple, Protocol

from gatewright.values.pending import completed

# Requests may come here in another order than they arrived, by as long as an authorizer takes; a clock that goes back
# further was set back.
SET_BACK_SECONDS = 60.0


class Limit(NamedTuple):
    """Tokens a second and at once, of the bucket of that name. A rate or a burst of 0 lets nothing through."""

    name: str
    rate: float
    burst: int


class Rates(NamedTuple):
    """What a limit is: tokens a second and at once."""

    rate: float
    burst: int

    def below(self, rate: float | None, burst: int | None) -> "Rates | None":
        """A limit below this one, which holds for it as well; None when it could never be exhausted before this one.

        What is not set, which management stores as nothing or -1, is as it is here."""
        own = Rates(
            self.rate if rate is None or rate < 0 else rate,
            self.burst if burst is None or burst < 0 else burst,
        )
        return None if own.rate >= self.rate and own.burst >= self.burst else own


ACCOUNT = Rates(10_000.0, 5_000)
"""What AWS lets an account call in a Region unless it is asked for more."""


class Throttles(Protocol):
    """All buckets of a node, or of several."""

    def take(self, limits: Sequence[Limit], now: float) -> Awaitable[Limit | None] | None:
        """A token of each bucket, or of none. None when the request may pass, which costs no coroutine; otherwise what
        gives the first limit that is exhausted, or None when it may pass after all.

        `now` is when the request arrived, in epoch seconds."""
        ...


class _Bucket:
    """`tokens` as they were `at` that time."""

    __slots__ = ("at", "burst", "limit", "tokens")

    def __init__(self, limit: Limit, now: float) -> None:
        self.at = now
        self.limit = limit
        self.burst = float(limit.burst) if limit.rate else 0.0
        self.tokens = self.burst

    def fill(self, now: float) -> None:
        """Add what came since the last look. A clock that was set back gives nothing and takes nothing."""
        passed = now - self.at
        if passed > 0.0:
            self.at = now
            self.tokens = min(self.tokens + passed * self.limit.rate, self.burst)
        elif passed < -SET_BACK_SECONDS:
            self.at = now

    def change(self, limit: Limit, now: float) -> None:
        """Other limits: the tokens are kept, as many as the bucket can hold now; a full bucket stays full."""
        self.fill(now)
        is_full = self.tokens >= self.burst
        self.limit = limit
        self.burst = float(limit.burst) if limit.rate else 0.0
        self.tokens = self.burst if is_full else min(self.tokens, self.burst)


class LocalThrottles:
    """Implements `Throttles` for one node. Only buckets that are not full are kept."""

    __slots__ = ("_buckets",)

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, limits: Sequence[Limit], now: float) -> Awaitable[Limit | None] | None:
        """See `Throttles`."""
        buckets = self._buckets
        exhausted = None
        has_opened = False
        for limit in limits:
            bucket = buckets.get(limit[0])
            if bucket is None:
                bucket = buckets[limit.name] = _Bucket(limit, now)
                has_opened = True
            elif bucket.limit is not limit and bucket.limit != limit:
                bucket.change(limit, now)
            tokens = bucket.tokens
            passed = now - bucket.at
            if passed > 0.0:  # as `fill` does; a call for each bucket of each request would cost more than the rest
                bucket.at = now
                tokens += passed * limit[1]
                tokens = min(tokens, bucket.burst)
            elif passed < -SET_BACK_SECONDS:
                bucket.at = now
            if tokens < 1.0:
                bucket.tokens = tokens
                exhausted = limit
                self._give_back(limits, limit)
                break
            bucket.tokens = tokens - 1.0
        if has_opened:
            self._forget_full_ones(now)
        return None if exhausted is None else completed(exhausted)

    def _give_back(self, limits: Sequence[Limit], exhausted: Limit) -> None:
        """What the buckets before the exhausted one gave: adding the 1 again is exact."""
        for limit in limits:
            if limit is exhausted:
                return
            self._buckets[limit.name].tokens += 1.0

    def _forget_full_ones(self, now: float) -> None:
        """For each request that opens buckets look at a few old ones, so that no more are kept than are in use."""
        for _ in range(min(8, len(self._buckets))):
            name, bucket = self._buckets.popitem(last=False)
            bucket.fill(now)
            if bucket.tokens < bucket.burst:
                self._buckets[name] = bucket
