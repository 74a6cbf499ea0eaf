"""`$context.error.validationErrorString`: what is wrong with a body, in the words and the order AWS uses.

AWS words it as the Java validator for JSON Schema draft 4 does: a bracketed list, where all that one schema says of
one object is one error each. What is inside an object is not looked at once the object itself is wrong, and after the
first wrong member its siblings are still looked at, but not into. Members go by name, keywords too.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

Schema = Mapping[str, Any]
Matches = Callable[[Schema, Any], bool]
AS_WRITTEN = "pattern as written"  # a keyword of ours: what is told of a pattern that had to be changed
LONGEST = 4096  # characters of the whole text: what a client sends is quoted in it
_DATE_TIME = "[yyyy-MM-dd'T'HH:mm:ssZ, yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,12}Z]"
_CALLED = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}  # the keyword whose error it is


COMBINATIONS = ("allOf", "anyOf", "oneOf", "not")


class _Found(NamedTuple):
    """What one keyword of a schema finds wrong at one place of the document. `path` leads there from its root.

    `error` is its first error, `matches` tells whether a value is valid against a schema."""

    path: tuple[str | int, ...]
    keyword: str
    schema: Schema
    error: Any
    matches: Matches


def told_apart(schema: Schema, held: Callable[[str, Any], Any]) -> dict[str, Any]:
    """A schema whose errors `error_text` can tell, and which finds the same documents valid.

    Of a combination there is one error, not those of all its branches, of which a small document may have millions.
    `held` does the same to the schemas that a keyword's value holds."""
    told = {keyword: held(keyword, value) for keyword, value in schema.items() if keyword not in COMBINATIONS}
    combined = _combined(schema)
    if combined:
        told["allOf"] = [{"not": {"not": {keyword: schema[keyword]}}} for keyword in combined]
    return told


def error_text(errors: Iterable[Any], schema: Schema, document: Any, matches: Matches) -> str:
    """The bracketed list for jsonschema_rs's `errors` in `document` against `schema` with its combinations told apart.

    All references in `schema` are local. At least one error; at most LONGEST characters."""
    found: dict[tuple[Any, ...], _Found] = {}
    for error in errors:
        path, keyword, holder = _place(error, schema)
        found.setdefault((path, keyword, id(holder)), _Found(path, keyword, holder, error, matches))
    ordered = sorted(found.values(), key=lambda place: ([_order(step) for step in place.path], place.keyword))
    first = ordered[0].path
    told = [place for place in ordered if _is_looked_at(place.path, first)]
    texts = [text for place in told for text in _TEXTS[place.keyword](place, _at(document, place.path))]
    return f"[{', '.join(texts)}]"[:LONGEST]


def _combined(schema: Schema) -> list[str]:
    return [keyword for keyword in COMBINATIONS if keyword in schema]


def _place(error: Any, schema: Schema) -> tuple[tuple[str | int, ...], str, Schema]:
    """Where an error is: path in the document, keyword, the schema that has it."""
    root, taken, steps = schema, 0, list(error.evaluation_path)
    while True:
        keyword = steps.pop(0)
        if keyword == "$ref":
            schema = resolved(schema["$ref"], root)
        elif keyword in ("properties", "patternProperties") and len(steps) > 1:
            schema, taken = schema[keyword][steps.pop(0)], taken + 1
        elif keyword == "items" and isinstance(schema["items"], list):
            schema, taken = schema["items"][steps.pop(0)], taken + 1
        elif keyword in ("items", "additionalItems", "additionalProperties") and steps:
            schema, taken = schema[keyword], taken + 1
        elif keyword == "dependencies" and steps:
            schema = schema[keyword][steps.pop(0)]
        else:
            if keyword == "allOf":
                keyword = _combined(schema)[steps[0]]
            return tuple(error.instance_path[:taken]), _CALLED.get(keyword, keyword), schema


def resolved(reference: str, root: Schema) -> Schema:
    """The schema that a local reference, `#` or `#/...`, leads to. Raises LookupError."""
    schema: Any = root
    for step in reference.removeprefix("#").split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        schema = schema[int(name)] if isinstance(schema, list) else schema[name]
    found: Schema = schema
    return found


def _is_looked_at(path: tuple[str | int, ...], first: tuple[str | int, ...]) -> bool:
    """Whether AWS still looks at `path` when `first` was the first wrong place."""
    return len(path) <= len(first) and path[:-1] == first[: len(path)][:-1]


def _order(step: str | int) -> tuple[int, str]:
    return (step, "") if isinstance(step, int) else (0, step)


def _at(document: Any, path: Iterable[str | int]) -> Any:
    for step in path:
        document = document[step]
    return document


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _type(value: Any) -> str:
    return next(name for types, name in _TYPES if isinstance(value, types))


