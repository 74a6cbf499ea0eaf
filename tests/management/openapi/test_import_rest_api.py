"""ImportRestApi: one API from both dialects, settings of the call, warnings, errors that leave nothing behind."""

import json
from typing import Any

import pytest
import yaml

from tests.management.gateway import Gateway, bad
from tests.management.openapi.whole import as_bytes, document, imported, listed, whole

MOCK = {"type": "mock", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
SHOP = json.loads(document("shop.json"))
FUNCTION = SHOP["authorizers"]["byToken"]["authorizerUri"]


def definition(**members: Any) -> dict[str, Any]:
    return {"openapi": "3.0.1", "info": {"title": "pets", "version": "1"}, "paths": {}} | members


def operation(**members: Any) -> dict[str, Any]:
    return {"responses": {"200": {"description": "ok"}}, "x-amazon-apigateway-integration": MOCK} | members


@pytest.mark.parametrize("name", ["shop.oas30.yaml", "shop.swagger.yaml"])
def test_both_dialects_are_the_same_api(gateway: Gateway, name: str) -> None:
    assert whole(gateway, imported(gateway, document(name))) == SHOP


def test_json_is_the_same_as_yaml(gateway: Gateway) -> None:
    # Every scalar of the definition means the same to PyYAML's YAML 1.1.
    assert whole(gateway, imported(gateway, yaml.safe_load(document("shop.oas30.yaml")))) == SHOP


def test_the_answer(gateway: Gateway) -> None:
    made = gateway.call("import_rest_api", body=as_bytes(definition(info={"title": "pets", "version": 2.0})))
    assert made == gateway.call("get_rest_api", restApiId=made["id"])
    assert (made["name"], made["version"], made["endpointConfiguration"]) == (
        "pets",
        "2.0",
        {"types": ["EDGE"], "ipAddressType": "ipv4"},
    )
    assert listed(gateway, "get_models", made["id"]) == []  # unlike CreateRestApi
    assert listed(gateway, "get_resources", made["id"]) == [{"id": made["rootResourceId"], "path": "/"}]


def test_parameters_of_the_call(gateway: Gateway) -> None:
    api = imported(
        gateway,
        document("shop.oas30.yaml"),
        parameters={"endpointConfigurationTypes": "EDGE", "ignore": "documentation", "basepath": "prepend"},
    )
    there = whole(gateway, api)
    assert there["settings"]["endpointConfiguration"] == {"types": ["EDGE"], "ipAddressType": "ipv4"}
    assert there["documentation"] == []
    assert set(there["resources"]) == {"/", "/v1"} | {f"/v1{path}" for path in SHOP["resources"] if path != "/"}
    private = imported(
        gateway,
        definition(),
        parameters={"endpointConfigurationTypes": "PRIVATE", "endpointConfigurationVpcEndpointIds": "vpce-1,vpce-2"},
    )
    assert gateway.call("get_rest_api", restApiId=private)["endpointConfiguration"] == {
        "types": ["PRIVATE"],
        "ipAddressType": "dualstack",
        "vpcEndpointIds": ["vpce-1", "vpce-2"],
    }


def test_variables_of_aws(gateway: Gateway) -> None:
    words = "${AWS::Partition} ${AWS::Region} ${AWS::AccountId} ${AWS::URLSuffix} ${AWS::No} ${stageVariables.a}"
    body = as_bytes(definition(info={"title": "pets", "description": words}))
    meant = {
        "us-east-1": "aws us-east-1 000000000000 amazonaws.com",
        "cn-north-1": "aws-cn cn-north-1 000000000000 amazonaws.com.cn",
        "us-gov-west-1": "aws-us-gov us-gov-west-1 000000000000 amazonaws.com",
    }
    for region, values in meant.items():
        made = gateway.call("import_rest_api", body=body, region=region)
        assert made["description"] == f"{values} ${{AWS::No}} ${{stageVariables.a}}"


BASE_PATHS = [
    ("ignore", ["/", "/e", "/f"]),
    ("prepend", ["/", "/a", "/a/b", "/a/b/c", "/a/b/c/e", "/a/b/c/f"]),
    ("split", ["/", "/b", "/b/c", "/b/c/e", "/b/c/f"]),
]
SAYING_THE_BASE_PATH: list[dict[str, Any]] = [
    {"swagger": "2.0", "basePath": "/a/b/c"},
    {"openapi": "3.0.0", "servers": [{"url": "https://example.com/a/b/c/"}]},
    {"openapi": "3.0.3", "servers": [{"url": "/x", "variables": {"basePath": {"default": "a/b/c"}}}]},
]


@pytest.mark.parametrize(("mode", "paths"), BASE_PATHS)
@pytest.mark.parametrize("saying", SAYING_THE_BASE_PATH)
def test_base_path(gateway: Gateway, saying: dict[str, Any], mode: str, paths: list[str]) -> None:
    body = {"info": {"title": "t", "version": "1"}, "paths": {"/e": {}, "/f/": {}}} | saying
    api = imported(gateway, body, parameters={"basepath": mode})
    assert sorted(resource["path"] for resource in listed(gateway, "get_resources", api)) == paths


def test_an_unknown_base_path_mode(gateway: Gateway) -> None:
    refusal = gateway.refusal("import_rest_api", body=as_bytes(definition()), parameters={"basepath": "drop"})
    assert refusal == bad("Invalid basepath specified: drop. Valid options are ignore,prepend,split")


def test_numbers_may_be_text_and_text_may_be_numbers(gateway: Gateway) -> None:
    guard = {"type": "token", "authorizerUri": FUNCTION, "authorizerResultTtlInSeconds": "60"}
    scheme = {"type": "apiKey", "name": "T", "in": "header", "x-amazon-apigateway-authorizer": guard}
    mock = MOCK | {"timeoutInMillis": "50", "responses": {"default": {"statusCode": 200}}}
    body = definition(
        info={"title": 7, "version": 1.5},
        paths={"/": {"get": operation(operationId=12, **{"x-amazon-apigateway-integration": mock})}},
        components={"securitySchemes": {"guard": scheme}},
        **{"x-amazon-apigateway-minimum-compression-size": "1024"},
    )
    there = whole(gateway, imported(gateway, body))
    method = there["resources"]["/"]["GET"]
    assert {name: there["settings"][name] for name in ("name", "version", "minimumCompressionSize")} == {
        "name": "7",
        "version": "1.5",
        "minimumCompressionSize": 1024,
    }
    assert there["authorizers"]["guard"]["authorizerResultTtlInSeconds"] == 60
    assert (method["operationName"], method["methodIntegration"]["timeoutInMillis"]) == ("12", 50)
    assert list(method["methodIntegration"]["integrationResponses"]) == ["200"]


def test_only_schemas_have_references(gateway: Gateway) -> None:
    schema = {"type": "object", "properties": {"$ref": {"default": {"$ref": "#/no"}, "enum": [{"$ref": "#/no"}]}}}
    there = whole(gateway, imported(gateway, definition(components={"schemas": {"A": schema}})))
    assert there["models"]["A"]["schema"] == schema


# What is warned of: a path item at /a, what else the definition has, and the warning.
GLOBAL = {"components": {"securitySchemes": {"o": {"type": "oauth2"}}}, "security": [{"o": []}]}
WARNED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (
        {"get": operation(**{"x-amazon-apigateway-integration": MOCK | {"requestParameters": {"x": True}}})},
        {},
        "Invalid format for 'requestParameters'. Expected type string for property 'x' of resource '/a' and method "
        "'GET' but got 'true'",
    ),
    (
        {"get": operation(responses={"200": {"content": {"text/plain": {"schema": {"type": "string"}}}}})},
        {},
        "Unsupported model type 'StringSchema' in 200 response to method 'GET /a'. Ignoring.",
    ),
    (
        {"get": operation(responses={"200": {"content": {"a/b": {"schema": {"$ref": "#/components/schemas/No"}}}}})},
        {},
        "Parse issue: attribute paths.'/a'(get).responses.200.content.schema.#/components/schemas/No is missing",
    ),
    (
        {"get": operation()},
        {"components": {"schemas": {"A": {"type": "array", "items": {"$ref": "#/components/schemas/No"}}}}},
        "Reference to model 'No' not found. Ignoring.",
    ),
    ({"get": operation()}, GLOBAL, "Unsupported security definition type 'oauth2' for 'o'. Ignoring."),
    *(
        (
            {"get": operation(), name: {"type": "AWS_IAM"}},
            {},
            f"'{name}' of path '/a' is not supported: give it to each method. Ignoring.",
        )
        for name in ("security", "x-amazon-apigateway-auth", "x-amazon-apigateway-authtype")
    ),
    *(
        (
            {"get": operation()},
            {name: {"type": "AWS_IAM"}},
            f"'{name}' of the definition is not supported: give it to each method. Ignoring.",
        )
        for name in ("x-amazon-apigateway-auth", "x-amazon-apigateway-authtype")
    ),
    ({"get": None}, {}, "Parse issue: attribute paths.'/a'(get) is not of type `object`"),
    (
        {"get": operation(**{"x-amazon-apigateway-integration": MOCK | {"timeoutInMillis": "1 s"}})},
        {},
        "Parse issue: attribute paths.'/a'(get).x-amazon-apigateway-integration.timeoutInMillis is not of type "
        "`integer`",
    ),
    (
        {"get": operation(**{"x-amazon-apigateway-integration": MOCK | {"tlsConfig": {"serverNameToVerify": "a"}}})},
        {},
        "'serverNameToVerify' of paths.'/a'(get).x-amazon-apigateway-integration.tlsConfig is for HTTP APIs. Ignoring.",
    ),
    ({"trace": operation()}, {}, "Unsupported HTTP method 'trace' for path '/a'. Ignoring."),
    (
        {"get": operation(parameters=[{"name": "c", "in": "cookie"}])},
        {},
        "Unsupported parameter type 'cookie' for 'c' of method 'GET /a'. Ignoring.",
    ),
    (
        {"get": operation(responses={"2XX": {"description": "ok", "headers": {"X": {}}}})},
        {},
        "Unsupported response '2XX' of method 'GET /a'. Ignoring.",
    ),
    (
        {},
        {"servers": [{"url": "/"}, {"url": "/"}]},
        "More than one server provided. Ignoring all but the first for defining endpoint configuration",
    ),
    ({}, {"x-amazon-apigateway-cors": {}}, "'x-amazon-apigateway-cors' is for HTTP APIs. Ignoring."),
    (
        {},
        {"x-amazon-apigateway-gateway-responses": "all"},
        "Parse issue: attribute x-amazon-apigateway-gateway-responses is not of type `object`",
    ),
]


