"""DocumentationPart and DocumentationVersion: locations, filters, snapshots, patches."""

from typing import Any

import pytest

from gatewright.values.records import Key
from tests.management.gateway import NOW, Gateway, Operations, bad, missing, operation, replace

NO_PART = missing("Invalid Documentation part identifier specified")
NO_VERSION = missing("Invalid Documentation version specified")
NO_API = missing("Invalid API identifier specified 000000000000:none")
TEXT = '{"description": "x"}'


def create(gateway: Gateway, properties: str = TEXT, **location: str) -> dict[str, Any]:
    created: dict[str, Any] = gateway.call(
        "create_documentation_part", restApiId="pets", location=location, properties=properties
    )
    return created


def there(part: dict[str, Any]) -> dict[str, str]:
    return {"restApiId": "pets", "documentationPartId": part["id"]}


@pytest.mark.parametrize(
    ("given", "location"),
    [
        ({"type": "API"}, {}),
        ({"type": "MODEL", "name": "Pet"}, {}),
        ({"type": "AUTHORIZER", "name": "us"}, {}),
        ({"type": "RESOURCE"}, {"path": "/"}),
        ({"type": "METHOD", "path": "/pets"}, {"method": "*"}),
        ({"type": "QUERY_PARAMETER", "name": "page"}, {"path": "/", "method": "*"}),
        ({"type": "REQUEST_BODY", "method": "POST"}, {"path": "/"}),
        ({"type": "RESPONSE", "path": "/pets", "statusCode": "200"}, {"method": "*"}),
        ({"type": "RESPONSE_HEADER", "name": "X"}, {"path": "/", "method": "*", "statusCode": "*"}),
        ({"type": "RESPONSE_BODY", "method": "GET"}, {"path": "/", "statusCode": "*"}),
    ],
)
def test_a_part(gateway: Gateway, api: dict[str, Any], given: dict[str, str], location: dict[str, str]) -> None:
    created = create(gateway, **given)
    assert created == {"id": created["id"], "location": given | location, "properties": TEXT}
    assert len(created["id"]) == 6
    assert gateway.call("get_documentation_part", **there(created)) == created
    assert gateway.call("get_documentation_parts", restApiId="pets") == {"items": [created]}
    assert gateway.call("delete_documentation_part", **there(created)) == {}
    for verb in ("get", "update", "delete"):
        assert gateway.refusal(f"{verb}_documentation_part", **there(created)) == NO_PART


@pytest.mark.parametrize(
    ("location", "properties", "message"),
    [
        ({"type": "API", "path": "/"}, TEXT, "Invalid location specified: 'path' is not a valid field for type 'API'."),
        ({"type": "MODEL"}, TEXT, "Invalid location specified: 'name' is required for type 'MODEL'."),
        (
            {"type": "RESOURCE", "method": "GET"},
            TEXT,
            "Invalid location specified: 'method' is not a valid field for type 'RESOURCE'.",
        ),
        (
            {"type": "METHOD", "path": "pets"},
            TEXT,
            "Invalid location specified: 'path' must begin with '/', not 'pets'.",
        ),
        ({"type": "API"}, "", "Documentation part properties must be non-empty"),
        ({"type": "API"}, "[]", "Invalid properties specified: a JSON object is expected."),
        ({"type": "API"}, "{", "Invalid properties specified: a JSON object is expected."),
    ],
)
def test_parts_that_are_refused(
    gateway: Gateway, api: dict[str, Any], location: dict[str, str], properties: str, message: str
) -> None:
    given = {"restApiId": "pets", "location": location, "properties": properties}
    assert gateway.refusal("create_documentation_part", **given) == bad(message)
    assert gateway.call("get_documentation_parts", restApiId="pets") == {"items": []}


def test_one_part_per_location(gateway: Gateway, api: dict[str, Any]) -> None:
    for location, told in (
        ({"type": "API"}, "type 'API'"),
        ({"type": "METHOD", "path": "/pets", "method": "*"}, "type 'METHOD', path '/pets', method '*'"),
    ):
        create(gateway, **location)
        given = {name: value for name, value in location.items() if value != "*"}
        refusal = gateway.refusal("create_documentation_part", restApiId="pets", location=given, properties="{}")
        message = f"Documentation part already exists for the specified location: {told}."
        assert refusal == ("ConflictException", message)


