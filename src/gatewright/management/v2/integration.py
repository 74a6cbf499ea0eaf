"""Integration of an HTTP or WebSocket API: what its routes call. Each kind of API has rules and defaults of its own.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html
"""

from collections.abc import Callable, Mapping

from gatewright.aws.errors import ServiceError
from gatewright.execute.unserved_routes import of_integration
from gatewright.management.arn import ROLE, arn_parts
from gatewright.management.ids import ROUTED
from gatewright.management.noun import Change, Noun
from gatewright.management.paging import NEXT_TOKEN
from gatewright.management.patch import refused
from gatewright.management.rest.integration import HTTP_TYPES, SHORTEST_TIMEOUT
from gatewright.management.v2 import http_integration, websocket_integration
from gatewright.management.v2.api import API
from gatewright.management.v2.auto_deploy import auto_deployed
from gatewright.management.v2.errors import not_found
from gatewright.management.v2.inside import HTTP, WEBSOCKET, key_inside, protocol_of, refuse_member
from gatewright.management.v2.merged import merged
from gatewright.values.records import Key

Check = Callable[[Change], None]
_PARTS: Mapping[str, tuple[Check, ...]] = {
    HTTP: http_integration.RULES,
    WEBSOCKET: websocket_integration.RULES,
}
_LONGEST_TIMEOUT = {HTTP: 30_000, WEBSOCKET: 29_000}  # milliseconds
# Members of the other kind of API.
_NOT_OF: Mapping[str, tuple[str, ...]] = {
    HTTP: ("contentHandlingStrategy", "requestTemplates", "templateSelectionExpression"),
    WEBSOCKET: ("integrationSubtype", "responseParameters", "tlsConfig"),
}


def of_its_protocol(change: Change) -> None:
    """What only the other kind of API can have."""
    protocol = protocol_of(change)
    for name in _NOT_OF[protocol]:
        if change.new.get(name):
            refuse_member(name, protocol)
        change.new.pop(name, None)


def maps_merged(change: Change) -> None:
    """Parameters given are laid over those that are there; an empty value takes one away. Those of a service are given
    whole, whenever its subtype is."""
    given, service = change.call.input, change.new.get("integrationSubtype")
    # Seen: github.com/hashicorp/terraform-provider-aws, updates of aws_apigatewayv2_integration; issues 22647, 50061
    if not service:
        merged(change, "requestParameters", lambda value: not value)
    elif given.get("integrationSubtype") and "requestParameters" not in given:
        change.new.pop("requestParameters", None)
    merged(change, "responseParameters", lambda value: not value)


def connection_settled(change: Change) -> None:
    """INTERNET unless told; only what goes through a link names one, and only the HTTP types can."""
    new = change.new
    link = new.get("connectionId")
    if new.setdefault("connectionType", "INTERNET") == "INTERNET":
        if link and change.call.input.get("connectionId"):
            raise refused("ConnectionId can only be specified for connection type VPC_LINK")
        new.pop("connectionId", None)
        return
    if new["integrationType"] not in HTTP_TYPES:
        raise refused("ConnectionType VPC_LINK is only supported for integration type HTTP, HTTP_PROXY.")
    if not link:
        raise refused("ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK")


def credentials_are_a_role(change: Change) -> None:
    """Whom the integration is called as."""
    role = change.new.get("credentialsArn")
    if role and "${stageVariables." not in role:
        arn_parts(ROLE, role)


def timeout_in_range(change: Change) -> None:
    """How long the backend may take: as long as AWS lets it, or the node's settings."""
    usual = _LONGEST_TIMEOUT[protocol_of(change)]
    longest = max(usual, change.call.integration_timeout)
    if not SHORTEST_TIMEOUT <= change.new.setdefault("timeoutInMillis", usual) <= longest:
        raise refused(f"Timeout should be between {SHORTEST_TIMEOUT} ms and {longest} ms")


def of_its_kind_of_api(change: Change) -> None:
    """The rules of HTTP APIs, or those of WebSocket APIs."""
    for rule in _PARTS[protocol_of(change)]:
        rule(change)


def no_route_uses_it(change: Change) -> None:
    """An integration that a route leads to stays, and so does one that quick create made."""
    old = change.old or {}
    if old.get("apiGatewayManaged"):
        raise refused("Cannot delete an Integration that is managed by API Gateway")
    target = f"integrations/{old['integrationId']}"
    routes = change.tx.list(key_inside(change.call, "Route"))
    leading = [id for id, route in routes if route.get("target") == target]
    if leading:
        # Seen: github.com/milliHQ/terraform-aws-next-js/issues/247
        raise ServiceError(
            "ConflictException",
            "Cannot delete Integration because it is referenced by the following Routes with Ids: "
            f"[{', '.join(leading)}]",
        )


def gone_with_it(change: Change) -> None:
    """An integration takes along its responses."""
    change.tx.delete_all(responses_of(change))


def responses_of(change: Change) -> Key:
    """Where the responses of the call's integration are."""
    return key_inside(change.call, "IntegrationResponse", within=change.call.input["integrationId"])


INTEGRATION = Noun(
    name="Integration",
    path=("apiId", "integrationId"),
    missing=not_found("Integration", "integrationId"),
    inside=API,
    asks_inside=True,
    id="integrationId",
    new_id=ROUTED,
    plural="Integrations",
    paging=NEXT_TOKEN,
    optional=(
        *("connectionId", "contentHandlingStrategy", "credentialsArn", "description", "integrationMethod"),
        *("integrationSubtype", "integrationUri", "requestTemplates", "templateSelectionExpression", "tlsConfig"),
    ),
    rules=(
        of_its_protocol,
        maps_merged,
        connection_settled,
        credentials_are_a_role,
        timeout_in_range,
        of_its_kind_of_api,
    ),
    deleting=(no_route_uses_it, gone_with_it),
    settled=(auto_deployed,),
    unserved=of_integration,
)
