"""Whatever the model allows is answered: an output of its, or one of its errors, which then has changed nothing.

What the second API takes it shows, too: no member of an input is dropped without a word."""

import json
from collections.abc import Iterator, Mapping
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
from tests.management.gateway import NOW, Endpoint, Gateway
from tests.management.rest.test_any_patch import beside_it, inside_an_api
from tests.management.v2.names import ARN, make_name
from tests.management.v2.portals import make_portal

READS = ("Get", "List", "Export", "TestInvoke")
MAKING = ("Create", "Update", "Put")
VERBS = ("Create", "Put", "Get", "Update", "Delete")
EXCEPTIONS = {
    service: {"ValidationException"} | {name for name, shape in SERVICES[service].shapes.items() if shape.exception}
    for service in (REST, ROUTES)
}
# Told of by what else is made (the parts of quick create, the stage that gets a deployment), and what AWS takes from
# clients that send what is usual.
UNTOLD = {
    **{f"{verb}Api": ("target", "routeKey", "credentialsArn") for verb in ("Create", "Update")},
    "CreateDeployment": ("stageName",),
    **{f"{verb}Integration": ("passthroughBehavior",) for verb in ("Create", "Update")},
    **{f"{verb}Portal": ("portalContent",) for verb in ("Create", "Update")},  # when its logo came is the node's to say
}
LOGS = "arn:aws:logs:us-east-1:000000000000:log-group:l"
ROLE = "arn:aws:iam::000000000000:role/r"
FUNCTION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:000000000000:function:f/invocations"
)
CONFIGURATIONS = {"domainNameConfigurations": [{"certificateArn": ARN}]}
# What inputs of HTTP APIs need beyond the model, and those of WebSocket APIs.
NEEDED: Mapping[str, tuple[dict[str, Any], ...]] = {
    REST: ({},),
    ROUTES: (
        {"protocolType": "HTTP", "authorizerType": "REQUEST", "identitySource": [], "authorizerUri": FUNCTION}
        | {"authorizerPayloadFormatVersion": "2.0", "payloadFormatVersion": "1.0", "integrationType": "HTTP_PROXY"}
        | {"integrationMethod": "GET", "integrationUri": "http://example.com/", **CONFIGURATIONS},
        {"protocolType": "WEBSOCKET", "routeSelectionExpression": "$request.body.a", "authorizerType": "REQUEST"}
        | {"identitySource": [], "authorizerUri": FUNCTION, "integrationType": "HTTP", "integrationMethod": "GET"}
        | {"integrationUri": "http://example.com/", "routeResponseKey": "$default", **CONFIGURATIONS},
        {},
    ),
}
# Better values than the model tells of, for all nouns or for one.
GOOD: Mapping[str, tuple[dict[str, Any], ...]] = {
    REST: ({},),
    ROUTES: (
        {"apiKeySelectionExpression": "$request.header.x-api-key", "authorizationType": "AWS_IAM"}
        | {"authorizerCredentialsArn": ROLE, "enableSimpleResponses": True, "credentialsArn": ROLE}
        | {"corsConfiguration": {"allowOrigins": ["https://a.b"], "allowMethods": ["GET"], "maxAge": 5}}
        | {
            "Integration.requestParameters": {"append:header.a": "b"},
            "Integration.responseParameters": {"200": {"append:header.a": "b"}},
        }
        | {"accessLogSettings": {"destinationArn": LOGS, "format": "$context.requestId"}, "timeoutInMillis": 77}
        | {"defaultRouteSettings": {"throttlingBurstLimit": 3, "throttlingRateLimit": 2.5}, "routeKey": "GET /a"}
        | {"routeSettings": {"$default": {"throttlingBurstLimit": 3}}, "Api.target": "http://example.com/"}
        | {"mutualTlsAuthentication": {"truststoreUri": "s3://bucket/key"}, "domainName": "c.example.com"}
        | {"apiMappingKey": "k", "conditions": [{"matchBasePaths": {"anyOf": ["a"]}}]}
        | {"actions": [{"invokeApi": {"apiId": "pets", "stage": "prod", "stripBasePath": True}}]},
        {"apiKeySelectionExpression": "$context.authorizer.usageIdentifierKey", "timeoutInMillis": 77}
        | {"authorizerCredentialsArn": ROLE, "credentialsArn": ROLE, "routeKey": "say"}
        | {
            "IntegrationResponse.responseParameters": {"method.response.header.a": "'b'"},
            "integrationResponseKey": "/4../",
        }
        | {"Integration.requestParameters": {"integration.request.header.a": "route.request.querystring.b"}}
        | {"routeSettings": {"$connect": {"throttlingBurstLimit": 3}}, "routeResponseSelectionExpression": "$default"}
        | {"defaultRouteSettings": {"detailedMetricsEnabled": True, "throttlingRateLimit": 2.5}},
        {},
    ),
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

    def inputs(self, service: str, operation: Operation) -> Iterator[dict[str, Any]]:
        """Inputs of the operation, for each of the APIs."""
        for known, needed, better in zip(self.ids[service], NEEDED[service], GOOD[service], strict=True):
            ids = {name: value for name, value in known.items() if name not in names_itself(operation)}
            values = better | {"Route.target": f"integrations/{ids.get('integrationId')}"}
            of_nouns = ((name.rpartition("."), value) for name, value in values.items())
            good = {name: value for (noun, _, name), value in of_nouns if operation.name.endswith(noun)}
            yield from odd_inputs(operation, ids, needed, good)

    def unmake(self, noun: str, made: dict[str, Any]) -> None:
        """Delete what was made, so that it can be made again."""
        operation = OPERATIONS[ROUTES].get(f"Delete{noun}")
        if operation is not None:
            answer_of(
                self.management, operation, {name: made[name] for name in operation.input.members if name in made}
            )


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
    """A published portal, a product, and its pages."""
    id = gateway.call("create_portal_product", DisplayName="Pets")["PortalProductId"]
    where = {"PortalProductId": id}
    page = gateway.call("create_product_page", **where, DisplayContent={"Title": "t", "Body": "b"})
    about = {"IdentifierParts": {"RestApiId": "pets", "Stage": "prod", "Path": "/", "Method": "GET"}}
    endpoint = gateway.call("create_product_rest_endpoint_page", **where, RestEndpointIdentifier=about)
    portal = make_portal(gateway)
    gateway.call("publish_portal", PortalId=portal)
    return {
        "portalId": portal,
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


def answer_of(management: Management, operation: Operation, values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The error's name, if it ends with one, and the body."""
    sent = case(operation, values, "invalid", "")
    path, _, query = sent.path.partition("?")
    headers = [header_line(name, value) for name, value in sent.headers.items()]
    request = Request(sent.method, sent.path, path, query, headers, sent.body, "127.0.0.1", "http", float(NOW))
    ended: list[Any] = []
    Drive(management.handle(request), lambda response, error: ended.append((response, error))).step()
    ((response, error),) = ended
    assert error is None
    told = {name.lower(): value for name, value in pairs(response.headers)}
    return told.get("x-amzn-errortype", ""), json.loads(response.body or b"{}")


def names_itself(operation: Operation) -> tuple[str, ...]:
    """The members by which a creation names what is new."""
    noun = operation.name.removeprefix("Create")
    own = noun[:1].lower() + noun[1:]
    return () if noun == operation.name else (own, f"{own}Name", f"{own}Key")


def dropped(operation: Operation, values: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    """The members of an input's body that the answer does not show; one that is empty asks for nothing."""
    body = (name for name, value in values.items() if value and not operation.input.members[name].location)
    return [
        name
        for name in body
        if not shows(answer.get(name), values[name]) and name not in UNTOLD.get(operation.name, ())
    ]


def shows(shown: Any, given: Any) -> bool:
    """Whether all of what is given is there."""
    if isinstance(given, dict):
        return isinstance(shown, dict) and all(shows(shown.get(name), value) for name, value in given.items() if value)
    if isinstance(given, list) and isinstance(shown, list):
        return len(shown) == len(given) and all(map(shows, shown, given))
    return bool(shown == given)


@pytest.mark.parametrize("verb", ["Create", "Put", "Get", "Update", "Other", "Delete"])
@pytest.mark.parametrize("service", [REST, ROUTES])
def test_every_valid_input_is_answered(account: Account, service: str, verb: str) -> None:
    for name in account.handlers[service]:
        operation = OPERATIONS[service][name]
        if name.startswith(verb) or (verb == "Other" and not name.startswith(VERBS)):
            for values in account.inputs(service, operation):
                account.changes.clear()
                error, answer = answer_of(account.management, operation, values)
                assert not error or error in EXCEPTIONS[service], (name, values)
                if not error and service == ROUTES and name.startswith(MAKING):
                    assert not dropped(operation, values, answer), (name, values, answer)
                assert not account.changes or not (error or name.startswith(READS)), (name, values)
                if not error and service == ROUTES and name.startswith("Create"):
                    account.unmake(name.removeprefix("Create"), values | answer)
