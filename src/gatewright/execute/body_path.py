"""What parameter mapping reads of a body: the whole of it, or what a JSONPath finds there.

AWS parses what looks like JSON also when the whole body is asked for, and takes an empty body for `{}` [recorded].
Developer guide: "Mapping source reference".
"""

from collections.abc import Callable
from typing import Any

from gatewright.languages.json_path import MISSING, JsonPathError, compile_path
from gatewright.languages.vtl.java_text import json_text, text_of
from gatewright.languages.vtl.json_text import parse_json

_BEGIN_JSON = ("{", "[", '"', "'")


class BrokenJsonError(Exception):
    """A body that looks like JSON and is none."""


def compile_body_path(path: str) -> Callable[[bytes], list[str]]:
    """The function that reads a body: `path` lacks the `$` it begins with, "" is the whole body. Raises JsonPathError;
    the function raises BrokenJsonError, and gives nothing when nothing is found."""
    find = compile_path(f"${path if path.startswith('[') else f'.{path}'}") if path else None

    def values(body: bytes) -> list[str]:
        text = body.decode("utf-8", "replace")
        document = _parsed(text) if text.lstrip()[:1] in _BEGIN_JSON else MISSING
        if find is None:
            return [text or "{}"]
        try:
            found = MISSING if document is MISSING else find(document)
        except JsonPathError:  # it visits too much
            return []
        if found is MISSING or found is None:
            return []
        return [json_text(found) if isinstance(found, dict | list) else text_of(found)]

    return values


def _parsed(text: str) -> Any:
    try:
        return parse_json(text)
    except ValueError:
        raise BrokenJsonError from None
