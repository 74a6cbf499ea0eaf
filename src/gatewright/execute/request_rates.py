"""How many requests there were within a while, for the rate-based rules of web ACLs.

A window is counted in slices of a thirtieth (ten seconds of five minutes): what is older than the window may count for
one slice more, and never for less. Counts are this node's own. Who was not seen for longest is forgotten when there are
too many to count.
"""

import threading

from gatewright.values.least_recent import LeastRecent

SLICES = 30
MOST_COUNTED = 50_000  # some 30 MB


class RequestRates:
    """Implements `languages.waf.inspected.Rates`."""

    def __init__(self) -> None:
        # By rule, window and key: the number of a slice, the requests in it, of the next one, and so on.
        self._counts: LeastRecent[tuple[str, int, str], list[int]] = LeastRecent(MOST_COUNTED)
        self._lock = threading.Lock()  # a decision that takes long is made in a thread

    def count(self, rule: str, key: str, window: int, now: float) -> int:
        """See Rates."""
        with self._lock:
            place = (rule, window, key)
            slices = self._counts.get(place)
            if slices is None:
                slices = []
                self._counts.put(place, slices, 1)
            at = int(now * SLICES / window)
            while slices and not at - SLICES <= slices[0] <= at + SLICES:  # too old, or the clock was set back
                del slices[:2]
            if slices and at <= slices[-2]:
                slices[-1] += 1
            else:
                slices += (at, 1)
            return sum(slices[1::2])
