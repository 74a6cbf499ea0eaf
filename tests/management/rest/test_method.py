"""Method and MethodResponse: fields, rules, patches."""

from typing import Any

import pytest

from tests.management.gateway import Gateway, Operations, bad, missing, operation, replace

BARE = {"httpMethod": "GET", "authorizationType": "NONE", "apiKeyRequired": False}
AUTHORIZER = bad(
    "Invalid authorizer ID specified. "
    "Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."
)


def test_a_bare_method(gateway: Gateway, root: str) -> None:
    where = {"restApiId": "pets", "resourceId": root, "httpMethod": "ANY"}
    expected = BARE | {"httpMethod": "ANY"}
    assert gateway.call("put_method", **where, authorizationType="NONE") == expected
    assert gateway.call("get_method", **where) == expected
    again = gateway.refusal("put_method", **where, authorizationType="NONE")
    assert again == ("ConflictException", "Method already exists for this resource")
    gateway.call("delete_method", **where)
    assert gateway.refusal("get_method", **where) == missing("Invalid Method identifier specified")
    assert gateway.call("get_resources", restApiId="pets") == {"items": [{"id": root, "path": "/"}]}


def test_a_whole_method(gateway: Gateway, root: str) -> None:
    given = {
        "authorizationType": "AWS_IAM",
        "apiKeyRequired": True,
        "operationName": "listPets",
        "requestParameters": {"method.request.querystring.page": False, "method.request.header.X-A": True},
        "requestModels": {"application/json": "Empty"},
    }
    where = {"restApiId": "pets", "resourceId": root, "httpMethod": "GET"}
    assert gateway.call("put_method", **where, **given) == given | {"httpMethod": "GET"}


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        (
            {"httpMethod": "get"},
            bad("Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"),
        ),
        (
            {"authorizationType": "OPEN"},
            bad("Invalid authorizationType specified. Valid options are NONE,AWS_IAM,CUSTOM,COGNITO_USER_POOLS"),
        ),
        ({"authorizationType": "CUSTOM"}, AUTHORIZER),
        ({"authorizationType": "COGNITO_USER_POOLS", "authorizerId": "none"}, AUTHORIZER),
        (
            {"authorizationScopes": ["a"]},
            bad("Authorization scopes can only be specified with authorization type COGNITO_USER_POOLS"),
        ),
        ({"requestParameters": {"page": True}}, bad("Invalid parameter name specified")),
        ({"requestParameters": {"method.request.body.a": True}}, bad("Invalid parameter name specified")),
        (
            {"requestParameters": {"method.request.querystring.a": True, "method.request.header.a": True}},
            bad("Parameter names must be unique across querystring, header and path"),
        ),
        ({"requestModels": {"application/json": "Pet"}}, bad("Invalid model identifier specified: Pet")),
        ({"requestValidatorId": "abc123"}, bad("Invalid Request Validator identifier specified")),
    ],
)
def test_what_is_refused(gateway: Gateway, root: str, given: dict[str, Any], refusal: tuple[str, str]) -> None:
    least = {"restApiId": "pets", "resourceId": root, "httpMethod": "GET", "authorizationType": "NONE"}
    assert gateway.refusal("put_method", **least | given) == refusal
    assert gateway.call("get_resources", restApiId="pets") == {"items": [{"id": root, "path": "/"}]}


@pytest.mark.parametrize(
    ("operations", "changed"),
    [
        (replace("/authorizationType", "NONE"), {}),
        (replace("/authorizerId", ""), {}),
        (replace("/authorizationType", "AWS_IAM"), {"authorizationType": "AWS_IAM"}),
        (replace("/apiKeyRequired", "true"), {"apiKeyRequired": True}),
        (replace("/apiKeyRequired", "false"), {}),
        (replace("/operationName", "listPets"), {"operationName": "listPets"}),
        (replace("/requestValidatorId", ""), {}),
        (
            operation("add", "/requestParameters/method.request.querystring.a", "true"),
            {"requestParameters": {"method.request.querystring.a": True}},
        ),
        (
            operation("add", "/requestParameters/method.request.querystring.a", "true")
            + operation("remove", "/requestParameters/method.request.querystring.a"),
            {},
        ),
        (replace("/requestModels/application~1json", "Error"), {"requestModels": {"application/json": "Error"}}),
    ],
)
def test_patches(gateway: Gateway, method: dict[str, str], operations: Operations, changed: dict[str, Any]) -> None:
    assert gateway.call("update_method", **method, patchOperations=operations) == BARE | changed
    assert gateway.call("get_method", **method) == BARE | changed


