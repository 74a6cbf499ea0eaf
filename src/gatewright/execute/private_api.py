"""Private APIs: whoever does not come through a VPC endpoint finds nothing there.

This node is told which source addresses stand for which endpoint of which VPC; without that nobody comes through one.
Developer guide: "Private REST APIs in API Gateway"; "Invoke a private API".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, Any, NamedTuple

from gatewright.execute.gateway_response import FORBIDDEN
from gatewright.values.headers import first
from gatewright.values.ip import read_address
from gatewright.values.refusal import refuse
from gatewright.values.request import Request

if TYPE_CHECKING:
    from gatewright.execute.context import RequestContext

# {api}-{endpoint} is an alias of a private API, vpce-... an endpoint's own name, with the API in a header.
# The look ahead keeps matching short: a label of a host name has at most 63 characters.
ENDPOINT_HOST = re.compile(
    r"(?=[^.]{1,63}\.execute-api\.)(?:(?P<api>[a-z0-9-]+)-)?(?P<endpoint>vpce-[a-z0-9]+)[a-z0-9-]*\.", re.IGNORECASE
)
API_HEADER = "x-apigw-api-id"
_WAY = re.compile(r"(vpce-[a-z0-9]+)=(vpc-[a-z0-9]+):([0-9A-Fa-f:.]+(?:/[0-9]{1,3})?)")


class VpcEndpoint(NamedTuple):
    """An interface VPC endpoint for execute-api, `vpce-...`, and its VPC."""

    id: str
    vpc: str


class Way(NamedTuple):
    """Requests from `network` come through `endpoint`."""

    network: IPv4Network | IPv6Network
    endpoint: VpcEndpoint


def read_way(text: str) -> Way:
    """An endpoint, its VPC and source addresses that stand for it, `vpce-1=vpc-1:10.0.0.0/16`. Raises ValueError."""
    match = _WAY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no VPC endpoint with its VPC and a CIDR block")
    return Way(ip_network(match[3]), VpcEndpoint(match[1], match[2]))


@dataclass(frozen=True, slots=True)
class PrivateApi:
    """One private API. `ways` are this node's; `associated` the endpoints that the API has an alias for."""

    ways: Sequence[Way]
    associated: frozenset[str]

    def admit(self, context: "RequestContext") -> None:
        """Raises Refusal unless the request came through an endpoint: the one it names, if it names one."""
        endpoint = self.endpoint_of(context.request)
        named = ENDPOINT_HOST.match(first(context.request.headers, "host") or "")
        if endpoint is None or (named and not self._is(endpoint, named)):
            refuse(FORBIDDEN)

    def endpoint_of(self, request: Request) -> VpcEndpoint | None:
        """Through which endpoint a request came: that of the smallest network its address is in."""
        address = read_address(request.source_ip)
        found = [way for way in self.ways if address is not None and address in way.network]
        return max(found, key=lambda way: way.network.prefixlen).endpoint if found else None

    def _is(self, endpoint: VpcEndpoint, named: re.Match[str]) -> bool:
        is_alias = named["api"] is not None
        return named["endpoint"].lower() == endpoint.id and (endpoint.id in self.associated or not is_alias)


def compile_private_api(endpoint_type: str, api: Mapping[str, Any], ways: Sequence[Way]) -> PrivateApi | None:
    """Who comes near an API, given as GetRestApi's output; None: anyone."""
    if endpoint_type != "PRIVATE":
        return None
    return PrivateApi(ways, frozenset((api.get("endpointConfiguration") or {}).get("vpcEndpointIds") or ()))
