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
    first, *others = (_Chunk(chunk) for chunk in _split(pieces))
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


class _Chunk:
    """A text of a fixed length, with a regular expression only if it holds `?`."""

    __slots__ = ("_pattern", "_text", "length")

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._text = "".join("?" if piece is Wildcard.ONE else str(piece) for piece in pieces)
        self.length = len(self._text)
        self._pattern = None
        if Wildcard.ONE in pieces:
            written = ("." if piece is Wildcard.ONE else re.escape(str(piece)) for piece in pieces)
            self._pattern = re.compile("".join(written), re.DOTALL)

    def is_at(self, text: str, start: int) -> bool:
        if self._pattern is None:
            return text.startswith(self._text, start)
        return self._pattern.match(text, start) is not None

    def end_after(self, text: str, start: int) -> int:
        """Where the first one from `start` on ends, -1 when there is none."""
        if self._pattern is None:
            found = text.find(self._text, start)
            return -1 if found < 0 else found + self.length
        match = self._pattern.search(text, start)
        return -1 if match is None else match.end()
