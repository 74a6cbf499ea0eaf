"""PutRestApi: what a definition changes of an API that is there, by mode."""

from typing import Any

import pytest

from tests.management.gateway import Gateway, bad, missing, replace
from tests.management.openapi.test_import_rest_api import MOCK, SHOP, definition, operation
from tests.management.openapi.whole import as_bytes, document, imported, listed, whole

FUNCTION = SHOP["authorizers"]["byToken"]["authorizerUri"].replace("guard", "other")
SMALL = definition(
    info={"title": "small shop"},
    paths={
        "/orders": {"get": operation(operationId="fewOrders", security=[{"byToken": []}])},
        "/carts": {"put": operation()},
    },
    components={
        "schemas": {"Order": {"type": "object"}, "Cart": {"type": "object"}},
        "securitySchemes": {
            "byToken": {
                "type": "apiKey",
                "name": "T",
                "in": "header",
                "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": FUNCTION},
            }
        },
    },
    **{
        "x-amazon-apigateway-binary-media-types": ["a/b", "image/png"],
        "x-amazon-apigateway-request-validators": {"everything": {"validateRequestBody": True}},
        "x-amazon-apigateway-gateway-responses": {"THROTTLED": {"statusCode": "420"}},
        "x-amazon-apigateway-documentation": {
            "documentationParts": [
                {"location": {"type": "API"}, "properties": {"summary": "small"}},
                {"location": {"type": "MODEL", "name": "Cart"}, "properties": {"title": "Cart"}},
            ]
        },
    },
)
ORDERS = {
    "httpMethod": "GET",
    "authorizationType": "CUSTOM",
    "authorizerId": "byToken",
    "apiKeyRequired": False,
    "operationName": "fewOrders",
    "methodResponses": {"200": {"statusCode": "200"}},
    "methodIntegration": {
        "type": "MOCK",
        "requestTemplates": MOCK["requestTemplates"],
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": 29000,
        "cacheKeyParameters": [],
    },
}
CARTS = {name: value for name, value in ORDERS.items() if name not in ("operationName", "authorizerId")} | {
    "httpMethod": "PUT",
    "authorizationType": "NONE",
}
AUTHORIZER = {
    "type": "TOKEN",
    "authType": "custom",
    "authorizerUri": FUNCTION,
    "identitySource": "method.request.header.T",
}
MODEL = {"schema": {"type": "object"}, "contentType": "application/json"}
EVERYTHING = {"validateRequestBody": True, "validateRequestParameters": False}
THROTTLED = {
    "statusCode": "420",
    "responseParameters": {},
    "responseTemplates": {"application/json": '{"message":$context.error.messageString}'},
}
CART_PART = {"location": {"type": "MODEL", "name": "Cart"}, "properties": {"title": "Cart"}}


@pytest.fixture
def shop(gateway: Gateway) -> str:
    return imported(gateway, document("shop.oas30.yaml"))


def ids(gateway: Gateway, api: str) -> dict[str, str]:
    """Ids by what they are of."""
    found = {resource["path"]: resource["id"] for resource in listed(gateway, "get_resources", api)}
    for listing in ("get_models", "get_authorizers", "get_request_validators"):
        found |= {f"{listing} {each['name']}": each["id"] for each in listed(gateway, listing, api)}
    return found


def test_merge_adds_and_replaces(gateway: Gateway, shop: str) -> None:
    before = ids(gateway, shop)
    answer = gateway.call("put_rest_api", restApiId=shop, mode="merge", body=as_bytes(SMALL))
    assert answer == gateway.call("get_rest_api", restApiId=shop) | {"tags": {}}
    types = ["image/png", "image/*", "a/b"]
    assert whole(gateway, shop) == {
        "settings": SHOP["settings"] | {"name": "small shop", "binaryMediaTypes": types},
        "models": SHOP["models"] | {"Order": MODEL, "Cart": MODEL},
        "authorizers": SHOP["authorizers"] | {"byToken": AUTHORIZER},
        "validators": SHOP["validators"] | {"everything": EVERYTHING},
        "gatewayResponses": SHOP["gatewayResponses"] | {"THROTTLED": THROTTLED},
        "documentation": [
            {"location": {"type": "API"}, "properties": {"info": {"description": "The shop"}, "summary": "small"}},
            SHOP["documentation"][1],
            CART_PART,
        ],
        "resources": SHOP["resources"]
        | {"/orders": SHOP["resources"]["/orders"] | {"GET": ORDERS}, "/carts": {"PUT": CARTS}},
    }
    assert {name: id for name, id in ids(gateway, shop).items() if name in before} == before


