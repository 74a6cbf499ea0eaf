"""GetExport: whole definitions of both kinds, and what each extension adds to them."""

import json
from typing import Any

import pytest
import yaml
from openapi_spec_validator import validate

from gatewright.management.openapi.document import read_document
from tests.management.gateway import NOW, Gateway, bad, missing, replace
from tests.management.openapi.test_import_rest_api import MOCK, definition, operation
from tests.management.openapi.whole import document, imported

PETS = definition(
    info={"title": "pets", "description": "All of them"},
    paths={
        "/pets": {
            "post": {
                "operationId": "addPet",
                "parameters": [{"name": "dry", "in": "query", "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}},
                "responses": {
                    "200": {
                        "description": "the pet",
                        "headers": {"X-Id": {"schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
                    }
                },
                "x-amazon-apigateway-integration": MOCK | {"responses": {"default": {"statusCode": "200"}}},
            }
        },
        "/pets/{id}": {"get": operation()},
    },
    components={"schemas": {"Pet": {"type": "object", "properties": {"friend": {"$ref": "#/components/schemas/Pet"}}}}},
)
INTEGRATION = MOCK | {"responses": {"default": {"statusCode": "200"}}, "passthroughBehavior": "when_no_match"}


def deployed(gateway: Gateway, body: Any) -> str:
    api = imported(gateway, body)
    gateway.call("create_deployment", restApiId=api, stageName="prod", variables={"backend": "b"})
    return api


def export(gateway: Gateway, api: str, kind: str, extensions: str = "", **given: Any) -> dict[str, Any]:
    parameters = {"extensions": extensions} if extensions else {}
    answer = gateway.call(
        "get_export", restApiId=api, stageName="prod", exportType=kind, parameters=parameters, **given
    )
    return answer | {"body": answer["body"].read()}


def exported(gateway: Gateway, api: str, kind: str, extensions: str = "") -> Any:
    return json.loads(export(gateway, api, kind, extensions)["body"])


def test_oas30(gateway: Gateway) -> None:
    api = deployed(gateway, PETS)
    pet = {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}
    wanted = {
        "openapi": "3.0.1",
        "info": {"title": "pets", "description": "All of them", "version": "2026-01-01T00:00:00Z"},
        "servers": [
            {
                "url": f"https://{api}.execute-api.us-east-1.amazonaws.com/{{basePath}}",
                "variables": {"basePath": {"default": "prod"}},
            }
        ],
        "paths": {
            "/pets": {
                "post": {
                    "operationId": "addPet",
                    "parameters": [{"name": "dry", "in": "query", "schema": {"type": "string"}}],
                    "requestBody": {"content": pet, "required": True},
                    "responses": {
                        "200": {
                            "description": "200 response",
                            "headers": {"X-Id": {"schema": {"type": "string"}}},
                            "content": pet,
                        }
                    },
                }
            },
            "/pets/{id}": {
                "get": {
                    "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                    "responses": {"200": {"description": "200 response", "content": {}}},
                }
            },
        },
        "components": {
            "schemas": {"Pet": {"type": "object", "properties": {"friend": {"$ref": "#/components/schemas/Pet"}}}}
        },
    }
    answer = export(gateway, api, "oas30")
    assert json.loads(answer.pop("body")) == wanted
    assert answer == {
        "contentType": "application/octet-stream",
        "contentDisposition": 'attachment; filename="oas30_2026-01-01T00:00:00Z.json"',
    }
    wanted["paths"]["/pets"]["post"]["x-amazon-apigateway-integration"] = INTEGRATION
    wanted["paths"]["/pets/{id}"]["get"]["x-amazon-apigateway-integration"] = MOCK | {
        "passthroughBehavior": "when_no_match"
    }
    assert exported(gateway, api, "oas30", "apigateway") == wanted
    assert exported(gateway, api, "oas30", "integrations, authorizers") == wanted


def test_a_whole_export_has_resources_without_methods(gateway: Gateway) -> None:
    api = deployed(gateway, PETS | {"paths": PETS["paths"] | {"/a/b": {}, "/pets/{id}/toys": {}, "/": {}}})
    paths = ["/pets", "/pets/{id}"]
    assert list(exported(gateway, api, "oas30", "integrations")["paths"]) == paths
    told = exported(gateway, api, "oas30", "apigateway")
    assert list(told["paths"]) == ["/a/b", *paths, "/pets/{id}/toys"]
    validate(told)


def test_swagger(gateway: Gateway) -> None:
    api = deployed(gateway, PETS | {"info": {"title": "pets", "version": '1"x\r\n'}})
    types = ["application/json"]
    wanted = {
        "swagger": "2.0",
        "info": {"title": "pets", "version": '1"x\r\n'},
        "host": f"{api}.execute-api.us-east-1.amazonaws.com",
        "basePath": "/prod",
        "schemes": ["https"],
        "paths": {
            "/pets": {
                "post": {
                    "operationId": "addPet",
                    "consumes": types,
                    "produces": types,
                    "parameters": [
                        {"name": "dry", "in": "query", "required": False, "type": "string"},
                        {"in": "body", "name": "Pet", "required": True, "schema": {"$ref": "#/definitions/Pet"}},
                    ],
                    "responses": {
                        "200": {
                            "description": "200 response",
                            "headers": {"X-Id": {"type": "string"}},
                            "schema": {"$ref": "#/definitions/Pet"},
                        }
                    },
                    "x-amazon-apigateway-integration": INTEGRATION,
                }
            },
            "/pets/{id}": {
                "get": {
                    "consumes": types,
                    "parameters": [{"name": "id", "in": "path", "required": True, "type": "string"}],
                    "responses": {"200": {"description": "200 response"}},
                    "x-amazon-apigateway-integration": MOCK | {"passthroughBehavior": "when_no_match"},
                }
            },
        },
        "definitions": {"Pet": {"type": "object", "properties": {"friend": {"$ref": "#/definitions/Pet"}}}},
    }
    answer = export(gateway, api, "swagger", "integrations")
    assert json.loads(answer["body"]) == wanted
    assert answer["contentDisposition"] == 'attachment; filename="swagger_1_x__.json"'


@pytest.mark.parametrize("kind", ["oas30", "swagger"])
def test_yaml_is_the_same_as_json(gateway: Gateway, kind: str) -> None:
    api = deployed(gateway, document("shop.oas30.yaml"))
    answer = export(gateway, api, kind, "apigateway,documentation", accepts="application/yaml")
    assert answer["contentDisposition"] == f'attachment; filename="{kind}_1.10.yaml"'
    told = exported(gateway, api, kind, "apigateway,documentation")
    assert yaml.safe_load(answer["body"]) == told
    assert read_document(answer["body"]) == told


@pytest.mark.parametrize("kind", ["oas30", "swagger"])
@pytest.mark.parametrize("extensions", ["", "apigateway,documentation,postman"])
def test_exports_are_valid_openapi(gateway: Gateway, kind: str, extensions: str) -> None:
    api = deployed(gateway, document("shop.oas30.yaml"))
    told = exported(gateway, api, kind, extensions)
    del told["paths"]["/files/{proxy+}"]  # AWS's own form of a greedy variable, which OpenAPI has not
    validate(told)


def test_security(gateway: Gateway) -> None:
    api = deployed(gateway, document("shop.oas30.yaml"))
    plain = exported(gateway, api, "oas30")
    assert plain["components"]["securitySchemes"] == {
        "byToken": {"type": "apiKey", "name": "Authorization", "in": "header"},
        "byRequest": {"type": "apiKey", "name": "Unused", "in": "header"},
        "byPool": {"type": "apiKey", "name": "X-Token", "in": "header"},
        "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
        "sigv4": {"type": "apiKey", "name": "Authorization", "in": "header"},
    }
    assert plain["paths"]["/orders"]["get"]["security"] == [{"byToken": []}, {"api_key": []}]
    assert plain["paths"]["/orders"]["post"]["security"] == [{"byPool": ["orders/write"]}]
    assert plain["paths"]["/orders/{id}"]["get"]["security"] == [{"sigv4": []}]
    assert "security" not in plain["paths"]["/files/{proxy+}"]["x-amazon-apigateway-any-method"]
    extended = exported(gateway, api, "swagger", "authorizers")["securityDefinitions"]
    function = "arn:aws:lambda:us-east-1:000000000000:function:guard"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
    assert extended["byToken"] == plain["components"]["securitySchemes"]["byToken"] | {
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {
            "type": "token",
            "authorizerUri": uri,
            "identityValidationExpression": "^Bearer .+",
            "authorizerResultTtlInSeconds": 60,
        },
    }
    assert extended["sigv4"]["x-amazon-apigateway-authtype"] == "awsSigv4"


def test_signing_for_postman(gateway: Gateway) -> None:
    api = deployed(gateway, document("shop.oas30.yaml"))
    paths = exported(gateway, api, "oas30", "postman")["paths"]
    told = [(path, verb) for path, item in paths.items() for verb in item if "x-postman-meta" in item[verb]]
    assert told == [("/orders/{id}", "get")]
    assert paths["/orders/{id}"]["get"]["x-postman-meta"] == {
        "currentHelper": "awsSigV4",
        "helperAttributes": {
            "id": "awsSigV4",
            "accessKey": "{{accessKey}}",
            "secretKey": "{{secretKey}}",
            "region": "us-east-1",
            "service": "execute-api",
        },
    }


def test_the_deployment_is_told_not_the_api_of_now(gateway: Gateway) -> None:
    api = deployed(gateway, PETS)
    before = exported(gateway, api, "oas30")
    gateway.call("update_rest_api", restApiId=api, patchOperations=replace("/name", "cats"))
    assert exported(gateway, api, "oas30") == before


PARTS = [
    ({"type": "API"}, {"info": {"description": "Pets, documented", "contact": {"name": "me"}}, "x": 1}),
    ({"type": "METHOD"}, {"summary": "anything", "tags": ["all"]}),
    ({"type": "METHOD", "path": "/pets", "method": "POST"}, {"summary": "one more"}),
    ({"type": "RESOURCE", "path": "/pets"}, {"description": "where pets are"}),
    ({"type": "QUERY_PARAMETER", "path": "/pets", "name": "dry"}, {"description": "only try"}),
    ({"type": "PATH_PARAMETER", "path": "/", "name": "id"}, {"description": "which"}),
    ({"type": "REQUEST_BODY", "path": "/pets"}, {"description": "the new one"}),
    ({"type": "RESPONSE", "statusCode": "200"}, {"description": "fine"}),
    ({"type": "RESPONSE_HEADER", "path": "/pets", "name": "X-Id"}, {"description": "its id"}),
    ({"type": "MODEL", "name": "Pet"}, {"title": "A pet", "description": 5}),
]


@pytest.fixture
def documented(gateway: Gateway) -> str:
    api = deployed(gateway, PETS)
    for location, properties in PARTS:
        gateway.call("create_documentation_part", restApiId=api, location=location, properties=json.dumps(properties))
    gateway.call("create_documentation_version", restApiId=api, documentationVersion="7", stageName="prod")
    return api


def test_the_documentation_that_the_stage_publishes(gateway: Gateway, documented: str) -> None:
    told = exported(gateway, documented, "oas30")
    post, get = told["paths"]["/pets"].pop("post"), told["paths"]["/pets/{id}"]["get"]
    assert told["info"] | {"version": ""} == {
        "title": "pets",
        "description": "Pets, documented",
        "contact": {"name": "me"},
        "version": "",
    }
    assert told["paths"]["/pets"] == {"description": "where pets are"}
    assert (post["summary"], post["tags"]) == ("one more", ["all"])
    assert (get["summary"], get["tags"]) == ("anything", ["all"])
    assert post["parameters"][0]["description"] == "only try"
    assert get["parameters"][0]["description"] == "which"
    assert post["requestBody"]["description"] == "the new one"
    assert post["responses"]["200"]["description"] == get["responses"]["200"]["description"] == "fine"
    assert post["responses"]["200"]["headers"]["X-Id"]["description"] == "its id"
    assert told["components"]["schemas"]["Pet"]["title"] == "A pet"
    assert "x-amazon-apigateway-documentation" not in told
    for kind in ("oas30", "swagger"):
        validate(exported(gateway, documented, kind, "documentation"))


def test_the_documentation_extension(gateway: Gateway, documented: str) -> None:
    told = exported(gateway, documented, "swagger", "documentation")["x-amazon-apigateway-documentation"]
    parts = told.pop("documentationParts")
    assert told == {"version": "7", "createdDate": "2026-01-01T00:00:00Z"}
    assert NOW == 1_767_225_600  # that date
    assert len(parts) == len(PARTS)
    assert {"location": {"type": "API"}, "properties": PARTS[0][1]} in parts


def test_models_that_no_method_uses(gateway: Gateway) -> None:
    api = gateway.call("create_rest_api", name="bare")
    where = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    gateway.call("put_method", **where, authorizationType="NONE")
    gateway.call("put_method_response", **where, statusCode="200", responseModels={"text/plain": "Empty"})
    gateway.call("put_integration", **where, type="MOCK")
    gateway.call("create_deployment", restApiId=api["id"], stageName="prod")
    empty = {"title": "Empty Schema", "type": "object"}
    assert exported(gateway, api["id"], "swagger")["definitions"] == {"Empty": empty}
    assert set(exported(gateway, api["id"], "swagger", "apigateway")["definitions"]) == {"Empty", "Error"}


def test_models_of_other_types_than_json(gateway: Gateway) -> None:
    api = gateway.call("create_rest_api", name="xml")
    where = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "POST"}
    schema = '{"type": "object"}'
    gateway.call("create_model", restApiId=api["id"], name="Xml", contentType="application/xml", schema=schema)
    gateway.call("put_method", **where, authorizationType="NONE", requestModels={"application/xml": "Xml"})
    gateway.call("put_integration", **where, type="MOCK")
    gateway.call("create_deployment", restApiId=api["id"], stageName="prod")
    given = {"restApiId": api["id"], "stageName": "prod", "exportType": "oas30"}
    assert gateway.refusal("get_export", **given) == bad("Only found non-JSON body models for POST /")


def test_a_model_that_refers_to_one_that_is_no_json(gateway: Gateway) -> None:
    api = gateway.call("create_rest_api", name="mixed")
    where = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "POST"}
    gateway.call("create_model", restApiId=api["id"], name="Text", contentType="text/plain", schema="a line")
    schema = json.dumps({"$ref": f"https://apigateway.amazonaws.com/restapis/{api['id']}/models/Text"})
    gateway.call("create_model", restApiId=api["id"], name="Json", contentType="application/json", schema=schema)
    gateway.call("put_method", **where, authorizationType="NONE", requestModels={"application/json": "Json"})
    gateway.call("put_integration", **where, type="MOCK")
    gateway.call("create_deployment", restApiId=api["id"], stageName="prod")
    told = {"Json": {"$ref": "#/definitions/Text"}, "Text": {"type": "object"}}
    assert exported(gateway, api["id"], "swagger")["definitions"] == told


def test_what_cannot_be_exported(gateway: Gateway) -> None:
    given = {"restApiId": deployed(gateway, PETS), "stageName": "prod", "exportType": "oas30"}
    assert gateway.refusal("get_export", **given | {"exportType": "raml"}) == bad(
        "Invalid export type specified: raml. Valid options are oas30,swagger"
    )
    assert gateway.refusal("get_export", **given, accepts="text/html") == bad(
        "Invalid Accept header specified: text/html. Valid options are application/json,application/yaml"
    )
    assert gateway.refusal("get_export", **given, parameters={"extensions": "all"}) == bad(
        "Invalid extensions specified: all. Valid options are integrations,authorizers,documentation,postman,apigateway"
    )
    assert gateway.refusal("get_export", **given | {"stageName": "no"}) == missing("Invalid stage identifier specified")
    assert gateway.refusal("get_export", **given | {"restApiId": "no"}) == missing(
        "Invalid API identifier specified 000000000000:no"
    )
