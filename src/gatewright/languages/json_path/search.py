"""What the steps of a JSONPath find."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from gatewright.languages.json_path.conditions import MISSING, Search, Spend, compile_condition
from gatewright.languages.json_path.steps import (
    Deep,
    Filter,
    Function,
    Item,
    Items,
    JsonPathError,
    Key,
    Keys,
    Path,
    Slice,
    Step,
)

# Values found so far, and the root, to the values found next.
_Expand: TypeAlias = Callable[[Any, Any, Spend], Iterable[Any]]

_MAX_DEPTH = 500
_CONTAINERS = (dict, list)


def _by_key(name: str) -> _Expand:
    def expand(value: Any, root: Any, spend: Spend) -> Iterable[Any]:
        return (value[name],) if isinstance(value, Mapping) and name in value else ()

    return expand


def _by_keys(names: tuple[str, ...], *, last: bool) -> _Expand:
    def expand(value: Any, root: Any, spend: Spend) -> Iterable[Any]:
        if not isinstance(value, Mapping):
            return ()
        found = {name: value[name] for name in names if name in value}
        return (found,) if last else found.values()

    return expand


def _by_item(indices: tuple[int, ...]) -> _Expand:
    def expand(value: Any, root: Any, spend: Spend) -> Iterable[Any]:
        if not isinstance(value, list):
            return ()
        return [value[index] for index in indices if -len(value) <= index < len(value)]

    return expand


def _by_slice(step: Slice) -> _Expand:
    def expand(value: Any, root: Any, spend: Spend) -> Iterable[Any]:
        return value[step.first : step.last] if isinstance(value, list) else ()

    return expand


def _every(value: Any, root: Any, spend: Spend) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list) else ()


def _by_filter(step: Filter) -> _Expand:
    test = compile_condition(step.condition, compile_search)

    def expand(value: Any, root: Any, spend: Spend) -> Iterable[Any]:
        candidates = value if isinstance(value, list) else (value,) if isinstance(value, Mapping) else ()
        spend(len(candidates))
        return [candidate for candidate in candidates if test(candidate, root, spend)]

    return expand


def _numbers(value: Any) -> list[Any]:
    numbers = [item for item in value if isinstance(item, int | float) and not isinstance(item, bool)]
    if not numbers:
        raise JsonPathError("a function of numbers has none to work on")
    return numbers


def _deviation(numbers: list[Any]) -> float:
    mean = sum(numbers) / len(numbers)
    return math.sqrt(sum(number * number for number in numbers) / len(numbers) - mean * mean)


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "length": lambda value: len(value) if isinstance(value, list | Mapping) else None,
    "size": lambda value: len(value) if isinstance(value, list | Mapping) else None,
    "keys": lambda value: list(value) if isinstance(value, Mapping) else MISSING,
    "first": lambda value: value[0] if isinstance(value, list) and value else MISSING,
    "last": lambda value: value[-1] if isinstance(value, list) and value else MISSING,
    "min": lambda value: float(min(_numbers(value))) if isinstance(value, list) else MISSING,
    "max": lambda value: float(max(_numbers(value))) if isinstance(value, list) else MISSING,
    "sum": lambda value: float(sum(_numbers(value))) if isinstance(value, list) else MISSING,
    "avg": lambda value: sum(_numbers(value)) / len(_numbers(value)) if isinstance(value, list) else MISSING,
    "stddev": lambda value: _deviation(_numbers(value)) if isinstance(value, list) else MISSING,
}
_OF_NUMBERS = frozenset({"min", "max", "sum", "avg", "stddev"})


def _descendants(value: Any, spend: Spend) -> list[Any]:
    """The objects and lists among the value and everything below, parents first."""
    found: list[Any] = []
    stack = [(value, 0)] if isinstance(value, Mapping | list) else []
    while stack:
        current, depth = stack.pop()
        if depth > _MAX_DEPTH:
            raise JsonPathError("a value is nested too deeply to search")
        found.append(current)
        spend(3 + len(current))
        children = current.values() if isinstance(current, Mapping) else current
        inner = [(child, depth + 1) for child in children if isinstance(child, _CONTAINERS)]
        spend(2 * len(inner))
        inner.reverse()
        stack += inner
    return found


def _expansion(step: Step, *, last: bool) -> _Expand:
    if isinstance(step, Key):
        return _by_key(step.name)
    if isinstance(step, Keys):
        return _by_keys(step.names, last=last)
    if isinstance(step, Item | Items):
        return _by_item((step.number,) if isinstance(step, Item) else step.numbers)
    if isinstance(step, Slice):
        return _by_slice(step)
    return _by_filter(step) if isinstance(step, Filter) else _every


def _is_definite(steps: tuple[Step, ...]) -> bool:
    *before, last = steps or (Key(""),)
    return all(isinstance(step, Key | Item) for step in before) and isinstance(last, Key | Item | Keys)


def _compile_steps(steps: tuple[Step, ...]) -> Callable[[list[Any], Any, Spend], list[Any]]:
    stages = []
    deep = False
    for number, step in enumerate(steps):
        if isinstance(step, Deep):
            deep = True
            continue
        stages.append((_expansion(step, last=number == len(steps) - 1), deep))
        deep = False

    def walk(values: list[Any], root: Any, spend: Spend) -> list[Any]:
        for expand, everywhere in stages:
            if everywhere:
                values = [below for value in values for below in _descendants(value, spend)]
            found: list[Any] = []
            for value in values:
                found.extend(expand(value, root, spend))
                spend(1)
            spend(len(found))
            values = found
        return values

    return walk


def _compile_keys(steps: tuple[Step, ...]) -> Search:
    """Names and indices only: one value or none."""
    keys = tuple(step.name if isinstance(step, Key) else step.number for step in steps if isinstance(step, Key | Item))

    def follow(value: Any, root: Any, spend: Spend) -> Any:
        for key in keys:
            if type(key) is str:
                if not isinstance(value, Mapping) or key not in value:
                    return MISSING
            elif not isinstance(value, list) or not -len(value) <= key < len(value):  # type: ignore[operator]
                return MISSING
            value = value[key]
        return value

    return follow


def compile_search(path: Path) -> Search:
    """The path as a function of a value and the root of the document."""
    *before, last = path.steps or (None,)
    if any(isinstance(step, Function) for step in before):
        raise JsonPathError("a function ends a JSONPath")
    if isinstance(last, Function):
        search = _compile_function(tuple(path.steps[:-1]), last.name)
    else:
        search = _compile_found(path.steps)
    return (lambda value, root, spend: search(root, root, spend)) if path.from_root else search


def _compile_function(steps: tuple[Step, ...], name: str) -> Search:
    """A function of what the steps find: of all numbers found, else of each value, of which the last result counts."""
    apply = _FUNCTIONS.get(name)
    if apply is None:
        raise JsonPathError(f"a JSONPath has no function {name}()")
    walk = _compile_steps(steps)

    def search(value: Any, root: Any, spend: Spend) -> Any:
        found = walk([value], root, spend)
        spend(sum(len(each) for each in found if isinstance(each, list)))
        if found and name in _OF_NUMBERS and not any(isinstance(each, list) for each in found):
            return apply(found)
        return apply(found[-1]) if found else MISSING

    return search


def _compile_found(steps: tuple[Step, ...]) -> Search:
    """A value where the steps can only find one, else a list."""
    if all(isinstance(step, Key | Item) for step in steps):
        return _compile_keys(steps)
    walk, definite = _compile_steps(steps), _is_definite(steps)

    def found(value: Any, root: Any, spend: Spend) -> Any:
        values = walk([value], root, spend)
        if not definite:
            return values
        return values[0] if values else MISSING

    return found
