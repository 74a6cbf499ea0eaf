"""Text of a template to its nodes, by the grammar of Velocity 1.7.

What looks like a directive but is none stays text. A directive that ends its line takes the line break with it; blanks
before `#set` go too, when nothing but a directive or a reference stands before them.
User guide: "Velocity Formatting Issues", "Getting literal".
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from gatewright.languages.vtl.expression_parser import REFERENCE, ExpressionParser
from gatewright.languages.vtl.nodes import (
    Body,
    Break,
    Call,
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

MAX_LENGTH = 300 * 1024  # API Gateway quota "Maximum size of a mapping template"

_PLAIN = re.compile(r"[^$#\\]+")
_SLASHES = re.compile(r"\\+")
_SET = re.compile(r"[ \t]*#(?:set|\{set\}) *\(")
_DIRECTIVE = re.compile(r"#(?:([A-Za-z_@][A-Za-z0-9_@]*)|\{([A-Za-z_][A-Za-z0-9_@]*)\})")
_SILENT_ESCAPE = re.compile(r"\\*\$(\\+)!")
_OPEN = re.compile(r"[ \t\r\n]*\(")
_SEPARATOR = re.compile(r"[ \t\r\n]*,?[ \t\r\n]*")
_REST_OF_LINE = re.compile(r"[ \t]*(?:\r\n|\n|\r)")
_LINE_COMMENT = re.compile(r"##[^\r\n]*(?:\r\n|\n|\r)?")
_WORD = re.compile(r"[A-Za-z_@][A-Za-z0-9_@]*")
_END_WORDS = frozenset({"end", "else", "elseif"})
_FILES = frozenset({"include", "parse"})


class _Ended(NamedTuple):
    """What ended a body: `end`, `else`, `elseif`, or nothing at the end of the text."""

    body: Body
    word: str
    offset: int


class Parsed(NamedTuple):
    body: Body
    macros: dict[str, Macro]


class Parser(ExpressionParser):
    """`macros` fills while parsing: the first definition of a name counts."""

    def __init__(
        self, text: str, lines: Lines, base: int = 0, depth: int = 0, macros: dict[str, Macro] | None = None
    ) -> None:
        super().__init__(text, lines, base, depth)
        self.macros: dict[str, Macro] = {} if macros is None else macros

    def parse(self) -> Body:
        ended = self._body()
        if ended.word:
            self.fail(f"#{ended.word} without a directive that it could end", ended.offset)
        return ended.body

    def quoted_body(self, text: str, base: int) -> Body:
        inner = Parser(text, self.lines, base, self.depth, self.macros)
        body = inner.parse()
        self.nodes += inner.nodes
        return body

    def _body(self) -> _Ended:
        self.deeper()
        before = self.nodes
        statements: list[Statement] = []
        texts: list[str] = []
        while self.offset < len(self.text):
            start = self.offset
            word = self._end_word()
            if word:
                return self._ended(statements, texts, before, word, start)
            found = self._statement()
            if isinstance(found, str):
                texts.append(found)
                continue
            self._flush(texts, statements)
            if found is not None:
                statements.append(found)
                self.nodes += 1
        return self._ended(statements, texts, before, "", self.offset)

    def _ended(self, statements: list[Statement], texts: list[str], before: int, word: str, start: int) -> _Ended:
        self._flush(texts, statements)
        self.shallower()
        return _Ended(Body(tuple(statements), self.nodes - before), word, start)

    def _flush(self, texts: list[str], statements: list[Statement]) -> None:
        if text := "".join(texts):
            statements.append(Text(text))
            self.nodes += 1
        texts.clear()

    def _end_word(self) -> str:
        match = _DIRECTIVE.match(self.text, self.offset) if self.sees("#") else None
        word = match[1] or match[2] if match else ""
        if not match or word not in _END_WORDS:
            return ""
        self.offset = match.end()
        if word != "elseif":
            self.matches(_REST_OF_LINE)
        return word

    def _statement(self) -> Statement | str | None:
        """The next piece: text, a statement, or None for what leaves nothing."""
        if self.sees("$"):
            return self._dollar()
        if self.matches(_SET):
            return self._set()
        if match := self.matches(_PLAIN):
            return match[0]
        return self._hash() if self.sees("#") else self._slashes()

    def _slashes(self) -> Statement | str:
        start, match = self.offset, self.matches(_SLASHES)
        slashes = match[0] if match else ""
        if self.sees("#"):
            return self._escaped_directive(slashes)
        if self.sees("$"):
            self.offset = start
            return self._dollar()
        return slashes

    def _dollar(self) -> Statement | str:
        if match := self.matches(_SILENT_ESCAPE):
            # `$\!foo` prints `$!foo`: no reference, and one backslash less.
            return match[0].replace("\\!", "!", 1)
        if not REFERENCE.match(self.text, self.offset):
            match = self.matches(_SLASHES)
            return match[0] if match else self._take(1)
        return self.reference() or self._take(1)

    def _take(self, characters: int) -> str:
        start = self.offset
        self.offset += characters
        return self.text[start : self.offset]

    def _escaped_directive(self, slashes: str) -> str:
        """Backslashes before a hash: an odd one keeps a directive from being one; those before go by twos."""
        match = _DIRECTIVE.match(self.text, self.offset)
        word = match[1] or match[2] if match else ""
        known = word in _DIRECTIVES or word in _END_WORDS or word in self.macros
        if not match or not len(slashes) % 2:
            return slashes[: len(slashes) // 2] if known and word != "set" else slashes
        self.offset = match.end()
        return slashes[: len(slashes) // 2] + match[0] if known or word == "set" else slashes + match[0]

    def _hash(self) -> Statement | str | None:
        if self.matches(_LINE_COMMENT):
            return None
        if self.takes("#*"):
            end = self.text.find("*#", self.offset)
            self.offset = len(self.text) if end < 0 else end + 2
            return None
        if self.sees("#[["):
            return self._literal_text()
        start = self.offset
        match = self.matches(_DIRECTIVE)
        word = match[1] or match[2] if match else ""
        if not match or word == "set":
            self.offset = start
            return self._take(match.end() - start if match else 1)
        if word in _FILES:
            self.fail(f"#{word} is not available", start)
        if word in _DIRECTIVES:
            return _DIRECTIVES[word](self, start)
        return self._call(word, start)

    def _literal_text(self) -> str:
        start = self.offset + 3
        end = self.text.find("]]#", start)
        if end < 0:
            self.fail("#[[ is not ended by ]]#")
        self.offset = end + 3
        return self.text[start:end]

    def _set(self) -> Statement:
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
        if not self.matches(_OPEN):
            self.expected(f"'(' after #{word}")
        condition = self.expression()
        self.close()
        return condition

    def _if(self, start: int) -> Statement:
        branches = []
        word, otherwise = "if", Body((), 0)
        while word in ("if", "elseif"):
            condition = self._condition(word)
            body, word, offset = self._body()
            branches.append((condition, body))
        if word == "else":
            otherwise, word, offset = self._body()
        self._needs_end("if", word, start, offset)
        return If(tuple(branches), otherwise)

    def _needs_end(self, directive: str, word: str, start: int, offset: int) -> None:
        if not word:
            self.fail(f"#{directive} is not ended by #end", start)
        if word != "end":
            self.fail(f"#{word} cannot stand here", offset)

    def _block(self, directive: str, start: int) -> Body:
        body, word, offset = self._body()
        self._needs_end(directive, word, start, offset)
        return body

    def _opened(self, directive: str) -> None:
        if not self.matches(_OPEN):
            self.expected(f"'(' after #{directive}")

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
        _, word, offset = self._body()
        self._needs_end("literal", word, start, offset)
        return Text(self.text[inside:offset])

    def _call(self, word: str, start: int) -> Statement | str:
        """A macro's call, if there is such a macro when it is rendered; without parentheses it has no arguments."""
        block = word.startswith("@")
        if not self.matches(_OPEN):
            source = self.text[start : self.offset]
            return source if block else Call(word, (), None, source, self.base + start)
        arguments = []
        while True:
            self.matches(_SEPARATOR)
            if self.sees(")") or self.offset >= len(self.text):
                break
            arguments.append(self._word_or_parameter())
        self.close()
        body = self._block(word, start) if block else None
        return Call(word.lstrip("@"), tuple(arguments), body, self.text[start : self.offset], self.base + start)

    def _word_or_parameter(self) -> Expression:
        return self.parameter()


def _break(parser: Parser, start: int) -> Statement:
    if parser.matches(_OPEN):
        parser.close()
    return Break()


def _stop(parser: Parser, start: int) -> Statement:
    return Stop()


_DIRECTIVES: dict[str, Callable[[Parser, int], Statement | str | None]] = {
    "if": Parser._if,
    "foreach": Parser._foreach,
    "macro": Parser._macro,
    "define": Parser._define,
    "evaluate": Parser._evaluate,
    "literal": Parser._literal,
    "break": _break,
    "stop": _stop,
}


def parse_template(text: str) -> Parsed:
    """Nodes of a whole template; raises TemplateSyntaxError."""
    lines = Lines(text)
    parser = Parser(text, lines)
    if len(text.encode()) > MAX_LENGTH:
        parser.fail(f"a template has at most {MAX_LENGTH} bytes")
    try:
        return Parsed(parser.parse(), parser.macros)
    except RecursionError:
        parser.fail("nested too deeply")
