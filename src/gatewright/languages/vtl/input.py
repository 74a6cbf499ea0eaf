"""`$input`: the payload and the parameters of a request.

Developer guide: "Mapping template and access logging variable reference", section "$input variables".
"""

from collections.abc import Callable, Mapping
from typing import Any

from gatewright.languages.json_path import MISSING, JsonPathError, compile_path
from gatewright.languages.vtl.errors import Fault
from gatewright.languages.vtl.frame import Frame
from gatewright.languages.vtl.java_strings import text_argument
from gatewright.languages.vtl.java_text import json_text
from gatewright.languages.vtl.json_text import parse_json
from gatewright.languages.vtl.lenient_json import read_lenient

# In the order in which params('name') looks for a parameter.
_PLACES = ("path", "querystring", "header")


class Input:
    """The object behind `$input`. The payload is parsed when a template first asks, and once."""

    __slots__ = ("_document", "_parameters", "_params", "body")

    def __init__(
        self, body: str, path: Mapping[str, str], querystring: Mapping[str, str], header: Mapping[str, str]
    ) -> None:
        # Recorded: `$input.body` of an empty payload is `{}`.
        self.body = body or "{}"
        self._parameters = (path, querystring, header)
        self._params: dict[str, dict[str, str]] | None = None
        self._document: Any = None

    def document(self) -> Any:
        """The parsed payload, MISSING when it is no JSON, and cannot be read as what it was meant to be either."""
        if self._document is None:
            self._document = (document_of(self.body),)
        return self._document[0]

    def params(self) -> dict[str, dict[str, str]]:
        """All parameters, as copies that a template may change."""
        if self._params is None:
            self._params = {place: dict(given) for place, given in zip(_PLACES, self._parameters, strict=True)}
        return self._params

    def parameter(self, name: str) -> str:
        for given in self._parameters if self._params is None else self._params.values():
            if name in given:
                return given[name]
        return ""


def document_of(body: str) -> Any:
    """A payload parsed; MISSING when it is no JSON, and cannot be read as what it was meant to be either."""
    try:
        return parse_json(body)
    except ValueError:
        pass
    try:
        return read_lenient(body)
    except ValueError:
        return MISSING


def _found(frame: Frame, given: Input, path: Any) -> Any:
    document = given.document()
    if document is MISSING:
        return MISSING
    if frame.meter.grafted:
        frame.check(document)
    source = text_argument(path)
    meter = frame.meter
    if source not in meter.known:
        meter.read(source, 150 + len(source) * 3)
    try:
        return compile_path(source).find(document, meter.charge)
    except JsonPathError as error:
        raise Fault(str(error)) from None


def _json(frame: Frame, given: Input, path: Any) -> str:
    # Recorded: two quotes for a path that finds nothing, and for a payload that is no JSON.
    found = _found(frame, given, path)
    return '""' if found is MISSING else json_text(found)


def _path(frame: Frame, given: Input, path: Any) -> Any:
    found = _found(frame, given, path)
    return None if found is MISSING else found


INPUT_METHODS: dict[str, Callable[..., Any]] = {
    "json/1": _json,
    "path/1": _path,
    "params/0": lambda frame, given: given.params(),
    "params/1": lambda frame, given, name: given.parameter(text_argument(name)),
}
