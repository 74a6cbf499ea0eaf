r"""Selection expressions: text with variables, `$request.body.action` or `${request.body.action}`, that yields a key.

A variable ends where its braces do; without braces, where no more of a name can follow. `\$` is a dollar sign. What a
variable is worth is never looked at again. Developer guide: "WebSocket selection expressions".
"""

import re
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

S = TypeVar("S")
Read = Callable[[S], str]

LONGEST = 2048  # characters
# A name that ends in a dot or dash leaves it to the text around it. An index is part of it: `a.b[0].c`.
_NAME = r"[A-Za-z_](?:[A-Za-z0-9_.\[\]-]*[A-Za-z0-9_\]])?"
_PIECE = re.compile(rf"\\\$|\$\{{([^{{}}]+)\}}|\$({_NAME})|([^\\$]+)|(.)", re.DOTALL)


class SelectionExpressionError(ValueError):
    """A text that is no selection expression, or one with a variable that nobody knows."""


class Expression(NamedTuple):
    """`literals` are one more than `names`, and stand before, between and after them."""

    literals: tuple[str, ...]
    names: tuple[str, ...]


def parse_selection_expression(text: str) -> Expression:
    """An expression's parts. Raises SelectionExpressionError for a dollar sign that begins no variable."""
    if len(text) > LONGEST:
        raise SelectionExpressionError(f"a selection expression has at most {LONGEST} characters")
    literals, names = [""], []
    for piece in _PIECE.finditer(text):
        braced, bare, literal, other = piece.groups()
        name = braced or bare
        if name:
            names.append(name.strip())
            literals.append("")
        elif other == "$":
            raise SelectionExpressionError(f"{text!r} has a $ that begins no variable")
        else:
            literals[-1] += literal or other or "$"
    return Expression(tuple(literals), tuple(names))


def fixed_key(text: str) -> str | None:
    """What an expression without variables yields, None for one that has some. Raises SelectionExpressionError."""
    literals, names = parse_selection_expression(text)
    return None if names else literals[0]


class _Joined(Generic[S]):
    """Text with values in it."""

    __slots__ = ("_literals", "_reads")

    def __init__(self, literals: tuple[str, ...], reads: tuple[Read[S], ...]) -> None:
        self._literals = literals
        self._reads = reads

    def __call__(self, scope: S) -> str:
        first, *rest = self._literals
        pairs = zip(self._reads, rest, strict=True)
        return first + "".join([read(scope) + literal for read, literal in pairs])


def compile_selection_expression(text: str, variable: Callable[[str], Read[S]]) -> Read[S]:
    """The function that evaluates an expression. `variable` gives the function that reads the variable of a name, or
    raises SelectionExpressionError, as this does."""
    literals, names = parse_selection_expression(text)
    reads = tuple(variable(name) for name in names)
    if len(reads) == 1 and literals == ("", ""):
        return reads[0]
    if not reads:
        return lambda scope: literals[0]
    return _Joined(literals, reads)
