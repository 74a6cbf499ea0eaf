"""Everything that boto3 tells of an API, names in place of ids, so that two APIs can be compared."""

import json
from pathlib import Path
from typing import Any

from tests.management.gateway import Gateway

DOCUMENTS = Path(__file__).parent / "documents"


def document(name: str) -> bytes:
    return (DOCUMENTS / name).read_bytes()


def imported(gateway: Gateway, body: Any, **given: Any) -> str:
    """The id of an API made from a definition, of bytes or data, without warnings."""
    made = gateway.call("import_rest_api", body=as_bytes(body), **given)
    assert made.get("warnings", []) == []
    return str(made["id"])


def as_bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def whole(gateway: Gateway, api: str) -> dict[str, Any]:
    settings = gateway.call("get_rest_api", restApiId=api)
    for name in ("id", "createdDate", "rootResourceId", "apiStatus"):
        del settings[name]
    authorizers = listed(gateway, "get_authorizers", api)
    validators = listed(gateway, "get_request_validators", api)
    names = {each["id"]: each["name"] for each in authorizers + validators}
    return {
        "settings": settings,
        "models": {model["name"]: _model(model, api) for model in listed(gateway, "get_models", api)},
        "authorizers": {each["name"]: _without(each, "id", "name") for each in authorizers},
        "validators": {each["name"]: _without(each, "id", "name") for each in validators},
        "gatewayResponses": {
            each["responseType"]: _without(each, "responseType", "defaultResponse")
            for each in listed(gateway, "get_gateway_responses", api)
            if not each["defaultResponse"]
        },
        "documentation": [
            {"location": part["location"], "properties": json.loads(part["properties"])}
            for part in sorted(listed(gateway, "get_documentation_parts", api), key=lambda part: str(part["location"]))
        ],
        "resources": {
            resource["path"]: {verb: _method(method, resource, names) for verb, method in _methods(resource)}
            for resource in listed(gateway, "get_resources", api, embed=["methods"])
        },
    }


def listed(gateway: Gateway, operation: str, api: str, **given: Any) -> list[dict[str, Any]]:
    return list(gateway.call(operation, restApiId=api, limit=500, **given)["items"])


def _methods(resource: dict[str, Any]) -> list[tuple[str, Any]]:
    return sorted(resource.get("resourceMethods", {}).items())


def _model(model: dict[str, Any], api: str) -> dict[str, Any]:
    schema = json.loads(model["schema"].replace(f"/restapis/{api}/", "/restapis/API/"))
    return _without(model, "id", "name") | {"schema": schema}


def _method(method: dict[str, Any], resource: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    for member in ("authorizerId", "requestValidatorId"):
        if member in method:
            method[member] = names[method[member]]
    integration = method.get("methodIntegration", {})
    if integration.get("cacheNamespace") == resource["id"]:
        del integration["cacheNamespace"]
    return method


def _without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}
