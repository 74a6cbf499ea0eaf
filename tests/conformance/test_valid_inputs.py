"""Whatever the model allows is answered: an output of its, or one of its errors, which then has changed nothing."""

from collections.abc import Iterator
from typing import Any

import pytest

from gatewright.aws.model import Operation
from gatewright.management.dispatch import Management
from gatewright.values.headers import header_line, pairs
from gatewright.values.pending import Drive
from gatewright.values.records import Change
from gatewright.values.request import Request
from tests.conformance.inputs import case, odd_inputs
from tests.conformance.sdk import SERVICES
from tests.conformance.story import OPERATIONS, REST, ROUTES
from tests.management.rest.gateway import NOW, Endpoint, Gateway
from tests.management.rest.test_any_patch import beside_it, inside_an_api
from tests.management.v2.names import make_name
from tests.management.v2.portals import make_portal

READS = ("Get", "List", "Export", "TestInvoke")
VERBS = ("Create", "Put", "Get", "Update", "Delete")
EXCEPTIONS = {
    service: {"ValidationException"} | {name for name, shape in SERVICES[service].shapes.items() if shape.exception}
    for service in (REST, ROUTES)
}


PET = '{"type": "object", "properties": {"name": {"type": "string"}}}'


async def nothing(*arguments: Any) -> dict[str, Any]:
    return {}


class Account:
    """An account that has one of everything: its management, and the members that lead to what it has, by service.

    Of the second API's there are two: those of an HTTP API, and those of a WebSocket API."""

    def __init__(self) -> None:
        gateway = Gateway(Endpoint(), nothing, nothing)
        made = gateway.call("create_rest_api", name="pets", tags={"_custom_id_": "pets"})
        method = {"restApiId": "pets", "resourceId": made["rootResourceId"], "httpMethod": "GET"}
        gateway.call("put_method", **method, authorizationType="NONE")
        gateway.call("put_integration", **method, type="MOCK")
        for kind in ("method", "integration"):
            gateway.call(f"put_{kind}_response", **method, statusCode="200")
        deployment = gateway.call("create_deployment", restApiId="pets", stageName="prod")["id"]
        ids = method | {"stageName": "prod", "deploymentId": deployment, "statusCode": "200"}
        ids |= {"parentId": made["rootResourceId"]} | inside_an_api(gateway) | beside_it(gateway)
        second = gateway.speaking(ROUTES)
        self.ids = {REST: [ids], ROUTES: [inside_an_http_api(second), inside_a_websocket_api(second), portals(second)]}
        self.handlers = gateway.endpoint.handlers
        self.management = Management(self.handlers)
        self.store = gateway.store
        self.changes: list[Change] = []
        self.store.subscribe(self.changes.extend)


