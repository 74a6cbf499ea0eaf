"""ApiKey: creation, values shown and hidden, lists, patch paths; import from a file."""

import hashlib
import logging
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from gatewright.execute.limits.api_key import find_value
from gatewright.management.rest.import_api_keys import LARGEST, MOST
from gatewright.values.records import Key
from tests.management.gateway import NOW, Gateway, Operations, bad, missing, operation, replace

CREATED = datetime.fromtimestamp(NOW, UTC)
VALUE = "0123456789abcdefghij"
LONG = "k" * 30
UNKNOWN = missing("Invalid API Key identifier specified")
PLACE = Key("000000000000", "us-east-1", "ApiKey", "", "")


def shape(id: str, **members: Any) -> dict[str, Any]:
    return {
        "id": id,
        "enabled": False,
        "createdDate": CREATED,
        "lastUpdatedDate": CREATED,
        "stageKeys": [],
    } | members


def hidden(key: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in key.items() if name != "value"}


def test_the_least_key(gateway: Gateway) -> None:
    made = gateway.call("create_api_key", value="")
    assert re.fullmatch(r"[a-z0-9]{10}", made["id"]) and re.fullmatch(r"[A-Za-z0-9]{40}", made["value"])
    assert made == shape(made["id"], value=made["value"])
    assert gateway.call("get_api_key", apiKey=made["id"]) == hidden(made)
    assert gateway.call("get_api_key", apiKey=made["id"], includeValue=True) == made
    assert gateway.call("get_api_keys") == {"items": [hidden(made)]}
    assert gateway.call("get_api_keys", includeValues=True) == {"items": [made]}


def test_a_whole_key(gateway: Gateway, deployment: str) -> None:
    given: dict[str, Any] = {
        "name": "pets",
        "description": "for pets",
        "enabled": True,
        "value": VALUE,
        "customerId": "c-1",
        "tags": {"team": "pets"},
    }
    stage_keys = [{"restApiId": "pets", "stageName": "prod"}]
    made = gateway.call("create_api_key", **given, generateDistinctId=True, stageKeys=stage_keys)
    assert made == shape(made["id"], **given, stageKeys=["pets/prod"])
    arn = f"arn:aws:apigateway:us-east-1::/apikeys/{made['id']}"
    assert gateway.call("get_tags", resourceArn=arn) == {"tags": {"team": "pets"}}
    gateway.call("untag_resource", resourceArn=arn, tagKeys=["team"])
    assert gateway.call("get_api_key", apiKey=made["id"], includeValue=True) == {
        name: value for name, value in made.items() if name != "tags"
    }
    with gateway.store.read() as tx:
        assert find_value(tx, PLACE, VALUE) == made["id"]
        assert find_value(tx, PLACE, VALUE + "x") is find_value(tx, PLACE._replace(region="eu-west-1"), VALUE) is None
        (found,) = tx.find("ApiKeyValue", hashlib.sha256(VALUE.encode()).hexdigest())
        assert found[:2] == PLACE[:2]
    assert gateway.refusal("create_api_key", value=VALUE) == ("ConflictException", "API Key already exists")
    gateway.call("create_api_key", region="eu-west-1", value=VALUE)
    gateway.call("delete_api_key", apiKey=made["id"])
    assert gateway.refusal("get_api_key", apiKey=made["id"]) == UNKNOWN
    assert gateway.refusal("delete_api_key", apiKey=made["id"]) == UNKNOWN
    assert gateway.call("create_api_key", value=VALUE)["value"] == VALUE


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"value": "x" * 19}, bad("API Key value should be at least 20 characters")),
        ({"value": "x" * 129}, bad("API Key value exceeds maximum size of 128 characters")),
        ({"name": "x" * 1025}, bad("Invalid API Key name, can be at most 1024 characters.")),
        ({"description": "x" * 125_001}, bad("Invalid API Key description specified.")),
        (
            {"stageKeys": [{"restApiId": "pets", "stageName": "prod"}]},
            missing("Invalid stage identifier specified"),
        ),
        ({"stageKeys": [{}]}, missing("Invalid stage identifier specified")),
        (
            {"tags": {"aws:x": "y"}},
            bad("Invalid tag key specified: aws: prefixed tag key names are not allowed for external use."),
        ),
    ],
)
def test_what_is_refused(gateway: Gateway, given: dict[str, Any], refusal: tuple[str, str]) -> None:
    assert gateway.refusal("create_api_key", **given) == refusal
    assert gateway.call("get_api_keys") == {"items": []}


