"""Filters of a JSONPath: the condition `?( ... )` to a function of the value it is asked of and the root."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from gatewright.languages.java_regex import RegexError, compile_regex
from gatewright.languages.json_path.steps import (
    Both,
    Comparison,
    Condition,
    Either,
    Exists,
    JsonPathError,
    Literal,
    Negated,
    Operand,
    Path,
    Regex,
)

Spend: TypeAlias = Callable[[int], None]
Search: TypeAlias = Callable[[Any, Any, Spend], Any]  # of a value, with the root
Test: TypeAlias = Callable[[Any, Any, Spend], bool]


class Missing:
    """What a path gives that finds nothing."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


def _number(value: Any) -> float | int | None:
    if isinstance(value, bool):
        return None
    return value if isinstance(value, int | float) else None


def _as_number(text: str) -> float | None:
    try:
        return float(text) if len(text) < 100 else None
    except ValueError:
        return None


def equal(left: Any, right: Any) -> bool:
    """A number and a text are compared as what the left one is."""
    if isinstance(left, str) and _number(right) is not None:
        return bool(left == str(right))
    if _number(left) is not None and isinstance(right, str):
        return bool(_as_number(right) == left)
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _ordered(holds: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compared(left: Any, right: Any) -> bool:
        both_text = isinstance(left, str) and isinstance(right, str)
        both_numbers = _number(left) is not None and _number(right) is not None
        return (both_text or both_numbers) and bool(holds(left, right))

    return compared


def _among(left: Any, right: Any) -> bool:
    return isinstance(right, list) and any(equal(left, item) for item in right)


def _contains(left: Any, right: Any) -> bool:
    if isinstance(left, str):
        return isinstance(right, str) and right in left
    return _among(right, left)


def _size(value: Any) -> int:
    return len(value) if isinstance(value, list | str) else -1


def _type(value: Any) -> str:
    kinds = ((bool, "boolean"), (str, "string"), (list, "array"), (int | float, "number"), (Mapping, "json"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "null")


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": equal,
    "===": lambda left, right: type(left) is type(right) and equal(left, right),
    "!=": lambda left, right: not equal(left, right),
    "!==": lambda left, right: type(left) is not type(right) or not equal(left, right),
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
    "in": _among,
    "nin": lambda left, right: not _among(left, right),
    "contains": _contains,
    "size": lambda left, right: _size(left) == (right if _number(right) is not None else _size(right)),
    "empty": lambda left, right: _size(left) >= 0 and (_size(left) == 0) is bool(right),
    "anyof": lambda left, right: any(_among(item, right) for item in _each(left)),
    "noneof": lambda left, right: not any(_among(item, right) for item in _each(left)),
    "subsetof": lambda left, right: isinstance(left, list) and all(_among(item, right) for item in left),
    "all": lambda left, right: isinstance(left, list) and all(_among(item, left) for item in _each(right)),
    "type": lambda left, right: _type(left) == right,
}


def compile_condition(condition: Condition, search: Callable[[Path], Search]) -> Test:
    """`search` compiles the paths in the condition."""
    if isinstance(condition, Both):
        left, right = compile_condition(condition.left, search), compile_condition(condition.right, search)
        return lambda value, root, spend: left(value, root, spend) and right(value, root, spend)
    if isinstance(condition, Either):
        left, right = compile_condition(condition.left, search), compile_condition(condition.right, search)
        return lambda value, root, spend: left(value, root, spend) or right(value, root, spend)
    if isinstance(condition, Negated):
        inner = compile_condition(condition.condition, search)
        return lambda value, root, spend: not inner(value, root, spend)
    if isinstance(condition, Exists):
        operand = _operand(condition.operand, search)
        return lambda value, root, spend: operand(value, root, spend) is not MISSING
    return _comparison(condition, search)


def _operand(operand: Operand, search: Callable[[Path], Search]) -> Search:
    if isinstance(operand, Path):
        return search(operand)
    if isinstance(operand, Regex):
        raise JsonPathError("a regular expression stands on the right of =~")
    fixed = operand.value
    return lambda value, root, spend: fixed


def _comparison(condition: Comparison, search: Callable[[Path], Search]) -> Test:
    left = _operand(condition.left, search)
    if condition.operator == "=~":
        return _matching(left, condition.right)
    right, compare = _operand(condition.right, search), _COMPARE[condition.operator]

    def compared(value: Any, root: Any, spend: Spend) -> bool:
        one, other = left(value, root, spend), right(value, root, spend)
        spend(1 + sum(len(each) for each in (one, other) if isinstance(each, list | Mapping)))
        if one is MISSING or other is MISSING:
            return condition.operator in ("!=", "!==", "nin", "noneof") and one is not other
        return compare(one, other)

    return compared


def _matching(left: Search, right: Operand) -> Test:
    if isinstance(right, Literal) and isinstance(right.value, str):
        right = Regex(right.value, "")
    if not isinstance(right, Regex):
        raise JsonPathError("=~ takes a regular expression between slashes")
    flags = "".join(flag for flag in "imsx" if flag in right.flags)
    try:
        regex = compile_regex(right.pattern, flags)
    except RegexError as error:
        raise JsonPathError(str(error)) from None

    def matched(value: Any, root: Any, spend: Spend) -> bool:
        text = left(value, root, spend)
        if _number(text) is not None:
            text = str(text)
        if not isinstance(text, str):
            return False
        spend(1)
        return regex.matches(spend, text)

    return matched
