"""How many requests there were within a while, for the rate-based rules of web ACLs.

A window is counted in slices of a thirtieth (ten seconds of five minutes): what is older than the window may count for
one slice more, and never for less. Counts are this node's own. Who was not seen for longest is forgotten when there are
too many to count.
"""

import threading
from dataclasses import dataclass, field

SLICES = 30
MOST_COUNTED = 50_000


@dataclass(slots=True)
class _Count:
    """`slices` of requests; the one of `newest` is at `newest % len(slices)`."""

    newest: int
    total: int = 0
    slices: list[int] = field(default_factory=lambda: [0] * (SLICES + 1))


class RequestRates:
    """Implements `languages.waf.inspected.Rates`."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int, str], _Count] = {}
        self._lock = threading.Lock()  # a decision that takes long is made in a thread

    def count(self, rule: str, key: str, window: int, now: float) -> int:
        """See Rates."""
        with self._lock:
            return self._count((rule, window, key), now)

    def _count(self, place: tuple[str, int, str], now: float) -> int:
        window = place[1]
        at = int(now * SLICES / window)
        count = self._counts.pop(place, None)
        if count is None or not -SLICES <= at - count.newest <= SLICES:
            count = _Count(at)
        self._counts[place] = count  # the last to be forgotten
        if len(self._counts) > MOST_COUNTED:
            del self._counts[next(iter(self._counts))]
        while count.newest < at:
            count.newest += 1
            slot = count.newest % len(count.slices)
            count.total -= count.slices[slot]
            count.slices[slot] = 0
        count.slices[count.newest % len(count.slices)] += 1
        count.total += 1
        return count.total
