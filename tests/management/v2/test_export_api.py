"""ExportApi: what it tells, and that an API is told the same once it was imported from what was told."""

import json
from typing import Any

import pytest
import yaml

from tests.management.gateway import Gateway, bad, missing
from tests.management.v2.http_apis import (
    AUTH,
    AUTHORIZER,
    CORS,
    ENDPOINT,
    INTEGRATION,
    INVOKING,
    JWT,
    VERSION,
    export,
    imported,
    rich,
)

ROLE = "arn:aws:iam::000000000000:role/caller"
ANY = "x-amazon-apigateway-any-method"


def told(route: str, **members: Any) -> dict[str, Any]:
    return {"responses": {"default": {"description": f"Default response for {route}"}}} | members


def variable(name: str) -> dict[str, Any]:
    described = {"description": f"Generated path parameter for {name}", "required": True}
    return {"name": name, "in": "path", **described, "schema": {"type": "string"}}


BACKEND = {
    "type": "http_proxy",
    "httpMethod": "ANY",
    "uri": "https://backend.example.com/{id}",
    "connectionType": "INTERNET",
    "payloadFormatVersion": "1.0",
    "timeoutInMillis": 5000,
    "requestParameters": {"overwrite:path": "$request.path", "append:header.n": "5"},
    "responseParameters": {"200": {"remove:header.server": "''"}, "500": {"overwrite:statuscode": "502"}},
}
GUARD = {
    "type": "request",
    "identitySource": "$request.header.Authorization,$context.routeKey",
    "authorizerUri": f"{INVOKING}:function:guard/invocations",
    "authorizerPayloadFormatVersion": "2.0",
    "authorizerResultTtlInSeconds": 60,
    "enableSimpleResponses": True,
}
POLICIES = {"authorizerPayloadFormatVersion": "1.0", "authorizerCredentials": ROLE, "enableSimpleResponses": False}
SCHEMES = {
    "tokens": {
        "type": "oauth2",
        "flows": {},
        AUTHORIZER: JWT
        | {
            "identitySource": "$request.querystring.token",
            "jwtConfiguration": {"issuer": "https://issuer.example.com", "audience": ["a", "b"]},
        },
    },
    "discovered": {
        "type": "oauth2",
        "flows": {},
        AUTHORIZER: JWT
        | {
            "identitySource": "$request.header.Authorization",
            "jwtConfiguration": {"issuer": "https://oidc.example.com/pool", "audience": ["c"]},
        },
    },
    "function": {"type": "apiKey", "name": "Authorization", "in": "header", AUTHORIZER: GUARD},
    "policies": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        AUTHORIZER: GUARD | POLICIES | {"authorizerResultTtlInSeconds": 0},
    },
}


def test_everything(gateway: Gateway) -> None:
    document = rich(gateway)
    (link,) = gateway.call("get_vpc_links")["Items"]
    exported = json.loads(export(gateway, imported(gateway, document), IncludeExtensions=True, ExportVersion="1.0"))
    expected = yaml.safe_load(document)
    files = expected["paths"]["/files/{proxy+}"]["get"][INTEGRATION]
    assert exported == {
        "openapi": "3.0.1",
        "info": {"title": "pets", "description": "All about pets", "version": "2.0"},
        "servers": [
            {
                "url": "https://imported.execute-api.us-east-1.amazonaws.com/{basePath}",
                "variables": {"basePath": {"default": ""}},
                ENDPOINT: {"disableExecuteApiEndpoint": True},
            }
        ],
        "tags": expected["tags"][:2],
        "paths": {
            "/$default": {ANY: told("$default", isDefaultRoute=True)},
            "/files/{proxy+}": {
                "get": told(
                    "GET /files/{proxy+}",
                    security=[{"policies": []}],
                    **{INTEGRATION: files | {"payloadFormatVersion": "1.0", "connectionId": link["VpcLinkId"]}},
                ),
                "parameters": [variable("proxy+")],
            },
            "/pets": {
                "get": told(
                    "GET /pets",
                    operationId="listPets",
                    security=[{"tokens": ["pets/read", "pets/admin"]}],
                    **{
                        INTEGRATION: {
                            "type": "aws_proxy",
                            "httpMethod": "POST",
                            "uri": f"{INVOKING}:function:pets/invocations",
                            "payloadFormatVersion": "2.0",
                            "credentials": ROLE,
                            "connectionType": "INTERNET",
                        }
                    },
                ),
                "post": told(
                    "POST /pets",
                    security=[{"discovered": []}],
                    **{
                        INTEGRATION: expected["paths"]["/pets"]["post"][INTEGRATION]
                        | {"type": "aws_proxy", "connectionType": "INTERNET"}
                    },
                ),
            },
            "/pets/{id}": {
                ANY: told("ANY /pets/{id}", security=[{"function": []}], **{INTEGRATION: BACKEND}),
                "delete": told("DELETE /pets/{id}", **{AUTH: {"type": "AWS_IAM"}, INTEGRATION: BACKEND}),
                "parameters": [variable("id")],
            },
        },
        "components": {"securitySchemes": SCHEMES},
        CORS: expected[CORS] | {"allowHeaders": ["x-one"]},
        VERSION: "1.0",
    }


