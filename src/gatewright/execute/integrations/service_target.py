"""The URI of an AWS integration, taken apart when the stage is compiled: which service, which host, which call of it.

`arn:aws:apigateway:{region}:{subdomain.service|service}:path/{path}` is a path of the service's host,
`...:action/{name}&{key}={value}` an operation by its name, sent as the service's protocol wants it. `{x}` is filled
from `integration.request.path.x`. API reference: Integration, `uri`.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple, NoReturn
from urllib.parse import parse_qsl, quote, unquote_to_bytes

from gatewright.aws.service_api import ServiceApi, service_api, service_host, signing_region
from gatewright.execute.endpoint import InvalidEndpoint, with_stage_variables
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE
from gatewright.execute.integration_request import BackendRequest
from gatewright.execute.integrations.http_target import query_string
from gatewright.execute.plan import Document
from gatewright.values.refusal import refuse
from gatewright.values.request import NO_BODY

_URI = re.compile(r"arn:aws[a-z-]*:apigateway:([a-z0-9-]+):(?:(\S+)\.)?([a-z0-9-]+):(path|action)/(\S*)", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_LABEL = re.compile(r"\{(\w+)\+?\}")
_SUBDOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
FORM = "application/x-www-form-urlencoded"


class ServiceTarget(NamedTuple):
    """What is called. `host` and `path` may have placeholders; `query` is what the URI itself adds.

    `headers` are the default ones of an operation of the JSON protocol; `is_action` of the query protocol lets the
    query's parameters stand in a form instead."""

    service: str
    region: str
    host: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    is_action: bool

    def host_of(self, request: BackendRequest) -> str:
        """AWS's own host for the call. Raises Refusal for a subdomain that is none."""
        if "{" not in self.host:
            return self.host
        host = _filled(self.host, request.path)
        if not _SUBDOMAIN.fullmatch(host) or ".." in host or len(host) > 253:
            refuse_address()
        return host

    def target_of(self, request: BackendRequest, query: list[tuple[str, str]]) -> str:
        """The request target, encoded as the service computes it for the signature. Raises Refusal."""
        path = _filled(self.path, request.path)
        if not {b".", b".."}.isdisjoint(unquote_to_bytes(path).split(b"/")):
            refuse_address()  # a client's value must not lead out of where the path begins
        path = canonical(path, keep_slash=self.service != "s3")
        return f"{path}?{query_string(query)}" if query else path


def compile_service_target(integration: Document, variables: Mapping[str, str]) -> ServiceTarget:
    """An AWS integration's URI. Raises InvalidEndpoint for what is none, or an action of an unknown service."""
    uri = _URI.fullmatch(with_stage_variables(integration.get("uri") or "", variables))
    if uri is None:
        raise InvalidEndpoint("not the ARN of a service's path or action")
    region, subdomain, name, kind, rest = uri.groups()
    whole = service_api(f"{subdomain}.{name}") if subdomain else None
    api = whole or service_api(name)
    prefix = api.prefix if api else name
    if subdomain and whole is None:
        prefix = f"{subdomain}.{prefix}"
    service = api.signing_name if api else name
    made = ServiceTarget(
        service, signing_region(prefix, region), service_host(prefix, region), "/", (), (), is_action=False
    )
    if kind == "path":
        return _by_path(made, rest)
    if api is None:
        raise InvalidEndpoint(f"the actions of {name} are not known")
    action, *parameters = rest.split("&")
    return _by_action(made, api, action, parse_qsl("&".join(parameters), keep_blank_values=True), integration)


def _by_path(made: ServiceTarget, text: str) -> ServiceTarget:
    path, _, query = text.partition("?")
    return made._replace(path="/" + path.lstrip("/"), query=tuple(parse_qsl(query, keep_blank_values=True)))


def _by_action(
    made: ServiceTarget, api: ServiceApi, action: str, parameters: list[tuple[str, str]], integration: Document
) -> ServiceTarget:
    made = made._replace(host=api.hosts.get(action, "") + made.host)
    if api.protocol == "rest":
        return _by_operation(made, api, action, dict(parameters))
    if api.protocol == "json" and not (api.takes_query and _has_query(parameters, integration)):
        headers = (("X-Amz-Target", f"{api.target}.{action}"), ("Content-Type", api.content_type))
        return made._replace(query=tuple(parameters), headers=headers)
    query = (("Action", action), ("Version", api.version), *parameters)
    return made._replace(query=query, is_action=True)


def _by_operation(made: ServiceTarget, api: ServiceApi, action: str, parameters: dict[str, str]) -> ServiceTarget:
    """An operation of a REST service: its parameters take their places in the operation's path."""
    if action not in api.paths:
        raise InvalidEndpoint(f"{made.service} has no action {action}")
    path, _, query = api.paths[action].partition("?")
    if "Bucket" in parameters and "{Bucket}" not in path:  # some models have it in the host
        path = f"/{parameters.pop('Bucket')}{path}"
    for label in _LABEL.findall(path):
        if label not in parameters and f"{{{label}}}" not in parameters.values():
            raise InvalidEndpoint(f"{action} needs {label}")
    path = _LABEL.sub(lambda label: parameters.pop(label[1], label[0]), path)
    return made._replace(path=path, query=(*parse_qsl(query, keep_blank_values=True), *parameters.items()))


def _has_query(parameters: list[tuple[str, str]], integration: Document) -> bool:
    """Whether a service that speaks both protocols is to be spoken to by query: that is where its parameters are, or
    there is no body to have them."""
    mapped: Mapping[str, str] = integration.get("requestParameters") or {}
    return (
        bool(parameters)
        or integration.get("httpMethod") in NO_BODY
        or any(
            name.startswith("integration.request.querystring.")
            or (name.lower() == "integration.request.header.content-type" and FORM in source)
            for name, source in mapped.items()
        )
    )


def canonical(path: str, *, keep_slash: bool) -> str:
    """A path with all that needs it percent-encoded, and nothing twice. An encoded slash stays one if `keep_slash`."""
    if not keep_slash:
        return quote(unquote_to_bytes(path), safe="/")
    return "/".join([quote(unquote_to_bytes(segment), safe="") for segment in path.split("/")])


def _filled(text: str, values: Mapping[str, str]) -> str:
    if "{" not in text:
        return text

    def value(match: re.Match[str]) -> str:
        if not values.get(match[1]):
            refuse_address()
        return values[match[1]]

    return _PLACEHOLDER.sub(value, text)


def refuse_address() -> NoReturn:
    """End the request as AWS does for an address that cannot be called. Raises Refusal."""
    refuse(API_CONFIGURATION_ERROR, cause=f"{CONFIGURATION_FAILURE}Invalid endpoint address")
