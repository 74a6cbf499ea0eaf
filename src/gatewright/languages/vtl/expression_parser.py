"""References and expressions of the language, as the grammar of Velocity 1.7 has them."""

import re
from abc import abstractmethod
from typing import NamedTuple

from gatewright.languages.vtl.nodes import (
    Access,
    Binary,
    Body,
    Constant,
    Expression,
    Index,
    Interpolation,
    ListOf,
    MapOf,
    Method,
    Not,
    Property,
    Range,
    Reference,
)
from gatewright.languages.vtl.scanner import MAX_NESTING, Scanner

REFERENCE = re.compile(r"(\\*)\$(!?)(\{?)([A-Za-z_][A-Za-z0-9_-]*)")
# Property names begin with a letter, unlike variables.
_PROPERTY = re.compile(r"\.([A-Za-z][A-Za-z0-9_-]*)")
_ARGUMENTS = re.compile(r"\((?=[ \t\r\n]*(?:[\"'$\[{)\-.0-9]|true\b|false\b))")
# A backslash escapes no quote; doubled quotes stand for one.
_DOUBLE_QUOTED = re.compile(r'"((?:""|[^"])*)"')
_SINGLE_QUOTED = re.compile(r"'((?:''|[^'])*)'")
# The point of `[1..3]` is none of a decimal.
_NUMBER = re.compile(r"-?(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"-?\d+\Z", re.ASCII)
_BOOLEAN = re.compile(r"(true|false)(?![A-Za-z0-9_])")
_UNICODE = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+")
_NOT = re.compile(r"!(?!=)|not(?![A-Za-z0-9_])")
# `$a -1` is a reference and a number, with nothing between them.
_OPERATOR = re.compile(r"(\|\||&&|[=!<>]=|[<>+*/%]|-(?!\.?\d)|(?:or|and|eq|ne|lt|le|gt|ge)(?![A-Za-z0-9_]))")
_MAX_DIGITS = 1000


class Operator(NamedTuple):
    name: str
    binds: int


_BINARY = {
    **dict.fromkeys(("||", "or"), Operator("||", 1)),
    **dict.fromkeys(("&&", "and"), Operator("&&", 2)),
    **dict.fromkeys(("==", "eq"), Operator("==", 3)),
    **dict.fromkeys(("!=", "ne"), Operator("!=", 3)),
    **dict.fromkeys(("<", "lt"), Operator("<", 4)),
    **dict.fromkeys((">", "gt"), Operator(">", 4)),
    **dict.fromkeys(("<=", "le"), Operator("<=", 4)),
    **dict.fromkeys((">=", "ge"), Operator(">=", 4)),
    **{sign: Operator(sign, 5) for sign in "+-"},
    **{sign: Operator(sign, 6) for sign in "*/%"},
}


def _characters(match: re.Match[str]) -> str:
    """`\\uXXXX` in UTF-16; half of a pair stands for nothing."""
    return bytes.fromhex(match[0].replace("\\u", "")).decode("utf-16-be", "replace")


class ExpressionParser(Scanner):
    """Reads one reference or expression from where it stands."""

    @abstractmethod
    def quoted_body(self, text: str, base: int) -> Body:
        """The template inside double quotes."""

    def reference(self) -> Reference | None:
        """`$name`, `$!{name.property[0].method(1)}` and the like, or None when a dollar is only a dollar."""
        start = self.offset
        match = self.matches(REFERENCE)
        if not match:
            return None
        self.nodes += 1
        slashes, bang, brace, name = match.groups()
        self.deeper()
        accesses = tuple(self._accesses())
        self.shallower()
        if brace:
            self.needs("}")
        dollar = start + len(slashes)
        source = self.text[dollar : self.offset]
        return Reference(name, accesses, bool(bang), len(slashes), source, self.base + dollar)

    def needs_reference(self) -> Reference:
        self.skip_blanks()
        if not self.sees("$"):
            self.expected("a reference")
        return self.reference() or self.expected("a reference")

    def _accesses(self) -> list[Access]:
        found: list[Access] = []
        while True:
            if len(found) > MAX_NESTING:
                self.fail(f"more than {MAX_NESTING} properties, indices and methods in a row")
            at = self.at
            if self.takes("["):
                found.append(Index(self._index(), at))
            elif match := self.matches(_PROPERTY):
                if self.matches(_ARGUMENTS):
                    found.append(Method(match[1], self._items(")"), at + 1))
                else:
                    found.append(Property(match[1], at + 1))
            else:
                return found
            self.nodes += 1

    def _index(self) -> Expression:
        self.skip_blanks()
        if self.sees("[") or self.sees("{"):
            self.expected("an index")
        index = self.parameter()
        if isinstance(index, Constant) and isinstance(index.value, float):
            self.fail("an index is no decimal")
        self.skip_blanks()
        self.needs("]")
        return index

    def _items(self, end: str) -> tuple[Expression, ...]:
        """Parameters between commas, up to and with `end`."""
        self.skip_blanks()
        if self.takes(end):
            return ()
        items = []
        while True:
            items.append(self.parameter())
            self.skip_blanks()
            if self.takes(end):
                return tuple(items)
            if not self.takes(","):
                self.expected(f"',' or '{end}'")

    def parameter(self) -> Expression:
        """What may be an argument or an item: a value, no operators."""
        self.skip_blanks()
        if self.sees("$"):
            return self.needs_reference()
        self.nodes += 1
        at = self.at
        if match := self.matches(_DOUBLE_QUOTED):
            return self._interpolation(match[1], at)
        if match := self.matches(_SINGLE_QUOTED):
            return Constant(match[1].replace("''", "'"))
        if match := self.matches(_NUMBER):
            return Constant(self._number(match[0]))
        if match := self.matches(_BOOLEAN):
            return Constant(match[1] == "true")
        self.deeper()
        value = self._collection(at)
        self.shallower()
        return value

    def _collection(self, at: int) -> Expression:
        if self.takes("["):
            return self._list_or_range(at)
        if self.takes("{"):
            return self._map(at)
        return self.expected("a value")

    def _interpolation(self, quoted: str, at: int) -> Expression:
        text = _UNICODE.sub(_characters, quoted.replace('""', '"'))
        if "$" not in text and "#" not in text:
            return Constant(text)
        self.deeper()
        body = self.quoted_body(text, at + 1)
        self.shallower()
        return Interpolation(body, at)

    def _number(self, digits: str) -> int | float:
        if len(digits) > _MAX_DIGITS:
            self.fail(f"a number has more than {_MAX_DIGITS} digits")
        if _INTEGER.match(digits):
            return int(digits)
        value = float(digits)
        if value in (float("inf"), float("-inf")):
            self.fail("a number is too large")
        return value

    def _list_or_range(self, at: int) -> Expression:
        self.skip_blanks()
        if self.takes("]"):
            return ListOf((), at)
        first = self.parameter()
        self.skip_blanks()
        if self.takes(".."):
            last = self.parameter()
            self.skip_blanks()
            self.needs("]")
            for end in (first, last):
                if not isinstance(end, Reference) and not (isinstance(end, Constant) and type(end.value) is int):
                    self.fail("a range goes from a whole number to a whole number", at - self.base)
            return Range(first, last, at)
        if self.takes("]"):
            return ListOf((first,), at)
        self.needs(",")
        return ListOf((first, *self._items("]")), at)

    def _map(self, at: int) -> Expression:
        items: list[tuple[Expression, Expression]] = []
        self.skip_blanks()
        if self.takes("}"):
            return MapOf((), at)
        while True:
            key = self.parameter()
            self.skip_blanks()
            self.needs(":")
            items.append((key, self.parameter()))
            self.skip_blanks()
            if self.takes("}"):
                return MapOf(tuple(items), at)
            if not self.takes(","):
                self.expected("',' or '}'")

    def expression(self, binds: int = 1) -> Expression:
        """Operators that bind at least so tightly, and what is between them."""
        depth = self.depth
        left = self._operand()
        while match := self._operator(binds):
            self.deeper()
            at, operator = self.base + match.start(), _BINARY[match[1]]
            left = Binary(operator.name, left, self.expression(operator.binds + 1), at)
        self.depth = depth
        return left

    def _operator(self, binds: int) -> re.Match[str] | None:
        self.skip_blanks()
        match = _OPERATOR.match(self.text, self.offset)
        if not match or _BINARY[match[1]].binds < binds:
            return None
        self.offset = match.end()
        self.nodes += 1
        return match

    def _operand(self) -> Expression:
        self.skip_blanks()
        if self.matches(_NOT):
            self.nodes += 1
            self.deeper()
            operand = self._operand()
            self.shallower()
            return Not(operand)
        if not self.takes("("):
            return self.parameter()
        self.deeper()
        inner = self.expression()
        self.skip_blanks()
        self.needs(")")
        self.shallower()
        return inner
