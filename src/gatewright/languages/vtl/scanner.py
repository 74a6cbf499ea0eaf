"""A place in the text of a template, and the marks that end a directive. Both parsers stand on it."""

import re
from bisect import bisect_right
from typing import NoReturn

from gatewright.languages.vtl.errors import Place, TemplateSyntaxError

MAX_NESTING = 100  # of blocks, brackets, texts in quotes and operators in a row, together

# A directive takes the rest of its line when only blanks follow.
_CLOSE = re.compile(r"\)(?:[ \t]*(?:\r\n|\n|\r))?")
_BLANK = re.compile(r"[ \t\r\n]*")


class Lines:
    """Offsets to lines and columns."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]

    def place(self, offset: int) -> Place:
        line = bisect_right(self._starts, offset)
        return Place(line, offset - self._starts[line - 1] + 1)


class Scanner:
    """`base` is where `text` begins in the template that `lines` is of: text in quotes is parsed on its own."""

    def __init__(self, text: str, lines: Lines, base: int = 0, depth: int = 0) -> None:
        self.text = text
        self.lines = lines
        self.base = base
        self.depth = depth
        self.offset = 0
        self.nodes = 0

    @property
    def at(self) -> int:
        return self.base + self.offset

    def fail(self, message: str, offset: int | None = None) -> NoReturn:
        place = self.lines.place(self.base + (self.offset if offset is None else offset))
        raise TemplateSyntaxError(message, *place)

    def expected(self, what: str) -> NoReturn:
        found = self.text[self.offset : self.offset + 10].split("\n")[0] or "the end of the text"
        if self.offset < len(self.text):
            found = repr(found)
        self.fail(f"expected {what}, found {found}")

    def sees(self, mark: str) -> bool:
        return self.text.startswith(mark, self.offset)

    def takes(self, mark: str) -> bool:
        if not self.sees(mark):
            return False
        self.offset += len(mark)
        return True

    def needs(self, mark: str) -> None:
        if not self.takes(mark):
            self.expected(repr(mark))

    def matches(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What the pattern takes here, if it does."""
        match = pattern.match(self.text, self.offset)
        if match:
            self.offset = match.end()
        return match

    def skip_blanks(self) -> None:
        self.matches(_BLANK)

    def close(self) -> None:
        """The parenthesis that ends a directive."""
        self.skip_blanks()
        if not self.matches(_CLOSE):
            self.expected("')'")

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.fail(f"nested more than {MAX_NESTING} deep")

    def shallower(self) -> None:
        self.depth -= 1
