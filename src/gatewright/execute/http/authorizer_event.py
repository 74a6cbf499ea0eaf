"""What a Lambda authorizer of an HTTP API is asked: the request without its body, in payload format 1.0 or 2.0.

The keys are in the order of the guide, whose example of format 1.0 lacks the multi-value maps that it has in common
with REST APIs. Seen in a published event of format 2.0: what is empty is absent, as in a function's own event.
Developer guide: "Control access to HTTP APIs with AWS Lambda authorizers".
"""

from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from gatewright.execute.authorizers.identity_source import Identity
from gatewright.execute.context import RequestContext
from gatewright.execute.http.event_headers import headers_1_0, headers_2_0
from gatewright.execute.http.lambda_event import (
    Context10,
    Context20,
    context_1_0,
    context_2_0,
    decoded_parameters,
    joined_query,
    path_1_0,
    path_2_0,
    route_key,
)
from gatewright.execute.lambda_event import query_maps


class AuthorizerEvent10(Struct, rename="camel"):
    """The event of format 1.0: where a function's own event has null, this has an empty map, as for REST APIs."""

    version: Literal["1.0"]
    type: Literal["REQUEST"]
    method_arn: str
    identity_source: str
    authorization_token: str
    resource: str
    path: str
    http_method: str
    headers: msgspec.Raw | None
    multi_value_headers: msgspec.Raw | None
    query_string_parameters: dict[str, str]
    multi_value_query_string_parameters: dict[str, list[str]]
    path_parameters: dict[str, str]
    stage_variables: Mapping[str, str]
    request_context: Context10


class AuthorizerEvent20(Struct, rename="camel"):
    """The event of format 2.0."""

    version: Literal["2.0"]
    type: Literal["REQUEST"]
    route_arn: str
    identity_source: list[str] | None
    route_key: str
    raw_path: str
    raw_query_string: str
    cookies: msgspec.Raw | UnsetType
    headers: msgspec.Raw
    query_string_parameters: dict[str, str] | UnsetType
    request_context: Context20
    path_parameters: dict[str, str] | UnsetType
    stage_variables: Mapping[str, str] | UnsetType


_encode = msgspec.json.Encoder().encode


def authorizer_event_1_0(context: RequestContext, identity: Identity, arn: str) -> bytes:
    """The event for a request, as JSON; `arn` is of what it asks for."""
    headers = headers_1_0(context.request, context.trace_id)
    single, multi = query_maps(context.request.query)
    token = ",".join(_values(identity))
    return _encode(
        AuthorizerEvent10(
            "1.0",
            "REQUEST",
            arn,
            token,
            token,
            context.resource_path,
            path_1_0(context),
            context.request.method,
            headers.single,
            headers.multi,
            single or {},
            multi or {},
            decoded_parameters(context),
            context.plan.variables,
            context_1_0(context, headers.user_agent),
        )
    )


def authorizer_event_2_0(context: RequestContext, identity: Identity, arn: str) -> bytes:
    """The same in format 2.0."""
    headers = headers_2_0(context.request, context.trace_id)
    return _encode(
        AuthorizerEvent20(
            "2.0",
            "REQUEST",
            arn,
            _values(identity) or None,
            route_key(context),
            path_2_0(context),
            context.request.query,
            headers.cookies,
            headers.headers,
            joined_query(context.request.query) or UNSET,
            context_2_0(context, headers.user_agent),
            decoded_parameters(context) or UNSET,
            context.plan.variables or UNSET,
        )
    )


def _values(identity: Identity) -> list[str]:
    return [",".join(values) for values in identity]
