"""Token buckets that several nodes share: implements `throttle.Throttles` with tokens leased from a server.

While the server is lost each node decides by itself, by buckets of its own or by refusing: settings choose. See
docs/decisions/shared-limits.md.
"""

from collections.abc import Callable, Sequence

from gatewright.execute.limits.leases import Leases
from gatewright.execute.limits.throttle import Limit, Throttles
from gatewright.execute.shared import Shared, SharedLost


class SharedThrottles:
    """All buckets of all nodes. `fallbacks` counts the requests that were decided without the server."""

    def __init__(self, shared: Shared, local: Throttles | None, clock: Callable[[], float]) -> None:
        """`local` decides while the server is lost; without it nothing passes then. `clock` in monotonic seconds."""
        self.leases: Leases[Limit] = Leases(shared.lease, clock)
        self._local = local
        self.fallbacks = 0

    async def take(self, limits: Sequence[Limit], now: float) -> Limit | None:
        """See `Throttles`; the time of shared buckets is the server's own."""
        try:
            return await self.leases.take(limits)
        except SharedLost:
            self.fallbacks += 1
            return await self._local.take(limits, now) if self._local is not None else limits[0]
