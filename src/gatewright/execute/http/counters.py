"""What a stage of an HTTP API counts: what one of a REST API does, and AWS's metric DataProcessed.

Developer guide: "Monitor CloudWatch metrics for HTTP APIs".
"""

from typing import TYPE_CHECKING

from gatewright.execute.counters import Counters

if TYPE_CHECKING:
    from gatewright.execute.context import RequestContext


class HttpApiCounters(Counters):
    """Of one stage, or of one of its routes. The data processed are the bodies of requests and of responses."""

    __slots__ = ()

    def count(self, context: "RequestContext", latency_ms: float) -> None:
        """Count one answered request, and for its route if that is counted by itself."""
        size = len(context.request.body) + context.response_length
        self.data_processed += size
        self.add(context.status, latency_ms, context.integration_latency)
        method = context.method
        if method is not None and method.metrics_enabled:
            own = self.of_method(method.resource_path, method.verb)
            own.data_processed += size
            own.add(context.status, latency_ms, context.integration_latency)
