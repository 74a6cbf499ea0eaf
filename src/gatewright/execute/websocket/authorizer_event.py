"""What a Lambda authorizer of a WebSocket API is asked before a connection is made: the handshake.

Developer guide: "Create an API Gateway REQUEST authorizer Lambda function" for WebSocket APIs.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import Struct

from gatewright.execute.authorizers.identity_source import Identity
from gatewright.execute.context import RequestContext
from gatewright.execute.event_headers import event_headers
from gatewright.execute.lambda_event import query_maps
from gatewright.execute.websocket.event_context import WebSocketContext
from gatewright.execute.websocket.lambda_event import EventContext, event_context


class HandshakeEvent(Struct, rename="camel"):
    """The whole event: maps without anything in them are there, empty."""

    type: Literal["REQUEST"]
    method_arn: str
    headers: msgspec.Raw | None
    multi_value_headers: msgspec.Raw | None
    query_string_parameters: dict[str, str]
    multi_value_query_string_parameters: dict[str, list[str]]
    stage_variables: Mapping[str, str]
    request_context: EventContext


_encode = msgspec.json.Encoder().encode


def handshake_event(context: RequestContext, identity: Identity, arn: str) -> bytes:
    """The event for a handshake, as JSON; `arn` is that of the route `$connect`."""
    assert isinstance(context, WebSocketContext)
    headers = event_headers(context.request, context.trace_id)
    single, multi = query_maps(context.request.query)
    variables = context.plan.variables
    shown = event_context(context)
    return _encode(
        HandshakeEvent("REQUEST", arn, headers.single, headers.multi, single or {}, multi or {}, variables, shown)
    )