_TYPES: tuple[tuple[Any, str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
    (object, "null"),
)


def _wrong_type(found: _Found, value: Any) -> Iterable[str]:
    types = found.schema["type"]
    allowed = {types} if isinstance(types, str) else set(types)
    if "number" in allowed:
        allowed.add("integer")
    yield (
        f"instance type ({_type(value)}) does not match any allowed primitive type (allowed: {_json(sorted(allowed))})"
    )


def _missing(found: _Found, value: Any) -> Iterable[str]:
    missing = sorted(set(found.schema["required"]) - value.keys())
    yield f"object has missing required properties ({_json(missing)})"


def _not_allowed(found: _Found, value: Any) -> Iterable[str]:
    unexpected = sorted(getattr(found.error.kind, "unexpected", value))  # a schema without properties allows none
    yield f"object instance has properties which are not allowed by the schema: {_json(unexpected)}"


def _dependencies(found: _Found, value: Any) -> Iterable[str]:
    for name, needed in found.schema["dependencies"].items():
        missing = [each for each in needed if each not in value] if isinstance(needed, list) and name in value else []
        if missing:
            yield (
                f'property "{name}" of object has missing property dependencies '
                f"(schema requires {_json(needed)}; missing: {_json(missing)})"
            )


def _minimum(found: _Found, value: Any) -> Iterable[str]:
    least = found.schema["minimum"]
    yield f"numeric instance is lower than the required minimum (minimum: {_json(least)}, found: {_json(value)})"


def _maximum(found: _Found, value: Any) -> Iterable[str]:
    most = found.schema["maximum"]
    if value == most:
        yield f"numeric instance is not strictly lower than the required maximum {_json(most)}"
    else:
        yield f"numeric instance is greater than the required maximum (maximum: {_json(most)}, found: {_json(value)})"


def _format(found: _Found, value: Any) -> Iterable[str]:
    name = found.schema["format"]
    yield f'string "{value}" {_FORMATS.get(name, f"is not a valid {name}")}'


def _all_of(found: _Found, value: Any) -> Iterable[str]:
    matched = sum(found.matches(branch, value) for branch in found.schema["allOf"])
    yield (
        f"instance failed to match all required schemas (matched only {matched} out of {len(found.schema['allOf'])})"
    )


def _one_of(found: _Found, value: Any) -> Iterable[str]:
    matched = sum(found.matches(branch, value) for branch in found.schema["oneOf"])
    yield f"instance failed to match exactly one schema (matched {matched} out of {len(found.schema['oneOf'])})"


def _text(template: str, count: Callable[[Any], Any] = _json) -> Callable[[_Found, Any], Iterable[str]]:
    """An error of one line: `{limit}` is the keyword's value, `{found}` the document's, by way of `count`."""
    return lambda found, value: [template.format(limit=_json(found.schema[found.keyword]), found=count(value))]


_FORMATS = {
    "date-time": f"is invalid against requested date format(s) {_DATE_TIME}",
    "date": "is invalid against requested date format(s) yyyy-MM-dd",
    "email": "is not a valid email address",
    "hostname": "is not a valid hostname",
    "ipv4": "is not a valid IPv4 address",
    "ipv6": "is not a valid IPv6 address",
    "regex": "is not a valid ECMA 262 regular expression",
    "uri": "is not a valid URI",
}
_TEXTS: Mapping[str, Callable[[_Found, Any], Iterable[str]]] = {
    "type": _wrong_type,
    "enum": _text("instance value ({found}) not found in enum (possible values: {limit})"),
    "required": _missing,
    "additionalProperties": _not_allowed,
    "minProperties": _text("object has too few properties (found {found} but schema requires at least {limit})", len),
    "maxProperties": _text("object has too many properties (found {found} but schema requires at most {limit})", len),
    "dependencies": _dependencies,
    "additionalItems": lambda found, value: [
        f"schema only allows {len(found.schema['items'])} elements in array but instance has {len(value)} elements"
    ],
    "minItems": _text("array is too short: must have at least {limit} elements but instance has {found} elements", len),
    "maxItems": _text("array is too long: must have at most {limit} elements but instance has {found} elements", len),
    "uniqueItems": _text("array must not contain duplicate elements"),
    "minLength": lambda found, value: [
        f'string "{value}" is too short (length: {len(value)}, required minimum: {found.schema["minLength"]})'
    ],
    "maxLength": lambda found, value: [
        f'string "{value}" is too long (length: {len(value)}, maximum allowed: {found.schema["maxLength"]})'
    ],
    "pattern": lambda found, value: [
        f'ECMA 262 regex "{found.schema[AS_WRITTEN]}" does not match input string "{value}"'
    ],
    "patternProperties": lambda found, value: ["a property's name takes too many steps to match"],  # ours: AWS goes on
    "format": _format,
    "minimum": _minimum,
    "maximum": _maximum,
    "multipleOf": _text("remainder of division is not zero ({found} / {limit})"),
    "allOf": _all_of,
    "anyOf": lambda found, value: [
        f"instance failed to match at least one required schema among {len(found.schema['anyOf'])}"
    ],
    "oneOf": _one_of,
    "not": _text("instance matched a schema which it should not have"),
}
