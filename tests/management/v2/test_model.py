"""Model of the second API: fields, rules, references between models, and the template made of one."""

import json
from typing import Any

import pytest

from gatewright.values.records import Document
from tests.management.gateway import Gateway, bad, missing

INVALID = "Invalid model specified: Validation Result: warnings : [], errors : "
URL = "https://apigateway.amazonaws.com/restapis/chat/models/"
PET = json.dumps({"type": "object", "properties": {"name": {"type": "string"}}})
PETS = json.dumps({"type": "array", "items": {"$ref": f"{URL}Pet"}})


def make(gateway: Gateway, name: str, schema: str = PET, **given: str) -> Document:
    made: Document = gateway.call("create_model", ApiId="chat", Name=name, Schema=schema, **given)
    return made


def test_a_model(gateway: Gateway, websocket: str) -> None:
    made = make(gateway, "Pet", Description="A pet")
    assert made == {
        "ContentType": "application/json",
        "Description": "A pet",
        "ModelId": made["ModelId"],
        "Name": "Pet",
        "Schema": PET,
    }
    where = {"ApiId": "chat", "ModelId": made["ModelId"]}
    assert gateway.call("get_model", **where) == made
    assert gateway.call("get_models", ApiId="chat") == {"Items": [made]}
    given = {"Name": "Dog", "Schema": '{"type": "string"}', "ContentType": "application/xml"}
    changed = {name: value for name, value in made.items() if name != "Description"} | given
    assert gateway.call("update_model", **where, **given, Description="") == changed
    assert gateway.call("delete_model", **where) == {}
    for operation in ("get_model", "update_model", "delete_model", "get_model_template"):
        assert gateway.refusal(operation, **where) == missing(f"Invalid Model identifier specified {made['ModelId']}")


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"Name": ""}, bad("Model name must be non-empty")),
        ({"Name": "a-b"}, bad("Model name must be alphanumeric: a-b")),
        ({"Name": "Pet"}, ("ConflictException", "Model with name Pet already exists for this API")),
        (
            {"ContentType": "json"},
            bad("Validation Result: warnings : [], errors : [Invalid content type specified: json]"),
        ),
        ({"Schema": ""}, bad("Model schema must have at least 1 property or array items defined")),
        (
            {"Schema": "{"},
            bad(f"{INVALID}[Invalid model schema specified]"),
        ),
        (
            {"Schema": json.dumps({"$ref": f"{URL}Dog"})},
            bad(f"{INVALID}[Invalid model name specified: Dog]"),
        ),
    ],
)
def test_what_is_refused(gateway: Gateway, websocket: str, given: Document, refusal: tuple[str, str]) -> None:
    make(gateway, "Pet")
    least: dict[str, Any] = {"ApiId": "chat", "Name": "Cat", "Schema": PET}
    assert gateway.refusal("create_model", **least | given) == refusal
    assert len(gateway.call("get_models", ApiId="chat")["Items"]) == 1


def test_a_model_that_another_refers_to_stays_and_is_in_its_template(gateway: Gateway, websocket: str) -> None:
    pet, pets = make(gateway, "Pet")["ModelId"], make(gateway, "Pets", PETS)["ModelId"]
    in_use = ("ConflictException", "Cannot delete model 'Pet', is referenced in model: Pets")
    assert gateway.refusal("delete_model", ApiId="chat", ModelId=pet) == in_use
    assert gateway.refusal("update_model", ApiId="chat", ModelId=pet, Name="Dog") == in_use
    template = gateway.call("get_model_template", ApiId="chat", ModelId=pets)["Value"]
    assert template == (
        "#set($inputRoot = $input.path('$'))\n[\n#foreach($elem in $inputRoot)\n"
        '  {\n    "name" : "$elem.name"\n  }#if($foreach.hasNext),#end\n#end\n]'
    )
    for id in (pets, pet):
        gateway.call("delete_model", ApiId="chat", ModelId=id)


def test_http_apis_have_no_models(gateway: Gateway, http: str) -> None:
    assert gateway.refusal("create_model", ApiId=http, Name="Pet", Schema=PET) == bad(
        "Currently, Models are not permitted for APIs with a protocol type of HTTP"
    )
