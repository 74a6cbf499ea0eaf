"""Java regular expressions, read to a tree of what they match. This is the one reader of their syntax.

Two engines run the tree: `full_match`, an automaton for patterns that are matched with what callers send, and
`java_regex`, Python's engine under a budget, for those of templates and JSONPaths. What only the latter can do (back
references, look-behind, atomic parts) is in the tree all the same, and the automaton refuses it. Unicode's scripts,
blocks and flags are not served. Java SE API: class java.util.regex.Pattern.
"""

import re
from dataclasses import dataclass, field
from typing import NoReturn

from gatewright.languages.java_char_class import (
    EVERY,
    LINE_ENDS,
    PREDEFINED,
    Ranges,
    between,
    ignoring_case,
    intersection,
    named_class,
    none_of,
    one_of,
    union,
)
from gatewright.languages.java_pattern_tree import (
    Anchor,
    Atomic,
    Chars,
    Choice,
    Group,
    Look,
    Node,
    Reference,
    Repeat,
    Sequence,
)

LONGEST_PATTERN = 4096
DEEPEST_NESTING = 40
_QUANTIFIER = re.compile(r"(?:([*+?])|\{(\d{1,4})(,(\d{1,4})?)?\})([?+]?)")
_NUMBERED = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|x\{([0-9A-Fa-f]{1,6})\}|0([0-3]?[0-7]{1,2}))")
_PROPERTY = re.compile(r"\\([pP])(?:\{(\w+)\}|(\w))")
_REFERENCE = re.compile(r"\\(?:k<([A-Za-z][A-Za-z0-9]*)>|([1-9]))")
_GROUP = re.compile(r"\?(?:(<?)([=!])|(>)|<([A-Za-z][A-Za-z0-9]*)>|([imsx]*)(?:-([imsx]+))?([:)]))")
_COMMENT = re.compile(r"(?:[ \t\n\x0b\f\r]|#[^\n\r\u0085\u2028\u2029]*)+")
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b"}
_ANCHORS = {"A": "start", "z": "end", "Z": "last end", "b": "boundary", "B": "inside"}
_REPEATS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


class PatternError(ValueError):
    """The pattern is none, or one that is not served."""


def read_pattern(text: str, flags: str = "") -> Node:
    """The tree of a pattern; `flags` of `imsx` hold from its beginning. Raises PatternError."""
    if len(text) > LONGEST_PATTERN:
        raise PatternError(f"a pattern of more than {LONGEST_PATTERN} characters")
    reader = Reader(text, flags=frozenset(flags))
    tree = reader.choice()
    if reader.at < len(text):
        reader.fail("unmatched )")
    return tree