def test_lists_are_filtered_and_paged(gateway: Gateway) -> None:
    for name, customer in (("pets-1", "a"), ("pets-2", "b"), ("Pets-3", "a"), (None, "a"), ("pets-4", "a")):
        gateway.call("create_api_key", customerId=customer, **({"name": name} if name else {}))

    def names(**given: Any) -> list[str]:
        return sorted(str(key.get("name")) for key in gateway.call("get_api_keys", **given)["items"])

    assert names(nameQuery="pets") == ["pets-1", "pets-2", "pets-4"]
    assert names(customerId="a") == ["None", "Pets-3", "pets-1", "pets-4"]
    assert names(customerId="a", nameQuery="pets") == ["pets-1", "pets-4"]
    assert names(customerId="c") == []
    seen: list[str] = []
    position: dict[str, str] = {}
    while True:
        page = gateway.call("get_api_keys", limit=1, nameQuery="pets", **position)
        seen += [key["name"] for key in page["items"]]
        if "position" not in page:
            break
        position = {"position": page["position"]}
    assert sorted(seen) == ["pets-1", "pets-2", "pets-4"]
    assert len(gateway.call("get_api_keys", limit=500)["items"]) == 5
    assert gateway.refusal("get_api_keys", position="%") == bad("Invalid position specified")


@pytest.mark.parametrize(
    ("operations", "changed"),
    [
        (replace("/customerId", "c"), {"customerId": "c"}),
        (replace("/description", "d"), {"description": "d"}),
        (replace("/enabled", "true"), {"enabled": True}),
        (replace("/name", "n"), {"name": "n"}),
        (operation("add", "/labels", "l") + operation("remove", "/labels", "l"), {}),
        (operation("add", "/stages", "pets/prod"), {"stageKeys": ["pets/prod"]}),
        (operation("add", "/stages", "pets/prod") + operation("remove", "/stages", "pets/prod"), {}),
    ],
)
def test_patches(gateway: Gateway, deployment: str, operations: Operations, changed: dict[str, Any]) -> None:
    made = hidden(gateway.call("create_api_key"))
    updated = gateway.call("update_api_key", apiKey=made["id"], patchOperations=operations)
    assert updated == made | changed | {"tags": {}}
    assert gateway.call("get_api_key", apiKey=made["id"]) == made | changed


@pytest.mark.parametrize(
    ("operations", "refusal"),
    [
        (replace("/enabled", "yes"), bad("Invalid boolean value specified: yes. Valid options are true,false")),
        (replace("/name", "x" * 1025), bad("Invalid API Key name, can be at most 1024 characters.")),
        (operation("add", "/stages", "pets/other"), missing("Invalid stage identifier specified")),
        (operation("remove", "/stages", "pets/prod"), missing("Invalid stage identifier specified")),
        (
            replace("/value", "x"),
            bad(
                "Invalid patch path  '/value' specified for op 'replace'. "
                "Must be one of: [/customerId, /description, /enabled, /name]"
            ),
        ),
        (
            operation("remove", "/name"),
            bad("Invalid patch path  '/name' specified for op 'remove'. Must be one of: [/labels, /stages]"),
        ),
        (
            operation("copy", "/name"),
            bad("Invalid patch path  '/name' specified for op 'copy'. Please choose supported operations"),
        ),
    ],
)
def test_patches_refused(gateway: Gateway, deployment: str, operations: Operations, refusal: tuple[str, str]) -> None:
    made = hidden(gateway.call("create_api_key"))
    changes = replace("/description", "x") + operations
    assert gateway.refusal("update_api_key", apiKey=made["id"], patchOperations=changes) == refusal
    assert gateway.call("get_api_key", apiKey=made["id"]) == made
    assert gateway.refusal("update_api_key", apiKey="none", patchOperations=operations) == UNKNOWN


