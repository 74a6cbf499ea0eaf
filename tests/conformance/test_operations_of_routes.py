"""What is inside an HTTP or WebSocket API: routes, integrations, their responses, authorizers and models."""

import json
from functools import partial
from typing import Any

from tests.conformance import story
from tests.conformance.story import ID, NOTHING, NOW, ROUTES, Bytes, Like, Teller

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


@tells("CreateRoute", "GetRoute", "GetRoutes", "UpdateRoute", "DeleteRoute", "DeleteRouteRequestParameter")
def test_routes(told: Teller) -> None:
    where = {"ApiId": of_messages(told, "routes")}
    parameters = {"route.request.header.a": {"Required": True}, "route.request.header.b": {"Required": False}}
    route = {
        "ApiKeyRequired": False,
        "AuthorizationType": "NONE",
        "RequestParameters": parameters,
        "RouteId": ID,
        "RouteKey": "$connect",
    }
    made = told("CreateRoute", route, **where, RouteKey="$connect", RequestParameters=parameters)
    here = where | {"RouteId": made["RouteId"]}
    told("GetRoute", made, **here)
    told("GetRoutes", {"Items": [made]}, **where)
    told("DeleteRouteRequestParameter", NOTHING, **here, RequestParameterKey="route.request.header.b")
    made["RequestParameters"] = {"route.request.header.a": {"Required": True}}
    told("UpdateRoute", made | {"OperationName": "o"}, **here, OperationName="o")
    told("DeleteRoute", NOTHING, **here)
    told.client.delete_api(**where)


@tells(
    *("CreateRouteResponse", "GetRouteResponse", "GetRouteResponses", "UpdateRouteResponse", "DeleteRouteResponse"),
)
def test_route_responses(told: Teller) -> None:
    where = {"ApiId": of_messages(told, "route responses")}
    where["RouteId"] = told.client.create_route(**where, RouteKey="$default")["RouteId"]
    response = {"RouteResponseId": ID, "RouteResponseKey": "$default"}
    made = told("CreateRouteResponse", response, **where, RouteResponseKey="$default")
    here = where | {"RouteResponseId": made["RouteResponseId"]}
    told("GetRouteResponse", made, **here)
    told("GetRouteResponses", {"Items": [made]}, **where)
    changed = made | {"ModelSelectionExpression": r"\$default"}
    told("UpdateRouteResponse", changed, **here, ModelSelectionExpression=r"\$default")
    told("DeleteRouteResponse", NOTHING, **here)
    told.client.delete_api(ApiId=where["ApiId"])


@tells(
    *("CreateIntegration", "GetIntegration", "GetIntegrations", "UpdateIntegration", "DeleteIntegration"),
)
def test_integrations(told: Teller) -> None:
    where = {"ApiId": of_routes(told, "integrations")}
    integration = BACKEND | {
        "ConnectionType": "INTERNET",
        "IntegrationId": ID,
        "PayloadFormatVersion": "1.0",
        "TimeoutInMillis": 30_000,
    }
    made = told("CreateIntegration", integration, **where, **BACKEND, PayloadFormatVersion="1.0")
    here = where | {"IntegrationId": made["IntegrationId"]}
    told("GetIntegration", made, **here)
    told("GetIntegrations", {"Items": [made]}, **where)
    told("UpdateIntegration", made | {"TimeoutInMillis": 1000}, **here, TimeoutInMillis=1000)
    told("DeleteIntegration", NOTHING, **here)
    told.client.delete_api(**where)


@tells(
    *("CreateIntegrationResponse", "GetIntegrationResponse", "GetIntegrationResponses"),
    *("UpdateIntegrationResponse", "DeleteIntegrationResponse"),
)
def test_integration_responses(told: Teller) -> None:
    where = {"ApiId": of_messages(told, "integration responses")}
    where["IntegrationId"] = told.client.create_integration(**where, IntegrationType="MOCK")["IntegrationId"]
    response = {"IntegrationResponseId": ID, "IntegrationResponseKey": "/200/"}
    made = told("CreateIntegrationResponse", response, **where, IntegrationResponseKey="/200/")
    here = where | {"IntegrationResponseId": made["IntegrationResponseId"]}
    told("GetIntegrationResponse", made, **here)
    told("GetIntegrationResponses", {"Items": [made]}, **where)
    templates = {"$default": "{}"}
    told("UpdateIntegrationResponse", made | {"ResponseTemplates": templates}, **here, ResponseTemplates=templates)
    told("DeleteIntegrationResponse", NOTHING, **here)
    told.client.delete_api(ApiId=where["ApiId"])


@tells("CreateAuthorizer", "GetAuthorizer", "GetAuthorizers", "UpdateAuthorizer", "DeleteAuthorizer")
def test_authorizers(told: Teller) -> None:
    where = {"ApiId": of_routes(told, "authorizers")}
    given: dict[str, Any] = {
        "AuthorizerType": "JWT",
        "IdentitySource": ["$request.header.Authorization"],
        "JwtConfiguration": {"Audience": ["pets"], "Issuer": "https://example.com"},
        "Name": "tokens",
    }
    made = told("CreateAuthorizer", given | {"AuthorizerId": ID}, **where, **given)
    here = where | {"AuthorizerId": made["AuthorizerId"]}
    told("GetAuthorizer", made, **here)
    told("GetAuthorizers", {"Items": [made]}, **where)
    told("UpdateAuthorizer", made | {"Name": "t"}, **here, Name="t")
    told("DeleteAuthorizer", NOTHING, **here)
    told.client.delete_api(**where)


@tells("CreateModel", "GetModel", "GetModels", "GetModelTemplate", "UpdateModel", "DeleteModel")
def test_models(told: Teller) -> None:
    where = {"ApiId": of_messages(told, "models")}
    given = {"ContentType": "application/json", "Name": "pet", "Schema": '{"type": "object"}'}
    made = told("CreateModel", given | {"ModelId": ID}, **where, **given)
    here = where | {"ModelId": made["ModelId"]}
    told("GetModel", made, **here)
    told("GetModels", {"Items": [made]}, **where)
    told("GetModelTemplate", {"Value": Like(r"#set.*")}, **here)
    told("UpdateModel", made | {"Description": "d"}, **here, Description="d")
    told("DeleteModel", NOTHING, **here)
    told.client.delete_api(**where)


@tells("CreateDeployment", "GetDeployment", "GetDeployments", "UpdateDeployment", "DeleteDeployment")
def test_deployments(told: Teller) -> None:
    where = {"ApiId": of_routes(told, "deployments")}
    told.client.create_route(**where, RouteKey="GET /")
    deployment = {"AutoDeployed": False, "CreatedDate": NOW, "DeploymentId": ID, "DeploymentStatus": "DEPLOYED"}
    made = told("CreateDeployment", deployment, **where)
    here = where | {"DeploymentId": made["DeploymentId"]}
    told("GetDeployment", made, **here)
    told("GetDeployments", {"Items": [made]}, **where)
    told("UpdateDeployment", made | {"Description": "d"}, **here, Description="d")
    told("DeleteDeployment", NOTHING, **here)
    told.client.delete_api(**where)


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
