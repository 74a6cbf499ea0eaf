"""The events Lambda functions get from an HTTP API: payload format versions 1.0 and 2.0.

The structs declare AWS's keys in the order AWS writes them. What the guide does not tell of them was seen in published
events: the identity of format 1.0 and its `resourceId`, which is the route key. Of paths AWS's own Lambda test tool
tells, which was compared with the service: format 1.0 shows the path as received, 2.0 shows it decoded, and both decode
path parameters. Developer guide: "AWS Lambda proxy integrations for HTTP APIs".
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import unquote_to_bytes

import msgspec
from msgspec import UNSET, Struct, UnsetType

from gatewright.execute.context import RequestContext
from gatewright.execute.domain import domain_name
from gatewright.execute.http.event_caller import Identity, authorizer_1_0, authorizer_2_0, identity_1_0
from gatewright.execute.http.event_headers import headers_1_0, headers_2_0
from gatewright.execute.http.raw_path import raw_path
from gatewright.execute.lambda_event import event_body, query_maps
from gatewright.execute.plan import RoutePlan, Source
from gatewright.execute.request_time import request_time

_TEXT_TYPES = frozenset({"application/json", "application/javascript", "application/xml"})
_encode = msgspec.json.Encoder().encode


class Context10(Struct, rename="camel"):
    """`requestContext` of format 1.0."""

    account_id: str
    api_id: str
    authorizer: Mapping[str, Any] | UnsetType
    domain_name: str
    domain_prefix: str
    extended_request_id: str
    http_method: str
    identity: Identity
    path: str
    protocol: Literal["HTTP/1.1"]
    request_id: str
    request_time: str
    request_time_epoch: int
    resource_id: str
    resource_path: str
    stage: str
    custom_domain: Mapping[str, str] | UnsetType = UNSET


class Event10(Struct, rename="camel"):
    """The whole event of format 1.0."""

    version: Literal["1.0"]
    resource: str
    path: str
    http_method: str
    headers: msgspec.Raw | None
    multi_value_headers: msgspec.Raw | None
    query_string_parameters: dict[str, str] | None
    multi_value_query_string_parameters: dict[str, list[str]] | None
    request_context: Context10
    path_parameters: dict[str, str] | None
    stage_variables: Mapping[str, str] | None
    body: str | None
    is_base64_encoded: bool


class Http(Struct, rename="camel"):
    """`requestContext.http` of format 2.0."""

    method: str
    path: str
    protocol: Literal["HTTP/1.1"]
    source_ip: str
    user_agent: str


class Context20(Struct, rename="camel"):
    """`requestContext` of format 2.0."""

    account_id: str
    api_id: str
    authorizer: Mapping[str, Any] | UnsetType
    domain_name: str
    domain_prefix: str
    http: Http
    request_id: str
    route_key: str
    stage: str
    time: str
    time_epoch: int


class Event20(Struct, rename="camel"):
    """The whole event of format 2.0."""

    version: Literal["2.0"]
    route_key: str
    raw_path: str
    raw_query_string: str
    cookies: msgspec.Raw | UnsetType
    headers: msgspec.Raw
    query_string_parameters: dict[str, str] | UnsetType
    request_context: Context20
    path_parameters: dict[str, str] | UnsetType
    stage_variables: Mapping[str, str] | UnsetType
    body: str | UnsetType
    is_base64_encoded: bool


def compile_event_1_0(source: Source) -> Callable[[RequestContext], bytes]:
    """The function that writes the event of a request to this route in format 1.0, as JSON."""
    variables = dict(source.variables) or None

    def event(context: RequestContext) -> bytes:
        request = context.request
        headers = headers_1_0(request, context.trace_id)
        single, multi = query_maps(request.query)
        body, encoded = event_body(request.body, is_binary(headers.content_type))
        return _encode(
            Event10(
                "1.0",
                source.resource_path,
                path_1_0(context),
                request.method,
                headers.single,
                headers.multi,
                single,
                multi,
                context_1_0(context, headers.user_agent),
                decoded_parameters(context) or None,
                variables,
                body,
                encoded,
            )
        )

    return event


def compile_event_2_0(source: Source) -> Callable[[RequestContext], bytes]:
    """The same in format 2.0."""
    variables = dict(source.variables) or UNSET

    def event(context: RequestContext) -> bytes:
        request = context.request
        headers = headers_2_0(request, context.trace_id)
        body, encoded = event_body(request.body, is_binary(headers.content_type))
        return _encode(
            Event20(
                "2.0",
                route_key(context),
                path_2_0(context),
                request.query,
                headers.cookies,
                headers.headers,
                joined_query(request.query) or UNSET,
                context_2_0(context, headers.user_agent),
                decoded_parameters(context) or UNSET,
                variables,
                UNSET if body is None else body,
                encoded,
            )
        )

    return event


def context_1_0(context: RequestContext, user_agent: str | None) -> Context10:
    """The `requestContext` of format 1.0."""
    plan, request, domain = context.plan, context.request, domain_name(context)
    mapped = context.domain
    return Context10(
        plan.account,
        plan.api_id,
        authorizer_1_0(context.caller),
        domain,
        domain.partition(".")[0],
        context.extended_request_id,
        request.method,
        identity_1_0(context, user_agent),
        path_1_0(context),
        "HTTP/1.1",
        context.request_id,
        request_time(int(context.began)),
        int(context.began * 1000),
        route_key(context),
        context.resource_path,
        plan.stage,
        UNSET if mapped is None else {"basePathMatched": mapped.base_path_matched},
    )


def context_2_0(context: RequestContext, user_agent: str | None) -> Context20:
    """The `requestContext` of format 2.0."""
    plan, request, domain = context.plan, context.request, domain_name(context)
    path = path_2_0(context)
    return Context20(
        plan.account,
        plan.api_id,
        authorizer_2_0(context.caller),
        domain,
        domain.partition(".")[0],
        Http(request.method, path, "HTTP/1.1", request.source_ip, user_agent or ""),
        context.request_id,
        route_key(context),
        plan.stage,
        request_time(int(context.began)),
        int(context.began * 1000),
    )


def route_key(context: RequestContext) -> str:
    """Of the route that serves a request."""
    return context.method.key if type(context.method) is RoutePlan else ""


def path_1_0(context: RequestContext) -> str:
    """The path with the stage, or of a custom domain name the path as sent; where mapping replaces it, that one."""
    if context.integration_path is not None:
        return context.integration_path
    return raw_path(context) if context.domain is None else context.received.path


def path_2_0(context: RequestContext) -> str:
    """The path with the stage, or what mapping puts in its place, decoded."""
    return decoded(context.integration_path or raw_path(context))


def decoded(path: str) -> str:
    """A path with its escapes decoded, as UTF-8."""
    if "%" not in path and path.isascii():
        return path
    return unquote_to_bytes(path.encode("latin-1")).decode("utf-8", "replace")


def decoded_parameters(context: RequestContext) -> dict[str, str]:
    """The values of the path's variables, decoded."""
    return {name: decoded(value) for name, value in context.path_parameters.items()}


def joined_query(query: str) -> dict[str, str]:
    """The decoded values of each query parameter, joined by commas."""
    _, multi = query_maps(query)
    return {name: ",".join(values) for name, values in (multi or {}).items()}


def is_binary(content_type: str | None) -> bool:
    """Whether a body of that type is base64 in an event: all but text is, and what has no type."""
    if content_type is None:
        return True
    media_type = content_type.partition(";")[0].strip().lower()
    return not (media_type in _TEXT_TYPES or media_type.startswith("text/") or media_type.endswith(("+json", "+xml")))
