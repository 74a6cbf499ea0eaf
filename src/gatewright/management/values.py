"""The text of a patch value to what is stored. Each raises BadRequestException for text that it cannot read.

API Gateway's patch operations carry every value as text: booleans as "true", numbers as "5". An empty value unsets an
optional member.
"""

import math
import re
from typing import Any

import msgspec

from gatewright.management.patch import Read, refused

_WHOLE = re.compile(r"[+-]?[0-9]{1,10}")
_LARGEST = 2**31  # the model's integers have 32 bits
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{0,18})?([eE][+-]?[0-9]{1,2})?")


def text(value: str) -> str:
    """Any text."""
    return value


def optional(value: str) -> str | None:
    """Any text; empty text unsets."""
    return value or None


def boolean(value: str) -> bool:
    """true or false."""
    if value.lower() not in ("true", "false"):
        raise refused(f"Invalid boolean value specified: {value}. Valid options are true,false")
    return value.lower() == "true"


def true_or_not(value: str) -> bool:
    """True for true, in any case. Recorded of validators and methods: any other value, or none, is false."""
    return value.lower() == "true"


def whole(value: str) -> int:
    """A whole number of 32 bits."""
    if not _WHOLE.fullmatch(value) or not -_LARGEST <= int(value) < _LARGEST:
        raise refused(f"Invalid integer value specified: {value}")
    return int(value)


def decimal(value: str) -> float:
    """A number."""
    number = float(value) if _DECIMAL.fullmatch(value) else math.nan
    if not math.isfinite(number):
        raise refused(f"Invalid number value specified: {value}")
    return number


def one_of(name: str, *words: str) -> Read:
    """One of the words of an enumeration."""

    def read(value: str) -> str:
        if value not in words:
            raise refused(f"Invalid {name} specified. Valid options are {','.join(words)}")
        return value

    return read


def read_json(value: str, kind: Any = Any) -> Any:
    """What JSON stands for, of that type; None, as for null, for text that is no such JSON."""
    try:
        return msgspec.json.decode(value, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None


def optional_one_of(name: str, *words: str) -> Read:
    """One of the words of an enumeration; empty text unsets."""
    read = one_of(name, *words)
    return lambda value: read(value) if value else None