@pytest.mark.parametrize(
    ("operations", "refusal"),
    [
        (replace("/authorizationType", "CUSTOM"), AUTHORIZER),
        (replace("/httpMethod", "POST"), bad("Invalid patch path /httpMethod")),
        (
            operation("remove", "/operationName"),
            bad("Invalid patch operation specified. Must be one of: [replace]"),
        ),
        (
            replace("/authorizationScopes", "a"),
            bad("Invalid patch operation specified. Must be one of: [add, remove]"),
        ),
        (
            operation("move", "/requestModels/a~1b"),
            bad("Invalid patch operation specified. Must be one of: [add, replace, remove]"),
        ),
        (operation("remove", "/requestModels/a~1b"), missing("Content-Type specified was not found")),
        (operation("add", "/requestModels/a~1b", "Pet"), bad("Invalid model identifier specified: Pet")),
    ],
)
def test_patches_that_are_refused_change_nothing(
    gateway: Gateway, method: dict[str, str], operations: Operations, refusal: tuple[str, str]
) -> None:
    assert gateway.refusal("update_method", **method, patchOperations=operations) == refusal
    assert gateway.call("get_method", **method) == BARE


def test_method_responses(gateway: Gateway, method: dict[str, str]) -> None:
    given = {
        "responseParameters": {"method.response.header.Location": True},
        "responseModels": {"application/json": "Empty"},
    }
    assert gateway.call("put_method_response", **method, statusCode="200") == {"statusCode": "200"}
    assert gateway.call("put_method_response", **method, statusCode="301", **given) == {"statusCode": "301"} | given
    again = gateway.refusal("put_method_response", **method, statusCode="200")
    assert again == ("ConflictException", "Response already exists for this resource")
    responses = {"200": {"statusCode": "200"}, "301": {"statusCode": "301"} | given}
    assert gateway.call("get_method", **method) == BARE | {"methodResponses": responses}
    operations = (
        operation("remove", "/responseModels/application~1json")
        + replace("/responseParameters/method.response.header.Location", "false")
        + operation("add", "/responseParameters/method.response.header.X", "true")
    )
    updated = gateway.call("update_method_response", **method, statusCode="301", patchOperations=operations)
    assert updated == {
        "statusCode": "301",
        "responseParameters": {"method.response.header.Location": False, "method.response.header.X": True},
    }
    for op in ("replace", "remove"):
        for path, message in (
            ("/responseModels/a~1b", "Content-Type specified was not found"),
            ("/responseParameters/method.response.header.Y", "Invalid parameter name specified"),
        ):
            absent = gateway.refusal(
                "update_method_response", **method, statusCode="301", patchOperations=operation(op, path, "Empty")
            )
            assert absent == missing(message)
    for code in ("200", "301"):
        gateway.call("delete_method_response", **method, statusCode=code)
    assert gateway.call("get_method", **method) == BARE


def test_method_responses_that_are_refused(gateway: Gateway, method: dict[str, str]) -> None:
    unknown = missing("Invalid Response status code specified")
    assert gateway.refusal("get_method_response", **method, statusCode="200") == unknown
    pattern = (
        "ValidationException",
        "1 validation error detected: Value 'wrong' at 'statusCode' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [1-5]\d\d",
    )
    assert gateway.refusal("put_method_response", **method, statusCode="wrong") == pattern
    for given, message in (
        ({"responseParameters": {"Location": True}}, "Invalid parameter name specified"),
        ({"responseModels": {"a/b": "Pet"}}, "Invalid model identifier specified: Pet"),
    ):
        assert gateway.refusal("put_method_response", **method, statusCode="200", **given) == bad(message)
    no_resource = missing("Invalid Resource identifier specified")
    assert gateway.refusal("put_method_response", **method | {"restApiId": "none"}, statusCode="200") == no_resource
    other = method | {"httpMethod": "POST"}
    no_integration = missing("Invalid Integration identifier specified")
    assert gateway.refusal("delete_integration_response", **other, statusCode="200") == no_integration
    refusal = gateway.refusal("put_method_response", **other, statusCode="200")
    assert refusal == missing("Invalid Method identifier specified")
