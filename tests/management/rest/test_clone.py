"""A clone of an API: its settings, everything inside it, references that lead to the copies."""

import json
from typing import Any

from tests.management.gateway import Gateway, operation, replace
from tests.management.rest.test_authorizer import TOKEN

LISTS = ("models", "request_validators", "authorizers", "gateway_responses", "documentation_parts")


def furnish(gateway: Gateway, method: dict[str, str]) -> None:
    """Put one of everything into the API, and let its method refer to it."""
    reference = {"$ref": "https://apigateway.amazonaws.com/restapis/pets/models/Error"}
    schema = json.dumps({"properties": {"error": reference}})
    gateway.call("create_model", restApiId="pets", name="Pet", contentType="application/json", schema=schema)
    validator = gateway.call("create_request_validator", restApiId="pets", name="all")["id"]
    authorizer = gateway.call("create_authorizer", restApiId="pets", **TOKEN)["id"]
    gateway.call("put_gateway_response", restApiId="pets", responseType="THROTTLED", statusCode="420")
    gateway.call("create_documentation_part", restApiId="pets", location={"type": "API"}, properties="{}")
    operations = (
        replace("/requestValidatorId", validator)
        + replace("/authorizationType", "CUSTOM")
        + replace("/authorizerId", authorizer)
        + operation("add", "/requestModels/application~1json", "Pet")
    )
    gateway.call("update_method", **method, patchOperations=operations)
    operations = replace("/minimumCompressionSize", "1024") + operation("add", "/binaryMediaTypes/image~1png")
    gateway.call("update_rest_api", restApiId="pets", patchOperations=operations)


def without_ids(gateway: Gateway, api: str) -> dict[str, list[Any]]:
    lists = {name: gateway.call(f"get_{name}", restApiId=api)["items"] for name in LISTS}
    for items in lists.values():
        for item in items:
            item.pop("id", None)
        items.sort(key=str)
    return lists


def test_a_clone_has_everything(gateway: Gateway, api: dict[str, Any], mock: dict[str, str], deployment: str) -> None:
    furnish(gateway, mock)
    clone = gateway.call("create_rest_api", name="copy", cloneFrom="pets", binaryMediaTypes=["a/b"])
    own = {"id": clone["id"], "rootResourceId": clone["rootResourceId"], "name": "copy"}
    del api["tags"]
    assert clone == api | own | {"minimumCompressionSize": 1024, "binaryMediaTypes": ["a/b"]}
    copied, original = without_ids(gateway, clone["id"]), without_ids(gateway, "pets")
    pet = next(model for model in copied["models"] if model["name"] == "Pet")
    url = f"https://apigateway.amazonaws.com/restapis/{clone['id']}/models/Error"
    assert json.loads(pet["schema"]) == {"properties": {"error": {"$ref": url}}}
    pet["schema"] = next(model["schema"] for model in original["models"] if model["name"] == "Pet")
    assert copied == original
    here = {"restApiId": clone["id"], "resourceId": clone["rootResourceId"], "httpMethod": "GET"}
    theirs, own = gateway.call("get_method", **mock), gateway.call("get_method", **here)
    for name, operation_name in (("authorizerId", "get_authorizers"), ("requestValidatorId", "get_request_validators")):
        [copy] = gateway.call(operation_name, restApiId=clone["id"])["items"]
        assert own[name] == copy["id"] != theirs[name]
        theirs[name] = copy["id"]
    theirs["methodIntegration"]["cacheNamespace"] = clone["rootResourceId"]
    assert own == theirs
    assert gateway.call("get_stages", restApiId=clone["id"]) == {"item": []}
    assert gateway.call("get_deployments", restApiId=clone["id"]) == {"items": []}


def test_a_model_that_is_no_json_is_copied_as_it_is(gateway: Gateway, api: dict[str, Any]) -> None:
    text = "as in https://apigateway.amazonaws.com/restapis/pets/models/Error"
    gateway.call("create_model", restApiId="pets", name="Text", contentType="text/plain", schema=text)
    clone = gateway.call("create_rest_api", name="copy", cloneFrom="pets")
    assert gateway.call("get_model", restApiId=clone["id"], modelName="Text")["schema"] == text
