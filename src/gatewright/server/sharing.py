"""What this node shares with others through one server: `app/limits.py` makes it when the settings name a server.

Tokens in hand are looked after by the sweep, and given back when the node stops.
"""

import math
import time

from gatewright.execute.limits.shared_throttle import SharedThrottles
from gatewright.execute.limits.shared_usage import SharedUsage
from gatewright.execute.limits.throttle import LocalThrottles
from gatewright.execute.limits.usage import LocalUsage
from gatewright.server.sweep import Sweep
from gatewright.server.valkey import Valkey


class Sharing:
    """The server, and the limits that are kept in it."""

    def __init__(self, valkey: Valkey, usage: LocalUsage, sweep: Sweep, *, denies: bool) -> None:
        """`usage` counts by itself while the server is lost, as buckets of the node's own do, unless `denies`."""
        self._sweep = sweep
        self.valkey = valkey
        self.throttles = SharedThrottles(valkey, None if denies else LocalThrottles(), time.monotonic)
        self.usage = SharedUsage(valkey, usage, denies=denies, clock=time.monotonic)

    async def open(self) -> None:
        """Try the server; without it the node starts, too, and says so."""
        await self.valkey.open()
        self._sweep.watch(self.throttles.leases.age)
        self._sweep.watch(self.usage.look)

    async def close(self) -> None:
        """Give back what is in hand."""
        self._sweep.leave(self.throttles.leases.age)
        self._sweep.leave(self.usage.look)
        self.throttles.leases.age(math.inf)
        self.usage.look(math.inf)
        await self.valkey.close()
