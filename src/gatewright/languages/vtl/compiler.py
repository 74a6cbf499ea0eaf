"""Nodes to closures: what every kind of node needs while a template is compiled."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from gatewright.languages.vtl.errors import Place
from gatewright.languages.vtl.frame import CompiledMacro, Frame, Run, Value, Write
from gatewright.languages.vtl.nodes import Body, Expression, Macro, Statement
from gatewright.languages.vtl.scanner import Lines


class Kinds(NamedTuple):
    """How each kind of node is compiled."""

    values: "Mapping[type, Callable[[Any, Compiler], Value]]"
    statements: "Mapping[type, Callable[[Any, Compiler], Run]]"


def _nothing(frame: Frame, write: Write) -> None:
    pass


class Compiler:
    """`shows_source`: an undefined reference prints as it is written. `has_macros`: variables may be arguments of a
    macro. `counts_turns`: loops set `$velocityCount` and `$velocityHasNext`."""

    def __init__(
        self, kinds: Kinds, lines: Lines, *, shows_source: bool, has_macros: bool = True, counts_turns: bool = True
    ) -> None:
        self.kinds = kinds
        self.lines = lines
        self.shows_source = shows_source
        self.has_macros = has_macros
        self.counts_turns = counts_turns

    def place(self, at: int) -> Place:
        return self.lines.place(at)

    def value(self, node: Expression) -> Value:
        return self.kinds.values[type(node)](node, self)

    def statement(self, node: Statement) -> Run:
        return self.kinds.statements[type(node)](node, self)

    def body(self, body: Body) -> Run:
        pieces = tuple(map(self.statement, body.statements))
        if len(pieces) < 2:
            return pieces[0] if pieces else _nothing

        def run(frame: Frame, write: Write) -> None:
            for piece in pieces:
                piece(frame, write)

        return run

    def macro(self, macro: Macro) -> CompiledMacro:
        return CompiledMacro(macro.parameters, self.body(macro.body), macro.body.weight + 1)
