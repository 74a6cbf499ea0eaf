"""Token buckets that several nodes share: implements `throttle.Throttles` with tokens leased from a server.

While the server is lost each node decides by itself, by buckets of its own or by refusing: settings choose. See
docs/decisions/shared-limits.md.
"""

from collections.abc import Awaitable, Callable, Sequence

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

    def take(self, limits: Sequence[Limit], now: float) -> Awaitable[Limit | None] | None:
        """See `Throttles`; the time of shared buckets is the server's own."""
        return None if self.leases.took(limits) else self._asked(limits, now)

    async def _asked(self, limits: Sequence[Limit], now: float) -> Limit | None:
        try:
            return await self.leases.take(limits)
        except SharedLost:
            self.fallbacks += 1
        if self._local is None:
            return limits[0]
        waiting = self._local.take(limits, now)
        return None if waiting is None else await waiting
