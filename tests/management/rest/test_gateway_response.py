"""GatewayResponse: defaults of all types, what an API defines, patches."""

from typing import Any

import pytest

from gatewright.values.records import Key
from tests.management.gateway import Gateway, Operations, bad, missing, operation, replace

TEMPLATE = '{"message":$context.error.messageString}'
PLAIN = {"responseParameters": {}, "responseTemplates": {"application/json": TEMPLATE}}
HEADER = "gatewayresponse.header.X-Pet"
STATUSES = {
    "ACCESS_DENIED": "403",
    "API_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_FAILURE": "500",
    "BAD_REQUEST_BODY": "400",
    "BAD_REQUEST_PARAMETERS": "400",
    "DEFAULT_4XX": None,
    "DEFAULT_5XX": None,
    "EXPIRED_TOKEN": "403",
    "INTEGRATION_FAILURE": "504",
    "INTEGRATION_TIMEOUT": "504",
    "INVALID_API_KEY": "403",
    "INVALID_SIGNATURE": "403",
    "MISSING_AUTHENTICATION_TOKEN": "403",
    "QUOTA_EXCEEDED": "429",
    "REQUEST_TOO_LARGE": "413",
    "RESOURCE_NOT_FOUND": "404",
    "THROTTLED": "429",
    "UNAUTHORIZED": "401",
    "UNSUPPORTED_MEDIA_TYPE": "415",
    "WAF_FILTERED": "403",
}


def plain(kind: str) -> dict[str, Any]:
    status = {"statusCode": STATUSES[kind]} if STATUSES[kind] else {}
    return {"responseType": kind, "defaultResponse": True} | PLAIN | status


def here(kind: str) -> dict[str, str]:
    return {"restApiId": "pets", "responseType": kind}


def test_every_type_has_a_response(gateway: Gateway, api: dict[str, Any]) -> None:
    assert gateway.call("get_gateway_responses", restApiId="pets") == {"items": [plain(kind) for kind in STATUSES]}
    assert gateway.call("get_gateway_response", **here("THROTTLED")) == plain("THROTTLED")
    page = gateway.call("get_gateway_responses", restApiId="pets", limit=20)
    assert len(page["items"]) == 20
    rest = gateway.call("get_gateway_responses", restApiId="pets", limit=20, position=page["position"])
    assert rest == {"items": [plain("WAF_FILTERED")]}


def test_what_is_not_given_is_the_types_default(gateway: Gateway, api: dict[str, Any]) -> None:
    own = {"defaultResponse": False}
    for given in (
        {"statusCode": "404"},
        {"responseParameters": {HEADER: "'x'"}},
        {"responseTemplates": {"text/plain": "$context.error.message"}},
        {"responseTemplates": {}},
    ):
        put = gateway.call("put_gateway_response", **here("ACCESS_DENIED"), **given)
        expected = plain("ACCESS_DENIED") | own | {name: value for name, value in given.items() if value}
        assert put == expected
        assert gateway.call("get_gateway_response", **here("ACCESS_DENIED")) == expected
        with gateway.store.read() as tx:
            kept = tx.get(Key("000000000000", "us-east-1", "GatewayResponse", "pets", "ACCESS_DENIED")) or {}
        assert kept.get("statusCode") == given.get("statusCode")
    assert gateway.call("delete_gateway_response", **here("ACCESS_DENIED")) == {}
    assert gateway.call("get_gateway_response", **here("ACCESS_DENIED")) == plain("ACCESS_DENIED")


def test_a_class_shows_in_the_types_that_are_not_defined(gateway: Gateway, api: dict[str, Any]) -> None:
    given = {"statusCode": "599", "responseParameters": {HEADER: "method.request.header.Accept"}}
    gateway.call("put_gateway_response", **here("AUTHORIZER_FAILURE"))
    gateway.call("put_gateway_response", **here("DEFAULT_5XX"), **given)
    shown = {one["responseType"]: one for one in gateway.call("get_gateway_responses", restApiId="pets")["items"]}
    assert shown["INTEGRATION_TIMEOUT"] == plain("INTEGRATION_TIMEOUT") | given
    assert shown["AUTHORIZER_FAILURE"] == plain("AUTHORIZER_FAILURE") | {"defaultResponse": False}
    assert shown["DEFAULT_5XX"] == plain("DEFAULT_5XX") | given | {"defaultResponse": False}
    assert shown["UNAUTHORIZED"] == plain("UNAUTHORIZED")