def test_overwrite_leaves_nothing_that_the_definition_has_not(gateway: Gateway, shop: str) -> None:
    before = ids(gateway, shop)
    gateway.call("create_deployment", restApiId=shop, stageName="prod", variables={"backend": "b"})
    gateway.call("put_rest_api", restApiId=shop, mode="overwrite", body=as_bytes(SMALL))
    assert whole(gateway, shop) == {
        "settings": {
            "name": "small shop",
            "apiKeySource": "HEADER",
            "binaryMediaTypes": ["a/b", "image/png"],
            "endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "ipv4"},
            "disableExecuteApiEndpoint": True,
        },
        "models": {"Order": MODEL, "Cart": MODEL},
        "authorizers": {"byToken": AUTHORIZER},
        "validators": {"everything": EVERYTHING},
        "gatewayResponses": {"THROTTLED": THROTTLED},
        "documentation": [{"location": {"type": "API"}, "properties": {"summary": "small"}}, CART_PART],
        "resources": {"/": {}, "/orders": {"GET": ORDERS}, "/carts": {"PUT": CARTS}},
    }
    after = ids(gateway, shop)
    assert {name: after[name] for name in ("/", "/orders", "get_models Order", "get_authorizers byToken")} == {
        name: before[name] for name in ("/", "/orders", "get_models Order", "get_authorizers byToken")
    }
    stages = gateway.call("get_stages", restApiId=shop)["item"]
    assert [(stage["stageName"], stage["variables"]) for stage in stages] == [("prod", {"backend": "b"})]


@pytest.mark.parametrize("mode", ["merge", "overwrite"])
def test_the_same_definition_twice_changes_nothing(gateway: Gateway, shop: str, mode: str) -> None:
    before = ids(gateway, shop)
    gateway.call("put_rest_api", restApiId=shop, mode=mode, body=document("shop.swagger.yaml"))
    assert whole(gateway, shop) == SHOP
    assert ids(gateway, shop) == before


@pytest.mark.parametrize("mode", ["merge", "overwrite"])
def test_what_is_refused_changes_nothing(gateway: Gateway, shop: str, mode: str) -> None:
    wrong = SMALL | {"paths": {"/a": {"get": operation(security=[{"byToken": []}], operationId=["x"])}, "/%": {}}}
    code, message = gateway.refusal("put_rest_api", restApiId=shop, mode=mode, body=as_bytes(wrong))
    assert (code, message.splitlines()[0]) == bad("Errors found during import:")
    assert whole(gateway, shop) == SHOP


def test_a_method_of_a_merged_definition_may_name_what_the_api_has(gateway: Gateway, shop: str) -> None:
    item = {"get": operation(**{"x-amazon-apigateway-request-validator": "nothing"})}
    gateway.call("put_rest_api", restApiId=shop, body=as_bytes(definition(paths={"/a": item})))
    assert whole(gateway, shop)["resources"]["/a"]["GET"]["requestValidatorId"] == "nothing"


def test_an_endpoint_in_the_definition(gateway: Gateway, shop: str) -> None:
    def put(**told: Any) -> Any:
        servers = [{"url": "/", "x-amazon-apigateway-endpoint-configuration": told}]
        answer = gateway.call("put_rest_api", restApiId=shop, body=as_bytes(definition(servers=servers)))
        return answer["endpointConfiguration"]

    private = {"types": ["PRIVATE"], "ipAddressType": "dualstack", "vpcEndpointIds": ["vpce-1"]}
    assert put(types=["PRIVATE"], vpcEndpointIds=["vpce-1"]) == private
    assert put(disableExecuteApiEndpoint=False) == put(types=["PRIVATE"]) == private
    assert put(types=["EDGE"]) == {"types": ["EDGE"], "ipAddressType": "ipv4"}


def test_a_title_that_is_missing_leaves_the_name(gateway: Gateway, shop: str) -> None:
    gateway.call("put_rest_api", restApiId=shop, body=as_bytes(definition(info={"version": "3"})))
    assert gateway.call("get_rest_api", restApiId=shop)["name"] == "shop"


def test_no_such_api(gateway: Gateway) -> None:
    refusal = gateway.refusal("put_rest_api", restApiId="nosuch", body=as_bytes(SMALL))
    assert refusal == missing("Invalid API identifier specified 000000000000:nosuch")


def test_an_imported_api_can_be_changed_by_hand(gateway: Gateway, shop: str) -> None:
    authorizer = ids(gateway, shop)["get_authorizers byRequest"]
    at: dict[str, Any] = {"restApiId": shop, "authorizerId": authorizer}
    changed = gateway.call("update_authorizer", **at, patchOperations=replace("/name", "other"))
    assert changed["name"] == "other"
