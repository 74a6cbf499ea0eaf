"""Model: fields, rules, patches, references between models, and the template made of one."""

import json
from typing import Any

import pytest

from gatewright.languages.vtl import Input, parse
from tests.management.gateway import Gateway, Operations, bad, missing, operation, replace

URL = "https://apigateway.amazonaws.com/restapis/pets/models/"
PET = json.dumps({"type": "object", "properties": {"name": {"type": "string"}}})
PETS = json.dumps({"type": "array", "items": {"$ref": f"{URL}Pet"}})
NO_SCHEMA = bad("Model schema must have at least 1 property or array items defined")


def create(gateway: Gateway, name: str, schema: str = PET, **more: str) -> dict[str, Any]:
    given = {"restApiId": "pets", "name": name, "contentType": "application/json", "schema": schema}
    created: dict[str, Any] = gateway.call("create_model", **given | more)
    return created


def test_every_new_api_has_two_models(gateway: Gateway, api: dict[str, Any]) -> None:
    empty, error = gateway.call("get_models", restApiId="pets")["items"]
    assert (len(empty.pop("id")), len(error.pop("id"))) == (6, 6)
    assert empty == {
        "name": "Empty",
        "description": "This is a default empty schema model",
        "schema": '{\n  "$schema": "http://json-schema.org/draft-04/schema#",\n  "title" : "Empty Schema",\n'
        '  "type" : "object"\n}',
        "contentType": "application/json",
    }
    assert error == {
        "name": "Error",
        "description": "This is a default error schema model",
        "schema": '{\n  "$schema" : "http://json-schema.org/draft-04/schema#",\n  "title" : "Error Schema",\n'
        '  "type" : "object",\n  "properties" : {\n    "message" : { "type" : "string" }\n  }\n}',
        "contentType": "application/json",
    }


def test_a_model(gateway: Gateway, api: dict[str, Any]) -> None:
    created = create(gateway, "Pet", description="A pet")
    assert created == {
        "id": created["id"],
        "name": "Pet",
        "description": "A pet",
        "schema": PET,
        "contentType": "application/json",
    }
    assert gateway.call("get_model", restApiId="pets", modelName="Pet") == created
    page = gateway.call("get_models", restApiId="pets", limit=2)
    assert [model["name"] for model in page["items"]] == ["Empty", "Error"]
    assert gateway.call("get_models", restApiId="pets", position=page["position"]) == {"items": [created]}
    assert gateway.call("delete_model", restApiId="pets", modelName="Pet") == {}
    unknown = missing("Invalid model name specified: Pet")
    assert gateway.refusal("get_model", restApiId="pets", modelName="Pet") == unknown
    assert gateway.refusal("delete_model", restApiId="none", modelName="Pet") == unknown
    assert gateway.refusal("get_model_template", restApiId="pets", modelName="Pet") == unknown


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"restApiId": "none"}, missing("Invalid API identifier specified 000000000000:none")),
        ({"name": ""}, bad("Model name must be non-empty")),
        ({"name": "a-b"}, bad("Model name must be alphanumeric: a-b")),
        ({"name": "Empty"}, ("ConflictException", "Model name already exists for this REST API")),
        (
            {"contentType": "json"},
            bad("Validation Result: warnings : [], errors : [Invalid content type specified: json]"),
        ),
        ({"schema": ""}, NO_SCHEMA),
        ({"schema": "{}"}, NO_SCHEMA),
        ({"schema": '{"title": "%s"}' % ("x" * 409_600)}, bad("The schema is longer than 409600 characters")),
        ({"schema": None, "contentType": "application/xml"}, NO_SCHEMA),
        (
            {"schema": "{"},
            bad("Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified]"),
        ),
        (
            {"name": "Pets", "schema": PETS},
            bad(
                "Invalid model specified: Validation Result: warnings : [], "
                "errors : [Invalid model name specified: Pet]"
            ),
        ),
    ],
)
def test_what_is_refused(
    gateway: Gateway, api: dict[str, Any], given: dict[str, Any], refusal: tuple[str, str]
) -> None:
    least = {"restApiId": "pets", "name": "Pet", "contentType": "application/json", "schema": PET}
    members = {name: value for name, value in (least | given).items() if value is not None}
    assert gateway.refusal("create_model", **members) == refusal
    assert len(gateway.call("get_models", restApiId="pets")["items"]) == 2


