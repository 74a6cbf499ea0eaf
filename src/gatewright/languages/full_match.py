"""Whether a Java pattern matches the whole of a text, in time that grows with the text's length and no faster.

The pattern becomes an automaton that is in a set of states after each character. The sets met, and where a character
leads from each, are remembered, so that a text like one seen before costs a look-up per character. There is no pattern
and no text that makes it run away, as a matcher that tries one way after the other can.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gatewright.languages.java_char_class import EVERY, WORD, Ranges, holds
from gatewright.languages.java_pattern import PatternError, read_pattern
from gatewright.languages.java_pattern_tree import (
    Anchor,
    Chars,
    Choice,
    Group,
    Look,
    Node,
    Repeat,
    Sequence,
)

LONGEST_TEXT = 16_384  # characters: of a longer text only the first so many count
MOST_STATES = 600
_REMEMBERED = 10_000  # states, in all the sets that are: less than a megabyte
ACCEPT = 0
LAST_NEWLINE = "\n$"  # as a character: the newline that ends a text
WORD_CHARACTERS = frozenset(chr(code) for low, high in WORD for code in range(low, high + 1))
States = frozenset[int]


class FullMatch(NamedTuple):
    """The test of a text by a Java pattern, as Matcher.matches() does it. `ahead`: what its beginning must be like, or
    when paired with True must not."""

    automaton: "Automaton"
    ahead: "list[tuple[Automaton, bool]]"

    def __call__(self, text: str) -> bool:
        return self.whole(text[:LONGEST_TEXT])

    def whole(self, text: str) -> bool:
        """Of a text of any length."""
        return all(one.matches(text) != negative for one, negative in self.ahead) and self.automaton.matches(text)

    @property
    def states(self) -> int:
        """Each character of a text takes at most some 0.1 microseconds for each."""
        return len(self.automaton.states) + sum(len(one.states) for one, _ in self.ahead)


def compile_full_match(pattern: str, flags: str = "") -> FullMatch:
    """The test by a pattern, with `flags` of `imsx`. Raises PatternError."""
    conditions, tree = leading_looks(read_pattern(pattern, flags))
    ahead = [(_automaton(Sequence((one.part, ANYTHING))), one.negative) for one in conditions]
    return FullMatch(_automaton(tree), ahead)


ANYTHING = Repeat(Chars(EVERY), 0, None, "")


def leading_looks(tree: Node) -> tuple[list[Look], Node]:
    """The look-aheads a pattern begins with, and the rest of it."""
    conditions: list[Look] = []
    if not isinstance(tree, Sequence):
        return conditions, tree
    parts = list(tree.parts)
    while parts:
        match parts[0]:
            case Look(behind=False) as look:
                conditions.append(look)
            case Anchor("start"):
                pass
            case _:
                break
        parts.pop(0)
    return conditions, Sequence(tuple(parts))


class _State(NamedTuple):
    """Where a character of `ranges`, or when they are None nothing at all, leads. `anchor` is what must hold for the
    latter."""

    ranges: Ranges | None
    then: tuple[int, ...]
    anchor: str = ""


@dataclass(slots=True)
class Automaton:
    """A pattern's states. `known` remembers where characters led; `begin` is the state before the first of them."""

    states: list[_State] = field(default_factory=lambda: [_State(None, ())])
    begin: int = ACCEPT
    known: dict[tuple[States, str, str], States] = field(default_factory=dict)
    remembered: int = 0

    def matches(self, text: str) -> bool:
        """Whether it is in the accepting state after the whole text."""
        known = self.known
        states: States = frozenset((self.begin,))
        before = ""  # the character before, or one like it
        for character in text:
            following = known.get((states, before, character))
            if following is None:
                following = self.step(states, before, character)
            if not following:
                return False
            states = following
            before = "w" if character in WORD_CHARACTERS else " "
        end = known.get((states, before, ""))
        return ACCEPT in (self.step(states, before, "") if end is None else end)

    def step(self, states: States, before: str, character: str) -> States:
        """The states after one more character, or at the end when it is ""; remembered."""
        found = self.reached(states, before, character)
        return self.remember(states, before, character, self.after(found, character) if character else frozenset(found))

    def after(self, found: Iterable[int], character: str) -> States:
        """Where a character leads from the states `found` before it."""
        here = [self.states[one] for one in found]
        return frozenset(
            then
            for state in here
            if state.ranges is not None and holds(state.ranges, character[0])
            for then in state.then
        )

    def remember(self, states: States, before: str, character: str, following: States) -> States:
        """`following`, which is found at once from now on."""
        self.remembered += len(following) + 5
        if self.remembered > _REMEMBERED:
            self.known.clear()
            self.remembered = 0
        self.known[states, before, character] = following
        return following

    def reached(self, states: Iterable[int], before: str, after: str) -> set[int]:
        """`states` and those that no character leads to from them, between the characters `before` and `after`."""
        reached: set[int] = set()
        waiting = list(states)
        while waiting:
            one = waiting.pop()
            if one not in reached:
                reached.add(one)
                state = self.states[one]
                if state.ranges is None and (not state.anchor or _holds(state.anchor, before, after)):
                    waiting += state.then
        return reached

    def add(self, state: _State) -> int:
        if len(self.states) >= MOST_STATES:
            raise PatternError("a pattern that is too large")
        self.states.append(state)
        return len(self.states) - 1

    def build(self, node: Node, then: int) -> int:
        """The state that begins `node`, which leads to `then`."""
        match node:
            case Chars(ranges):
                return self.add(_State(ranges, (then,)))
            case Anchor(kind) if kind in _HOLDS:
                return self.add(_State(None, (then,), kind))
            case Group(part):
                return self.build(part, then)
            case Sequence(parts):
                for part in reversed(parts):
                    then = self.build(part, then)
                return then
            case Choice(branches):
                return self.add(_State(None, tuple(self.build(branch, then) for branch in branches)))
            case Repeat(mode=mode) if mode != "+":
                return self.build_repeat(node, then)
        raise PatternError(f"{_NOT_SERVED.get(type(node).__name__, 'a possessive quantifier')} is not served here")

    def build_repeat(self, repeat: Repeat, then: int) -> int:
        if repeat.high is None:
            again = self.add(_State(None, ()))
            body = self.build(repeat.part, again)
            self.states[again] = _State(None, (body, then))
            then = again
        else:
            end = then
            for _ in range(repeat.high - repeat.low):
                then = self.add(_State(None, (self.build(repeat.part, then), end)))
        for _ in range(repeat.low):
            begin = self.build(repeat.part, then)
            if begin == then:
                break  # an empty part
            then = begin
        return then


def _automaton(tree: Node) -> Automaton:
    automaton = Automaton()
    automaton.begin = automaton.build(tree, ACCEPT)
    return automaton


def _holds(anchor: str, before: str, after: str) -> bool:
    return _HOLDS[anchor](before, after)


def _at_boundary(before: str, after: str) -> bool:
    return (before in WORD_CHARACTERS) != (after in WORD_CHARACTERS)


_HOLDS: Mapping[str, Callable[[str, str], bool]] = {
    "start": lambda before, after: not before,
    "end": lambda before, after: not after,
    # When all of a text is matched, nothing can match a line terminator behind it.
    "last end": lambda before, after: not after or after == LAST_NEWLINE,
    "boundary": _at_boundary,
    "inside": lambda before, after: not _at_boundary(before, after),
}
_NOT_SERVED = {
    "Look": "look-behind, or look-ahead that does not begin the pattern,",
    "Reference": "a reference to a group",
    "Atomic": "an atomic group",
    "Anchor": "^ or $ of single lines",
}
