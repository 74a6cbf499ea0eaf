"""Models: every keyword of draft 4 with AWS's words for its error, references, what is ignored, what is refused."""

import json
from typing import Any

import pytest

from gatewright.execute.model import ModelError, check_schema, compile_validator
from gatewright.execute.validation_error import LONGEST

URL = "https://apigateway.amazonaws.com/restapis/abcdef1234/models/"
Schema = dict[str, Any]
INTEGER, STRING, NULL = ({"type": name} for name in ("integer", "string", "null"))


def wrong_type(found: str, *allowed: str) -> str:
    names = json.dumps(allowed, separators=(",", ":"))
    return f"instance type ({found}) does not match any allowed primitive type (allowed: {names})"


def errors(schema: Schema, document: Any, **others: Schema) -> str | None:
    schemas = {"Model": schema, **others}
    models = [{"name": name, "schema": json.dumps(each)} for name, each in schemas.items()]
    return compile_validator("Model", models)(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("schema", "document", "error"),
    [
        (INTEGER, "a", wrong_type("string", "integer")),
        (INTEGER, 1.0, wrong_type("number", "integer")),
        ({"type": "number"}, True, wrong_type("boolean", "integer", "number")),
        ({"type": ["string", "array"]}, None, wrong_type("null", "array", "string")),
        (STRING, {}, wrong_type("object", "string")),
        (STRING, [], wrong_type("array", "string")),
        ({"enum": [1, "a", None]}, "b", 'instance value ("b") not found in enum (possible values: [1,"a",null])'),
        ({"required": ["b", "a"]}, {}, 'object has missing required properties (["a","b"])'),
        (
            {"properties": {"a": {}}, "additionalProperties": False},
            {"a": 1, "c": 1, "b": 1},
            'object instance has properties which are not allowed by the schema: ["b","c"]',
        ),
        (
            {"additionalProperties": False},
            {"a": 1},
            'object instance has properties which are not allowed by the schema: ["a"]',
        ),
        ({"minProperties": 2}, {"a": 1}, "object has too few properties (found 1 but schema requires at least 2)"),
        ({"maxProperties": 0}, {"a": 1}, "object has too many properties (found 1 but schema requires at most 0)"),
        (
            {"dependencies": {"a": ["b", "c"]}},
            {"a": 1, "b": 1},
            'property "a" of object has missing property dependencies (schema requires ["b","c"]; missing: ["c"])',
        ),
        ({"dependencies": {"a": {"required": ["b"]}}}, {"a": 1}, 'object has missing required properties (["b"])'),
        ({"patternProperties": {"^x": NULL}}, {"xy": 1, "y": 1}, wrong_type("integer", "null")),
        ({"additionalProperties": NULL}, {"a": 1}, wrong_type("integer", "null")),
        ({"items": NULL}, [None, 1], wrong_type("integer", "null")),
        ({"items": [NULL], "additionalItems": STRING}, [None, 1], wrong_type("integer", "string")),
        (
            {"items": [{}], "additionalItems": False},
            [1, 2],
            "schema only allows 1 elements in array but instance has 2 elements",
        ),
        ({"minItems": 2}, [1], "array is too short: must have at least 2 elements but instance has 1 elements"),
        ({"maxItems": 0}, [1], "array is too long: must have at most 0 elements but instance has 1 elements"),
        ({"uniqueItems": True}, [1, 1], "array must not contain duplicate elements"),
        ({"minLength": 2}, "é", 'string "é" is too short (length: 1, required minimum: 2)'),
        ({"maxLength": 1}, "ab", 'string "ab" is too long (length: 2, maximum allowed: 1)'),
        ({"pattern": r"^[\w-.]+$"}, "a b", r'ECMA 262 regex "^[\w-.]+$" does not match input string "a b"'),
        ({"minimum": 3}, 2, "numeric instance is lower than the required minimum (minimum: 3, found: 2)"),
        ({"maximum": 3}, 3.5, "numeric instance is greater than the required maximum (maximum: 3, found: 3.5)"),
        (
            {"maximum": 3, "exclusiveMaximum": True},
            3,
            "numeric instance is not strictly lower than the required maximum 3",
        ),
        ({"multipleOf": 2}, 3, "remainder of division is not zero (3 / 2)"),
        (
            {"allOf": [INTEGER, {"minimum": 3}, {"maximum": 9}]},
            1.5,
            "instance failed to match all required schemas (matched only 1 out of 3)",
        ),
        ({"anyOf": [STRING, NULL]}, 1, "instance failed to match at least one required schema among 2"),
        ({"oneOf": [STRING, NULL]}, 1, "instance failed to match exactly one schema (matched 0 out of 2)"),
        ({"oneOf": [{}, INTEGER, NULL]}, 1, "instance failed to match exactly one schema (matched 2 out of 3)"),
        ({"not": INTEGER}, 1, "instance matched a schema which it should not have"),
        ({"format": "email"}, "x", 'string "x" is not a valid email address'),
        ({"format": "ipv4"}, "x", 'string "x" is not a valid IPv4 address'),
        (
            {"format": "date-time"},
            "x",
            'string "x" is invalid against requested date format(s) '
            "[yyyy-MM-dd'T'HH:mm:ssZ, yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,12}Z]",
        ),
    ],
)
def test_keywords(schema: Schema, document: Any, error: str) -> None:
    assert errors(schema, document) == f"[{error}]"
    nested = {"properties": {"a": {"items": schema}}}
    assert errors(nested, {"a": [document]}) == f"[{error}]"


IDENTIFIED = {
    "id": "http://example.com/x",
    "properties": {"id": {"$ref": "#/definitions/Id"}},
    "definitions": {"Id": STRING},
}
UNKNOWN = {"format": "int32", "default": 1, "example": 2, "readOnly": True, "discriminator": "x"}


