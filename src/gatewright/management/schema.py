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
    own = (schema.get("definitions") if isinstance(schema, dict) else None) or {}
    places = {name: "#"}  # where each model is in the flat one
    waiting = [name]
    definitions: dict[str, Any] = {}
    while waiting:
        owner = waiting.pop()
        for holder in list(_references(schemas[owner])):
            other = _model(holder["$ref"], api)
            if other is None:
                if holder["$ref"].startswith("#"):  # its own root is somewhere else now
                    holder["$ref"] = places[owner] + holder["$ref"][1:]
            elif other in schemas:
                if other not in places:
                    title = next(title for title in _titles(other) if title not in own)
                    places[other] = f"#/definitions/{title}"
                    definitions[title] = schemas[other]
                    waiting.append(other)
                holder["$ref"] = places[other]
    if definitions:
        schema["definitions"] = own | definitions
    return schema


def _titles(name: str) -> Iterator[str]:
    """The name, then others for a definition that cannot have it."""
    while True:
        yield name
        name += "_"


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
