"""Schemas to models: those of `definitions` or `components.schemas` by their names, inline ones by generated names.

A model refers to whole models only, so a reference into the middle of one is replaced by what it leads to.
"""

import hashlib
from dataclasses import replace
from typing import Any

import msgspec

from gatewright.management.openapi.definition import LONGEST_CHAIN, Definition, pointer_names
from gatewright.management.openapi.document import DEEPEST, INVALID, Unreadable, is_deeper
from gatewright.management.openapi.parts import MODEL_REFERENCE, ModelParts
from gatewright.management.openapi.schemas import with_references

_PRIMITIVE = {"string": "String", "integer": "Integer", "number": "Number", "boolean": "Boolean"}
# Names of the parser that AWS uses: they stand in its warnings. Seen: imports of OpenAPI 3 with text responses.
_BY_FORMAT = {
    ("string", "date-time"): "DateTime",
    ("string", "date"): "Date",
    ("string", "uuid"): "UUID",
    ("string", "email"): "Email",
    ("string", "password"): "Password",
    ("string", "byte"): "ByteArray",
    ("string", "binary"): "Binary",
    ("file", None): "File",
}


class Models:
    """The models of one definition. `place` is where its dialect keeps them, such as `#/definitions/`."""

    def __init__(self, definition: Definition, place: str, kind: str) -> None:
        """`kind` is how AWS's parser calls a schema of this dialect: Schema or Property."""
        self._definition = definition
        self._place = place
        self._kind = kind
        self._named = definition.mapping(*place.strip("#/").split("/"))
        self._expanding: list[str] = []
        self.by_name: dict[str, ModelParts] = {name: self._model(name, self._named[name]) for name in self._named}

    def name_for(self, schema: Any, where: str, what: str) -> str | None:
        """The name of the model of a body: the one referred to, or one made of an inline schema.

        None, with a warning, when there is none. `where` and `what` tell of the body in AWS's two ways.
        """
        found = self._definition.findings
        if not isinstance(schema, dict):
            found.mapping(schema, where)
            return None
        if isinstance(schema.get("$ref"), str):
            name = self._referred(schema["$ref"])
            if name is not None:
                return name
            found.tell(f"Parse issue: attribute {where}.{schema['$ref']} is missing")
            return None
        unsupported = self._unsupported(schema)
        if unsupported:
            found.tell(f"Unsupported model type '{unsupported}' in {what}. Ignoring.")
        return self._inline(schema) if schema and not unsupported else None

    def _model(self, name: str, schema: Any) -> ModelParts:
        whole = with_references(schema, self._reference)
        if isinstance(whole, dict) and is_deeper(whole, DEEPEST):
            raise Unreadable(INVALID)
        told = schema.get("description") if isinstance(schema, dict) else None
        return ModelParts(name, whole, told if isinstance(told, str) else "")

    def _referred(self, reference: str) -> str | None:
        if reference in self._named:  # OpenAPI 2.0 knows bare names too
            return reference
        names = pointer_names(reference[len(self._place) :]) if reference.startswith(self._place) else []
        return names[0] if len(names) == 1 and names[0] in self._named else None

    def _unsupported(self, schema: dict[str, Any]) -> str | None:
        kind, form = schema.get("type"), schema.get("format")
        if not isinstance(kind, str) or (kind not in _PRIMITIVE and kind != "file"):
            return None
        named = _BY_FORMAT.get((kind, form if isinstance(form, str) and kind == "string" else None))
        return (named or _PRIMITIVE[kind]) + self._kind

    def _inline(self, schema: dict[str, Any]) -> str:
        """AWS's generated names look like MODEL1a2b3c. The same schema has the same name in every import."""
        model = self._model("", schema)
        digest = hashlib.sha256(msgspec.json.encode(model.schema, order="sorted")).hexdigest()
        for length in range(6, len(digest)):
            name = f"MODEL{digest[:length]}"
            there = self.by_name.setdefault(name, replace(model, name=name))
            if name not in self._named and there.schema == model.schema:
                return name
        raise AssertionError("no two schemas have the same digest")

    def _reference(self, reference: str) -> Any:
        name = self._referred(reference)
        if name is not None:
            return {"$ref": MODEL_REFERENCE + name}
        target = self._definition.find(reference)
        if isinstance(target, dict) and reference not in self._expanding and len(self._expanding) < LONGEST_CHAIN:
            return self._expand(reference, target)
        if not reference.startswith("#"):
            return {"$ref": reference}  # of another document: CreateModel's rules tell why that cannot be
        told = reference.rpartition("/")[2]
        self._definition.findings.tell(f"Reference to model '{told}' not found. Ignoring.")
        return {}

    def _expand(self, reference: str, target: dict[str, Any]) -> Any:
        self._definition.bring(reference, target)
        self._expanding.append(reference)
        try:
            return with_references(target, self._reference)
        finally:
            self._expanding.pop()
