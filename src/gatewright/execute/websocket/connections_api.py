"""The management API of connections: what a WebSocket API's backend says to a client, asks about it, or ends.

`/@connections/{id}` below every address of a stage. Each call is signed, by a principal whose policies allow
`execute-api:ManageConnections`. Developer guide: "Use @connections commands in your backend service"; API reference:
Amazon API Gateway Management API.
"""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import unquote

from gatewright.execute.authorizers.authorization import refuse_access
from gatewright.execute.authorizers.iam_authorizer import signed_by
from gatewright.execute.authorizers.signature import SERVICE
from gatewright.execute.context import RequestContext
from gatewright.execute.domain import MappedDomain
from gatewright.execute.gateway_response import (
    CONTENT_TYPE,
    INTERNAL_FAILURE,
    MISSING_AUTHENTICATION_TOKEN,
    QUOTA_EXCEEDED,
    error_type_line,
    render,
)
from gatewright.execute.ids import new_ids
from gatewright.execute.method_arn import api_arn
from gatewright.execute.policy_request import RequestKeys, policy_principal
from gatewright.execute.websocket.connections import Connection, is_connection_id
from gatewright.execute.websocket.plan import WebSocketPlan
from gatewright.execute.world import World
from gatewright.languages.policy import AccessRequest, Effect, decide_all
from gatewright.signatures.scope import scope_of
from gatewright.values.refusal import Refusal, Refused, refuse
from gatewright.values.request import Request
from gatewright.values.response import Response
from gatewright.wire.limits import OF_WEBSOCKETS

MANAGE = "execute-api:ManageConnections"

GONE = Refused("", 410, "GoneException", None)
TOO_LONG = Refused("", 413, "PayloadTooLargeException", "Message too long")
BAD_REQUEST = Refused("", 400, "BadRequestException", None)
NO_METHOD = Refused("", 404, "NotFoundException", None)

_PREFIX = "/@connections/"
_NORMAL_CLOSURE = 1000
_log = logging.getLogger(__name__)


def is_call(path: str) -> bool:
    """Whether a path within a stage, as received, is of this API."""
    return path.startswith((_PREFIX, "/%40connections/"))


async def serve(
    plan: WebSocketPlan, request: Request, path: str, world: World, domain: MappedDomain | None = None
) -> Response:
    """The whole response to a call, for whose `path` within the stage `is_call`. Never raises."""
    context = RequestContext(plan, request, path, request.arrived, domain)
    context.request_id = new_ids().request_id
    try:
        await _let_through(plan, context, world)
        response = _called(plan, context, world)
    except Refusal as refusal:
        response = _refused(refusal, context)
    except Exception:
        _log.exception("call %s for a connection of %s/%s failed", context.request_id, plan.api_id, plan.stage)
        response = render(Refusal(INTERNAL_FAILURE, INTERNAL_FAILURE.message), context)
    return _identified(response, context.request_id)


def _identified(response: Response, request_id: str) -> Response:
    return response._replace(headers=(*response.headers, f"x-amzn-RequestId: {request_id}\r\n".encode()))


async def serve_anywhere(request: Request, world: World) -> Response | None:
    """The same at the node's own address, where only the id says which stage a call is for; None for one that is signed
    for another service. Never raises."""
    scope = scope_of(request)
    if scope is None:
        row, body = MISSING_AUTHENTICATION_TOKEN, b'{"message":"Missing Authentication Token"}'
        return _identified(Response(row.status, (error_type_line(row), CONTENT_TYPE), body), new_ids().request_id)
    if scope.service != SERVICE:
        return None
    connection = world.connections.find(_connection_id(request.path))
    plan = world.plan_of(connection.api_id, connection.stage) if connection is not None else None
    if not isinstance(plan, WebSocketPlan):
        return _identified(Response(GONE.status, (error_type_line(GONE),), b""), new_ids().request_id)
    return await serve(plan, request, request.path, world)


async def _let_through(plan: WebSocketPlan, context: RequestContext, world: World) -> None:
    """Whoever signed the call, if policies allow it. Raises Refusal."""
    principal = await signed_by(context, plan.region, world)
    here = f"{api_arn(plan.region, plan.account, plan.api_id)}/{plan.stage}/{context.received.method}/@connections/"
    resource = here + "{connectionId}"  # AWS names no id. Seen: aws/aws-cdk issue 18410
    id = _connection_id(context.path)
    own = (here + id,) if is_connection_id(id) else ()  # a policy may deny it all the same
    request = AccessRequest(MANAGE, resource, policy_principal(principal), RequestKeys(context), own)
    effect = decide_all(principal.policies, principal.bounds, request)
    if effect is not Effect.ALLOW or principal.account != plan.account:
        refuse_access(context, MANAGE, resource, is_explicit=effect is Effect.DENY)
    waiting = world.throttles.take((plan.account_limit,), context.began)
    if waiting is not None and await waiting is not None:
        refuse(QUOTA_EXCEEDED)


def _called(plan: WebSocketPlan, context: RequestContext, world: World) -> Response:
    verb, id = context.received.method, _connection_id(context.path)
    call = _CALLS.get(verb)
    if call is None or "/" in id:
        # Seen: aws-samples/simple-websockets-chat-app issue 40, a path that is not the stage's own.
        refuse(NO_METHOD, f"No method found matching route {unquote(context.path).strip('/')} for http method {verb}.")
    if not is_connection_id(id):
        # Seen: dherault/serverless-offline issue 749.
        refuse(BAD_REQUEST, f"Invalid connectionId: {id}")
    connection = world.connections.find(id)
    if connection is None or (connection.api_id, connection.stage) != (plan.api_id, plan.stage):
        refuse(GONE)
    response = call(connection, context.received)
    if call is _post:
        plan.counters.count_sent()
    return response


def _post(connection: Connection, request: Request) -> Response:
    """PostToConnection."""
    if len(request.body) > OF_WEBSOCKETS.message:
        refuse(TOO_LONG)
    try:
        request.body.decode()
    except UnicodeDecodeError:  # a client would have to close the connection, RFC 6455 section 8.1
        refuse(BAD_REQUEST, "Data must be text in UTF-8")
    if not connection.channel.send(request.body):
        refuse(QUOTA_EXCEEDED)  # "... or the WebSocket client side buffer is full", says the API reference
    return Response(200, (), b"")


def _get(connection: Connection, _: Request) -> Response:
    """GetConnection."""
    document = {
        "connectedAt": _iso(connection.connected_at),
        "identity": {"sourceIp": connection.later.source_ip, "userAgent": connection.user_agent or ""},
        "lastActiveAt": _iso(connection.last_active_at),
    }
    return Response(200, (CONTENT_TYPE,), json.dumps(document).encode())


def _delete(connection: Connection, _: Request) -> Response:
    """DeleteConnection."""
    connection.channel.close(_NORMAL_CLOSURE, "Connection Closed Normally")
    return Response(204, (), b"")


_CALLS: dict[str, Callable[[Connection, Request], Response]] = {"POST": _post, "GET": _get, "DELETE": _delete}


def _refused(refusal: Refusal, context: RequestContext) -> Response:
    if refusal.row is GONE:
        # Without a body. Seen: aws/aws-sdk-js issue 3773, georgeboot/laravel-echo-api-gateway issue 9.
        return Response(GONE.status, (error_type_line(GONE),), b"")
    return render(refusal, context)


def _connection_id(path: str) -> str:
    return unquote(path).removeprefix(_PREFIX)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