def test_without_extensions(gateway: Gateway) -> None:
    exported = json.loads(export(gateway, imported(gateway, rich(gateway)), IncludeExtensions=False))
    words = json.dumps(exported).replace(ANY, "")
    assert "x-amazon" not in words and "isDefaultRoute" not in words
    assert exported["paths"]["/$default"] == {ANY: told("$default")}
    assert exported["components"]["securitySchemes"]["tokens"] == {"type": "oauth2", "flows": {}}
    assert exported["paths"]["/pets/{id}"]["delete"] == told("DELETE /pets/{id}", security=[{"sigv4": []}])
    # Whom such a definition asks for is not told, so that nobody gets in by it.
    assert gateway.refusal("reimport_api", ApiId="imported", Body=json.dumps(exported))[0] == "BadRequestException"


def test_yaml_tells_the_same(gateway: Gateway) -> None:
    api = imported(gateway, rich(gateway))
    assert yaml.safe_load(export(gateway, api, OutputType="YAML")) == json.loads(export(gateway, api))


def test_a_stage_is_told_as_it_serves(gateway: Gateway, http: str) -> None:
    gateway.call("create_stage", ApiId=http, StageName="prod")
    words = "Stage prod has no deployment"
    asked = {"ApiId": http, "OutputType": "JSON", "Specification": "OAS30"}
    assert gateway.refusal("export_api", **asked, StageName="prod") == missing(words)
    gateway.call("create_deployment", ApiId=http, StageName="prod")
    gateway.call("create_route", ApiId=http, RouteKey="GET /later")
    gateway.call("update_api", ApiId=http, Name="later")
    served, current = json.loads(export(gateway, http, StageName="prod")), json.loads(export(gateway, http))
    # An API without a version is told by its date.
    assert served["info"] == {"title": "pets", "version": "2026-01-01 00:00:00UTC"}
    assert (list(served["paths"]), list(current["paths"])) == (["/pets"], ["/later", "/pets"])
    variables = [each["servers"][0]["variables"]["basePath"]["default"] for each in (served, current)]
    assert (variables, current["info"]["title"]) == (["prod", ""], "later")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"Specification": "OAS31"}, "Invalid specification specified: OAS31. Valid options are OAS30"),
        ({"OutputType": "XML"}, "Invalid outputType specified: XML. Valid options are JSON,YAML"),
        ({"ExportVersion": "2.0"}, "Invalid exportVersion specified: 2.0. Valid options are 1.0"),
        ({"ApiId": "chat"}, "Only HTTP APIs can be exported, and not one with a protocol type of WEBSOCKET"),
    ],
)
def test_refused(gateway: Gateway, http: str, websocket: str, given: dict[str, Any], words: str) -> None:
    asked = {"ApiId": http, "OutputType": "JSON", "Specification": "OAS30"} | given
    assert gateway.refusal("export_api", **asked) == bad(words)


def test_what_is_not_there(gateway: Gateway, http: str) -> None:
    asked = {"OutputType": "JSON", "Specification": "OAS30"}
    words = missing("Invalid API identifier specified 000000000000:none")
    assert gateway.refusal("export_api", ApiId="none", **asked) == words
    words = missing("Invalid stage identifier specified")
    assert gateway.refusal("export_api", ApiId=http, StageName="none", **asked) == words


def test_what_openapi_has_no_words_for(gateway: Gateway, http: str) -> None:
    gateway.call("create_route", ApiId=http, RouteKey="ANY /$default")
    words = "OpenAPI has no words for a route 'ANY /$default', which would be $default"
    assert gateway.refusal("export_api", ApiId=http, OutputType="JSON", Specification="OAS30") == bad(words)
