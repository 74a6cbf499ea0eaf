"""The event a Lambda function gets from a WebSocket API, one form for each type of event.

Keys stand in the order of events that were recorded (2021 and later), which lack what has no value: a CONNECT has no
`messageId`, an identity only what is known. Of a DISCONNECT the headers are four, three of them empty.
Developer guide: "Set up a WebSocket API integration request", "The $connect and $disconnect routes".
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from gatewright.execute.caller_values import show_principal
from gatewright.execute.content_handling import TO_BINARY, base64_decoded
from gatewright.execute.context import RequestContext
from gatewright.execute.domain import domain_name
from gatewright.execute.event_headers import event_headers
from gatewright.execute.lambda_event import query_maps
from gatewright.execute.plan import Source
from gatewright.execute.request_time import request_time
from gatewright.execute.websocket.event_context import EventType, WebSocketContext


class Identity(Struct, rename="camel", kw_only=True, omit_defaults=True):
    """`requestContext.identity`: who signed the handshake, or holds the key that it came with."""

    api_key: str | None = None
    api_key_id: str | None = None
    principal_org_id: str | None = None
    user_arn: str | None = None
    user_agent: str | None = None
    account_id: str | None = None
    caller: str | None = None
    source_ip: str
    access_key: str | None = None
    user: str | None = None


class EventContext(Struct, rename="camel"):
    """`requestContext`."""

    route_key: str
    disconnect_status_code: int | UnsetType
    authorizer: Mapping[str, Any] | UnsetType
    message_id: str | UnsetType
    event_type: EventType
    extended_request_id: str
    request_time: str
    message_direction: Literal["IN"]
    disconnect_reason: str | UnsetType
    stage: str
    connected_at: int
    request_time_epoch: int
    identity: Identity
    request_id: str
    domain_name: str
    connection_id: str
    api_id: str


class Event(Struct, rename="camel"):
    """The whole event."""

    headers: msgspec.Raw | Mapping[str, str] | UnsetType
    multi_value_headers: msgspec.Raw | Mapping[str, list[str]] | UnsetType
    query_string_parameters: dict[str, str] | UnsetType
    multi_value_query_string_parameters: dict[str, list[str]] | UnsetType
    stage_variables: dict[str, str] | UnsetType
    request_context: EventContext
    body: str | UnsetType
    is_base64_encoded: bool


_encode = msgspec.json.Encoder().encode


def compile_websocket_event(source: Source) -> Callable[[RequestContext], bytes]:
    """The function that writes the events of a route, as JSON."""
    variables = dict(source.variables) or UNSET
    is_binary = source.integration.get("contentHandling") == TO_BINARY

    def event(context: RequestContext) -> bytes:
        assert isinstance(context, WebSocketContext)
        headers, multi_headers, single, multi = _of_handshake(context)
        text = context.request.body.decode("utf-8", "replace")
        if is_binary and text:
            base64_decoded(text, context)  # the event has bytes as base64, which it is already, or the message is wrong
        return _encode(
            Event(
                headers,
                multi_headers,
                single or UNSET,
                multi or UNSET,
                variables,
                event_context(context),
                text if context.event_type == "MESSAGE" else UNSET,
                is_binary and context.event_type == "MESSAGE",
            )
        )

    return event


_Handshake = tuple[Any, Any, dict[str, str] | None, dict[str, list[str]] | None]


def _of_handshake(context: WebSocketContext) -> _Handshake:
    """Header and query maps of an event: a CONNECT has those of the handshake."""
    if context.event_type == "CONNECT":
        headers = event_headers(context.request, context.trace_id)
        return (headers.single, headers.multi, *query_maps(context.request.query))
    if context.event_type == "MESSAGE":
        return UNSET, UNSET, None, None
    left = {"Host": domain_name(context), "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    return left, {name: [value] for name, value in left.items()}, None, None


def event_context(context: WebSocketContext) -> EventContext:
    """The event's `requestContext`, which is what mapping templates see as `$context`, too."""
    plan, connection, closing = context.plan, context.connection, context.closing
    authorizer = context.caller.authorizer
    return EventContext(
        context.route_key,
        UNSET if closing is None else closing.code,
        UNSET if authorizer is None else authorizer,
        context.message_id or UNSET,
        context.event_type,
        context.extended_request_id,
        request_time(int(context.began)),
        "IN",
        UNSET if closing is None else closing.reason,
        plan.stage,
        int(connection.connected_at * 1000),
        int(context.began * 1000),
        _identity(context),
        context.request_id,
        domain_name(context),
        connection.id,
        plan.api_id,
    )


def _identity(context: WebSocketContext) -> Identity:
    identity = Identity(source_ip=context.request.source_ip, user_agent=context.user_agent)
    if context.key is not None:
        identity.api_key, identity.api_key_id = context.key.value, context.key.id
    show_principal(context, identity)
    return identity
