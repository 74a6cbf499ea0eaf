"""ImportDocumentationParts: parts of the extension to parts of the API, by mode."""

import json
from typing import Any

import pytest

from tests.management.gateway import Gateway, bad, missing
from tests.management.openapi.test_import_rest_api import definition
from tests.management.openapi.whole import as_bytes, imported, listed

API, METHOD, MODEL = {"type": "API"}, {"type": "METHOD", "method": "GET"}, {"type": "MODEL", "name": "Pet"}


def documented(*parts: tuple[Any, Any]) -> bytes:
    told = [{"location": location, "properties": properties} for location, properties in parts]
    return as_bytes(definition(**{"x-amazon-apigateway-documentation": {"documentationParts": told}}))


@pytest.fixture
def api(gateway: Gateway) -> str:
    return imported(
        gateway, documented((API, {"info": {"description": "pets"}, "tags": ["a"]}), (MODEL, {"title": "Pet"}))
    )


def there(gateway: Gateway, api: str) -> dict[str, tuple[Any, Any]]:
    parts = listed(gateway, "get_documentation_parts", api)
    return {part["id"]: (part["location"], json.loads(part["properties"])) for part in parts}


def test_merge_changes_the_attributes_that_are_given(gateway: Gateway, api: str) -> None:
    body = documented((API, {"tags": ["b"]}), (METHOD, {"summary": "all"}))
    answer = gateway.call("import_documentation_parts", restApiId=api, body=body)
    found = there(gateway, api)
    assert answer == {"ids": answer["ids"]}
    assert [found.pop(id) for id in answer["ids"]] == [
        (API, {"info": {"description": "pets"}, "tags": ["b"]}),
        (METHOD | {"path": "/"}, {"summary": "all"}),
    ]
    assert list(found.values()) == [(MODEL, {"title": "Pet"})]


def test_overwrite_leaves_nothing_else(gateway: Gateway, api: str) -> None:
    body = documented((API, {"tags": ["b"]}))
    (id,) = gateway.call("import_documentation_parts", restApiId=api, mode="overwrite", body=body)["ids"]
    assert there(gateway, api) == {id: (API, {"tags": ["b"]})}


def test_properties_may_be_text_already(gateway: Gateway, api: str) -> None:
    body = documented((API, '{"tags": []}'))
    (id,) = gateway.call("import_documentation_parts", restApiId=api, mode="overwrite", body=body)["ids"]
    assert there(gateway, api) == {id: (API, {"tags": []})}


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ((API | {"name": "a"}, {}), "Invalid location specified: 'name' is not a valid field for type 'API'."),
        ((METHOD, ["a"]), "Invalid properties specified: a JSON object is expected."),
        (({}, {}), "1 validation error detected: Value null at 'createDocumentationPartInput.location.type' failed to "
         "satisfy constraint: Member must not be null"),
    ],
)  # fmt: skip
def test_what_is_refused_changes_nothing(gateway: Gateway, api: str, part: tuple[Any, Any], reason: str) -> None:
    before = there(gateway, api)
    refusal = gateway.refusal("import_documentation_parts", restApiId=api, body=documented((METHOD, {}), part))
    assert refusal == bad(f"Errors found during import:\n\tUnable to create documentation part 2: {reason}")
    assert there(gateway, api) == before


def test_warnings(gateway: Gateway, api: str) -> None:
    told = {"documentationParts": [{"location": API, "properties": {}}], "version": "1"}
    body = as_bytes(definition(**{"x-amazon-apigateway-documentation": told | {"documentationParts": "all"}}))
    warning = "Parse issue: attribute x-amazon-apigateway-documentation.documentationParts is not of type `array`"
    assert gateway.refusal("import_documentation_parts", restApiId=api, failOnWarnings=True, body=body) == bad(
        f"Warnings found during import:\n\t{warning}"
    )
    assert gateway.call("import_documentation_parts", restApiId=api, body=body) == {"ids": [], "warnings": [warning]}


def test_no_such_api_and_no_such_extension(gateway: Gateway, api: str) -> None:
    assert gateway.refusal("import_documentation_parts", restApiId="nosuch", body=documented()) == missing(
        "Invalid API identifier specified 000000000000:nosuch"
    )
    refusal = gateway.refusal("import_documentation_parts", restApiId=api, body=as_bytes(definition()))
    assert refusal == bad("Invalid OpenAPI input.")
    assert gateway.refusal("import_documentation_parts", restApiId=api, body=b"{") == bad(
        "Unable to build importer with provided input."
    )
