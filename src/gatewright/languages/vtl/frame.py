"""What a rendering works on: variables, arguments of the macro it is in, and what is left of the bounds."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from gatewright.languages.vtl.bounds import Meter
from gatewright.languages.vtl.errors import Fault
from gatewright.languages.vtl.java_text import text_of
from gatewright.languages.vtl.values import Entry

_MAX_DEPTH = 200
CONTAINERS = (Mapping, list, Entry)
_PLAIN = frozenset({int, float, bool})  # surely no containers: it is slow to ask whether a value is a mapping


class Frame:
    """`arguments` is None outside of macros."""

    __slots__ = ("arguments", "macros", "meter", "variables")

    def __init__(self, variables: dict[str, Any], meter: Meter, macros: "dict[str, CompiledMacro]") -> None:
        self.variables = variables
        self.meter = meter
        self.macros = macros
        self.arguments: dict[str, Argument] | None = None

    def inside(self, arguments: "dict[str, Argument]") -> "Frame":
        """The frame of a macro's body. It sees the arguments of the macros it is called in, too."""
        frame = Frame(self.variables, self.meter, self.macros)
        frame.arguments = {**(self.arguments or {}), **arguments}
        return frame

    def text(self, value: Any) -> str:
        """The value as it is printed."""
        if type(value) is str:
            return value
        if type(value) not in _PLAIN:
            self.check(value)
        try:
            text = text_of(value)
        except RecursionError:
            raise Fault("a value is nested too deeply") from None
        if len(text) > 1000:
            self.meter.length(len(text))
        return text

    def graft(self, value: Any) -> None:
        """Tell that the value now is inside a container."""
        if isinstance(value, CONTAINERS):
            self.meter.grafted = True

    def check(self, value: Any) -> None:
        """Count what is in a value, before something walks through all of it."""
        if isinstance(value, CONTAINERS):
            self._count(value, 0)

    def _count(self, value: Any, depth: int) -> None:
        if depth > _MAX_DEPTH:
            raise Fault("a value is nested too deeply")
        if isinstance(value, Mapping):
            items: Any = value.values()
        elif isinstance(value, list):
            items = value
        else:
            items = (value.value,)
        self.meter.charge(2 + len(items))
        for item in items:
            if isinstance(item, CONTAINERS):
                self._count(item, depth + 1)


Value: TypeAlias = Callable[[Frame], Any]
Write: TypeAlias = Callable[[str], object]
Run: TypeAlias = Callable[[Frame, Write], None]


class Argument(NamedTuple):
    """An argument of a macro, by name: evaluated in the caller's frame each time it is used."""

    value: Value
    frame: Frame
    source: str


class CompiledMacro(NamedTuple):
    parameters: tuple[str, ...]
    body: Run
    weight: int
