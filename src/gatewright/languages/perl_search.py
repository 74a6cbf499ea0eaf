"""Whether a text holds what a Perl-like pattern describes, in time that grows with the text's length and no faster.

AWS WAF's patterns are those of the PCRE library without what makes a matcher turn back. They are read by the reader of
Java's patterns, told where Perl differs, and run on the automaton of `full_match`, which here begins anywhere and ends
as soon as it has found something. A text is bytes, each shown as the character of its number, and so is a pattern: its
UTF-8. Developer guide of AWS WAF: "Supported regular expression syntax in AWS WAF"; PCRE: pcrepattern(3).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gatewright.languages.full_match import ACCEPT, ANYTHING, LAST_NEWLINE, WORD_CHARACTERS, Automaton, leading_looks
from gatewright.languages.java_char_class import (
    PREDEFINED,
    WORD,
    Ranges,
    between,
    named_class,
    none_of,
    one_of,
    union,
)
from gatewright.languages.java_pattern import LONGEST_PATTERN, PatternError, Reader
from gatewright.languages.java_pattern_tree import Anchor, Chars, Look, Node, Sequence

Spend = Callable[[int], None]  # is told how much work is about to be done, in tenths of microseconds
Search = Callable[[str, Spend], bool]

MOST_REPEATED = 255  # WAF refuses "large values of quantifiers" and does not say which
MOST_STATES = 300
_STEP, _STATE = 20, 5  # tenths of microseconds: to go where nobody went before, and for each state there
_QUANTIFIED = re.compile(r"\{(\d*)(?:,(\d*))?\}")
_POSIX = re.compile(r"\[:(\^?)([a-z]+):\]")
_NAMED: Mapping[str, Ranges | None] = {
    name: named_class(name.capitalize())
    for name in ("alpha", "digit", "alnum", "upper", "lower", "punct", "graph", "print", "blank", "cntrl")
} | {
    "space": PREDEFINED["s"],
    "xdigit": named_class("XDigit"),
    "ascii": between("\0", "\x7f"),
    "word": WORD,
}
_NOT_JAVA = frozenset("pPXRKGCNQEuU")  # letters that mean something else in Perl, or nothing that WAF serves


def compile_search(pattern: str) -> Search:
    """The test whether a text holds what `pattern` describes. Raises PatternError."""
    if len(pattern) > LONGEST_PATTERN:
        raise PatternError("a pattern that is too long")
    reader = _PerlReader(pattern.encode().decode("latin-1"))
    tree = reader.choice()
    if reader.at < len(reader.text):
        reader.fail("unmatched )")
    looks, rest, is_anchored = _begun(tree)
    ahead = [(_Finder.of(one.part, anchored=True), one.negative) for one in looks]
    finder = _Finder.of(rest, anchored=is_anchored)
    if not ahead:
        return finder.finds
    return lambda text, spend: (
        all(one.finds(text, spend) != negative for one, negative in ahead) and finder.finds(text, spend)
    )


def _begun(tree: Node) -> tuple[list[Look], Node, bool]:
    """The look-aheads after a ^ that a pattern begins with, the rest of it, and whether there is a ^."""
    if not isinstance(tree, Sequence) or not tree.parts or tree.parts[0] != Anchor("start"):
        return [], tree, False
    looks, rest = leading_looks(tree)
    return looks, rest, True


class _PerlReader(Reader):
    """Java's reader, where Perl's syntax is another."""

    def atom(self) -> Node | None:
        character = self.text[self.at]
        if character == "." and "s" not in self.flags:
            self.at += 1
            return Chars(none_of(one_of("\n")))
        return super().atom()

    def repeated(self, part: Node) -> Node:
        found = self.matched(_QUANTIFIED)
        if found is not None:
            counts = [number for number in found.groups() if number]
            if not found[1] or any(len(count) > 3 or int(count) > MOST_REPEATED for count in counts):
                self.fail("a number of times that is not served")
            self.at = found.start()
        return super().repeated(part)

    def escape(self) -> Node:
        self._known_letter()
        return super().escape()

    def escaped(self) -> str | Ranges:
        found = super().escaped()
        if isinstance(found, str) and ord(found) > 0xFF:
            self.fail("a character that is no byte")
        return found

    def char_class(self) -> Ranges:
        negated = self.take("^")
        members: list[Ranges] = []
        begun = self.at
        while not (self.at > begun and self.text.startswith("]", self.at)):
            if self.at >= len(self.text):
                self.fail("a missing ]")
            members.append(self._posix() or self.cased(self.class_member()))
        self.at += 1
        ranges = union(*members)
        return none_of(ranges) if negated else ranges

    def class_member(self) -> Ranges:
        low = self.class_character()
        if not self.text.startswith("-", self.at) or self.text.startswith("]", self.at + 1):
            return one_of(low) if isinstance(low, str) else low
        self.at += 1
        if self.at >= len(self.text):
            self.fail("a missing ]")
        high = self.class_character()
        if not isinstance(low, str) or not isinstance(high, str) or high < low:
            self.fail("an impossible range")
        return between(low, high)

    def class_character(self) -> str | Ranges:
        if self.text.startswith("\\b", self.at):  # a backspace, within a class
            self.at += 2
            return "\b"
        if self.text[self.at] == "\\":
            self._known_letter()
        return super().class_character()

    def _posix(self) -> Ranges | None:
        found = self.matched(_POSIX)
        if found is None:
            return None
        ranges = _NAMED.get(found[2])
        if ranges is None:
            self.fail("a class that is not known")
        return none_of(ranges) if found[1] else self.cased(ranges)

    def _known_letter(self) -> None:
        letter = self.text[self.at + 1 : self.at + 2]
        if letter in _NOT_JAVA or letter.isdigit():
            self.fail(f"\\{letter}, which is not served,")


_FOUND = frozenset((-1,))


@dataclass(slots=True)
class _Finder(Automaton):
    """An automaton that is done when it accepts, whatever follows."""

    @classmethod
    def of(cls, tree: Node, *, anchored: bool) -> "_Finder":
        made = cls()
        made.begin = made.build(tree if anchored else Sequence((ANYTHING, tree)), ACCEPT)
        if len(made.states) > MOST_STATES:
            raise PatternError("a pattern that is too large")
        return made

    def finds(self, text: str, spend: Spend) -> bool:
        """Whether the text holds it; from its beginning, when made so."""
        spend(len(text))
        known = self.known
        states = frozenset((self.begin,))
        before = ""
        last = len(text) - 1
        for at, character in enumerate(text):
            after = LAST_NEWLINE if at == last and character == "\n" else character
            following = known.get((states, before, after))
            if following is None:
                spend(_STEP + _STATE * len(states))
                following = self.step(states, before, after)
            if following is _FOUND:
                return True
            if not following:
                return False
            states = following
            before = "w" if character in WORD_CHARACTERS else " "
        return ACCEPT in self.reached(states, before, "")

    def step(self, states: frozenset[int], before: str, character: str) -> frozenset[int]:
        """See Automaton; the states found before a character may end it all."""
        found = self.reached(states, before, character)
        following = _FOUND if ACCEPT in found else self.after(found, character)
        return self.remember(states, before, character, following)