def test_patches(gateway: Gateway, api: dict[str, Any]) -> None:
    created = create(gateway, "Pet")
    titled = '{"title": "Pet"}'
    changes = replace("/description", "A pet") + replace("/schema", titled)
    changed = created | {"description": "A pet", "schema": titled}
    assert gateway.call("update_model", restApiId="pets", modelName="Pet", patchOperations=changes) == changed
    changes = replace("/description", "")
    del changed["description"]
    assert gateway.call("update_model", restApiId="pets", modelName="Pet", patchOperations=changes) == changed


@pytest.mark.parametrize(
    ("operations", "refusal"),
    [
        (replace("/schema", ""), NO_SCHEMA),
        (
            replace("/name", "Dog"),
            bad(
                "Invalid patch path  '/name' specified for op 'replace'. Must be one of: [/description, /schema]",
            ),
        ),
        (
            operation("add", "/description", "x"),
            bad("Invalid patch path  '/description' specified for op 'add'. Please choose supported operations"),
        ),
    ],
)
def test_patches_that_are_refused_change_nothing(
    gateway: Gateway, api: dict[str, Any], operations: Operations, refusal: tuple[str, str]
) -> None:
    created = create(gateway, "Pet")
    assert gateway.refusal("update_model", restApiId="pets", modelName="Pet", patchOperations=operations) == refusal
    assert gateway.call("get_model", restApiId="pets", modelName="Pet") == created


def test_a_model_that_is_referred_to_stays(gateway: Gateway, method: dict[str, str]) -> None:
    create(gateway, "Pet")
    create(gateway, "Pets", PETS)
    gateway.call("put_method_response", **method, statusCode="200", responseModels={"application/json": "Pets"})

    def refusal(name: str) -> tuple[str, str]:
        return gateway.refusal("delete_model", restApiId="pets", modelName=name)

    in_use = "ConflictException", "Cannot delete model 'Pet', is referenced in model: Pets"
    assert refusal("Pet") == in_use
    in_use = "ConflictException", "Cannot delete model 'Pets', is referenced in method response: //GET"
    assert refusal("Pets") == in_use
    operations = operation("add", "/requestModels/application~1json", "Pet")
    gateway.call("update_method", **method, patchOperations=operations)
    in_use = "ConflictException", "Cannot delete model 'Pet', is referenced in method request: //GET"
    assert refusal("Pet") == in_use
    gateway.call("delete_method", **method)
    for name in ("Pets", "Pet"):
        gateway.call("delete_model", restApiId="pets", modelName=name)


def test_an_api_without_any_model_is_one_of_before_models(gateway: Gateway, root: str) -> None:
    for name in ("Empty", "Error"):
        gateway.call("delete_model", restApiId="pets", modelName=name)
    where = {"restApiId": "pets", "resourceId": root, "authorizationType": "NONE"}
    gateway.call("put_method", **where, httpMethod="GET", requestModels={"application/json": "Empty"})
    create(gateway, "Pet")
    there = {"restApiId": "pets", "resourceId": root, "httpMethod": "GET"}
    kept = gateway.call("update_method", **there, patchOperations=replace("/operationName", "getPet"))
    assert kept["requestModels"] == {"application/json": "Empty"}
    refusal = gateway.refusal("put_method", **where, httpMethod="PUT", requestModels={"application/json": "Empty"})
    assert refusal == bad("Invalid model identifier specified: Empty")


