"""References between the schemas of an API's models: who refers to whom, and one schema that holds them all.

A model refers to another by `https://apigateway.amazonaws.com/restapis/{api}/models/{name}`.
Developer guide: "Data models for REST APIs".
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_URL = re.compile(r"https://apigateway\.amazonaws\.com/restapis/([^/]+)/models/([A-Za-z0-9]+)(?:#.*)?")


def model_url(api: str, name: str) -> str:
    """How the schema of another model of the API refers to this one."""
    return f"https://apigateway.amazonaws.com/restapis/{api}/models/{name}"


def referenced_models(schema: Any, api: str) -> set[str]:
    """The names of the API's models that a schema refers to."""
    return {name for holder in _references(schema) if (name := _model(holder["$ref"], api))}


def moved(schema: Any, source: str, target: str) -> Any:
    """A schema that refers to models of API `target` wherever it referred to those of `source`; changed in place."""
    for holder in _references(schema):
        name = _model(holder["$ref"], source)
        if name is not None:
            holder["$ref"] = model_url(target, name)
    return schema


def flattened(name: str, schemas: Mapping[str, Any], api: str) -> Any:
    """The schema of the model `name` with every model that it reaches as one of its definitions. Changed in place."""
    schema = schemas[name]
    waiting = [(name, schema)]
    definitions: dict[str, Any] = {}
    while waiting:
        owner, current = waiting.pop()
        for holder in list(_references(current)):
            other = _model(holder["$ref"], api)
            if other is None:
                if owner != name and holder["$ref"].startswith("#/"):  # its own root is a definition now
                    holder["$ref"] = f"#/definitions/{owner}{holder['$ref'][1:]}"
            elif other == name:
                holder["$ref"] = "#"
            elif other in schemas:
                holder["$ref"] = f"#/definitions/{other}"
                if other not in definitions:
                    definitions[other] = schemas[other]
                    waiting.append((other, schemas[other]))
    if definitions:
        schema["definitions"] = (schema.get("definitions") or {}) | definitions
    return schema


def _model(reference: str, api: str) -> str | None:
    found = _URL.fullmatch(reference)
    return found[2] if found and found[1] == api else None


def _references(schema: Any) -> Iterator[dict[str, Any]]:
    """Every object of the schema that holds a reference. Walks with a list: how deep it goes is the client's doing."""
    waiting = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