@pytest.mark.parametrize(("item", "members", "warning"), WARNED)
def test_warnings(gateway: Gateway, item: dict[str, Any], members: dict[str, Any], warning: str) -> None:
    body = as_bytes(definition(paths={"/a": item}, **members))
    assert gateway.refusal("import_rest_api", body=body, failOnWarnings=True) == bad(
        f"Warnings found during import:\n\t{warning}"
    )
    assert gateway.call("get_rest_apis")["items"] == []
    assert gateway.call("import_rest_api", body=body)["warnings"] == [warning]


def test_security_of_the_whole_definition(gateway: Gateway) -> None:
    key = {"components": {"securitySchemes": {"k": {"type": "apiKey", "name": "x-api-key", "in": "header"}}}}
    paths = {"/a": {"get": operation(), "post": operation(security=[])}}
    there = whole(gateway, imported(gateway, definition(paths=paths, security=[{"k": []}], **key)))
    assert {verb: method["apiKeyRequired"] for verb, method in there["resources"]["/a"].items()} == {
        "GET": True,
        "POST": False,
    }


HEADER = {"type": "apiKey", "name": "Authorization", "in": "header"}
LAMBDA = HEADER | {
    "x-amazon-apigateway-authorizer": {
        "type": "token",
        "authorizerUri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
        "arn:aws:lambda:us-east-1:000000000000:function:f/invocations",
    }
}
SCHEMES = {
    "bare": HEADER | {"x-amazon-apigateway-authtype": "custom"},
    "pool": HEADER | {"x-amazon-apigateway-authtype": "cognito_user_pools"},
    "one": LAMBDA,
    "two": LAMBDA,
}
# What asks for a caller and does not say whom: an operation, and what is told along with the error.
NOBODY: list[tuple[dict[str, Any], str]] = [
    ({"security": [{"nobody": []}]}, "Security definition 'nobody' of method 'GET /a' not found."),
    ({"security": [{"bare": []}]}, ""),
    ({"security": [{"pool": []}]}, ""),
    ({"security": [{"one": [], "two": []}]}, "More than one authorization of method 'GET /a': 'two'."),
    ({"x-amazon-apigateway-authtype": "custom"}, ""),
]


