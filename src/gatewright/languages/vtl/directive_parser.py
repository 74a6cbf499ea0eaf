"""Directives of the language, from behind their names: arguments, and the bodies of those that have one."""

import re
from abc import abstractmethod
from collections.abc import Callable
from typing import NamedTuple

from gatewright.languages.vtl.expression_parser import ExpressionParser
from gatewright.languages.vtl.nodes import (
    Body,
    Break,
    Call,
    Constant,
    Define,
    Evaluate,
    Expression,
    Foreach,
    If,
    Macro,
    Method,
    Set,
    Statement,
    Stop,
    Text,
)
from gatewright.languages.vtl.scanner import Lines

_OPEN = re.compile(r"[ \t\r\n]*\(")
_SEPARATOR = re.compile(r"[ \t\r\n]*,?[ \t\r\n]*")
_BOOLEAN = re.compile(r"(?:true|false)\b")
_WORD = re.compile(r"[A-Za-z_@][A-Za-z0-9_@]*")


class Ended(NamedTuple):
    """What ended a body: `end`, `else`, `elseif`, or nothing at the end of the text."""

    body: Body
    word: str
    offset: int


class DirectiveParser(ExpressionParser):
    """`macros` fills while parsing: the first definition of a name counts."""

    def __init__(
        self, text: str, lines: Lines, base: int = 0, depth: int = 0, macros: dict[str, Macro] | None = None
    ) -> None:
        super().__init__(text, lines, base, depth)
        self.macros: dict[str, Macro] = {} if macros is None else macros

    @abstractmethod
    def body(self) -> Ended:
        """Everything up to the word that ends it."""

    def _opened(self, directive: str) -> None:
        if not self.matches(_OPEN):
            self.expected(f"'(' after #{directive}")

    def set(self) -> Statement:
        at = self.at
        target = self.needs_reference()
        if target.accesses and isinstance(target.accesses[-1], Method):
            self.fail("a method cannot be assigned to", target.at - self.base)
        self.skip_blanks()
        self.needs("=")
        value = self.expression()
        self.close()
        return Set(target, value, at)

    def _condition(self, word: str) -> Expression:
        self._opened(word)
        condition = self.expression()
        self.close()
        return condition

    def _if(self, start: int) -> Statement:
        branches = []
        word, otherwise = "if", Body((), 0)
        while word in ("if", "elseif"):
            condition = self._condition(word)
            body, word, offset = self.body()
            branches.append((condition, body))
        if word == "else":
            otherwise, word, offset = self.body()
        self._needs_end("if", word, start, offset)
        return If(tuple(branches), otherwise)

    def _needs_end(self, directive: str, word: str, start: int, offset: int) -> None:
        if not word:
            self.fail(f"#{directive} is not ended by #end", start)
        if word != "end":
            self.fail(f"#{word} cannot stand here", offset)

    def _block(self, directive: str, start: int) -> Body:
        body, word, offset = self.body()
        self._needs_end(directive, word, start, offset)
        return body

    def _foreach(self, start: int) -> Statement:
        self._opened("foreach")
        variable = self.needs_reference()
        if variable.accesses:
            self.fail("the variable of #foreach is a plain name", start)
        self.skip_blanks()
        if not self.matches(_WORD):
            self.expected("'in'")
        items = self.parameter()
        self.close()
        return Foreach(variable.name, items, self._block("foreach", start), self.base + start)

    def _macro(self, start: int) -> None:
        self._opened("macro")
        self.skip_blanks()
        name = self.matches(_WORD)
        if not name:
            self.expected("the name of a macro")
        parameters: list[str] = []
        while True:
            self.matches(_SEPARATOR)
            if not self.sees("$"):
                break
            parameters.append(self.needs_reference().name)
        self.close()
        body = self._block("macro", start)
        self.macros.setdefault(name[0], Macro(name[0], tuple(parameters), body))

    def _define(self, start: int) -> Statement:
        self._opened("define")
        variable = self.needs_reference()
        self.close()
        return Define(variable.name, self._block("define", start))

    def _evaluate(self, start: int) -> Statement:
        self._opened("evaluate")
        text = self.parameter()
        self.close()
        return Evaluate(text, self.base + start)

    def _literal(self, start: int) -> Statement:
        if self.matches(_OPEN):
            self.close()
        inside = self.offset
        _, word, offset = self.body()
        self._needs_end("literal", word, start, offset)
        return Text(self.text[inside:offset])

    def call(self, word: str, start: int) -> Statement | str:
        """A macro's call, if there is such a macro when it is rendered; without parentheses it has no arguments."""
        block = word.startswith("@")
        if not self.matches(_OPEN):
            source = self.text[start : self.offset]
            return source if block else Call(word, (), None, source, self.base + start)
        arguments: list[Expression] = []
        while True:
            self.matches(_SEPARATOR)
            if self.sees(")") or self.offset >= len(self.text):
                break
            # Words are no values, but `#tag (words)` may be plain text.
            word_argument = None if _BOOLEAN.match(self.text, self.offset) else self.matches(_WORD)
            arguments.append(Constant(word_argument[0]) if word_argument else self.parameter())
        self.close()
        body = self._block(word, start) if block else None
        return Call(word.lstrip("@"), tuple(arguments), body, self.text[start : self.offset], self.base + start)


def _break(parser: DirectiveParser, start: int) -> Statement:
    if parser.matches(_OPEN):
        parser.close()
    return Break()


def _stop(parser: DirectiveParser, start: int) -> Statement:
    return Stop()


DIRECTIVES: dict[str, Callable[[DirectiveParser, int], Statement | str | None]] = {
    "if": DirectiveParser._if,
    "foreach": DirectiveParser._foreach,
    "macro": DirectiveParser._macro,
    "define": DirectiveParser._define,
    "evaluate": DirectiveParser._evaluate,
    "literal": DirectiveParser._literal,
    "break": _break,
    "stop": _stop,
}
