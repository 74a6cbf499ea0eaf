"""RequestValidator: fields, rules, patches, and the methods that refer to it."""

from typing import Any

import pytest

from tests.management.gateway import Gateway, Operations, bad, missing, operation, replace

UNKNOWN = missing("Invalid Request Validator identifier specified")
NO_API = missing("Invalid API identifier specified 000000000000:none")


def create(gateway: Gateway, **given: Any) -> dict[str, Any]:
    created: dict[str, Any] = gateway.call("create_request_validator", **{"restApiId": "pets", "name": "all"} | given)
    return created


def there(created: dict[str, Any]) -> dict[str, str]:
    return {"restApiId": "pets", "requestValidatorId": created["id"]}


def test_a_validator(gateway: Gateway, api: dict[str, Any]) -> None:
    created = create(gateway)
    least = {"validateRequestBody": False, "validateRequestParameters": False}
    assert created == {"id": created["id"], "name": "all"} | least
    assert len(created["id"]) == 6
    whole = create(gateway, name="both", validateRequestBody=True, validateRequestParameters=True)
    both = {"validateRequestBody": True, "validateRequestParameters": True}
    assert whole == {"id": whole["id"], "name": "both"} | both
    assert gateway.call("get_request_validator", **there(whole)) == whole
    first, second = sorted((created, whole), key=lambda one: str(one["id"]))
    page = gateway.call("get_request_validators", restApiId="pets", limit=1)
    assert page == {"items": [first], "position": page["position"]}
    page = gateway.call("get_request_validators", restApiId="pets", position=page["position"])
    assert page == {"items": [second]}
    assert gateway.call("delete_request_validator", **there(whole)) == {}
    assert gateway.refusal("get_request_validator", **there(whole)) == UNKNOWN
    assert gateway.call("get_request_validators", restApiId="pets") == {"items": [created]}


def test_what_is_refused(gateway: Gateway, api: dict[str, Any]) -> None:
    create(gateway)
    taken = bad("Request Validator name must be unique. Request Validator all already exists in this RestApi.")
    assert gateway.refusal("create_request_validator", restApiId="pets", name="all") == taken
    blank = bad("Request Validator name cannot be blank")
    assert gateway.refusal("create_request_validator", restApiId="pets", name=" ") == blank
    no_api = bad("Invalid REST API identifier specified")
    assert gateway.refusal("create_request_validator", restApiId="none", name="all") == no_api
    assert gateway.refusal("get_request_validators", restApiId="none") == NO_API
    for verb in ("get", "update", "delete"):
        for id in ("pets", "none"):
            given = {"restApiId": id, "requestValidatorId": "v"}
            assert gateway.refusal(f"{verb}_request_validator", **given) == UNKNOWN


@pytest.mark.parametrize(
    ("operations", "changed"),
    [
        (replace("/name", "none"), {"name": "none"}),
        (replace("/validateRequestBody", "true"), {"validateRequestBody": True}),
        (replace("/validateRequestParameters", "True"), {"validateRequestParameters": True}),
        (replace("/validateRequestBody", "true") + replace("/validateRequestBody", "?"), {}),
        ([*replace("/validateRequestBody", "true"), {"op": "replace", "path": "/validateRequestBody"}], {}),
    ],
)
def test_patches(gateway: Gateway, api: dict[str, Any], operations: Operations, changed: dict[str, Any]) -> None:
    created = create(gateway)
    assert gateway.call("update_request_validator", **there(created), patchOperations=operations) == created | changed
    assert gateway.call("get_request_validator", **there(created)) == created | changed


@pytest.mark.parametrize(
    ("operations", "message"),
    [
        (replace("/name", ""), "Request Validator name cannot be blank"),
        (
            operation("add", "/validateRequestBody", "true"),
            "Invalid patch path  '/validateRequestBody' specified for op 'add'. Please choose supported operations",
        ),
        (
            replace("/id", "x"),
            "Invalid patch path  '/id' specified for op 'replace'. "
            "Must be one of: [/name, /validateRequestParameters, /validateRequestBody]",
        ),
    ],
)
def test_patches_that_are_refused_change_nothing(
    gateway: Gateway, api: dict[str, Any], operations: Operations, message: str
) -> None:
    created = create(gateway)
    assert gateway.refusal("update_request_validator", **there(created), patchOperations=operations) == bad(message)
    assert gateway.call("get_request_validator", **there(created)) == created


def test_a_validator_that_a_method_refers_to_stays(gateway: Gateway, method: dict[str, str]) -> None:
    created = create(gateway)
    operations = replace("/requestValidatorId", created["id"])
    updated = gateway.call("update_method", **method, patchOperations=operations)
    assert updated["requestValidatorId"] == created["id"]
    in_use = "ConflictException", "Cannot delete request validator 'all', is referenced in method: GET//"
    assert gateway.refusal("delete_request_validator", **there(created)) == in_use
    gateway.call("update_method", **method, patchOperations=replace("/requestValidatorId", ""))
    gateway.call("delete_request_validator", **there(created))