@pytest.mark.parametrize(("asked", "told"), NOBODY)
def test_a_method_is_not_open_because_its_authorizer_is_missing(
    gateway: Gateway, asked: dict[str, Any], told: str
) -> None:
    members = {"paths": {"/a": {"get": operation(**asked)}}, "components": {"securitySchemes": SCHEMES}}
    assert gateway.refusal("import_rest_api", body=as_bytes(definition(**members))) == bad(
        "Errors found during import:\n\tUnable to put method 'GET' on resource at path '/a': Invalid authorizer ID "
        "specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."
        + (f"\nAdditionally, these warnings were found:\n\t{told}" if told else "")
    )


def test_what_is_merged_may_name_the_authorizers_that_are_there(gateway: Gateway) -> None:
    api = imported(gateway, definition(components={"securitySchemes": {"bare": LAMBDA}}))
    body = as_bytes(
        definition(paths={"/a": {"get": operation(security=[{"bare": []}])}}, components={"securitySchemes": SCHEMES})
    )
    gateway.call("put_rest_api", restApiId=api, mode="merge", body=body)
    method = whole(gateway, api)["resources"]["/a"]["GET"]
    assert (method["authorizationType"], method["authorizerId"]) == ("CUSTOM", "bare")


def test_a_key_elsewhere_than_in_its_header_is_still_asked_for(gateway: Gateway) -> None:
    elsewhere = {"type": "apiKey", "name": "api_key", "in": "query"}
    members = {"paths": {"/a": {"get": operation(security=[{"k": []}])}}}
    body = as_bytes(definition(**members, components={"securitySchemes": {"k": elsewhere}}))
    told = gateway.call("import_rest_api", body=body)
    assert told["warnings"] == ["Unsupported API key location for 'k'. Keys are taken from header x-api-key."]
    assert whole(gateway, told["id"])["resources"]["/a"]["GET"]["apiKeyRequired"] is True


