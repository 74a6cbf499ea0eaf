"""The address of an HTTP integration: its `uri` with stage variables put in, taken apart once.

`{name}` in path or query is filled from `integration.request.path.name` at request time. What is no usable address is
not refused here but by every request, as on AWS: 500, "Invalid endpoint address". Developer guide: "HTTP
integrations"; "Using stage variables".
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from gatewright.execute.plan import Source
from gatewright.execute.world import Origin

# RFC 3986: what may stand unencoded in a path or query; "%" because text that is encoded already stays as it is.
PATH_SAFE = "%/:@!$&'()*+,;=-._~"
_QUERY_SAFE = PATH_SAFE + "?"
_VARIABLE = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")
_URI = re.compile(
    r"(?i:(https?))://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?(/[^?#]*)?(?:\?([^#]*))?(?:#.*)?"
)
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PORTS = {"http": 80, "https": 443}


class InvalidEndpoint(ValueError):
    """The address cannot be called: AWS's words, and why."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid endpoint address: {reason}")


class Pieces(NamedTuple):
    """Text with placeholders: `literals` has one member more than `names`, and they alternate."""

    literals: tuple[str, ...]
    names: tuple[str, ...]


class Endpoint(NamedTuple):
    """Where to send and as what: `host` is the Host header; `query` is without "?"."""

    origin: Origin
    host: str
    path: Pieces
    query: Pieces


def with_stage_variables(text: str, variables: Mapping[str, str]) -> str:
    """`text` with every `${stageVariables.x}` replaced. Raises InvalidEndpoint for one the stage does not have."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in variables:
            raise InvalidEndpoint(f"the stage has no variable {match[1]}")
        return variables[match[1]]

    return _VARIABLE.sub(value, text)


def compile_endpoint(uri: str, variables: Mapping[str, str], *, verify: bool) -> Endpoint:
    """`uri` as configured. Raises InvalidEndpoint."""
    uri = with_stage_variables(uri, variables)
    match = _URI.fullmatch(uri)
    if match is None:
        raise InvalidEndpoint(f"not an http or https address: {uri}")
    scheme, host, path, query = match[1].lower(), match[2], match[4] or "/", match[5] or ""
    default = _PORTS[scheme]
    port = int(match[3] or default)
    if not 0 < port < 65_536:
        raise InvalidEndpoint(f"no such port: {port}")
    origin = Origin(host.strip("[]"), port, scheme == "https", verify)
    named = host if port == default else f"{host}:{port}"
    return Endpoint(origin, named, _pieces(path, PATH_SAFE), _pieces(query, _QUERY_SAFE))


def integration_endpoint(source: Source) -> Endpoint:
    """The endpoint of an HTTP or HTTP_PROXY integration and how it is reached: with the stage's client certificate, and
    through a VPC link to where its load balancer listens for this node. Raises InvalidEndpoint."""
    integration, network = source.integration, source.network
    insecure = (integration.get("tlsConfig") or {}).get("insecureSkipVerification", False)
    endpoint = compile_endpoint(integration.get("uri") or "", source.variables, verify=not insecure)
    origin = endpoint.origin
    if origin.tls:
        origin = origin._replace(certificate=network.certificate)
    if integration.get("connectionType") == "VPC_LINK":
        arns = _balancers(source)
        address = next((network.targets[arn] for arn in arns if arn in network.targets), None)
        if address is not None:  # the certificate is the load balancer's, for the name in `uri`
            origin = origin._replace(host=address.host, port=address.port, name=origin.host)
    return endpoint._replace(origin=origin)


def vpc_link(source: Source) -> Mapping[str, Any]:
    """The VPC link of a private integration. Raises InvalidEndpoint when there is none that works."""
    link_id = with_stage_variables(source.integration.get("connectionId") or "", source.variables)
    link = source.network.links.get(link_id)
    if link is None or "FAILED" in (link.get("status"), link.get("vpcLinkStatus")):
        raise InvalidEndpoint(f"there is no working VPC link {link_id}")
    return link


def _balancers(source: Source) -> list[str]:
    """The ARNs of what a private integration reaches. Raises InvalidEndpoint without its VPC link."""
    link = vpc_link(source)
    target = source.integration.get("integrationTarget")
    return [with_stage_variables(target, source.variables)] if target else list(link.get("targetArns") or ())


def _pieces(text: str, safe: str) -> Pieces:
    parts = _PLACEHOLDER.split(text)
    return Pieces(tuple(quote(literal, safe=safe) for literal in parts[::2]), tuple(parts[1::2]))
