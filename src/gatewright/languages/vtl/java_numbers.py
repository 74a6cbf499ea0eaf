"""Arithmetic and comparison as Velocity 1.7 does them: whole numbers stay whole and never overflow, division cuts off,
and what cannot be computed is null."""

import math
from collections.abc import Callable
from typing import Any

from gatewright.languages.vtl.frame import Frame

_MAX_BITS = 4096  # of a whole number: some 1200 digits


def is_number(value: Any) -> bool:
    """Booleans are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _divide(left: Any, right: Any) -> Any:
    if type(left) is int and type(right) is int:
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return left / right


def _remainder(left: Any, right: Any) -> Any:
    if type(left) is int and type(right) is int:
        return left - right * _divide(left, right)
    return math.fmod(left, right)


_COMPUTE: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divide,
    "%": _remainder,
}


def compute(operator: str) -> Callable[[Any, Any], Any]:
    """The operation on two values; None when one is no number, for a division by zero, and out of range."""
    operation = _COMPUTE[operator]
    divides = operator in "/%"

    def computed(left: Any, right: Any) -> Any:
        if not is_number(left) or not is_number(right) or (divides and right == 0):
            return None
        if type(left) is int and type(right) is int and left.bit_length() + right.bit_length() > _MAX_BITS:
            return None
        try:
            return operation(left, right)
        except (OverflowError, ValueError):
            return None

    return computed


def same(left: Any, right: Any) -> bool:
    """Java's `equals`, inside lists and maps: numbers by value, and nothing but a boolean is one."""
    return bool((type(left) is bool) == (type(right) is bool) and left == right)


def equal(frame: Frame, left: Any, right: Any) -> bool:
    """`==` of two values that are not null: of different kinds, they are equal when their texts are."""
    if type(left) is str and type(right) is str:
        frame.meter.charge(min(len(left), len(right)) >> 12)
        return left == right
    if is_number(left) and is_number(right):
        return bool(left == right)
    if type(left) is type(right) or (isinstance(left, list | dict) and isinstance(right, list | dict)):
        frame.check(left)  # no more of the other is looked into than is in this one
        return bool(left == right)
    return frame.text(left) == frame.text(right)