def inside_an_http_api(gateway: Gateway) -> dict[str, str]:
    """An HTTP API with what it may have, and what is beside APIs."""
    where = {"ApiId": gateway.call("create_api", Name="http", ProtocolType="HTTP")["ApiId"]}
    domain = {"DomainName": make_name(gateway, "b.example.com")["DomainName"]}
    backend = {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY", "IntegrationUri": "http://example.com/"}
    integration = gateway.call("create_integration", **where, **backend, PayloadFormatVersion="1.0")["IntegrationId"]
    route = gateway.call("create_route", **where, RouteKey="GET /pets", Target=f"integrations/{integration}")
    jwt = {"Issuer": "https://example.com", "Audience": ["pets"]}
    source = ["$request.header.Authorization"]
    authorizer = gateway.call(
        "create_authorizer", **where, Name="j", AuthorizerType="JWT", IdentitySource=source, JwtConfiguration=jwt
    )
    gateway.call("create_stage", **where, StageName="prod", AutoDeploy=True)
    mapping = gateway.call("create_api_mapping", **domain, **where, Stage="prod")
    return {
        "apiId": where["ApiId"],
        "domainName": domain["DomainName"],
        "apiMappingId": mapping["ApiMappingId"],
        "integrationId": integration,
        "routeId": route["RouteId"],
        "routeKey": "GET /pets",
        "authorizerId": authorizer["AuthorizerId"],
        "stageName": "prod",
        "deploymentId": gateway.call("create_deployment", **where)["DeploymentId"],
        "vpcLinkId": gateway.call("create_vpc_link", Name="l", SubnetIds=["subnet-1"])["VpcLinkId"],
        "resourceArn": f"arn:aws:apigateway:us-east-1::/apis/{where['ApiId']}",
        **of_portals(gateway),
    }


def of_portals(gateway: Gateway) -> dict[str, str]:
    """A portal that is published, and a product with a page of each kind."""
    colors = ("AccentColor", "BackgroundColor", "ErrorValidationColor", "HeaderColor", "NavigationColor", "TextColor")
    content = {"DisplayName": "Zoo", "Theme": {"CustomColors": dict.fromkeys(colors, "red")}}
    given = {"Authorization": {"None": {}}, "EndpointConfiguration": {"None": {}}, "PortalContent": content}
    portal = {"PortalId": gateway.call("create_portal", **given)["PortalId"]}
    gateway.call("publish_portal", **portal)
    where = {"PortalProductId": gateway.call("create_portal_product", DisplayName="Pets")["PortalProductId"]}
    page = gateway.call("create_product_page", **where, DisplayContent={"Title": "t", "Body": "b"})
    endpoint = {"IdentifierParts": {"RestApiId": "pets", "Stage": "prod", "Path": "/", "Method": "GET"}}
    about = gateway.call("create_product_rest_endpoint_page", **where, RestEndpointIdentifier=endpoint)
    return {
        "portalId": portal["PortalId"],
        "portalProductId": where["PortalProductId"],
        "productPageId": page["ProductPageId"],
        "productRestEndpointPageId": about["ProductRestEndpointPageId"],
    }


def inside_a_websocket_api(gateway: Gateway) -> dict[str, str]:
    """A WebSocket API with what it may have."""
    given = {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"}
    where = {"ApiId": gateway.call("create_api", Name="chat", **given)["ApiId"]}
    integration = gateway.call("create_integration", **where, IntegrationType="MOCK")["IntegrationId"]
    route = gateway.call("create_route", **where, RouteKey="$connect", Target=f"integrations/{integration}")["RouteId"]
    return {
        "apiId": where["ApiId"],
        "integrationId": integration,
        "integrationResponseId": gateway.call(
            "create_integration_response", **where, IntegrationId=integration, IntegrationResponseKey="$default"
        )["IntegrationResponseId"],
        "routeId": route,
        "routeKey": "$connect",
        "routeResponseId": gateway.call("create_route_response", **where, RouteId=route, RouteResponseKey="$default")[
            "RouteResponseId"
        ],
        "modelId": gateway.call("create_model", **where, Name="pet", Schema=PET)["ModelId"],
        "stageName": gateway.call("create_stage", **where, StageName="prod")["StageName"],
        "deploymentId": gateway.call("create_deployment", **where, StageName="prod")["DeploymentId"],
    }


def portals(gateway: Gateway) -> dict[str, str]:
    """A portal, the product that it shows, and its pages."""
    id = gateway.call("create_portal_product", DisplayName="Pets")["PortalProductId"]
    where = {"PortalProductId": id}
    page = gateway.call("create_product_page", **where, DisplayContent={"Title": "t", "Body": "b"})
    about = {"IdentifierParts": {"RestApiId": "pets", "Stage": "prod", "Path": "/", "Method": "GET"}}
    endpoint = gateway.call("create_product_rest_endpoint_page", **where, RestEndpointIdentifier=about)
    return {
        "portalId": make_portal(gateway),
        "portalProductId": id,
        "productPageId": page["ProductPageId"],
        "productRestEndpointPageId": endpoint["ProductRestEndpointPageId"],
    }


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    """Shared by all operations, deletion last."""
    made = Account()
    yield made
    made.store.close()


def error_of(management: Management, operation: Operation, values: dict[str, Any]) -> str:
    """The error's name, if it ends with one."""
    sent = case(operation, values, "invalid", "")
    path, _, query = sent.path.partition("?")
    headers = [header_line(name, value) for name, value in sent.headers.items()]
    request = Request(sent.method, sent.path, path, query, headers, sent.body, "127.0.0.1", "http", float(NOW))
    ended: list[Any] = []
    Drive(management.handle(request), lambda response, error: ended.append((response, error))).step()
    ((response, error),) = ended
    assert error is None
    told = {name.lower(): value for name, value in pairs(response.headers)}
    return told.get("x-amzn-errortype", "")


@pytest.mark.parametrize("verb", ["Create", "Put", "Get", "Update", "Other", "Delete"])
@pytest.mark.parametrize("service", [REST, ROUTES])
def test_every_valid_input_is_answered(account: Account, service: str, verb: str) -> None:
    for name in account.handlers[service]:
        operation = OPERATIONS[service][name]
        if name.startswith(verb) or (verb == "Other" and not name.startswith(VERBS)):
            for values in (each for ids in account.ids[service] for each in odd_inputs(operation, ids)):
                account.changes.clear()
                error = error_of(account.management, operation, values)
                assert not error or error in EXCEPTIONS[service], (name, values)
                assert not account.changes or not (error or name.startswith(READS)), (name, values)