@dataclass(slots=True)
class Reader:
    """A pattern while it is read: `at` is the next character. `fail` ends with PatternError."""

    text: str
    at: int = 0
    depth: int = 0
    groups: int = 0
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
        if len(branches) == 1:
            return branches[0]
        if all(len(branch.parts) == 1 and isinstance(branch.parts[0], Chars) for branch in branches):
            return Chars(
                union(*(part.ranges for branch in branches for part in branch.parts if isinstance(part, Chars)))
            )
        return Choice(tuple(branches))

    def sequence(self) -> Sequence:
        parts: list[Node] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            if "x" in self.flags and self.matched(_COMMENT):
                continue
            part = self.quoted(parts) if self.take("\\Q") else self.atom()
            if part is not None:
                parts.append(self.repeated(part))
        return Sequence(tuple(parts))

    def quoted(self, parts: list[Node]) -> Node | None:
        """What follows `\\Q`, to `\\E`: all but the last character goes to `parts`, as a quantifier is of that one."""
        quoted, _, _ = self.text[self.at :].partition("\\E")
        self.at = min(self.at + len(quoted) + 2, len(self.text))
        literals = [self.literal(character) for character in quoted]
        parts += literals[:-1]
        return literals[-1] if literals else None

    def repeated(self, part: Node) -> Node:
        match = self.matched(_QUANTIFIER)
        if match is None:
            return part
        if match[1]:
            low, high = _REPEATS[match[1]]
        else:
            low = int(match[2])
            high = low if not match[3] else int(match[4]) if match[4] else None
        if high is not None and high < low:
            self.fail("an impossible number of times")
        if self.matched(_QUANTIFIER) is not None:
            self.fail("nothing to repeat")
        return Repeat(part, low, high, match[5])

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
            return Chars(self.char_class())
        if character == ".":
            return Chars(EVERY if "s" in self.flags else none_of(one_of(LINE_ENDS)))
        if character in "^$":
            lines = "m" in self.flags
            return Anchor(
                ("line start" if lines else "start") if character == "^" else "line end" if lines else "last end"
            )
        return self.literal(character)

    def group(self) -> Node | None:
        self.depth += 1
        if self.depth > DEEPEST_NESTING:
            self.fail("too many nested groups")
        flags = self.flags
        match = self.matched(_GROUP)
        if match is None and self.text.startswith("?", self.at):
            self.fail("a kind of group that is not served")
        if match is not None and match[7]:
            self.flags = flags.union(match[5]).difference(match[6] or "")
            if match[7] == ")":
                self.depth -= 1
                return None
        self.groups += match is None or match[4] is not None
        node = self.choice()
        self.flags = flags
        if not self.take(")"):
            self.fail("a missing )")
        self.depth -= 1
        if match is None or match[4]:
            return Group(node, match[4] if match else "")
        if match[2]:
            return Look(node, match[2] == "!", bool(match[1]))
        return Atomic(node) if match[3] else node

    def escape(self) -> Node:
        letter = self.text[self.at + 1 : self.at + 2]
        if letter in _ANCHORS and letter:
            self.at += 2
            return Anchor(_ANCHORS[letter])
        if letter == "R":
            self.at += 2
            ends = Chars(one_of("\x0b\f" + LINE_ENDS))
            return Choice((Sequence((Chars(one_of("\r")), Chars(one_of("\n")))), Sequence((ends,))))
        match = self.matched(_REFERENCE)
        if match is not None:
            return Reference(match[1] or self.number(int(match[2])), "i" in self.flags)
        found = self.escaped()
        return self.literal(found) if isinstance(found, str) else Chars(self.cased(found))

    def number(self, group: int) -> int:
        """The number of a group: as many digits as there are groups for [Java]."""
        if group > self.groups:
            self.fail("a reference to no group")
        while self.text[self.at : self.at + 1].isdecimal() and group * 10 + int(self.text[self.at]) <= self.groups:
            group = group * 10 + int(self.text[self.at])
            self.at += 1
        return group

    def escaped(self) -> str | Ranges:
        """A character, or a class, after a backslash."""
        if (match := self.matched(_NUMBERED)) is not None:
            digits = match[1] or match[2] or match[3]
            code = int(digits, 16) if digits else int(match[4], 8)
            return chr(code) if code <= 0x10FFFF else self.fail("no such character")
        if (match := self.matched(_PROPERTY)) is not None:
            named = named_class(match[2] or match[3])
            if named is None:
                self.fail("a property that is not served")
            return none_of(named) if match[1] == "P" else named
        letter = self.text[self.at + 1 : self.at + 2]
        self.at += 2
        if letter in PREDEFINED:
            return PREDEFINED[letter]
        if letter in _CONTROL:
            return _CONTROL[letter]
        if not letter or (letter.isascii() and letter.isalnum()):
            self.fail(f"\\{letter}, which is not served,")
        return letter

    def char_class(self) -> Ranges:
        """What follows "[", to its "]"."""
        self.depth += 1
        if self.depth > DEEPEST_NESTING:
            self.fail("too many nested classes")
        negated = self.take("^")
        whole = EVERY
        members: list[Ranges] = []
        begun = self.at
        while not (self.at > begun and self.text.startswith("]", self.at)):
            if self.at >= len(self.text):
                self.fail("a missing ]")
            if self.take("&&"):
                whole = intersection(whole, union(*members)) if members else whole
                members = []
            elif self.take("\\Q"):
                quoted, _, _ = self.text[self.at :].partition("\\E")
                self.at += len(quoted) + 2
                members.append(self.cased(one_of(quoted)))
            else:
                members.append(self.char_class() if self.take("[") else self.cased(self.class_member()))
        self.at += 1
        self.depth -= 1
        ranges = intersection(whole, union(*members)) if members else whole
        return none_of(ranges) if negated else ranges

    def class_member(self) -> Ranges:
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

    def class_character(self) -> str | Ranges:
        if self.text[self.at] == "\\":
            return self.escaped()
        self.at += 1
        return self.text[self.at - 1]

    def literal(self, character: str) -> Chars:
        return Chars(self.cased(one_of(character)))

    def cased(self, ranges: Ranges) -> Ranges:
        return ignoring_case(ranges) if "i" in self.flags else ranges
