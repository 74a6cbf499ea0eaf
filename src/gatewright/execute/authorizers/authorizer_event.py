"""What a Lambda authorizer of a REST API is asked: a token, or the request without its body.

Developer guide: "Input to an API Gateway Lambda authorizer".
"""

from typing import Literal

import msgspec
from msgspec import UNSET, Struct

from gatewright.execute.caller_values import unverified_key
from gatewright.execute.context import RequestContext
from gatewright.execute.domain import event_path
from gatewright.execute.event_headers import EventHeaders
from gatewright.execute.lambda_event import EventContext, event_context, query_maps

_NOTHING = msgspec.Raw(b"{}")
_encode = msgspec.json.Encoder().encode


class TokenEvent(Struct, rename="camel"):
    """The event of a TOKEN authorizer, its keys in the recorded order."""

    type: Literal["TOKEN"]
    method_arn: str
    authorization_token: str


class RequestEvent(Struct, rename="camel"):
    """The event of a REQUEST authorizer: where a proxy's event has null, this has an empty map [recorded]."""

    type: Literal["REQUEST"]
    method_arn: str
    resource: str
    path: str
    http_method: str
    headers: msgspec.Raw
    multi_value_headers: msgspec.Raw
    query_string_parameters: dict[str, str]
    multi_value_query_string_parameters: dict[str, list[str]]
    path_parameters: dict[str, str]
    stage_variables: dict[str, str]
    request_context: EventContext


def token_event(token: str, method_arn: str) -> bytes:
    """The event for a token, as JSON."""
    return _encode(TokenEvent("TOKEN", method_arn, token))


def _with_key(context: RequestContext, shown: EventContext) -> EventContext:
    """With the API key that was sent, which is not looked up yet."""
    sent = unverified_key(context)
    if sent:
        shown.identity.api_key = sent
    return shown


def request_event(context: RequestContext, method_arn: str, headers: EventHeaders) -> bytes:
    """The event for a request, as JSON. `headers` are those that the function is to see."""
    single, multi = query_maps(context.request.query)
    return _encode(
        RequestEvent(
            "REQUEST",
            method_arn,
            context.resource_path,
            event_path(context),
            context.request.method,
            headers.single or _NOTHING,
            headers.multi or _NOTHING,
            single or {},
            multi or {},
            context.path_parameters,
            dict(context.plan.variables),
            _with_key(context, event_context(context, headers.user_agent, UNSET)),
        )
    )