def test_an_api_that_is_missing(gateway: Gateway, api: dict[str, Any]) -> None:
    given = {"restApiId": "none", "location": {"type": "API"}, "properties": "{}"}
    assert gateway.refusal("create_documentation_part", **given) == NO_API
    part = {"restApiId": "none", "documentationPartId": "p"}
    assert gateway.refusal("get_documentation_parts", restApiId="none") == NO_API
    assert gateway.refusal("delete_documentation_part", **part) == NO_API
    assert gateway.refusal("get_documentation_part", **part) == NO_PART
    assert gateway.refusal("update_documentation_part", **part) == NO_PART


def test_parts_by_type_name_and_path(gateway: Gateway, api: dict[str, Any]) -> None:
    for location in (
        {"type": "API"},
        {"type": "RESOURCE", "path": "/pets"},
        {"type": "QUERY_PARAMETER", "path": "/pets", "name": "page"},
        {"type": "QUERY_PARAMETER", "path": "/pets", "name": "size"},
    ):
        create(gateway, **location)

    def count(**filters: Any) -> int:
        return len(gateway.call("get_documentation_parts", restApiId="pets", **filters)["items"])

    assert count() == count(locationStatus="DOCUMENTED") == 4
    assert count(type="QUERY_PARAMETER") == 2
    assert count(path="/pets") == 3
    assert count(path="/pets", nameQuery="page") == count(type="RESOURCE") == 1
    assert count(type="RESOURCE", nameQuery="page") == 0
    page = gateway.call("get_documentation_parts", restApiId="pets", path="/pets", limit=2)
    assert len(page["items"]) == 2
    assert count(path="/pets", limit=2, position=page["position"]) == 1


def test_what_is_not_documented(gateway: Gateway, method: dict[str, str]) -> None:
    operations = operation("add", "/requestParameters/method.request.querystring.page", "true")
    gateway.call("update_method", **method, patchOperations=operations)
    operations = operation("add", "/requestModels/application~1json", "Empty")
    gateway.call("update_method", **method, patchOperations=operations)
    header = {"method.response.header.X-Pet": True}
    models = {"application/json": "Empty"}
    response = {"statusCode": "200", "responseParameters": header, "responseModels": models}
    gateway.call("put_method_response", **method, **response)
    create(gateway, type="MODEL", name="Empty")
    place = {"path": "/", "method": "GET"}
    expected = [
        {"type": "API"},
        {"type": "METHOD", **place},
        {"type": "MODEL", "name": "Error"},
        {"type": "QUERY_PARAMETER", **place, "name": "page"},
        {"type": "REQUEST_BODY", **place},
        {"type": "RESOURCE", "path": "/"},
        {"type": "RESPONSE", **place, "statusCode": "200"},
        {"type": "RESPONSE_BODY", **place, "statusCode": "200"},
        {"type": "RESPONSE_HEADER", **place, "statusCode": "200", "name": "X-Pet"},
    ]
    listed = gateway.call("get_documentation_parts", restApiId="pets", locationStatus="UNDOCUMENTED")
    assert sorted(listed["items"], key=lambda part: str(part["location"]["type"])) == [
        {"location": location} for location in expected
    ]
    some = {"restApiId": "pets", "locationStatus": "UNDOCUMENTED", "limit": 5}
    page = gateway.call("get_documentation_parts", **some)
    rest = gateway.call("get_documentation_parts", **some, position=page["position"])
    assert page["items"] + rest["items"] == listed["items"]
    assert gateway.call("get_documentation_parts", **some, type="API") == {"items": [{"location": {"type": "API"}}]}


def test_patches_of_a_part(gateway: Gateway, api: dict[str, Any]) -> None:
    created = create(gateway, type="API")
    updated = gateway.call("update_documentation_part", **there(created), patchOperations=replace("/properties", "{}"))
    assert updated == created | {"properties": "{}"}
    for operations, message in (
        (replace("/properties", "x"), "Invalid properties specified: a JSON object is expected."),
        (
            operation("add", "/properties", "{}"),
            "Invalid patch path  '/properties' specified for op 'add'. Please choose supported operations",
        ),
        (
            replace("/location", "{}"),
            "Invalid patch path  '/location' specified for op 'replace'. Must be one of: [/properties]",
        ),
    ):
        refusal = gateway.refusal("update_documentation_part", **there(created), patchOperations=operations)
        assert refusal == bad(message)
    assert gateway.call("get_documentation_part", **there(created)) == updated


