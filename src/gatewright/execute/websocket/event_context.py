"""What is known of one event of a connection while it runs: `$context`, made anew for each.

A connection has three types of events: CONNECT, which is the handshake, MESSAGE and DISCONNECT. Each runs through a
route as a request runs through a method; its request is the handshake's, with the message as body. Nothing else of the
handshake belongs to later events. Developer guide: "WebSocket API mapping template reference".
"""

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from gatewright.execute.context import RequestContext
from gatewright.execute.ids import new_ids, trace_header
from gatewright.languages.vtl import document_of
from gatewright.values.request import Request

if TYPE_CHECKING:
    from gatewright.execute.plan import StagePlan
    from gatewright.execute.websocket.connections import Connection

_new = tuple.__new__  # a NamedTuple made without its Python-level constructor
EventType = Literal["CONNECT", "MESSAGE", "DISCONNECT"]


class Closing(NamedTuple):
    """Why a connection ended: RFC 6455, sections 7.1.5 and 7.1.6."""

    code: int
    reason: str


class WebSocketContext(RequestContext):
    """One event's `$context`."""

    __slots__ = ("_document", "closing", "connection", "event_type", "message_id")

    def __init__(
        self, plan: "StagePlan", connection: "Connection", event_type: EventType, request: Request, began: float
    ) -> None:
        super().__init__(plan, request, "", began, connection.domain)
        self.connection = connection
        self.event_type = event_type
        self.caller = connection.caller
        self.message_id = ""
        self.closing: Closing | None = None
        self._document: Any = None
        _, self.request_id, root, parent = new_ids()
        self.extended_request_id = self.request_id
        self.trace_id = trace_header(self.read.trace, root, parent, began)

    @property
    def sent_key(self) -> str | None:
        """A key comes with the handshake, and is the connection's."""
        return self.connection.api_key

    @property
    def route_key(self) -> str:
        """Of the route that the event is for, "" as long as none is selected."""
        return self.resource_path

    @property
    def user_agent(self) -> str | None:
        """The one that the handshake came with."""
        return self.connection.user_agent

    @property
    def document(self) -> Any:
        """The body as JSON, read as leniently as templates read theirs; MISSING when it is none.

        Seen: `{"action":"a", body:"b"}`, whose second name lacks its quotes, is for the route `a`."""
        if self._document is None:
            self._document = (document_of(self.request.body.decode("utf-8", "replace")),)
        return self._document[0]


def message_context(
    plan: "StagePlan", connection: "Connection", event_type: EventType, now: float, text: str = ""
) -> WebSocketContext:
    """That of a later event than CONNECT: of its handshake there is the Host left, and a new id."""
    method, target, path, query, headers, _, source_ip, scheme, _ = connection.later
    request = _new(Request, (method, target, path, query, headers, text.encode(), source_ip, scheme, now))
    context = WebSocketContext(plan, connection, event_type, request, now)
    if event_type == "MESSAGE":
        context.message_id = new_ids().extended_request_id
    return context
