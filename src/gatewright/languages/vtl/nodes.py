"""What a template consists of. `at` is the offset in the text, `weight` counts the nodes of a body."""

from typing import Any, NamedTuple, TypeAlias


class Text(NamedTuple):
    text: str


class Property(NamedTuple):
    name: str
    at: int


class Method(NamedTuple):
    name: str
    arguments: "tuple[Expression, ...]"
    at: int


class Index(NamedTuple):
    key: "Expression"
    at: int


Access: TypeAlias = Property | Method | Index


class Reference(NamedTuple):
    """`source` is what is written in the template, without the `escapes` backslashes before it."""

    name: str
    accesses: tuple[Access, ...]
    quiet: bool
    escapes: int
    source: str
    at: int


class Constant(NamedTuple):
    value: Any


class Interpolation(NamedTuple):
    """Text in double quotes with references or directives in it."""

    body: "Body"
    at: int


class ListOf(NamedTuple):
    items: "tuple[Expression, ...]"
    at: int


class MapOf(NamedTuple):
    items: "tuple[tuple[Expression, Expression], ...]"
    at: int


class Range(NamedTuple):
    first: "Expression"
    last: "Expression"
    at: int


class Binary(NamedTuple):
    operator: str
    left: "Expression"
    right: "Expression"
    at: int


class Not(NamedTuple):
    operand: "Expression"


Expression: TypeAlias = Reference | Constant | Interpolation | ListOf | MapOf | Range | Binary | Not


class Body(NamedTuple):
    statements: "tuple[Statement, ...]"
    weight: int


class Set(NamedTuple):
    target: Reference
    value: Expression
    at: int


class If(NamedTuple):
    branches: tuple[tuple[Expression, Body], ...]
    otherwise: Body


class Foreach(NamedTuple):
    name: str
    items: Expression
    body: Body
    at: int


class Macro(NamedTuple):
    name: str
    parameters: tuple[str, ...]
    body: Body


class Call(NamedTuple):
    """`#name(...)` or `#@name(...) body #end`; printed as written (`source`) when there is no such macro."""

    name: str
    arguments: tuple[Expression, ...]
    body: Body | None
    source: str
    at: int


class Define(NamedTuple):
    name: str
    body: Body


class Evaluate(NamedTuple):
    text: Expression
    at: int


class Break(NamedTuple):
    pass


class Stop(NamedTuple):
    pass


Statement: TypeAlias = Text | Reference | Set | If | Foreach | Call | Define | Evaluate | Break | Stop
