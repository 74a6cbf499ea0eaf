"""The Condition of a statement: all of its operators must hold, for all of their keys, with any of their values.

A key that a request does not have is like no value: conditions that are negated hold then, and so do those that ask
only if the key exists. User guide: "Conditions with multiple context keys or values"; "Set operators for multivalued
context keys".
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gatewright.languages.policy.errors import PolicyError
from gatewright.languages.policy.operators import OPERATORS, truth
from gatewright.languages.policy.pattern import Pattern, one_of
from gatewright.languages.policy.request import Keys

Condition = Callable[[Keys], bool]

Quantify = Callable[[Iterable[bool | None]], bool]

_SETS: Mapping[str, Quantify] = {"foranyvalue": any, "forallvalues": all}
_IF_EXISTS = "ifexists"


def compile_conditions(written: Any, *, allows: bool, variables: bool) -> tuple[Condition, ...]:
    """The conditions of a statement that allows, or denies. Raises PolicyError."""
    if not isinstance(written, Mapping):
        raise PolicyError("a Condition is an object")
    conditions: list[Condition] = []
    for operator, by_key in written.items():
        if not isinstance(by_key, Mapping) or not by_key:
            raise PolicyError(f"{operator} needs a condition key")
        for key, values in by_key.items():
            if ":" not in key:
                raise PolicyError(f"not a condition key: {key}")
            conditions.append(_compiled(operator, key.lower(), _texts(values), allows, variables))
    return tuple(conditions)


def _texts(values: Any) -> list[str]:
    """One value or a list of them, as text: JSON's numbers and truth values may stand without quotes."""
    listed = values if isinstance(values, list) else [values]
    if not listed:
        raise PolicyError("a condition key without a value")
    return [_written(value) for value in listed]


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise PolicyError("a condition's value is text, a number, true or false")


def _compiled(written: str, key: str, values: Sequence[str], allows: bool, variables: bool) -> Condition:
    quantifier, _, name = written.lower().rpartition(":")
    name, if_exists = name.removesuffix(_IF_EXISTS), name.endswith(_IF_EXISTS)
    if quantifier and quantifier not in _SETS:
        raise PolicyError(f"unknown condition operator {written}")
    if written.lower() == "null":
        return _null(key, values)
    operator = OPERATORS.get(name)
    if operator is None:
        raise PolicyError(f"unknown condition operator {written}")
    patterns = [operator.compile(value, variables) for value in values]
    holds = _unlike(patterns, allows) if operator.negated else one_of(patterns)
    if quantifier:
        return _of_set(key, holds, _SETS[quantifier], if_exists)
    return _of_one(key, holds, all if operator.negated else any, if_exists or operator.negated)


def _unlike(patterns: Sequence[Pattern], allows: bool) -> Pattern:
    """No value is like the request's. What cannot be said allows nothing, and keeps nothing from being denied."""
    if allows:
        return lambda value, keys: all(pattern(value, keys) is False for pattern in patterns)
    return lambda value, keys: not any(pattern(value, keys) for pattern in patterns)


def _null(key: str, values: Sequence[str]) -> Condition:
    wanted = {truth(value) for value in values}
    if None in wanted:
        raise PolicyError("Null is true or false")
    return lambda keys: (not keys.get(key)) in wanted


def _of_one(key: str, holds: Pattern, quantify: Quantify, without: bool) -> Condition:
    def condition(keys: Keys) -> bool:
        values = keys.get(key)
        if not values:
            return without
        if len(values) == 1:
            return bool(holds(values[0], keys))
        return quantify(holds(value, keys) for value in values)

    return condition


def _of_set(key: str, holds: Pattern, quantify: Quantify, if_exists: bool) -> Condition:
    """Of a key with several values. An empty text is no value."""

    def condition(keys: Keys) -> bool:
        values = keys.get(key)
        if not values and if_exists:
            return True
        return quantify(holds(value, keys) for value in values or () if value)

    return condition
