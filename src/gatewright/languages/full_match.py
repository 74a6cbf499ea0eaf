"""Whether a Java pattern matches the whole of a text, in time that grows with the text's length and no faster.

The pattern becomes an automaton that is in a set of states after each character. The sets met, and where a character
leads from each, are remembered, so that a text like one seen before costs a look-up per character. There is no pattern
and no text that makes it run away, as a matcher that tries one way after the other can.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from gatewright.languages.java_char_class import Matches, is_word
from gatewright.languages.java_pattern import (
    Ahead,
    Anchor,
    Chars,
    Choice,
    Node,
    PatternError,
    Repeat,
    Sequence,
    read_pattern,
)

LONGEST_TEXT = 16_384  # characters: of a longer text only the first so many count
MOST_STATES = 600
_REMEMBERED = 5_000
_ACCEPT = 0
States = frozenset[int]


def compile_full_match(pattern: str) -> Callable[[str], bool]:
    """The test of a text by a Java pattern, as Matcher.matches() does it. Raises PatternError."""
    conditions, tree = _without_conditions(read_pattern(pattern))
    automaton = _automaton(tree)
    ahead = [(_automaton(Sequence([one.part, _ANYTHING])), one.negative) for one in conditions]

    def matches(text: str) -> bool:
        text = text[:LONGEST_TEXT]
        return all(one.matches(text) != negative for one, negative in ahead) and automaton.matches(text)

    return matches


_ANYTHING = Repeat(Chars(lambda character: True), 0, None)


def _without_conditions(tree: Node) -> tuple[list[Ahead], Node]:
    """The look-aheads a pattern begins with, and the rest of it."""
    conditions: list[Ahead] = []
    if not isinstance(tree, Sequence):
        return conditions, tree
    parts = list(tree.parts)
    while parts and isinstance(parts[0], Ahead | Anchor):
        if isinstance(parts[0], Ahead):
            conditions.append(parts[0])
        elif parts[0].kind != "start":
            break
        parts.pop(0)
    return conditions, Sequence(parts)


class _State(NamedTuple):
    """Where a character, or when `matches` is None nothing at all, leads. `anchor` is what must hold for the latter."""

    matches: Matches | None
    then: tuple[int, ...]
    anchor: str = ""


@dataclass(slots=True)
class _Automaton:
    states: list[_State] = field(default_factory=lambda: [_State(None, ())])
    begin: int = _ACCEPT
    known: dict[tuple[States, str, str], States] = field(default_factory=dict)

    def matches(self, text: str) -> bool:
        """Whether it is in the accepting state after the whole text."""
        states: States = frozenset((self.begin,))
        before = ""
        for character in text:
            key = states, before and (" " if not is_word(before) else "w"), character
            following = self.known.get(key)
            if following is None:
                following = self.step(states, before, character)
                if len(self.known) >= _REMEMBERED:
                    self.known.clear()
                self.known[key] = following
            if not following:
                return False
            states, before = following, character
        return _ACCEPT in self.reached(states, before, "")

    def step(self, states: States, before: str, character: str) -> States:
        """The states after one more character."""
        found: set[int] = set()
        for one in self.reached(states, before, character):
            state = self.states[one]
            if state.matches is not None and state.matches(character):
                found.update(state.then)
        return frozenset(found)

    def reached(self, states: Iterable[int], before: str, after: str) -> set[int]:
        """`states` and those that no character leads to from them, between the characters `before` and `after`."""
        reached: set[int] = set()
        waiting = list(states)
        while waiting:
            one = waiting.pop()
            if one not in reached:
                reached.add(one)
                state = self.states[one]
                if state.matches is None and (not state.anchor or _holds(state.anchor, before, after)):
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
            case Chars(matches):
                return self.add(_State(matches, (then,)))
            case Anchor(kind):
                return self.add(_State(None, (then,), kind))
            case Sequence(parts):
                for part in reversed(parts):
                    then = self.build(part, then)
                return then
            case Choice(branches):
                return self.add(_State(None, tuple(self.build(branch, then) for branch in branches)))
            case Repeat():
                return self.build_repeat(node, then)
        raise PatternError("look-ahead that does not begin the pattern")

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


def _automaton(tree: Node) -> _Automaton:
    automaton = _Automaton()
    automaton.begin = automaton.build(tree, _ACCEPT)
    return automaton


def _holds(anchor: str, before: str, after: str) -> bool:
    if anchor == "start":
        return not before
    if anchor == "end":
        return not after
    boundary = bool(before and is_word(before)) != bool(after and is_word(after))
    return boundary == (anchor == "boundary")
