"""What a stage of a WebSocket API counts: AWS's metrics ConnectCount, MessageCount, ClientError, ExecutionError,
IntegrationError and IntegrationLatency.

Developer guide: "Monitor WebSocket API execution with CloudWatch metrics".
"""

from typing import TYPE_CHECKING

from gatewright.execute.counters import Counters
from gatewright.execute.websocket.event_context import WebSocketContext

if TYPE_CHECKING:
    from gatewright.execute.context import RequestContext

_OK = 200  # of the Lambda service: it is the function that failed


class WebSocketCounters(Counters):
    """Of one stage, or of one of its routes. `messages` go either way. `client_errors` are events that the gateway
    refused before an integration was called, which are no `connects`; `execution_errors` those whose integration gave
    no answer, `integration_errors` those where it was an error."""

    __slots__ = ("connects", "execution_errors", "integration_errors", "messages")

    def __init__(self) -> None:
        super().__init__()
        self.connects = 0
        self.messages = 0
        self.execution_errors = 0
        self.integration_errors = 0

    def count_sent(self) -> None:
        """Count a message that a backend sent by the management API of connections."""
        self.messages += 1

    def _count(self, context: "RequestContext", latency_ms: float) -> None:
        assert isinstance(context, WebSocketContext)
        if context.event_type == "MESSAGE":
            self.messages += 2 if context.response_length else 1
        if context.integration_latency is not None:
            self.integration_latency.add(context.integration_latency)
        if (context.endpoint_status or 0) >= 400 or (context.status >= 500 and context.integration_status == _OK):
            self.integration_errors += 1
        elif context.status >= 500:
            self.execution_errors += 1
        elif context.status >= 400 and context.integration_latency is None:
            self.client_errors += 1
            return
        self.connects += context.event_type == "CONNECT"