@pytest.mark.parametrize(
    ("schema", "document"),
    [
        ({}, None),
        ({"minimum": 3, "exclusiveMinimum": True}, 3),
        (UNKNOWN, "a"),
        (IDENTIFIED, {"id": "a"}),
        ({"oneOf": [STRING, NULL]}, None),
        ({"pattern": "^(?=.*[A-Z])[^\\s]{3,}$"}, "abC"),
    ],
)
def test_what_is_valid(schema: Schema, document: Any) -> None:
    assert errors(schema, document) is None
    assert check_schema(json.dumps(schema)) is None


def test_the_order_of_errors_and_where_looking_ends() -> None:
    schema = {
        "required": ["z"],
        "additionalProperties": False,
        "properties": {
            "b": {"properties": {"c": STRING}},
            "a": {"properties": {"c": STRING, "d": {"minLength": 3, "pattern": "^x"}}},
        },
    }
    assert errors(schema, {"q": 1, "a": 2}) == (
        '[object instance has properties which are not allowed by the schema: ["q"], '
        'object has missing required properties (["z"])]'
    )
    schema |= {"required": [], "additionalProperties": True}
    del schema["required"]
    assert errors(schema, {"b": {"c": 1}, "a": {"d": "y", "c": 1}}) == (
        f'[{wrong_type("integer", "string")}, string "y" is too short (length: 1, required minimum: 3), '
        'ECMA 262 regex "^x" does not match input string "y"]'
    )


def test_references_between_models_and_to_oneself() -> None:
    tree = {"required": ["value"], "properties": {"children": {"items": {"$ref": f"{URL}Tree"}}, "value": STRING}}
    model = {
        "properties": {
            "tree": {"$ref": f"{URL}Tree"},
            "own": {"$ref": "#/definitions/a~1b"},
            "e": {"$ref": f"{URL}Error"},
        },
        "definitions": {
            "a/b": {"properties": {"again": {"$ref": "#"}, "n": {"$ref": f"{URL}Numbers#/definitions/Even"}}}
        },
    }
    numbers = {"definitions": {"Even": {"multipleOf": 2}}}
    valid = {"tree": {"value": "a", "children": [{"value": "b", "children": []}]}, "own": {"again": {"own": {"n": 2}}}}
    assert errors(model, valid, Tree=tree, Numbers=numbers) is None
    invalid = {"tree": {"value": "a", "children": [{"children": []}]}}
    assert errors(model, invalid, Tree=tree, Numbers=numbers) == '[object has missing required properties (["value"])]'
    assert errors(model, {"own": {"again": {"own": {"n": 3}}}}, Tree=tree, Numbers=numbers) == (
        "[remainder of division is not zero (3 / 2)]"
    )
    assert errors(model, {"e": {"message": 1}}, Tree=tree, Numbers=numbers) == f"[{wrong_type('integer', 'string')}]"
    with pytest.raises(ModelError, match="Invalid model identifier specified: Tree"):
        errors(model, {})


@pytest.mark.parametrize(
    "body", [b"", b"{", b"{} {}", b"[NaN]", b"'a'", b"\xff", b"[" * 100_000, b"[" * 400 + b"]" * 400]
)
def test_what_is_not_json_or_too_deep(body: bytes) -> None:
    assert compile_validator("Empty", [])(body) == "[Unknown error parsing request body]"


def test_bounds() -> None:
    validate = compile_validator("M", [{"name": "M", "schema": '{"items":{"type":"string"}}'}])
    assert validate(b"[1,1]") == f"[{wrong_type('integer', 'string')}, {wrong_type('integer', 'string')}]"
    assert validate(b"[" + b"1," * 500_000 + b"1]") == f"[{wrong_type('integer', 'string')}]"  # only the first is told
    long = errors({"maxLength": 1}, "a" * 100_000)
    assert long is not None and len(long) == LONGEST
    assert errors({"pattern": "^(a|a)*(?=b)c$"}, "a" * 5_000) is not None  # would take a naive engine for ever
    assert errors({"patternProperties": {"^(a|a)*(?=b)c$": NULL}}, {"a" * 5_000: 1}) == (
        "[a property's name takes too many steps to match]"
    )
    assert errors({"$ref": "#"}, 1) is None
    branch = {"properties": {"a": {"$ref": "#/definitions/Node"}}, "additionalProperties": False, "type": "object"}
    node = {"anyOf": [branch, branch]}  # each level twice as many ways to fail
    document: Any = 1
    for _ in range(60):
        document = {"a": document}
    assert errors({"$ref": "#/definitions/Node", "definitions": {"Node": node}}, document) == (
        "[instance failed to match at least one required schema among 2]"
    )


INVALID = "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified"


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("", "]"),
        ("[]", "]"),
        ('{"type":"text"}', "]"),
        ('{"required":[]}', "]"),
        ('{"properties":{"a":{"maxLength":"35"}}}', "]"),
        ('{"pattern":"(("}', "]"),
        ('{"$ref":"#/definitions/none"}', "]"),
        ('{"not":' * 200 + "{}" + "}" * 200, "]"),
        ('{"$ref":"Pet"}', ", Model reference must be in canonical form]"),
        ('{"items":{"$ref":"https://example.com/x"}}', ", Model reference must be in canonical form]"),
    ],
)
def test_schemas_that_are_refused(text: str, end: str) -> None:
    assert check_schema(text) == INVALID + end


def test_other_models_may_be_made_later() -> None:
    assert check_schema(json.dumps({"items": {"$ref": f"{URL}Later"}})) is None
