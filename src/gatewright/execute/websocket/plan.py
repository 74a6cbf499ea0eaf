"""What a stage of a WebSocket API is once compiled. See execute/plan.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gatewright.execute.limits.throttle import Limit
from gatewright.execute.plan import RoutePlan, StagePlan

if TYPE_CHECKING:
    from gatewright.execute.websocket.counters import WebSocketCounters
    from gatewright.execute.websocket.event_context import WebSocketContext

# The route keys that AWS reserves: no message selects the first two.
CONNECT, DISCONNECT, DEFAULT = "$connect", "$disconnect", "$default"


@dataclass(frozen=True, slots=True)
class WebSocketRoute(RoutePlan):
    """A route of a WebSocket API. `validate` looks at what comes before the integration is called, and raises Refusal.

    `answers`: the client gets what the integration answers to a message."""

    validate: "Callable[[WebSocketContext], None] | None" = None
    answers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSocketPlan(StagePlan):
    """A stage of a WebSocket API. `routes` by route key; `select` evaluates the route selection expression.

    `account_limit` is what all calls of the account take from, those of the management API of connections, too;
    `connect_limit` is what all its handshakes take from."""

    protocol: ClassVar[str] = "WEBSOCKET"
    counters: "WebSocketCounters"
    routes: Mapping[str, WebSocketRoute]
    select: "Callable[[WebSocketContext], str]"
    account_limit: Limit
    connect_limit: Limit
