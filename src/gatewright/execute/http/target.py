"""Where a route's HTTP_PROXY integration sends a request: which endpoint, and which path there.

To a public endpoint: the path of its URL, with the route's variables put in; `$default` appends the whole path of the
request. To a private one: the request's path with its stage. Either may be mapped to another path.
Developer guide: "Create private integrations for HTTP APIs".
"""

import re

from gatewright.execute.endpoint import (
    Endpoint,
    InvalidEndpoint,
    Pieces,
    integration_endpoint,
    vpc_link,
    with_stage_variables,
)
from gatewright.execute.http.raw_path import raw_path
from gatewright.execute.http.routes import DEFAULT_ROUTE
from gatewright.execute.integrations.http_target import Target, compile_path, compile_proxy_target
from gatewright.execute.parameter_mapping import RequestParameter, Values
from gatewright.execute.plan import Source
from gatewright.execute.world import Origin

_VARIABLE = re.compile(r"\{([^{}+]+)\+?\}")


def route_endpoint(source: Source) -> Endpoint:
    """What the integration reaches; its `host` is "" where backends get the client's own. Raises InvalidEndpoint."""
    integration = source.integration
    name = (integration.get("tlsConfig") or {}).get("serverNameToVerify") or ""
    if integration.get("connectionType") != "VPC_LINK":
        endpoint = integration_endpoint(source)
        if name and not endpoint.origin.tls:
            raise InvalidEndpoint(f"there is no certificate to verify for {name} without https")
        return endpoint._replace(origin=endpoint.origin._replace(name=name or endpoint.origin.name))
    vpc_link(source)
    arn = with_stage_variables(integration.get("uri") or "", source.variables)
    address = source.network.targets.get(arn)
    if address is None:
        raise InvalidEndpoint(f"this node has no target for {arn} (GATEWRIGHT_TARGETS)")
    origin = Origin(address.host, address.port, bool(name), name=name)
    return Endpoint(origin, "", Pieces(("/",), ()), Pieces(("",), ()))


def compile_route_target(endpoint: Endpoint, source: Source) -> Target:
    """The function that writes the request target. Raises InvalidEndpoint for a variable that the route lacks."""
    names = _VARIABLE.findall(source.resource_path)
    for name in (*endpoint.path.names, *endpoint.query.names):
        if name not in names:
            raise InvalidEndpoint(f"the route has no variable {name}")
    parameters = [RequestParameter("path", name, _values(name)) for name in names]
    path: Target | None = None
    if source.integration.get("connectionType") == "VPC_LINK":
        path = raw_path
    elif source.resource_path == DEFAULT_ROUTE:
        path = _appended("".join(endpoint.path.literals).rstrip("/"))
    if "overwrite:path" in (source.integration.get("requestParameters") or {}):
        path = _or_mapped(path or compile_path(endpoint, parameters))
    return compile_proxy_target(endpoint, parameters, path)


def _values(name: str) -> Values:
    return lambda context: [context.path_parameters[name]]


def _appended(base: str) -> Target:
    return lambda context: base + context.path or "/"  # a stage may be called by its name alone


def _or_mapped(path: Target) -> Target:
    return lambda context: context.integration_path or path(context)
