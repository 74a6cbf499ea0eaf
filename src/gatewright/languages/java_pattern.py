"""Java regular expressions, read to a tree of what they match.

Served is what a regular language can have, with Java's syntax for it. Back references, look-behind, possessive and
atomic parts are not: they would need a matcher that may run for ever. Look-ahead is served at the beginning of a
pattern. Java SE API: class java.util.regex.Pattern.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from gatewright.languages.java_char_class import (
    LINE_ENDS,
    NAMED,
    PREDEFINED,
    Matches,
    all_of,
    any_of,
    between,
    ignoring_case,
    none_of,
    one_of,
)

LONGEST_PATTERN = 4096
DEEPEST_NESTING = 40
_QUANTIFIER = re.compile(r"(?:([*+?])|\{(\d{1,4})(,(\d{1,4})?)?\})([?+])?")
_NUMBERED = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|x\{([0-9A-Fa-f]{1,6})\}|0([0-7]{1,3}))")
_PROPERTY = re.compile(r"\\([pP])(?:\{(\w+)\}|(\w))")
_FLAGS = re.compile(r"\?([ims]*)([:)])")
_NAME = re.compile(r"\?<([A-Za-z][A-Za-z0-9]*)>")
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b"}
_ANCHORS = {"A": "start", "z": "end", "Z": "end", "b": "boundary", "B": "inside"}
_REPEATS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


class PatternError(ValueError):
    """The pattern is none, or one that is not served."""


class Chars(NamedTuple):
    """One character of a class."""

    matches: Matches


class Anchor(NamedTuple):
    """A place between characters: "start", "end", word "boundary", "inside"."""

    kind: str


class Sequence(NamedTuple):
    """One after the other."""

    parts: "list[Node]"


class Choice(NamedTuple):
    """One of several."""

    branches: "list[Node]"


class Repeat(NamedTuple):
    """`part` from `low` to `high` times, None for any number."""

    part: "Node"
    low: int
    high: int | None


class Ahead(NamedTuple):
    """What must, or when `negative` must not, come next."""

    part: "Node"
    negative: bool


Node = Chars | Anchor | Sequence | Choice | Repeat | Ahead


def read_pattern(text: str) -> Node:
    """The tree of a pattern. Raises PatternError."""
    if len(text) > LONGEST_PATTERN:
        raise PatternError(f"a pattern of more than {LONGEST_PATTERN} characters")
    reader = _Reader(text)
    tree = reader.choice()
    if reader.at < len(text):
        reader.fail("unmatched )")
    return tree


@dataclass(slots=True)
class _Reader:
    text: str
    at: int = 0
    depth: int = 0
    flags: frozenset[str] = field(default_factory=frozenset)

    def fail(self, reason: str) -> NoReturn:
        raise PatternError(f"{reason} at {self.at} of the pattern")

    def take(self, token: str) -> bool:
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def matched(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
        return match

    def choice(self) -> Node:
        flags = self.flags
        branches = [self.sequence()]
        while self.take("|"):
            branches.append(self.sequence())
        self.flags = flags  # those set inside a group end with it
        return branches[0] if len(branches) == 1 else Choice(branches)

    def sequence(self) -> Node:
        parts: list[Node] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            if self.take("\\Q"):
                quoted, _, _ = self.text[self.at :].partition("\\E")
                self.at = min(self.at + len(quoted) + 2, len(self.text))
                parts += [self.literal(character) for character in quoted]
                continue
            part = self.atom()
            if part is not None:
                parts.append(self.repeated(part))
        return Sequence(parts)

    def repeated(self, part: Node) -> Node:
        while (match := self.matched(_QUANTIFIER)) is not None:
            if match[5] == "+":
                self.fail("a possessive quantifier")
            if match[1]:
                low, high = _REPEATS[match[1]]
            else:
                low = int(match[2])
                high = low if not match[3] else int(match[4]) if match[4] else None
            if high is not None and high < low:
                self.fail("an impossible number of times")
            part = Repeat(part, low, high)
        return part

    def atom(self) -> Node | None:
        character = self.text[self.at]
        if character in "*+?":
            self.fail(f"nothing to repeat by {character}")
        if character == "\\":
            return self.escape()
        self.at += 1
        if character == "(":
            return self.group()
        if character == "[":
            return Chars(self.cased(self.char_class()))
        if character == ".":
            return Chars((lambda one: True) if "s" in self.flags else none_of(one_of(LINE_ENDS)))
        if character in "^$":
            if "m" in self.flags:
                self.fail("^ or $ of single lines")
            return Anchor("start" if character == "^" else "end")
        return self.literal(character)

    def group(self) -> Node | None:
        self.depth += 1
        if self.depth > DEEPEST_NESTING:
            self.fail("too many nested groups")
        flags = self.flags
        ahead = self.take("?=") or self.take("?!")
        negative = self.text[self.at - 1] == "!"
        if not ahead:
            match = self.matched(_FLAGS)
            if match is not None:
                self.flags |= set(match[1])
                if match[2] == ")":
                    self.depth -= 1
                    return None
            elif self.matched(_NAME) is None and self.text.startswith("?", self.at):
                self.fail("a kind of group that is not served")
        node = self.choice()
        self.flags = flags
        if not self.take(")"):
            self.fail("a missing )")
        self.depth -= 1
        return Ahead(node, negative) if ahead else node

    def escape(self) -> Node:
        letter = self.text[self.at + 1 : self.at + 2]
        if letter in _ANCHORS and letter:
            self.at += 2
            return Anchor(_ANCHORS[letter])
        if letter == "R":
            self.at += 2
            ends = Chars(one_of("\x0b\f" + LINE_ENDS))
            return Choice([Sequence([self.literal("\r"), self.literal("\n")]), ends])
        return Chars(self.cased(self.escaped_class()))

    def escaped_class(self) -> Matches:
        """A class or a character after a backslash."""
        if (match := self.matched(_NUMBERED)) is not None:
            digits = match[1] or match[2] or match[3]
            code = int(digits, 16) if digits else int(match[4], 8)
            return one_of(chr(code)) if code <= 0x10FFFF else self.fail("no such character")
        if (match := self.matched(_PROPERTY)) is not None:
            named = NAMED.get(match[2] or match[3])
            if named is None:
                self.fail("a property that is not served")
            return none_of(named) if match[1] == "P" else named
        letter = self.text[self.at + 1 : self.at + 2]
        self.at += 2
        if letter in PREDEFINED:
            return PREDEFINED[letter]
        if letter in _CONTROL:
            return one_of(_CONTROL[letter])
        if not letter or letter.isalnum():
            self.fail(f"\\{letter}, which is not served,")
        return one_of(letter)

    def char_class(self) -> Matches:
        """What follows "[", to its "]"."""
        self.depth += 1
        if self.depth > DEEPEST_NESTING:
            self.fail("too many nested classes")
        negated = self.take("^")
        whole: list[Matches] = []
        union: list[Matches] = []
        begun = self.at
        while not (self.at > begun and self.text.startswith("]", self.at)):
            if self.at >= len(self.text):
                self.fail("a missing ]")
            if self.take("&&"):
                whole.append(any_of(union))
                union = []
            elif self.take("["):
                union.append(self.char_class())
            else:
                union.append(self.class_member())
        self.at += 1
        self.depth -= 1
        matches = all_of([*whole, any_of(union)]) if whole else any_of(union)
        return none_of(matches) if negated else matches

    def class_member(self) -> Matches:
        low = self.class_character()
        if not isinstance(low, str):
            return low
        following = self.text[self.at + 1 : self.at + 2]
        if self.text.startswith("-", self.at) and following not in ("", "]", "["):
            self.at += 1
            high = self.class_character()
            if not isinstance(high, str) or high < low:
                self.fail("an impossible range")
            return between(low, high)
        return one_of(low)

    def class_character(self) -> str | Matches:
        character = self.text[self.at]
        if character != "\\":
            self.at += 1
            return character
        begun = self.at
        matches = self.escaped_class()
        source = self.text[begun : self.at]
        number = _NUMBERED.fullmatch(source)
        if number is not None:
            digits = number[1] or number[2] or number[3]
            return chr(int(digits, 16) if digits else int(number[4], 8))
        letter = source[1:]
        if letter in _CONTROL:
            return _CONTROL[letter]
        return matches if letter in PREDEFINED or letter[0] in "pP" else letter

    def literal(self, character: str) -> Chars:
        return Chars(self.cased(one_of(character)))

    def cased(self, matches: Matches) -> Matches:
        return ignoring_case(matches) if "i" in self.flags else matches