ERRORS: list[tuple[dict[str, Any], str]] = [
    ({"paths": {"/{a}/{b}!": {}}}, "Unable to create resource at path '/{a}/{b}!': Resource's path part only allow"),
    (
        {"paths": {"/{a}": {}, "/{b}": {}}},
        "Unable to create resource at path '/{b}': A sibling ({a}) of this resource already has a variable path part "
        "-- only one is allowed",
    ),
    (
        {"paths": {"/a": {"get": operation()}, "/a/": {"get": operation(security=[]), "post": operation()}}},
        "Unable to put method 'GET' on resource at path '/a': Method already exists for this resource",
    ),
    (
        {"components": {"schemas": {"My_Pet": {"type": "object"}}}},
        "Unable to create model for 'My_Pet': Model name must be alphanumeric: My_Pet",
    ),
    (
        {
            "paths": {
                "/": {"get": operation(**{"x-amazon-apigateway-integration": {"type": "http", "uri": "http://a"}})}
            }
        },
        "Unable to put integration on 'GET' for resource at path '/': "
        "Enumeration value for HttpMethod must be non-empty",
    ),
    (
        {"paths": {"/": {"get": operation(**{"x-amazon-apigateway-integration": {"type": "ftp"}})}}},
        "Unable to put integration on 'GET' for resource at path '/': 1 validation error detected: Value 'FTP' at "
        "'putIntegrationInput.type' failed to satisfy constraint: Member must satisfy enum value set: "
        "[HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS]",
    ),
    (
        {
            "paths": {
                "/": {
                    "get": operation(
                        responses={},
                        **{"x-amazon-apigateway-integration": MOCK | {"responses": {"default": {"statusCode": 200}}}},
                    )
                }
            }
        },
        "Unable to put integration response on 'GET' for resource at path '/': Invalid Response status code specified",
    ),
    (
        {"paths": {"/": {"get": operation(**{"x-amazon-apigateway-request-validator": "strict"})}}},
        "Unable to put method 'GET' on resource at path '/': Invalid Request Validator identifier specified",
    ),
    (
        {"x-amazon-apigateway-gateway-responses": {"NO_SUCH_TYPE": {}}},
        "Unable to put gateway response 'NO_SUCH_TYPE': 1 validation error detected: Value 'NO_SUCH_TYPE' at "
        "'responseType' failed to satisfy constraint: Member must satisfy enum value set: ",
    ),
]


@pytest.mark.parametrize(("members", "error"), ERRORS)
def test_errors_leave_nothing_behind(gateway: Gateway, members: dict[str, Any], error: str) -> None:
    code, message = gateway.refusal("import_rest_api", body=as_bytes(definition(**members)))
    assert (code, message[: 29 + len(error)]) == bad(f"Errors found during import:\n\t{error}")
    assert gateway.call("get_rest_apis")["items"] == []


def test_all_errors_are_told_at_once_and_the_warnings_with_them(gateway: Gateway) -> None:
    members = {"servers": [{}, {}], "components": {"schemas": {"A_": {"type": "object"}, "B_": {"type": "object"}}}}
    assert gateway.refusal("import_rest_api", body=as_bytes(definition(**members))) == bad(
        "Errors found during import:\n"
        "\tUnable to create model for 'A_': Model name must be alphanumeric: A_\n"
        "\tUnable to create model for 'B_': Model name must be alphanumeric: B_\n"
        "Additionally, these warnings were found:\n"
        "\tMore than one server provided. Ignoring all but the first for defining endpoint configuration"
    )


def test_the_settings_obey_the_rules_of_an_api(gateway: Gateway) -> None:
    assert gateway.refusal("import_rest_api", body=as_bytes(definition(info={}))) == bad("Name cannot be empty")
    body = as_bytes(definition(**{"x-amazon-apigateway-policy": "all"}))
    assert gateway.refusal("import_rest_api", body=body) == bad(
        "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
    )
    body = as_bytes(definition(**{"x-amazon-apigateway-minimum-compression-size": -1}))
    assert gateway.refusal("import_rest_api", body=body) == bad(
        "Invalid minimum compression size, must be between 0 and 10485760"
    )
