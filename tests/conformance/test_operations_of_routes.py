"""What is inside an HTTP or WebSocket API: routes, integrations, their responses, authorizers and models."""

import json
from functools import partial
from typing import Any

from tests.conformance import story
from tests.conformance.story import ID, NOTHING, NOW, ROUTES, Bytes, Like, Teller

Document = dict[str, Any]
tells = partial(story.tells, service=ROUTES)
BACKEND = {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY", "IntegrationUri": "http://example.com/"}


def of_routes(told: Teller, name: str) -> str:
    """The id of a new HTTP API, made unseen."""
    id: str = told.client.create_api(Name=name, ProtocolType="HTTP")["ApiId"]
    return id


def of_messages(told: Teller, name: str) -> str:
    """The id of a new WebSocket API, made unseen."""
    given = {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"}
    id: str = told.client.create_api(Name=name, **given)["ApiId"]
    return id


def life_of(noun: str) -> tuple[str, ...]:
    """The operations that `begun` and `ended` tell of."""
    return (f"Create{noun}", f"Get{noun}", f"Get{noun}s", f"Update{noun}", f"Delete{noun}")


def begun(told: Teller, noun: str, where: Document, whole: Document, **given: Any) -> tuple[Document, Document]:
    """One of a noun is made, and told of by itself and in a list: the answer, and what leads to it."""
    made = told(f"Create{noun}", whole | {f"{noun}Id": ID}, **where, **given)
    here = where | {f"{noun}Id": made[f"{noun}Id"]}
    told(f"Get{noun}", made, **here)
    told(f"Get{noun}s", {"Items": [made]}, **where)
    return made, here


def ended(told: Teller, noun: str, made: Document, here: Document, **changed: Any) -> None:
    """It is changed, and deleted with its API."""
    told(f"Update{noun}", made | changed, **here, **changed)
    told(f"Delete{noun}", NOTHING, **here)
    told.client.delete_api(ApiId=here["ApiId"])


@tells("CreateApi", "GetApi", "GetApis", "UpdateApi", "DeleteApi", "DeleteCorsConfiguration")
def test_apis(told: Teller) -> None:
    cors = {"AllowOrigins": ["https://example.com"], "MaxAge": 60}
    api = {
        "ApiEndpoint": Like(r"https://[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com"),
        "ApiId": ID,
        "ApiKeySelectionExpression": "$request.header.x-api-key",
        "CreatedDate": NOW,
        "DisableExecuteApiEndpoint": False,
        "IpAddressType": "ipv4",
        "Name": "pets",
        "ProtocolType": "HTTP",
        "RouteSelectionExpression": "$request.method $request.path",
        "Tags": {"a": "1"},
    }
    given = {"Name": "pets", "ProtocolType": "HTTP", "CorsConfiguration": cors, "Tags": {"a": "1"}}
    made = told("CreateApi", api | {"CorsConfiguration": cors}, **given)
    where = {"ApiId": made["ApiId"]}
    told("GetApi", made, **where)
    told("DeleteCorsConfiguration", NOTHING, **where)
    api |= where
    told("UpdateApi", api | {"Description": "d"}, **where, Description="d")
    others = [each for each in told.client.get_apis(MaxResults="500")["Items"] if each["ApiId"] != made["ApiId"]]
    every = sorted([api | {"Description": "d"}, *others], key=lambda each: str(each["ApiId"]))
    told("GetApis", {"Items": every}, MaxResults="500")
    told("DeleteApi", NOTHING, **where)


@tells("ImportApi", "ReimportApi", "ExportApi")
def test_definitions(told: Teller) -> None:
    operation: dict[str, Any] = {"responses": {"default": {"description": "Default response for GET /pets"}}}
    definition: dict[str, Any] = {
        "openapi": "3.0.1",
        "info": {"title": "imported", "version": "1"},
        "paths": {"/pets": {"get": operation | {"requestBody": {}}, "trace": {}}},
    }
    api = {
        "ApiEndpoint": Like(r"https://[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com"),
        "ApiId": ID,
        "ApiKeySelectionExpression": "$request.header.x-api-key",
        "CreatedDate": NOW,
        "DisableExecuteApiEndpoint": False,
        "ImportInfo": ["'requestBody' of method 'GET /pets' is not supported for HTTP APIs. Ignoring."],
        "IpAddressType": "ipv4",
        "Name": "imported",
        "ProtocolType": "HTTP",
        "RouteSelectionExpression": "$request.method $request.path",
        "Tags": {},
        "Version": "1",
        "Warnings": ["Unsupported HTTP method 'trace' for path '/pets'. Ignoring."],
    }
    made = told("ImportApi", api, Body=json.dumps(definition))
    where = {"ApiId": made["ApiId"]}
    definition["paths"] = {"/pets": {"get": operation}}
    clean = {name: value for name, value in made.items() if name not in ("ImportInfo", "Warnings")}
    told("ReimportApi", clean, **where, Body=json.dumps(definition), FailOnWarnings=True)
    given = {"OutputType": "JSON", "Specification": "OAS30", "IncludeExtensions": False}
    exported = told("ExportApi", {"body": Bytes(b"{")}, **where, **given)
    address = f"https://{made['ApiId']}.execute-api.us-east-1.amazonaws.com/{{basePath}}"
    servers = [{"url": address, "variables": {"basePath": {"default": ""}}}]
    assert json.loads(exported["body"]) == definition | {"servers": servers}
    told.client.delete_api(**where)


@tells(*life_of("Route"), "DeleteRouteRequestParameter")
def test_routes(told: Teller) -> None:
    where = {"ApiId": of_messages(told, "routes")}
    parameters = {"route.request.header.a": {"Required": True}, "route.request.header.b": {"Required": False}}
    given = {"RouteKey": "$connect", "RequestParameters": parameters}
    route = given | {"ApiKeyRequired": False, "AuthorizationType": "NONE"}
    made, here = begun(told, "Route", where, route, **given)
    told("DeleteRouteRequestParameter", NOTHING, **here, RequestParameterKey="route.request.header.b")
    made["RequestParameters"] = {"route.request.header.a": {"Required": True}}
    ended(told, "Route", made, here, OperationName="o")


@tells(*life_of("RouteResponse"))
def test_route_responses(told: Teller) -> None:
    where = {"ApiId": of_messages(told, "route responses")}
    where["RouteId"] = told.client.create_route(**where, RouteKey="$default")["RouteId"]
    response = {"RouteResponseKey": "$default"}
    made, here = begun(told, "RouteResponse", where, response, **response)
    ended(told, "RouteResponse", made, here, ModelSelectionExpression=r"\$default")


@tells(*life_of("Integration"))
def test_integrations(told: Teller) -> None:
    where = {"ApiId": of_routes(told, "integrations")}
    given = BACKEND | {"PayloadFormatVersion": "1.0"}
    integration = given | {"ConnectionType": "INTERNET", "TimeoutInMillis": 30_000}
    made, here = begun(told, "Integration", where, integration, **given)
    ended(told, "Integration", made, here, TimeoutInMillis=1000)


@tells(*life_of("IntegrationResponse"))
def test_integration_responses(told: Teller) -> None:
    where = {"ApiId": of_messages(told, "integration responses")}
    where["IntegrationId"] = told.client.create_integration(**where, IntegrationType="MOCK")["IntegrationId"]
    response = {"IntegrationResponseKey": "/200/"}
    made, here = begun(told, "IntegrationResponse", where, response, **response)
    ended(told, "IntegrationResponse", made, here, ResponseTemplates={"$default": "{}"})


@tells(*life_of("Authorizer"))
def test_authorizers(told: Teller) -> None:
    where = {"ApiId": of_routes(told, "authorizers")}
    given: Document = {
        "AuthorizerType": "JWT",
        "IdentitySource": ["$request.header.Authorization"],
        "JwtConfiguration": {"Audience": ["pets"], "Issuer": "https://example.com"},
        "Name": "tokens",
    }
    made, here = begun(told, "Authorizer", where, given, **given)
    ended(told, "Authorizer", made, here, Name="t")


@tells(*life_of("Model"), "GetModelTemplate")
def test_models(told: Teller) -> None:
    where = {"ApiId": of_messages(told, "models")}
    given = {"ContentType": "application/json", "Name": "pet", "Schema": '{"type": "object"}'}
    made, here = begun(told, "Model", where, given, **given)
    told("GetModelTemplate", {"Value": Like(r"#set.*")}, **here)
    ended(told, "Model", made, here, Description="d")


@tells(*life_of("Deployment"))
def test_deployments(told: Teller) -> None:
    where = {"ApiId": of_routes(told, "deployments")}
    told.client.create_route(**where, RouteKey="GET /")
    deployment = {"AutoDeployed": False, "CreatedDate": NOW, "DeploymentStatus": "DEPLOYED"}
    made, here = begun(told, "Deployment", where, deployment)
    ended(told, "Deployment", made, here, Description="d")


@tells(
    *("CreateStage", "GetStage", "GetStages", "UpdateStage", "DeleteStage"),
    *("DeleteAccessLogSettings", "DeleteRouteSettings", "ResetAuthorizersCache"),
)
def test_stages(told: Teller) -> None:
    where = {"ApiId": of_routes(told, "stages")}
    told.client.create_route(**where, RouteKey="GET /")
    logs = {"DestinationArn": "arn:aws:logs:us-east-1:123456789012:log-group:a", "Format": "$context.requestId"}
    rows = {"GET /": {"DetailedMetricsEnabled": False, "ThrottlingBurstLimit": 2, "ThrottlingRateLimit": 1.5}}
    stage = {
        "AutoDeploy": True,
        "CreatedDate": NOW,
        "DefaultRouteSettings": {"DetailedMetricsEnabled": False},
        "DeploymentId": ID,
        "LastDeploymentStatusMessage": Like("Successfully deployed stage with deployment ID '[a-z0-9]{6}'"),
        "LastUpdatedDate": NOW,
        "RouteSettings": rows,
        "StageName": "$default",
        "StageVariables": {"a": "b"},
        "Tags": {},
    }
    here = where | {"StageName": "$default"}
    given = {"AccessLogSettings": logs, "AutoDeploy": True, "RouteSettings": rows, "StageVariables": {"a": "b"}}
    made = told("CreateStage", stage | {"AccessLogSettings": logs}, **here, **given)
    told("GetStage", made, **here)
    told("GetStages", {"Items": [made]}, **where)
    told("DeleteAccessLogSettings", NOTHING, **here)
    told("DeleteRouteSettings", NOTHING, **here, RouteKey="GET /")
    told("UpdateStage", stage | {"Description": "d", "RouteSettings": {}}, **here, Description="d")
    told("ResetAuthorizersCache", NOTHING, **here)
    told("DeleteStage", NOTHING, **here)
    told.client.delete_api(**where)
