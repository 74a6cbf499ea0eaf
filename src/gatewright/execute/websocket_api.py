"""A request to a WebSocket API: a handshake that becomes a connection, or a call of the management API of connections.

Read this first. The steps stand in AWS's order, as in rest.py; an API without the route $connect lets everybody in.
What becomes of a connection's messages is in websocket/session.py. Developer guide: "The $connect and $disconnect
routes", "Setting up a $connect route that requires a WebSocket subprotocol".
"""

from dataclasses import replace

from gatewright.execute.caller import Caller
from gatewright.execute.domain import MappedDomain
from gatewright.execute.finished import failed, note, tell
from gatewright.execute.gateway_response import FORBIDDEN, FUNCTION_FAILED, THROTTLED
from gatewright.execute.ids import new_ids
from gatewright.execute.websocket import connections_api
from gatewright.execute.websocket.connections import Connection
from gatewright.execute.websocket.event_context import WebSocketContext
from gatewright.execute.websocket.plan import CONNECT, WebSocketPlan, WebSocketRoute
from gatewright.execute.websocket.session import WebSocketSession
from gatewright.execute.world import World
from gatewright.values.refusal import Refusal, Refused, refuse
from gatewright.values.request import Request
from gatewright.values.response import Answer, Response, Upgraded
from gatewright.wire.websocket_handshake import NotAHandshake, read_handshake

_SUBPROTOCOL = b"sec-websocket-protocol:"


async def serve(
    plan: WebSocketPlan, request: Request, path: str, world: World, domain: MappedDomain | None = None
) -> Answer:
    """The whole response to `request`, whose `path` within the stage is as received. Never raises."""
    if connections_api.is_call(path):
        return await connections_api.serve(plan, request, path, world, domain)
    place = plan.account, plan.region, plan.api_id, plan.stage
    connection = Connection(new_ids().extended_request_id, place, request, domain)
    context = WebSocketContext(plan, connection, "CONNECT", request, request.arrived)
    try:
        if path.strip("/"):
            refuse(FORBIDDEN)  # a stage is all that there is to connect to
        answer = await _connected(plan, context, world)
    except NotAHandshake as error:
        refusal = Refusal(Refused("DEFAULT_4XX", error.status, "BadRequestException", None), error.message)
        answer = plan.refused(refusal, context)
        answer = answer._replace(headers=(*answer.headers, *error.headers))
    except Refusal as refusal:
        note(refusal, context)
        answer = plan.refused(refusal, context)
    except Exception:
        answer = failed(context)
    tell(context, answer.status if isinstance(answer, Response) else 200, 0, world)
    return answer


async def _connected(plan: WebSocketPlan, context: WebSocketContext, world: World) -> Response | Upgraded:
    """101, or how the integration of $connect refuses. Raises NotAHandshake and Refusal."""
    handshake = read_handshake(context.request)
    waiting = world.throttles.take((plan.connect_limit,), context.began)
    if waiting is not None and await waiting is not None:
        refuse(THROTTLED)
    route = plan.routes.get(CONNECT)
    session = WebSocketSession(context.connection, world)
    if route is None:
        return Upgraded(handshake.headers(), session)
    response = await _called(route, context, world)
    if not 200 <= response.status < 300:
        return response if route.answers else response._replace(body=b"")
    context.connection.caller = _later(context.caller)
    return Upgraded(handshake.headers(_subprotocol(response)), session)


async def _called(route: WebSocketRoute, context: WebSocketContext, world: World) -> Response:
    """What the integration of $connect answers. Raises Refusal."""
    context.method = route
    if route.authorize is not None:
        await route.authorize(context, world)
    if route.require_key is not None:
        route.require_key(context, world)
    if route.throttle is not None and (waiting := route.throttle(context, world)) is not None:
        await waiting
    if route.validate is not None:
        route.validate(context)
    response = await route.integration.call(context, world)
    assert isinstance(response, Response)
    if context.integration_error:  # a function's own error, which an integration response may have made look well
        refuse(FUNCTION_FAILED, cause=context.integration_error)
    return response


def _subprotocol(response: Response) -> str | None:
    """The one that the integration chose. Recorded: without its header no subprotocol is agreed to."""
    for line in response.headers:
        if line.lower().startswith(_SUBPROTOCOL):
            return line[len(_SUBPROTOCOL) :].strip().decode("latin-1")
    return None


def _later(caller: Caller) -> Caller:
    """What later events show of who connected: all but how long the authorizer took."""
    if caller.authorizer is None:
        return caller
    shown = {name: value for name, value in caller.authorizer.items() if name != "integrationLatency"}
    return replace(caller, authorizer=shown)
