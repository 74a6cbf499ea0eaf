"""Values as text, the way Java prints them. Lists that came from JSON print as JSON (recorded of API Gateway)."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from gatewright.languages.vtl.errors import Fault
from gatewright.languages.vtl.values import ArrayList, Entry, Printed, SilentMap, SourceFloat


def double_text(value: float) -> str:
    """Java's Double.toString: at least one digit after the point, an exponent below 1e-3 and from 1e7."""
    if type(value) is SourceFloat:
        return value.source
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    digits, _, exponent = f"{value!r}".partition("e")
    sign = "-" if digits.startswith("-") else ""
    whole, _, fraction = digits.lstrip("-").partition(".")
    power = int(exponent or 0) + len(whole) - 1
    significant = whole + fraction
    leading = len(significant) - len(significant.lstrip("0"))
    significant = significant.lstrip("0").rstrip("0") or "0"
    return f"{sign}{significant[0]}.{significant[1:] or '0'}E{power - leading}"


def _encoded(value: Any) -> Any:
    """What msgspec itself does not encode."""
    if isinstance(value, SourceFloat):
        return msgspec.Raw(value.source.encode())
    if isinstance(value, Mapping):
        return {text_of(key): item for key, item in value.items()}
    if isinstance(value, Entry):
        return {text_of(value.key): value.value}
    return text_of(value)


_ENCODER = msgspec.json.Encoder(enc_hook=_encoded)


def json_text(value: Any) -> str:
    """Compact JSON: names in their order, decimals as they were written, no character escaped that need not be."""
    try:
        return _ENCODER.encode(value).decode()
    except (TypeError, UnicodeEncodeError, RecursionError) as error:
        raise Fault(f"a value has no JSON text: {error}") from error


def _map_text(value: Any) -> str:
    if isinstance(value, SilentMap):
        return ""
    return "{" + ", ".join(f"{inner_text(key)}={inner_text(item)}" for key, item in value.items()) + "}"


_TEXTS: dict[type, Callable[[Any], str]] = {
    str: str,
    int: int.__repr__,
    float: double_text,
    SourceFloat: double_text,
    bool: lambda value: "true" if value else "false",
    type(None): lambda value: "",
    list: json_text,
    ArrayList: lambda value: "[" + ", ".join(map(inner_text, value)) + "]",
    dict: _map_text,
    Entry: lambda value: f"{inner_text(value.key)}={inner_text(value.value)}",
}


def text_of(value: Any) -> str:
    """What a reference prints; null is empty. The caller has checked that containers are no larger than they may be."""
    known = _TEXTS.get(type(value))
    if known is not None:
        return known(value)
    if isinstance(value, Mapping):
        return _map_text(value)
    if isinstance(value, Printed):
        return value.text()
    return ""


def inner_text(value: Any) -> str:
    """The same inside lists and maps, where null is a word."""
    return "null" if value is None else text_of(value)
