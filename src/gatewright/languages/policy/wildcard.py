"""Wildcards of policies: `*` is any text, `?` any one character.

A pattern is the texts between its `*`, each found as early as possible after the one before, so matching never goes
back: its time is the product of both lengths at worst.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from enum import Enum


class Wildcard(Enum):
    """What may stand between literal texts."""

    TEXT = "*"
    ONE = "?"


Piece = str | Wildcard
Matches = Callable[[str], bool]
_WILD = re.compile(r"([*?])")


def pieces_of(text: str) -> list[Piece]:
    """Text with wildcards, taken apart."""
    return [Wildcard(each) if each in ("*", "?") else each for each in _WILD.split(text) if each]


def compile_wildcards(pieces: Sequence[Piece]) -> Matches:
    """The test whether the whole of a text is like the pattern."""
    if not any(isinstance(piece, Wildcard) for piece in pieces):
        return "".join(map(str, pieces)).__eq__
    first, *others = map(_chunk, _split(pieces))
    if not others:
        return lambda text: len(text) == first.length and first.is_at(text, 0)
    *middle, last = others

    def matches(text: str) -> bool:
        end = len(text) - last.length
        at = first.length
        if at > end or not first.is_at(text, 0) or not last.is_at(text, end):
            return False
        for chunk in middle:
            at = chunk.end_after(text, at)
            if at < 0:
                return False
        return at <= end

    return matches


def _split(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """What stands between the `*`."""
    chunks: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece is Wildcard.TEXT:
            chunks.append([])
        else:
            chunks[-1].append(piece)
    return chunks


def _chunk(pieces: Sequence[Piece]) -> "_Text | _WithOnes":
    return _WithOnes(pieces) if Wildcard.ONE in pieces else _Text("".join(map(str, pieces)))


class _Text:
    """A chunk without `?`."""

    __slots__ = ("_text", "length")

    def __init__(self, text: str) -> None:
        self._text = text
        self.length = len(text)

    def is_at(self, text: str, start: int) -> bool:
        return text.startswith(self._text, start)

    def end_after(self, text: str, start: int) -> int:
        """Where the first one from `start` on ends, -1 when there is none."""
        found = text.find(self._text, start)
        return -1 if found < 0 else found + self.length


class _WithOnes:
    """A chunk with `?`: texts at their places, in a text of a fixed length."""

    __slots__ = ("_texts", "length")

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._texts: list[tuple[int, str]] = []
        self.length = 0
        for piece in pieces:
            if isinstance(piece, str):
                self._texts.append((self.length, piece))
            self.length += len(piece) if isinstance(piece, str) else 1

    def is_at(self, text: str, start: int) -> bool:
        if start + self.length > len(text):
            return False
        return all(text.startswith(each, start + place) for place, each in self._texts)

    def end_after(self, text: str, start: int) -> int:
        """Likewise."""
        place, first = self._texts[0] if self._texts else (0, "")
        found = text.find(first, start + place)
        while found >= 0 and not self.is_at(text, found - place):
            found = text.find(first, found + 1)
        return -1 if found < 0 else found - place + self.length
