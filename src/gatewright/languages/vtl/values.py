"""The kinds of values a template knows beside plain Python data."""

from collections.abc import Mapping
from typing import Any

from gatewright.languages.vtl.errors import Fault


class SourceFloat(float):
    """A decimal of a JSON text that prints as it stood there: `1.10`, `1e5`."""

    __slots__ = ("source",)
    source: str

    def __new__(cls, source: str) -> "SourceFloat":
        decimal = super().__new__(cls, source)
        decimal.source = source
        return decimal


class ArrayList(list[Any]):
    """A list that a template made. It prints as Java's `[a, b]`, while a list that came from JSON prints as JSON."""

    __slots__ = ()


class SilentMap(dict[Any, Any]):
    """A map whose members can be read, but which is empty text where it is printed.

    Recorded of `$context.identity`, `requestOverride` and `responseOverride`.
    """

    __slots__ = ()


class OverrideMap(SilentMap):
    """Where overrides are assigned: each name once, the second time the template fails."""

    __slots__ = ()

    def assign(self, key: Any, value: Any) -> None:
        if key in self and not isinstance(self[key], Mapping):
            raise Fault(f"{key} is assigned twice")
        self[key] = value


class Printed:
    """A value that is made anew each time it is printed: a `#define`d block."""

    __slots__ = ()

    def text(self) -> str:
        raise NotImplementedError


class Entry:
    """One entry of a map, as `entrySet()` gives it."""

    __slots__ = ("key", "of", "value")

    def __init__(self, key: Any, value: Any, of: Mapping[Any, Any]) -> None:
        self.key, self.value, self.of = key, value, of


class Iterator:
    """What `iterator()` gives: items from `at` on are still to come."""

    __slots__ = ("at", "items")

    def __init__(self, items: list[Any]) -> None:
        self.items = items
        self.at = 0

    def next(self) -> Any:
        if self.at >= len(self.items):
            raise Fault("there is no next item")
        self.at += 1
        return self.items[self.at - 1]


class Loop:
    """`$foreach` inside a loop."""

    __slots__ = ("index", "parent", "total")

    def __init__(self, total: int, parent: Any) -> None:
        self.index = 0
        self.total = total
        self.parent = parent
