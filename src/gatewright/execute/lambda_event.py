"""The event a Lambda function gets from a REST API: proxy integration input, payload format version 1.0.

The structs declare AWS's keys in the order AWS writes them, since functions that log or hash an event as text see it.
Regional form: no CloudFront headers, and one address added to X-Forwarded-For.
Developer guide: "Input format of a Lambda function for proxy integration".
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import unquote_plus

import msgspec
from msgspec import UNSET, Struct, UnsetType

from gatewright.execute.binary_media_types import compile_binary_media_types
from gatewright.execute.caller_values import endpoint_of, show_principal
from gatewright.execute.context import RequestContext
from gatewright.execute.domain import MappedDomain, domain_name, event_path, path_called
from gatewright.execute.event_headers import event_headers, given_headers
from gatewright.execute.plan import Source
from gatewright.execute.request_time import request_time


class Identity(Struct, rename="camel", kw_only=True):
    """`requestContext.identity`: who signed the request, or holds the key that it came with."""

    cognito_identity_pool_id: None = None
    account_id: str | None = None
    cognito_identity_id: None = None
    api_key: str | UnsetType = UNSET
    api_key_id: str | UnsetType = UNSET
    caller: str | None = None
    source_ip: str
    principal_org_id: str | None = None
    access_key: str | None = None
    cognito_authentication_type: None = None
    cognito_authentication_provider: None = None
    user_arn: str | None = None
    user_agent: str | None
    user: str | None = None
    vpc_id: str | UnsetType = UNSET
    vpce_id: str | UnsetType = UNSET


class EventContext(Struct, rename="camel"):
    """`requestContext`."""

    resource_id: str
    authorizer: Mapping[str, Any] | UnsetType
    resource_path: str
    operation_name: str | UnsetType
    http_method: str
    extended_request_id: str
    custom_domain: Mapping[str, str] | UnsetType
    request_time: str
    path: str
    account_id: str
    protocol: Literal["HTTP/1.1"]
    stage: str
    domain_prefix: str
    request_time_epoch: int
    request_id: str
    identity: Identity
    domain_name: str
    deployment_id: str | UnsetType
    api_id: str


class Event(Struct, rename="camel"):
    """The whole event."""

    resource: str
    path: str
    http_method: str
    headers: msgspec.Raw | None
    multi_value_headers: msgspec.Raw | None
    query_string_parameters: dict[str, str] | None
    multi_value_query_string_parameters: dict[str, list[str]] | None
    path_parameters: dict[str, str] | None
    stage_variables: dict[str, str] | None
    request_context: EventContext
    body: str | None
    is_base64_encoded: bool


_encode = msgspec.json.Encoder().encode


def compile_lambda_event(source: Source) -> Callable[[RequestContext], bytes]:
    """The function that writes the event of a request to this method, as JSON."""
    is_binary = compile_binary_media_types(source.binary_media_types)
    in_test = source.in_test
    variables = dict(source.variables) or None
    operation_name = source.method.get("operationName") or UNSET

    def event(context: RequestContext) -> bytes:
        request = context.request
        headers = given_headers(request) if in_test else event_headers(request, context.trace_id)
        single, multi = query_maps(request.query)
        body, encoded = event_body(request.body, is_binary(headers.content_type))
        return _encode(
            Event(
                source.resource_path,
                event_path(context),
                request.method,
                headers.single,
                headers.multi,
                single,
                multi,
                context.path_parameters or None,
                variables,
                event_context(context, headers.user_agent, operation_name),
                body,
                encoded,
            )
        )

    return event


def event_context(context: RequestContext, user_agent: str | None, operation_name: str | UnsetType) -> EventContext:
    """The event's `requestContext`, which is what mapping templates see as `$context`, too."""
    plan = context.plan
    request = context.request
    domain = domain_name(context)
    identity = Identity(source_ip=request.source_ip, user_agent=user_agent)
    if context.key is not None:
        identity.api_key, identity.api_key_id = context.key.value, context.key.id
    endpoint = endpoint_of(context)
    if endpoint is not None:
        identity.vpc_id, identity.vpce_id = endpoint.vpc, endpoint.id
    show_principal(context, identity)
    path = path_called(context)
    if not plan.deployment_id:  # a test invocation
        identity.account_id = plan.account
        identity.api_key, identity.api_key_id = "test-invoke-api-key", "test-invoke-api-key-id"
        path = context.path
    return EventContext(
        context.resource_id,
        UNSET if context.caller.authorizer is None else context.caller.authorizer,
        context.resource_path,
        operation_name,
        request.method,
        context.extended_request_id,
        UNSET if context.domain is None else _matched(context.domain),
        request_time(int(context.began)),
        path,
        plan.account,
        "HTTP/1.1",
        plan.stage,
        domain.partition(".")[0],
        int(context.began * 1000),
        context.request_id,
        identity,
        domain,
        plan.deployment_id or UNSET,
        plan.api_id,
    )


def _matched(domain: MappedDomain) -> Mapping[str, str]:
    """What led to the API."""
    if domain.rule_id:
        return {"routingRuleIdMatched": domain.rule_id}
    return {"basePathMatched": domain.base_path_matched}


def query_maps(query: str) -> tuple[dict[str, str], dict[str, list[str]]] | tuple[None, None]:
    """A raw query string to the last value and to all values of each parameter, decoded; None, None when empty."""
    if not query:
        return None, None
    multi: dict[str, list[str]] = {}
    decode = unquote_plus if "%" in query or "+" in query else str
    for pair in query.replace(";", "&").split("&"):
        if pair:
            name, _, value = pair.partition("=")
            multi.setdefault(decode(name), []).append(decode(value))
    if not multi:
        return None, None
    return {name: values[-1] for name, values in multi.items()}, multi


def event_body(body: bytes, is_binary: bool) -> tuple[str | None, bool]:
    """The event's `body` and `isBase64Encoded`. Bytes of a text body that are no UTF-8 become U+FFFD."""
    if not body:
        return None, False
    if is_binary:
        return b64encode(body).decode(), True
    return body.decode("utf-8", "replace"), False