def test_patches(gateway: Gateway, api: dict[str, Any]) -> None:
    def update(operations: Operations) -> Any:
        return gateway.call("update_gateway_response", **here("DEFAULT_4XX"), patchOperations=operations)

    expected = plain("DEFAULT_4XX") | {"defaultResponse": False, "statusCode": "444"}
    assert update(replace("/statusCode", "444")) == expected
    operations = operation("add", f"/responseParameters/{HEADER}", "'x'")
    assert update(operations) == expected | {"responseParameters": {HEADER: "'x'"}}
    operations = (
        replace(f"/responseParameters/{HEADER}", "context.requestId")
        + operation("add", "/responseTemplates/application~1xml", "<e/>")
        + operation("remove", "/responseTemplates/application~1json")
        + replace("/statusCode", "")
    )
    del expected["statusCode"]
    changed = {"responseParameters": {HEADER: "context.requestId"}, "responseTemplates": {"application/xml": "<e/>"}}
    assert update(operations) == expected | changed
    assert update(operation("remove", f"/responseParameters/{HEADER}")) == expected | changed | {
        "responseParameters": {}
    }


@pytest.mark.parametrize(
    ("operations", "refusal"),
    [
        (operation("add", "/statusCode", "400"), bad("Invalid patch path /statusCode")),
        (operation("remove", "/statusCode"), bad("Invalid patch path /statusCode")),
        (replace("/statusCode", "600"), bad("Invalid status code specified: 600")),
        (replace("/wrongPath", "x"), bad("Invalid patch path /wrongPath")),
        ([{"op": "replace", "value": "x"}], bad("Invalid patch path null")),
        (replace(f"/responseParameters/{HEADER}", "'x'"), missing("Invalid parameter name specified")),
        (operation("remove", f"/responseParameters/{HEADER}"), missing("Invalid parameter name specified")),
        (replace("/responseTemplates/a~1b", "x"), missing("Content-Type specified was not found")),
        (
            operation("add", "/responseTemplates/123", "x"),
            bad("Validation Result: warnings : [], errors : [Invalid content type specified: 123]"),
        ),
        (
            operation("add", "/responseTemplates/a~1b", "x" * 307_201),
            bad("The template for a/b is longer than 307200 characters"),
        ),
        (
            [{"op": "replace", "path": "/responseTemplates/application~1json"}],
            bad("Invalid null or empty value in responseTemplates"),
        ),
        (
            [
                *operation("add", f"/responseParameters/{HEADER}", "'x'"),
                {"op": "replace", "path": f"/responseParameters/{HEADER}"},
            ],
            bad("Invalid null or empty value in responseParameters"),
        ),
    ],
)
def test_patches_that_are_refused_change_nothing(
    gateway: Gateway, api: dict[str, Any], operations: Operations, refusal: tuple[str, str]
) -> None:
    given = here("DEFAULT_4XX")
    assert gateway.refusal("update_gateway_response", **given, patchOperations=operations) == refusal
    assert gateway.call("get_gateway_response", **given) == plain("DEFAULT_4XX")


def test_what_is_refused(gateway: Gateway, api: dict[str, Any]) -> None:
    kind = here("THROTTLED")
    not_defined = missing("Gateway response type not defined on api")
    assert gateway.refusal("delete_gateway_response", **kind) == not_defined
    no_api = missing("Invalid API identifier specified 000000000000:none")
    for verb in ("get", "put", "update", "delete"):
        assert gateway.refusal(f"{verb}_gateway_response", restApiId="none", responseType="THROTTLED") == no_api
        code, message = gateway.refusal(f"{verb}_gateway_response", **here("FAKE"))
        assert code == "ValidationException"
        assert message.startswith("1 validation error detected: Value 'FAKE' at 'responseType' failed to satisfy")
    assert gateway.refusal("get_gateway_responses", restApiId="none") == no_api
    for given, message in (
        ({"responseParameters": {"X-Pet": "'x'"}}, "Invalid parameter name specified"),
        ({"responseParameters": {HEADER: ""}}, "Invalid null or empty value in responseParameters"),
        ({"responseTemplates": {"a/b": ""}}, "Invalid null or empty value in responseTemplates"),
        (
            {"responseParameters": {HEADER: "x"}},
            "Invalid mapping expression specified: Validation Result: warnings : [], "
            "errors : [Invalid mapping expression specified: x]",
        ),
    ):
        assert gateway.refusal("put_gateway_response", **kind, **given) == bad(message)
    assert gateway.call("get_gateway_response", **kind) == plain("THROTTLED")