def test_a_flat_model_holds_those_it_refers_to(gateway: Gateway, api: dict[str, Any]) -> None:
    create(gateway, "Tail", '{"title": "Tail"}')
    local = {"$ref": "#/definitions/word"}
    create(
        gateway,
        "Pet",
        json.dumps({"properties": {"tail": {"$ref": f"{URL}Tail"}, "name": local}, "definitions": {"word": {}}}),
    )
    pets = json.dumps(json.loads(PETS) | {"definitions": {"Pet": {"title": "another"}}})
    create(gateway, "Pets", pets)
    operations = replace("/schema", json.dumps({"properties": {"of": {"$ref": f"{URL}Pets"}}}))
    gateway.call("update_model", restApiId="pets", modelName="Tail", patchOperations=operations)
    flat = gateway.call("get_model", restApiId="pets", modelName="Pets", flatten=True)
    assert json.loads(flat["schema"]) == {
        "type": "array",
        "items": {"$ref": "#/definitions/Pet_"},
        "definitions": {
            "Pet": {"title": "another"},
            "Pet_": {
                "properties": {
                    "tail": {"$ref": "#/definitions/Tail"},
                    "name": {"$ref": "#/definitions/Pet_/definitions/word"},
                },
                "definitions": {"word": {}},
            },
            "Tail": {"properties": {"of": {"$ref": "#"}}},
        },
    }
    assert gateway.call("get_model", restApiId="pets", modelName="Pets", flatten=False)["schema"] == pets


def test_a_model_of_other_bodies_is_kept_as_it_is(gateway: Gateway, api: dict[str, Any]) -> None:
    created = create(gateway, "Pet", "<xs:schema/>", contentType="application/xml")
    assert gateway.call("get_model", restApiId="pets", modelName="Pet", flatten=True) == created
    [body] = gateway.call("get_model_template", restApiId="pets", modelName="Pet").values()
    assert body == "#set($inputRoot = $input.path('$'))\n\"$inputRoot\""


def test_a_template_copies_what_a_model_describes(gateway: Gateway, api: dict[str, Any]) -> None:
    create(
        gateway,
        "Pet",
        json.dumps(
            {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "age": {"type": "integer"},
                    "toys": {"type": "array", "items": {"type": "object", "properties": {"old": {"type": "boolean"}}}},
                    "more": {"type": "object"},
                },
            }
        ),
    )
    create(gateway, "Pets", PETS)
    start = "#set($inputRoot = $input.path('$'))\n"
    assert gateway.call("get_model_template", restApiId="pets", modelName="Empty") == {"value": start + "{}"}
    [body] = gateway.call("get_model_template", restApiId="pets", modelName="Pet").values()
    assert body == start + (
        '{\n  "name" : "$inputRoot.name",\n  "age" : $inputRoot.age,\n  "toys" : [\n'
        "  #foreach($elem1 in $inputRoot.toys)\n"
        '    {\n      "old" : $elem1.old\n    }#if($foreach.hasNext),#end\n  #end\n  ],\n  "more" : {}\n}'
    )
    [body] = gateway.call("get_model_template", restApiId="pets", modelName="Pets").values()
    assert body == start + (
        "[\n#foreach($elem in $inputRoot)\n"
        '  {\n    "name" : "$elem.name",\n    "age" : $elem.age,\n    "toys" : [\n    #foreach($elem2 in $elem.toys)\n'
        '      {\n        "old" : $elem2.old\n      }#if($foreach.hasNext),#end\n    #end\n    ],\n    "more" : {}\n'
        "  }#if($foreach.hasNext),#end\n#end\n]"
    )
    endless = {"properties": {name: {"$ref": f"{URL}Endless"} for name in "abc"}}
    create(gateway, "Endless", json.dumps(endless))
    [body] = gateway.call("get_model_template", restApiId="pets", modelName="Endless").values()
    assert body == start + "{}"


def test_a_template_renders_what_it_was_made_for(gateway: Gateway, api: dict[str, Any]) -> None:
    toy = {"type": "object", "properties": {"old": {"type": "boolean"}, "tags": {"items": {"type": "string"}}}}
    pet = {"properties": {"name": {"type": "string"}, "age": {"type": "number"}, "toys": {"items": toy}}}
    create(gateway, "Pets", json.dumps({"type": "array", "items": pet}))
    [template] = gateway.call("get_model_template", restApiId="pets", modelName="Pets").values()
    body = [
        {"name": "Rex", "age": 7, "toys": [{"old": True, "tags": ["a", "b"]}, {"old": False, "tags": []}]},
        {"name": "Tom", "age": 1.5, "toys": []},
    ]
    rendered = parse(template).render({"input": Input(json.dumps(body), {}, {}, {})})
    assert json.loads(rendered) == body
