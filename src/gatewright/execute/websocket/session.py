"""A connection's events after its handshake: each goes through a route of the stage as it is deployed now.

The steps stand in AWS's order, as in rest.py: the route is selected, the message validated, the key that the handshake
brought looked up if the route asks for one, the message counted against the limits, the integration called, and what it
answers is sent if the route answers at all. A message that goes no further gets an error frame, whatever its route.
Developer guide: "WebSocket routes", "Set up a route response".
"""

import logging

from gatewright.execute.finished import note, tell
from gatewright.execute.gateway_response import FORBIDDEN, INTEGRATION_FAILURE, INTERNAL_FAILURE
from gatewright.execute.websocket.connections import GOING_AWAY, Connection
from gatewright.execute.websocket.error import error_frame
from gatewright.execute.websocket.event_context import Closing, WebSocketContext, message_context
from gatewright.execute.websocket.plan import CONNECT, DEFAULT, DISCONNECT, WebSocketPlan, WebSocketRoute
from gatewright.execute.world import World
from gatewright.values.refusal import Refusal, refuse
from gatewright.values.response import AnyResponse, Response
from gatewright.values.session import Channel
from gatewright.wire.limits import OF_WEBSOCKETS

# Seen: published $disconnect events. A browser's page that leaves says 1001 and no reason, and none is told.
_REASONS = {1005: "Client-side close frame status not set"}
_OWN_KEYS = frozenset({CONNECT, DISCONNECT})
_log = logging.getLogger(__name__)


class WebSocketSession:
    """Implements `values.session.Session`."""

    __slots__ = ("_connection", "_world")

    def __init__(self, connection: Connection, world: World) -> None:
        self._connection = connection
        self._world = world

    def opened(self, channel: Channel) -> None:
        """See `Session`."""
        self._connection.channel = channel
        self._world.connections.add(self._connection)

    def heard(self) -> None:
        """See `Session`."""
        self._connection.last_active_at = self._world.now()

    async def message(self, text: str) -> None:
        """See `Session`."""
        connection, world = self._connection, self._world
        channel, plan = connection.channel, self._plan()
        if plan is None:  # the stage is deleted
            channel.close(*GOING_AWAY)
            return
        context = message_context(plan, connection, "MESSAGE", world.now(), text)
        status, reply = await _served(plan, context, world)
        if reply:
            channel.reply(reply)
        tell(context, status, len(reply), world)

    async def closed(self, code: int, reason: str) -> None:
        """See `Session`."""
        connection, world = self._connection, self._world
        world.connections.forget(connection.id)
        plan = self._plan()
        if plan is None or DISCONNECT not in plan.routes:
            return
        context = message_context(plan, connection, "DISCONNECT", world.now())
        context.closing = Closing(code, reason or _REASONS.get(code, ""))
        status, _ = await _served(plan, context, world)
        tell(context, status, 0, world)

    def _plan(self) -> WebSocketPlan | None:
        plan = self._world.plan_of(self._connection.api_id, self._connection.stage)
        return plan if isinstance(plan, WebSocketPlan) else None


async def _served(plan: WebSocketPlan, context: WebSocketContext, world: World) -> tuple[int, bytes]:
    """How an event ended, as an HTTP status, and the text for the client, "" for none. Never raises."""
    try:
        route = _route(plan, context)
        if route.validate is not None:
            route.validate(context)
        if route.require_key is not None:
            route.require_key(context, world)
        if route.throttle is not None and (waiting := route.throttle(context, world)) is not None:
            await waiting
        response = await route.integration.call(context, world)
        return response.status, _text(response) if route.answers else b""
    except Refusal as refusal:
        note(refusal, context)
        return refusal.row.status, error_frame(refusal, context)
    except Exception:
        _log.exception("event %s of stage %s/%s failed", context.request_id, plan.api_id, plan.stage)
        return 500, error_frame(Refusal(INTERNAL_FAILURE, INTERNAL_FAILURE.message), context)


def _route(plan: WebSocketPlan, context: WebSocketContext) -> WebSocketRoute:
    """The route of an event. Raises Refusal for a message that has none."""
    key = DISCONNECT if context.event_type == "DISCONNECT" else plan.select(context)
    if context.event_type == "MESSAGE" and (key in _OWN_KEYS or key not in plan.routes):
        key = DEFAULT
    route = plan.routes.get(key) or refuse(FORBIDDEN)
    context.method = route
    return route


def _text(response: AnyResponse) -> bytes:
    """An answer as a text message: what is no UTF-8 loses bytes, as bodies of REST APIs do. Raises Refusal for one that
    is longer than a message may be."""
    assert isinstance(response, Response)
    body = response.body
    if not body.isascii():
        body = body.decode("utf-8", "replace").encode()
    if len(body) > OF_WEBSOCKETS.message:
        refuse(INTEGRATION_FAILURE, cause=f"the answer has {len(body)} bytes, more than a message may have")
    return body