def test_import(gateway: Gateway) -> None:
    plan = gateway.call("create_usage_plan", name="gold")["id"]
    old = gateway.call("create_api_key", name="old", value=LONG, description="gone", customerId="c")
    body = (
        "\ufeffUsagePlanIds,NAME,key,extra,Enabled,description\r\n"
        f'"{plan},none",one,{"a" * 30},x,,"said ""so"""\r\n'
        "\r\n"
        f",new,{LONG},x,FALSE,\r\n"
    )
    answer = gateway.call("import_api_keys", format="csv", body=body.encode())
    one, new = answer["ids"]
    assert answer == {"ids": [one, old["id"]], "warnings": ["Line 2: Invalid Usage Plan ID specified: none"]}
    assert gateway.call("get_api_key", apiKey=one, includeValue=True) == shape(
        one, name="one", value="a" * 30, enabled=True, description='said "so"'
    )
    assert gateway.call("get_api_key", apiKey=new, includeValue=True) == shape(
        new, name="new", value=LONG, customerId="c"
    )
    assert gateway.call("get_usage_plan_keys", usagePlanId=plan) == {
        "items": [{"id": one, "type": "API_KEY", "name": "one", "value": "a" * 30}]
    }
    again = gateway.call("import_api_keys", format="csv", body=body.encode())
    assert again["ids"] == answer["ids"] and len(gateway.call("get_api_keys")["items"]) == 2


def test_lines_that_are_not_imported(gateway: Gateway) -> None:
    body = "\n".join(
        [
            "name,key,enabled",
            "a," + "x" * 29,
            "b," + "x" * 129,
            "," + "x" * 30,
            "c," + "x" * 30 + ",maybe",
            "d",
            "e," + "x" * 30 + ",true,more",
        ]
    )
    answer = gateway.call("import_api_keys", format="csv", body=body.encode(), failOnWarnings=False)
    assert len(answer["ids"]) == 1
    assert answer["warnings"] == [
        "Line 2: API Key value should be at least 30 characters",
        "Line 3: API Key value exceeds maximum size of 128 characters",
        "Line 4: API Key name cannot be blank",
        "Line 5: Invalid boolean value specified: maybe. Valid options are true,false",
        "Line 6: API Key value should be at least 30 characters",
    ]
    gateway.call("delete_api_key", apiKey=answer["ids"][0])
    code, message = gateway.refusal("import_api_keys", format="csv", body=body.encode(), failOnWarnings=True)
    assert (code, message.split(";")[0]) == bad(
        "Failed to import API keys: Line 2: API Key value should be at least 30 characters"
    )
    assert gateway.call("get_api_keys") == {"items": []}


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (b"\n", bad("Invalid API Key file: the header must name the columns Name and key")),
        (b"name,value\nx,y", bad("Invalid API Key file: the header must name the columns Name and key")),
        (b'name,key\n"x', bad("Invalid API Key file: unexpected end of data")),
        (b"x" * (LARGEST + 1), bad(f"API Key file exceeds maximum size of {LARGEST} bytes")),
        (
            b"name,key\n" + b"x,y\n" * (MOST + 1),
            ("LimitExceededException", f"A file can have at most {MOST} API keys"),
        ),
    ],
)
def test_no_such_file(gateway: Gateway, body: bytes, refusal: tuple[str, str]) -> None:
    assert gateway.refusal("import_api_keys", format="csv", body=body) == refusal


def test_text_of_no_encoding(gateway: Gateway) -> None:
    code, message = gateway.refusal("import_api_keys", format="csv", body=b"name,key\n\xff")
    assert code == "BadRequestException" and message.startswith("Invalid API Key file: ")
    wrong = gateway.refusal("import_api_keys", format="xml", body=b"name,key\n")
    assert wrong == (
        "ValidationException",
        "1 validation error detected: Value 'xml' at 'format' failed to satisfy constraint: "
        "Member must satisfy enum value set: [csv]",
    )


def test_values_are_not_logged(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    gateway.call("create_api_key", value=VALUE)
    gateway.refusal("create_api_key", value=VALUE)
    gateway.call("import_api_keys", format="csv", body=f"name,key\na,{LONG}".encode())
    assert not any(
        text in record.getMessage()
        for record in caplog.records
        if record.name.startswith("gatewright")
        for text in (VALUE, LONG)
    )
