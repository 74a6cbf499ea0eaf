"""EndpointConfiguration of an API: its one endpoint type, its address type, and the VPC endpoints of a private one.

https://docs.aws.amazon.com/apigateway/latest/api/API_EndpointConfiguration.html
"""

from collections.abc import Sequence

from gatewright.management.noun import Change
from gatewright.management.patch import Operation, bad_path, element, refused
from gatewright.values.records import Document

ENDPOINT_TYPES = ("REGIONAL", "EDGE", "PRIVATE")

_VPC_ENDPOINTS = element("vpcEndpointIds", "Invalid VPC endpoint identifier specified")


def check_types(types: Sequence[str]) -> None:
    """At least one type, and only known ones. Raises BadRequestException."""
    if not types:
        raise refused("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")
    if not set(types) <= set(ENDPOINT_TYPES):
        raise refused(f"Invalid EndpointTypes specified. Valid options are {','.join(ENDPOINT_TYPES)}")


def endpoint_settled(change: Change) -> None:
    """One endpoint type, EDGE unless told; an address type that it has; VPC endpoints only of private APIs."""
    endpoint = change.new.setdefault("endpointConfiguration", {})
    types = endpoint.setdefault("types", ["EDGE"])
    if len(types) > 1:
        raise refused("Cannot create an api with multiple Endpoint Types.")
    check_types(types)
    private = types[0] == "PRIVATE"
    if private and endpoint.get("ipAddressType") == "ipv4":
        raise refused("Only dualstack ipAddressType is supported for Private APIs.")
    endpoint.setdefault("ipAddressType", "dualstack" if private else "ipv4")
    if endpoint.get("vpcEndpointIds") and not private:
        raise refused("VPCEndpoints can only be specified with PRIVATE apis.")
    if not endpoint.get("vpcEndpointIds"):
        endpoint.pop("vpcEndpointIds", None)


# Patch paths.


def replace_type(document: Document, operation: Operation) -> None:
    """An API has one endpoint type: the path may name the current one, or 0."""
    endpoint = document["endpointConfiguration"]
    if operation.names[0] not in ("0", *endpoint["types"]):
        raise bad_path(operation)
    if operation.value == "EDGE" and endpoint["types"] == ["PRIVATE"]:  # the way AWS's guide rules out
        raise refused("Cannot update the endpoint type of a private API to EDGE.")
    if operation.value == "PRIVATE":
        endpoint["ipAddressType"] = "dualstack"
    endpoint["types"] = [operation.value]


def replace_address_type(document: Document, operation: Operation) -> None:
    """ipv4 or dualstack."""
    if operation.value not in ("ipv4", "dualstack"):
        raise refused("ipAddressType must be either ipv4 or dualstack.")
    document["endpointConfiguration"]["ipAddressType"] = operation.value


def add_endpoint(document: Document, operation: Operation) -> None:
    """One more VPC endpoint of a private API."""
    _VPC_ENDPOINTS["add"](document["endpointConfiguration"], operation)


def remove_endpoint(document: Document, operation: Operation) -> None:
    """One VPC endpoint less."""
    _VPC_ENDPOINTS["remove"](document["endpointConfiguration"], operation)
