"""What a stage of an HTTP API counts: what one of a REST API does, and AWS's metric DataProcessed.

Developer guide: "Monitor CloudWatch metrics for HTTP APIs".
"""

from typing import TYPE_CHECKING

from gatewright.execute.counters import Counters

if TYPE_CHECKING:
    from gatewright.execute.context import RequestContext


class HttpApiCounters(Counters):
    """Of one stage, or of one of its routes. `data_processed` are bytes, of the bodies of requests and of responses."""

    __slots__ = ("data_processed",)

    def __init__(self) -> None:
        super().__init__()
        self.data_processed = 0

    def _count(self, context: "RequestContext", latency_ms: float) -> None:
        self.data_processed += len(context.request.body) + context.response_length
        self.add(context.status, latency_ms, context.integration_latency)
