"""Text of a template to its nodes, by the grammar of Velocity 1.7.

What looks like a directive but is none stays text. A directive that ends its line takes the line break with it; blanks
before `#set` go too, when nothing but a directive or a reference stands before them.
User guide: "Velocity Formatting Issues", "Getting literal".
"""

import re
from typing import NamedTuple

from gatewright.languages.vtl.directive_parser import DIRECTIVES, DirectiveParser, Ended
from gatewright.languages.vtl.expression_parser import REFERENCE
from gatewright.languages.vtl.nodes import Body, Macro, Statement, Text
from gatewright.languages.vtl.scanner import Lines

MAX_LENGTH = 300 * 1024  # API Gateway quota "Maximum size of a mapping template"

_PLAIN = re.compile(r"[^$#\\]+")
_SLASHES = re.compile(r"\\+")
_SET = re.compile(r"[ \t]*#(?:set|\{set\}) *\(")
_DIRECTIVE = re.compile(r"#(?:([A-Za-z_@][A-Za-z0-9_@]*)|\{([A-Za-z_][A-Za-z0-9_@]*)\})")
_SILENT_ESCAPE = re.compile(r"\\*\$(\\+)!")
_REST_OF_LINE = re.compile(r"[ \t]*(?:\r\n|\n|\r)")
_LINE_COMMENT = re.compile(r"##[^\r\n]*(?:\r\n|\n|\r)?")
_END_WORDS = frozenset({"end", "else", "elseif"})
_FILES = frozenset({"include", "parse"})


class Parsed(NamedTuple):
    body: Body
    macros: dict[str, Macro]


class Parser(DirectiveParser):
    """Reads a whole text."""

    def parse(self) -> Body:
        ended = self.body()
        if ended.word:
            self.fail(f"#{ended.word} without a directive that it could end", ended.offset)
        return ended.body

    def quoted_body(self, text: str, base: int) -> Body:
        inner = Parser(text, self.lines, base, self.depth, self.macros)
        body = inner.parse()
        self.nodes += inner.nodes
        return body

    def body(self) -> Ended:
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

    def _ended(self, statements: list[Statement], texts: list[str], before: int, word: str, start: int) -> Ended:
        self._flush(texts, statements)
        self.shallower()
        return Ended(Body(tuple(statements), self.nodes - before), word, start)

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
            return self.set()
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
        known = word in DIRECTIVES or word in _END_WORDS or word in self.macros
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
        if word in DIRECTIVES:
            return DIRECTIVES[word](self, start)
        return self.call(word, start)

    def _literal_text(self) -> str:
        start = self.offset + 3
        end = self.text.find("]]#", start)
        if end < 0:
            self.fail("#[[ is not ended by ]]#")
        self.offset = end + 3
        return self.text[start:end]


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
