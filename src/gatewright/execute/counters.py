"""What a stage counts while it runs: AWS's metrics Count, 4XXError, 5XXError, Latency, IntegrationLatency,
CacheHitCount and CacheMissCount.

All state of the data plane that changes at run time is here. Developer guide: "Amazon API Gateway dimensions and
metrics".
"""

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gatewright.execute.context import RequestContext

CAUSES_PER_SECOND = 10  # how many failures of a stage the node's log explains: a dead backend must not fill the disk
BOUNDS_MS = (1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0, 10000.0, 30000.0)


class Latency:
    """A histogram in milliseconds: `buckets[i]` counts values up to `BOUNDS_MS[i]`, the last one all larger values."""

    __slots__ = ("buckets", "count", "sum_ms")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS_MS) + 1)
        self.count = 0
        self.sum_ms = 0.0

    def add(self, milliseconds: float) -> None:
        self.buckets[bisect_left(BOUNDS_MS, milliseconds)] += 1
        self.count += 1
        self.sum_ms += milliseconds


class Counters:
    """The counters of one stage, or of one of its methods. They outlive its plans.

    `by_method`: those of the methods with `metricsEnabled`, by the resource's path and the verb as configured."""

    __slots__ = (
        *("_told", "_told_in", "by_method", "cache_hits", "cache_misses", "client_errors", "integration_latency"),
        *("latency", "requests", "server_errors"),
    )

    data_processed = connects = messages = 0  # what HTTP and WebSocket APIs count: {http,websocket}/counters.py

    def __init__(self) -> None:
        self.requests = 0
        self.client_errors = 0
        self.server_errors = 0
        self.cache_hits = 0
        self.cache_misses = 0
        self.latency = Latency()
        self.integration_latency = Latency()
        self.by_method: dict[tuple[str, str], Counters] = {}
        self._told_in = 0
        self._told = 0

    def may_tell(self, now: float) -> bool:
        """Whether the node's log may explain one more failure in this second; `now` in seconds of any clock."""
        if int(now) != self._told_in:
            self._told_in = int(now)
            self._told = 0
        self._told += 1
        return self._told <= CAUSES_PER_SECOND

    def of_method(self, resource_path: str, verb: str) -> "Counters":
        """The counters of one method of the stage."""
        key = resource_path, verb
        found = self.by_method.get(key)
        if found is None:
            found = self.by_method[key] = type(self)()
        return found

    def add_cached(self, *, hit: bool) -> None:
        """Count one request to a method with a response cache: answered from it, or not."""
        if hit:
            self.cache_hits += 1
        else:
            self.cache_misses += 1

    def count(self, context: "RequestContext", latency_ms: float) -> None:
        """Count one answered request, and for its method or route if that is counted by itself."""
        self._count(context, latency_ms)
        method = context.method
        if method is not None and method.metrics_enabled:
            self.of_method(method.resource_path, method.verb)._count(context, latency_ms)

    def _count(self, context: "RequestContext", latency_ms: float) -> None:
        self.add(context.status, latency_ms, context.integration_latency)

    def add(self, status: int, latency_ms: float, integration_latency_ms: float | None) -> None:
        """Count one answered request. `integration_latency_ms` is None when no integration was called."""
        self.requests += 1
        if status >= 500:
            self.server_errors += 1
        elif status >= 400:
            self.client_errors += 1
        self.latency.add(latency_ms)
        if integration_latency_ms is not None:
            self.integration_latency.add(integration_latency_ms)
