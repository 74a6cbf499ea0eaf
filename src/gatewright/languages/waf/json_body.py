"""A JSON body as rules see it: its keys and values one after the other, as far as it is JSON.

AWS WAF developer guide: "Using web request components": JSON body. RFC 8259, RFC 6901.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

_STRING = re.compile(r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\x00-\x1f]*)*"')
_SCALAR = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")
_BLANK = re.compile(r"[ \t\n\r]*")
_VALUE = 50  # tenths of microseconds
Path = tuple[str, ...]


class NotJson(ValueError):
    """The text is no JSON from here on."""


class Element(NamedTuple):
    """A key, or a value that is not an object or array, and the beginning of its path."""

    path: Path
    is_key: bool
    text: str


def elements(text: str, depth: int, spend: Callable[[int], None]) -> Iterator[Element]:
    """The elements in order, with the first `depth` parts of their paths: whole ones of what is nested deeply would
    take their time. `spend` is told of each value's, in tenths of microseconds. Raises NotJson after the elements that
    come before the mistake."""
    return _Scanner(text, depth, spend).elements()


@dataclass(slots=True)
class _Open:
    """An object or array that is not closed yet; `members` so far."""

    is_object: bool
    members: int = 0


@dataclass(slots=True)
class _Scanner:
    """Walks through the text with a stack of its own: no depth is too deep for it."""

    text: str
    depth: int
    spend: Callable[[int], None]
    at: int = 0
    path: list[str] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)

    def elements(self) -> Iterator[Element]:
        yield from self.value()
        while self.open:
            inner = self.open[-1]
            if self.take("}" if inner.is_object else "]"):
                self.open.pop()
                if inner.members:
                    self.path.pop()
                continue
            if inner.members:
                self.need(",")
                self.path.pop()
            if inner.is_object:
                self.path.append(self.string())
                yield Element(tuple(self.path[: self.depth]), True, self.path[-1])
                self.need(":")
            else:
                self.path.append(str(inner.members))
            inner.members += 1
            yield from self.value()
        self.blank()
        if self.at < len(self.text):
            raise NotJson

    def value(self) -> Iterator[Element]:
        self.spend(_VALUE)
        if self.take("{"):
            self.open.append(_Open(is_object=True))
            return
        if self.take("["):
            self.open.append(_Open(is_object=False))
            return
        self.blank()
        if self.text.startswith('"', self.at):
            yield Element(tuple(self.path[: self.depth]), False, self.string())
            return
        found = _SCALAR.match(self.text, self.at)
        if found is None:
            raise NotJson
        self.at = found.end()
        yield Element(tuple(self.path[: self.depth]), False, found[0])

    def string(self) -> str:
        self.blank()
        found = _STRING.match(self.text, self.at)
        if found is None:
            raise NotJson
        self.at = found.end()
        decoded: str = json.loads(found[0].encode("latin-1").decode("utf-8", "replace"))
        return decoded.encode("utf-8", "surrogatepass").decode("latin-1")

    def blank(self) -> None:
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def take(self, token: str) -> bool:
        self.blank()
        if self.text.startswith(token, self.at):
            self.at += 1
            return True
        return False

    def need(self, token: str) -> None:
        if not self.take(token):
            raise NotJson
