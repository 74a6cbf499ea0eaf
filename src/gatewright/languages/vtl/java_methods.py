"""Which methods and properties a value has. There is no reflection: what no table names does not exist."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from gatewright.languages.vtl.errors import Fault, NoSuchMethodError
from gatewright.languages.vtl.frame import Frame
from gatewright.languages.vtl.input import INPUT_METHODS, Input
from gatewright.languages.vtl.java_collections import ENTRY_METHODS, ITERATOR_METHODS, LIST_METHODS, MAP_METHODS
from gatewright.languages.vtl.java_numbers import is_number
from gatewright.languages.vtl.java_strings import STRING_METHODS, text_argument, whole_argument
from gatewright.languages.vtl.util import UTIL_METHODS, Util
from gatewright.languages.vtl.values import ArrayList, Entry, Iterator, Loop, SourceFloat


def _number_argument(value: Any) -> Any:
    if not is_number(value):
        raise NoSuchMethodError
    return value


def _parsed_whole(frame: Frame, number: Any, text: Any, base: Any = 10) -> int:
    """Integer.parseInt and its like: static in Java, called on any number here."""
    digits = text if type(text) is str else frame.text(text_argument(text))
    try:
        if len(digits) > 100 or digits != digits.strip() or "_" in digits:
            raise ValueError
        return int(digits, whole_argument(base))
    except ValueError:
        raise Fault(f"not a whole number: {digits[:100]!r}") from None


def _parsed_decimal(frame: Frame, number: Any, text: Any) -> float:
    try:
        return float(text_argument(text).strip())
    except ValueError:
        raise Fault(f"not a number: {text[:100]!r}") from None


def _value_of(frame: Frame, number: Any, value: Any) -> Any:
    if is_number(value):
        return value
    return _parsed_decimal(frame, number, value) if isinstance(number, float) else _parsed_whole(frame, number, value)


def _to_text(frame: Frame, value: Any, other: Any = None) -> str:
    return frame.text(value if other is None else other)


def _wrapped(bits: int) -> Callable[[Frame, Any], int]:
    """A narrowing conversion keeps the low bits; of a decimal, the nearest that fits."""

    def convert(frame: Frame, number: Any) -> int:
        if isinstance(number, float):
            if math.isnan(number):
                return 0
            half = 1 << (bits - 1)
            return int(max(min(number, half - 1), -half))
        low = number & ((1 << bits) - 1)
        return int(low - (1 << bits) if low >> (bits - 1) else low)

    return convert


def _decimal(frame: Frame, number: Any) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf")


def _compared(frame: Frame, number: Any, other: Any) -> int:
    return int(number > _number_argument(other)) - int(number < other)


def _number_equals(frame: Frame, number: Any, other: Any) -> bool:
    return is_number(other) and isinstance(number, float) == isinstance(other, float) and number == other


_NUMBER_METHODS: dict[str, Callable[..., Any]] = {
    "toString/0": _to_text,
    "toString/1": _to_text,
    "intValue/0": _wrapped(32),
    "longValue/0": _wrapped(64),
    "shortValue/0": _wrapped(16),
    "byteValue/0": _wrapped(8),
    "doubleValue/0": _decimal,
    "floatValue/0": _decimal,
    "equals/1": _number_equals,
    "compareTo/1": _compared,
    "hashCode/0": _wrapped(32),
    "parseInt/1": _parsed_whole,
    "parseInt/2": _parsed_whole,
    "parseLong/1": _parsed_whole,
    "parseDouble/1": _parsed_decimal,
    "parseFloat/1": _parsed_decimal,
    "valueOf/1": _value_of,
    "toHexString/1": lambda frame, number, value: f"{whole_argument(value) & 0xFFFFFFFF:x}",
    "toBinaryString/1": lambda frame, number, value: f"{whole_argument(value) & 0xFFFFFFFF:b}",
    "toOctalString/1": lambda frame, number, value: f"{whole_argument(value) & 0xFFFFFFFF:o}",
    "max/2": lambda frame, number, one, other: max(_number_argument(one), _number_argument(other)),
    "min/2": lambda frame, number, one, other: min(_number_argument(one), _number_argument(other)),
    "signum/1": lambda frame, number, value: (_number_argument(value) > 0) - (value < 0),
    "isNaN/0": lambda frame, number: isinstance(number, float) and math.isnan(number),
    "isInfinite/0": lambda frame, number: isinstance(number, float) and math.isinf(number),
}
_BOOLEAN_METHODS: dict[str, Callable[..., Any]] = {
    "toString/0": _to_text,
    "toString/1": _to_text,
    "booleanValue/0": lambda frame, value: value,
    "equals/1": lambda frame, value, other: value is other,
    "compareTo/1": lambda frame, value, other: int(value) - int(other is True),
    "hashCode/0": lambda frame, value: 1231 if value else 1237,
    "parseBoolean/1": lambda frame, value, text: type(text) is str and text.lower() == "true",
    "valueOf/1": lambda frame, value, text: text is True or (type(text) is str and text.lower() == "true"),
}
_NONE: Mapping[str, Callable[..., Any]] = {}
_LOOP_METHODS: dict[str, Callable[..., Any]] = {
    "getIndex/0": lambda frame, loop: loop.index,
    "getCount/0": lambda frame, loop: loop.index + 1,
    "hasNext/0": lambda frame, loop: loop.index + 1 < loop.total,
    "isFirst/0": lambda frame, loop: loop.index == 0,
    "isLast/0": lambda frame, loop: loop.index + 1 == loop.total,
}
_METHODS: dict[type, Mapping[str, Callable[..., Any]]] = {
    str: STRING_METHODS,
    int: _NUMBER_METHODS,
    float: _NUMBER_METHODS,
    SourceFloat: _NUMBER_METHODS,
    bool: _BOOLEAN_METHODS,
    list: LIST_METHODS,
    ArrayList: LIST_METHODS,
    dict: MAP_METHODS,
    Entry: ENTRY_METHODS,
    Iterator: ITERATOR_METHODS,
    Input: INPUT_METHODS,
    Util: UTIL_METHODS,
    Loop: _LOOP_METHODS,
    type(None): _NONE,
}


def methods_of(value: Any) -> Mapping[str, Callable[..., Any]]:
    """By "name/number of arguments", functions that take the frame, the value and the arguments."""
    methods = _METHODS.get(type(value))
    if methods is not None:
        return methods
    return MAP_METHODS if isinstance(value, Mapping) else _NONE


def _outermost(loop: Loop) -> Loop:
    while isinstance(loop.parent, Loop):
        loop = loop.parent
    return loop


_PROPERTIES: dict[type, dict[str, Callable[[Any], Any]]] = {
    str: {"empty": lambda text: not text, "blank": lambda text: not text.strip()},
    list: {"empty": lambda items: not items},
    ArrayList: {"empty": lambda items: not items},
    Entry: {"key": lambda entry: entry.key, "value": lambda entry: entry.value},
    Input: {"body": lambda given: given.body},
    Loop: {
        "index": lambda loop: loop.index,
        "count": lambda loop: loop.index + 1,
        "hasNext": lambda loop: loop.index + 1 < loop.total,
        "first": lambda loop: loop.index == 0,
        "last": lambda loop: loop.index + 1 == loop.total,
        "parent": lambda loop: loop.parent,
        "topmost": _outermost,
    },
}


def property_of(value: Any, name: str) -> Any:
    """`$value.name`: of a map, what it holds under the name; null when there is no such property."""
    if isinstance(value, Mapping):
        return value.get(name)
    known = _PROPERTIES.get(type(value))
    read = known.get(name) if known else None
    return read(value) if read else None


def item_of(value: Any, index: Any) -> Any:
    """`$value[index]`: of a list counted from its end when negative. Raises Fault beyond its ends."""
    if isinstance(value, Mapping):
        if isinstance(index, list | dict):
            raise Fault("a list or map is no key")
        return value.get(index)
    if isinstance(value, list) and type(index) is int:
        if not -len(value) <= index < len(value):
            raise Fault(f"index {index} is out of range for a list of {len(value)}")
        return value[index]
    return None