def version(gateway: Gateway, name: str, **given: Any) -> dict[str, Any]:
    made: dict[str, Any] = gateway.call(
        "create_documentation_version", restApiId="pets", documentationVersion=name, **given
    )
    made["createdDate"] = made["createdDate"].timestamp()
    return made


def test_a_version_keeps_the_parts_of_its_time(gateway: Gateway, api: dict[str, Any]) -> None:
    part = create(gateway, type="API")
    assert version(gateway, "1", description="first") == {"version": "1", "createdDate": NOW, "description": "first"}
    gateway.call("update_documentation_part", **there(part), patchOperations=replace("/properties", "{}"))
    assert version(gateway, "2") == {"version": "2", "createdDate": NOW}
    with gateway.store.read() as tx:
        kept = [
            (tx.get(Key("000000000000", "us-east-1", "DocumentationVersion", "pets", id)) or {})["documentationParts"]
            for id in ("1", "2")
        ]
    assert kept == [[part], [part | {"properties": "{}"}]]
    page = gateway.call("get_documentation_versions", restApiId="pets", limit=1)
    assert [one["version"] for one in page["items"]] == ["1"]
    page = gateway.call("get_documentation_versions", restApiId="pets", position=page["position"])
    assert [one["version"] for one in page["items"]] == ["2"]


def test_a_version_is_published_by_stages(gateway: Gateway, deployment: str) -> None:
    stage = {"restApiId": "pets", "stageName": "prod"}
    where = {"restApiId": "pets", "documentationVersion": "1"}
    version(gateway, "1", stageName="prod")
    assert gateway.call("get_stage", **stage)["documentationVersion"] == "1"
    in_use = "ConflictException", "Cannot delete documentation version '1', is referenced in stage: prod"
    assert gateway.refusal("delete_documentation_version", **where) == in_use
    version(gateway, "2")
    changed = gateway.call("update_stage", **stage, patchOperations=replace("/documentationVersion", "2"))
    assert changed["documentationVersion"] == "2"
    gateway.call("delete_documentation_version", **where)
    assert gateway.refusal("get_documentation_version", **where) == NO_VERSION
    assert gateway.refusal("update_stage", **stage, patchOperations=replace("/documentationVersion", "1")) == NO_VERSION


def test_versions_that_are_refused(gateway: Gateway, api: dict[str, Any]) -> None:
    version(gateway, "1")
    where = {"restApiId": "pets", "documentationVersion": "1"}
    exists = "ConflictException", "Documentation version already exists"
    assert gateway.refusal("create_documentation_version", **where) == exists
    empty = bad("Documentation version must be non-empty")
    assert gateway.refusal("create_documentation_version", restApiId="pets", documentationVersion=" ") == empty
    no_api = {"restApiId": "none", "documentationVersion": "1"}
    assert gateway.refusal("create_documentation_version", **no_api) == NO_API
    assert gateway.refusal("get_documentation_versions", restApiId="none") == NO_API
    for verb in ("get", "update", "delete"):
        assert gateway.refusal(f"{verb}_documentation_version", **no_api) == NO_VERSION
    no_stage = {"restApiId": "pets", "documentationVersion": "2", "stageName": "none"}
    assert gateway.refusal("create_documentation_version", **no_stage) == missing("Invalid stage identifier specified")
    assert len(gateway.call("get_documentation_versions", restApiId="pets")["items"]) == 1


def test_patches_of_a_version(gateway: Gateway, api: dict[str, Any]) -> None:
    version(gateway, "1")
    where = {"restApiId": "pets", "documentationVersion": "1"}

    def update(operations: Operations) -> Any:
        return gateway.call("update_documentation_version", **where, patchOperations=operations).get("description")

    assert update(replace("/description", "first")) == "first"
    assert update(replace("/description", "")) is None
    message = "Invalid patch path  '/version' specified for op 'replace'. Must be one of: [/description]"
    refusal = gateway.refusal("update_documentation_version", **where, patchOperations=replace("/version", "2"))
    assert refusal == bad(message)
