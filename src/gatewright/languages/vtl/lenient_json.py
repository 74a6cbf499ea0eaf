"""Text that is not quite JSON, read as json-smart's permissive mode reads it, which Jayway JsonPath stands on.

What does not begin like an object, a list or a quoted text is a text, whole: so `$input.path('$')` of a form's
`a=1&b=2` can be split. Names and texts need no quotes or may have single ones, commas may be missing a value, and what
follows the value is left out.
"""

import re
from collections.abc import Callable
from typing import Any, NoReturn

from gatewright.languages.vtl.json_text import decimal

_LONGEST = 256 * 1024  # characters of an object or list: some 0.2 microseconds each
_DEEPEST = 100

_BLANKS = re.compile(r"[ \t\r\n]*")
_COMMAS = re.compile(r"[ \t\r\n,]*")
_QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'", re.DOTALL)
_NAME = re.compile(r"[^:]+")
_IN_OBJECT = re.compile(r"[^,}]+")
_IN_LIST = re.compile(r"[^,\]]+")
_INTEGER = re.compile(r"-?[0-9]{1,1000}", re.ASCII)
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,300})(?:\.[0-9]{1,1000})?(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_SHORT = {**{mark: mark for mark in "\"'\\/"}, "n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_NO_VALUE = ("", '"', "'", ":", "]", "}")
_WORDS = {"null": None, "true": True, "false": False}


def read_lenient(text: str) -> Any:
    """The value. Raises ValueError when an object, list or quoted text has no end, or is too long to read."""
    text = text.strip(" \t\r\n")
    if text[:1] not in ("{", "[", '"', "'"):
        return text
    if len(text) > _LONGEST:
        raise ValueError("too long to be read leniently")
    try:
        return _Reader(text).value(_IN_OBJECT)
    except RecursionError:
        raise ValueError("nested too deeply") from None


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.offset = 0
        self.depth = 0

    def fail(self) -> NoReturn:
        raise ValueError(f"not JSON at position {self.offset + 1}")

    def matched(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.offset)
        if match:
            self.offset = match.end()
        return match

    def sees(self, mark: str) -> bool:
        """Whether the mark comes next, blanks aside; it is taken then."""
        self.matched(_BLANKS)
        found = self.text.startswith(mark, self.offset)
        self.offset += found
        return found

    def value(self, bare: re.Pattern[str]) -> Any:
        """An object, list or text; `bare` is how far one without quotes goes."""
        if self.sees("{"):
            return self.nested(self.object)
        if self.sees("["):
            return self.nested(self.list)
        if match := self.matched(_QUOTED):
            return _unquoted(match)
        match = None if self.text[self.offset : self.offset + 1] in _NO_VALUE else self.matched(bare)
        return _bare(match[0].rstrip()) if match else self.fail()

    def nested(self, read: Callable[[], Any]) -> Any:
        self.depth += 1
        if self.depth > _DEEPEST:
            self.fail()
        found = read()
        self.depth -= 1
        return found

    def object(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while True:
            self.matched(_COMMAS)
            if self.sees("}"):
                return found
            name = self.name()
            if not self.sees(":"):
                self.fail()
            found[name] = self.value(_IN_OBJECT)
            self.matched(_BLANKS)
            if self.text[self.offset : self.offset + 1] not in (",", "}"):
                self.fail()

    def name(self) -> str:
        if match := self.matched(_QUOTED):
            return _unquoted(match)
        match = None if self.text[self.offset : self.offset + 1] in ("", ":", "]", "[", "{") else self.matched(_NAME)
        return match[0].rstrip() if match else self.fail()

    def list(self) -> list[Any]:
        found: list[Any] = []
        while True:
            self.matched(_COMMAS)
            if self.sees("]"):
                return found
            found.append(self.value(_IN_LIST))


def _unquoted(match: re.Match[str]) -> str:
    """Escapes that JSON does not have stand for nothing."""
    quoted: str = match[match.lastindex or 1]
    return _ESCAPED.sub(_character, quoted)


def _character(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _SHORT.get(match[3], "")


def _bare(text: str) -> Any:
    """A number or word where it is one, else a text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return decimal(text) if _DECIMAL.fullmatch(text) else text
