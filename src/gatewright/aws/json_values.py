"""JSON and text to values by shape. A value of the wrong type is a SerializationException, as AWS's front end says it.

The texts name Java classes because that is what AWS's servers answer; the boolean one is recorded from API Gateway.
"""

import base64
import binascii
import math
from typing import Any, NoReturn

import msgspec

from gatewright.aws.errors import ServiceError
from gatewright.aws.model import Shape, Shapes, wire_name
from gatewright.aws.timestamps import parse_timestamp

_CLASSES = {"string": "String", "boolean": "Boolean", "integer": "Integer", "long": "Long", "float": "Float"}
_WHOLE = {"integer": 1 << 31, "long": 1 << 63}


def refuse_type(message: str) -> NoReturn:
    """Answer that the request cannot be read."""
    raise ServiceError("SerializationException", message)


def parse_json(body: bytes) -> Any:
    """The JSON value of a body. Raises SerializationException when it is broken or nested beyond reason."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        refuse_type("Unable to parse the request body as JSON")


def structure(shapes: Shapes, shape: Shape, source: Any) -> dict[str, Any]:
    """The members of a JSON object that the shape knows and the body carries. null is absence; the rest is ignored."""
    if not isinstance(source, dict):
        refuse_type(
            "Unexpected field type" if not isinstance(source, list) else "Start of list found where not expected"
        )
    found = {}
    for name, member in shape.members.items():
        if not member.location and (value := source.get(wire_name(name, member))) is not None:
            found[name] = json_value(shapes, shapes[member.shape], value)
    return found


def json_value(shapes: Shapes, shape: Shape, value: Any) -> Any:
    """One JSON value by shape. Blobs become bytes, timestamps epoch seconds; null in lists and maps stays None."""
    kind = shape.type
    if kind == "structure":
        return structure(shapes, shape, value)
    if kind == "list" and shape.member is not None:
        if not isinstance(value, list):
            refuse_type(
                "Start of structure or map found where not expected."
                if isinstance(value, dict)
                else "Unexpected field type"
            )
        inner = shapes[shape.member.shape]
        return [None if item is None else json_value(shapes, inner, item) for item in value]
    if kind == "map" and shape.value is not None:
        if not isinstance(value, dict):
            refuse_type(
                "Start of list found where not expected" if isinstance(value, list) else "Unexpected field type"
            )
        inner = shapes[shape.value.shape]
        return {key: None if item is None else json_value(shapes, inner, item) for key, item in value.items()}
    return _scalar(kind, value)


def text_value(kind: str, text: str) -> Any:
    """A scalar from a label, a query value or a header."""
    if kind in ("string", "blob", "timestamp"):
        return _scalar(kind, text)
    if kind == "boolean":
        if text.lower() not in ("true", "false"):
            _refuse_class(kind, text)
        return text.lower() == "true"
    try:
        number = float(text) if kind in ("double", "float") or not _is_whole(text) else int(text)
    except ValueError:
        _refuse_class(kind, text)
    return _scalar(kind, number)


def _is_whole(text: str) -> bool:
    # A length bound: int() is quadratic, and refuses more than 4300 digits with an error of its own.
    return len(text) <= 20 and text.lstrip("-").isascii() and text.lstrip("-").isdigit()


def _scalar(kind: str, value: Any) -> Any:
    if isinstance(value, dict):
        refuse_type("Start of structure or map found where not expected.")
    if isinstance(value, list):
        refuse_type("Start of list found where not expected")
    return _SCALARS[kind](kind, value)


def _string(kind: str, value: Any) -> str:
    return value if isinstance(value, str) else _refuse_class(kind, value)


def _boolean(kind: str, value: Any) -> bool:
    return value if isinstance(value, bool) else _refuse_class(kind, value)


def _whole(kind: str, value: Any) -> int:
    number = int(value) if isinstance(value, float) and value.is_integer() else value
    if isinstance(number, bool) or not isinstance(number, int) or not -_WHOLE[kind] <= number < _WHOLE[kind]:
        _refuse_class(kind, value)
    return number


def _decimal(kind: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse_class(kind, value)
    try:
        number = float(value)
    except OverflowError:
        _refuse_class(kind, value)
    return number if math.isfinite(number) else _refuse_class(kind, value)


def _blob(kind: str, value: Any) -> bytes:
    if not isinstance(value, str):
        _refuse_class(kind, value)
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        refuse_type("Unable to decode the base64 encoded blob")


def _timestamp(kind: str, value: Any) -> float:
    seconds = parse_timestamp(value)
    if seconds is None:
        refuse_type(f"{_java_class(value)} can not be converted to milliseconds since epoch")
    return seconds


_SCALARS = {
    "string": _string,
    "boolean": _boolean,
    "integer": _whole,
    "long": _whole,
    "double": _decimal,
    "float": _decimal,
    "blob": _blob,
    "timestamp": _timestamp,
}


def _refuse_class(kind: str, value: Any) -> NoReturn:
    refuse_type(f"{_java_class(value)} can not be converted to an {_CLASSES.get(kind, kind.capitalize())}")


def _java_class(value: Any) -> str:
    if isinstance(value, bool):
        return "class java.lang.Boolean"
    if isinstance(value, str):
        return "class java.lang.String"
    return "class com.amazon.coral.value.json.numbers.TruncatingBigNumber"
