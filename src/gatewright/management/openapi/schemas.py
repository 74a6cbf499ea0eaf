"""References inside JSON schemas, found where a schema can stand: not in examples, defaults or enums."""

from collections.abc import Callable
from typing import Any

ChangeReference = Callable[[str], Any]  # a `$ref` to what stands in its schema's place

_ONE = ("items", "additionalItems", "additionalProperties", "not")
_MANY = ("allOf", "anyOf", "oneOf", "items")
_NAMED = ("properties", "patternProperties", "definitions", "dependencies")


def with_references(schema: Any, change: ChangeReference) -> Any:
    """A copy of `schema` in which every reference is what `change` makes of it. What is no object stays as it is."""
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("$ref"), str):
        return change(schema["$ref"])
    copy = dict(schema)
    for name in _ONE:
        if isinstance(copy.get(name), dict):
            copy[name] = with_references(copy[name], change)
    for name in _MANY:
        if isinstance(copy.get(name), list):
            copy[name] = [with_references(each, change) for each in copy[name]]
    for name in _NAMED:
        if isinstance(copy.get(name), dict):
            copy[name] = {key: with_references(each, change) for key, each in copy[name].items()}
    return copy
