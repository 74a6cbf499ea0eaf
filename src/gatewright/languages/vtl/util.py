"""`$util`: escaping, encoding and JSON. Stateless.

Developer guide: "Mapping template and access logging variable reference", section "$util variables".
"""

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from gatewright.languages.vtl.errors import Fault
from gatewright.languages.vtl.frame import Frame
from gatewright.languages.vtl.json_text import parse_json

_TO_ESCAPE = re.compile(r"[^ !#-&(-.0-\[\]-~\x7f]")
_SHORT = {
    "\b": r"\b",
    "\n": r"\n",
    "\t": r"\t",
    "\f": r"\f",
    "\r": r"\r",
    '"': r"\"",
    "'": r"\'",
    "\\": r"\\",
    "/": r"\/",
}
# What java.net.URLEncoder leaves as it is; Python's function never escapes the tilde.
_UNRESERVED = "*-._"


class Util:
    """The object behind `$util`."""

    __slots__ = ()


UTIL = Util()


def _escaped(character: str) -> str:
    short = _SHORT.get(character)
    if short:
        return short
    units = character.encode("utf-16-be", "surrogatepass").hex().upper()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _escape_java_script(frame: Frame, util: Util, value: Any) -> str:
    """Quotes, backslash, slash, control characters and all beyond ASCII. Null is the word."""
    if value is None:
        return "null"
    text = value if type(value) is str else frame.text(value)
    if not _TO_ESCAPE.search(text):
        return text
    if text.isascii():
        return json.dumps(text)[1:-1].replace("'", "\\'").replace("/", "\\/")
    characters = set(filter(_TO_ESCAPE.match, set(text)))
    frame.meter.charge(len(characters) * 8 + (len(text) >> 2))
    return text.translate({ord(character): _escaped(character) for character in characters})


def _parse_json(frame: Frame, util: Util, value: Any) -> Any:
    if value is None:
        return None
    text = frame.text(value)
    frame.meter.length(len(text))
    frame.meter.charge(3 * sum(map(text.count, "{[,")))  # a value takes far more room than its text
    try:
        return parse_json(text)
    except ValueError:
        raise Fault("not a JSON text") from None


def _url_encode(frame: Frame, util: Util, value: Any) -> Any:
    if value is None:
        return None
    frame.meter.charge(len(frame.text(value)))
    return quote_plus(frame.text(value), safe=_UNRESERVED, errors="replace").replace("~", "%7E")


def _url_decode(frame: Frame, util: Util, value: Any) -> Any:
    if value is None:
        return None
    frame.meter.charge(len(frame.text(value)) >> 1)
    return unquote_plus(frame.text(value))


def _base64_encode(frame: Frame, util: Util, value: Any) -> Any:
    return None if value is None else base64.b64encode(frame.text(value).encode("utf-8", "replace")).decode()


def _base64_decode(frame: Frame, util: Util, value: Any) -> Any:
    if value is None:
        return None
    try:
        return base64.b64decode(frame.text(value).encode(), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        raise Fault("not base64") from None


UTIL_METHODS: dict[str, Callable[..., Any]] = {
    "escapeJavaScript/1": _escape_java_script,
    "parseJson/1": _parse_json,
    "urlEncode/1": _url_encode,
    "urlDecode/1": _url_decode,
    "base64Encode/1": _base64_encode,
    "base64Decode/1": _base64_decode,
}
