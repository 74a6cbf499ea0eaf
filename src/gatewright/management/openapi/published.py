"""What a documentation version says about each part of an API, as an export publishes it.

Parts are inherited: a part for `/pets` is also for all that is below, one for the method `*` for every method; the most
specific wins, member by member. Only members that OpenAPI has where they would stand are published. Developer guide,
"Representation of API documentation in API Gateway".
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

Properties = dict[str, Any]

_TEXT = dict.fromkeys(("description", "summary", "title", "termsOfService"), str)
_MEMBERS: Mapping[str, type] = _TEXT | {
    "tags": list,
    "deprecated": bool,
    "externalDocs": dict,
    "contact": dict,
    "license": dict,
}
OF_METHOD = ("tags", "summary", "description", "deprecated", "externalDocs")
OF_INFO = ("description", "termsOfService", "contact", "license")


class Published:
    """The parts of one version, none for a stage without one. `extension` is what the export tells of them itself."""

    def __init__(self, parts: Iterable[Mapping[str, Any]] = (), version: str = "", created: str = "") -> None:
        self._parts = [(dict(part["location"]), msgspec.json.decode(part["properties"])) for part in parts]
        self._version = version
        self._created = created
        self._at: dict[tuple[str, str, str], list[tuple[Properties, Properties]]] = {}
        for location, properties in self._parts:
            place = (location["type"], location.get("name", ""), location.get("path", "/"))
            self._at.setdefault(place, []).append((location, properties))

    def extension(self) -> Properties | None:
        """The value of `x-amazon-apigateway-documentation`; None without a version."""
        if not self._version:
            return None
        parts = [{"location": location, "properties": properties} for location, properties in self._parts]
        return {"version": self._version, "createdDate": self._created, "documentationParts": parts}

    def of_info(self) -> Properties:
        """For the `info` of the whole."""
        found = self._merged(self._at.get(("API", "", "/"), []))
        info = found.get("info")
        return _known(found, ("description",)) | _known(info if isinstance(info, dict) else {}, OF_INFO)

    def of_model(self, name: str) -> Properties:
        """For a schema."""
        return _known(self._merged(self._at.get(("MODEL", name, "/"), [])), ("title", "description"))

    def of_authorizer(self, name: str) -> Properties:
        """For a security scheme."""
        return _known(self._merged(self._at.get(("AUTHORIZER", name, "/"), [])), ("description",))

    def of_resource(self, path: str) -> Properties:
        """For a path; it inherits nothing."""
        return _known(self._merged(self._at.get(("RESOURCE", "", path), [])), ("summary", "description"))

    def of_method(self, path: str, verb: str) -> Properties:
        """For an operation."""
        return _known(self._inherited("METHOD", path, verb), OF_METHOD)

    def of_parameter(self, kind: str, path: str, verb: str, name: str) -> Properties:
        """For a parameter; `kind` is a location's type."""
        return _known(self._inherited(kind, path, verb, name=name), ("description",))

    def of_body(self, path: str, verb: str) -> Properties:
        """For a request body."""
        return _known(self._inherited("REQUEST_BODY", path, verb), ("description",))

    def of_response(self, path: str, verb: str, status: str) -> Properties:
        """For a response."""
        return _known(self._inherited("RESPONSE", path, verb, status), ("description",))

    def of_response_header(self, path: str, verb: str, status: str, name: str) -> Properties:
        """For a header of a response."""
        return _known(self._inherited("RESPONSE_HEADER", path, verb, status, name), ("description",))

    def _inherited(self, kind: str, path: str, verb: str, status: str = "*", name: str = "") -> Properties:
        merged: Properties = {}
        for above in _paths_to(path):
            merged |= self._merged(
                part
                for part in self._at.get((kind, name, above), ())
                if part[0].get("method", "*") in ("*", verb) and part[0].get("statusCode", "*") in ("*", status)
            )
        return merged

    def _merged(self, parts: Iterable[tuple[Properties, Properties]]) -> Properties:
        merged: Properties = {}
        for _, properties in sorted(parts, key=lambda part: [part[0].get(name, "*") != "*" for name in _SPECIFIC]):
            merged |= properties
        return merged


_SPECIFIC = ("method", "statusCode")


def _paths_to(path: str) -> Iterator[str]:
    """The root, and every path from it to `path`."""
    parts = [part for part in path.split("/") if part]
    return ("/" + "/".join(parts[:depth]) for depth in range(len(parts) + 1))


def _known(properties: Properties, members: tuple[str, ...]) -> Properties:
    return {name: properties[name] for name in members if isinstance(properties.get(name), _MEMBERS[name])}
