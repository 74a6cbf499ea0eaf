"""What a search for a Java pattern may cost on Python's engine, which tries one way after the other.

The worst case follows from the pattern and the length of the text: how many loops stand one after another, how many
ways there are beside, and whether loops stand in loops, of which there are too many ways to try all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from gatewright.languages.java_char_class import intersection
from gatewright.languages.java_pattern_tree import Atomic, Chars, Choice, Group, Look, Node, Reference, Repeat, Sequence

_FEW = 10  # repetitions that are written out rather than searched for
_WIDE = 2  # characters that are compared in the time of one position
_STEP = 25  # positions a search passes in the time of one step


class Cost(NamedTuple):
    """`loops`: how many stand one after another; `ends_open`: the last is the end, so that nothing after it can fail.
    `choices`: ways that are few; `width`: characters that are compared one after another in each; `explodes`: loops
    stand in loops."""

    loops: int
    ends_open: bool
    choices: int
    width: int
    explodes: bool

    def steps(self, length: int, *, whole: bool = False) -> int:
        """The most steps that one search through a text of this length may take, or one match of the `whole` text, in
        units of 0.2 microseconds."""
        degree = max(self.loops, 1) if whole else 1 + self.loops - self.ends_open
        cost: int = self.choices * (1 + self.width // _WIDE) * (length + 1) ** degree
        return (cost << min(length, 64) if self.explodes else cost) // _STEP


def cost_of(tree: Node) -> Cost:
    """The cost of a pattern, as read_pattern gives it."""
    found = _Ways()
    found.add(tree, repeated=False)
    ends_open = found.loops > 0 and _ends_open(tree)
    return Cost(found.loops, ends_open, min(found.choices, 1 << 64), _width(tree), found.explodes)


@dataclass(slots=True)
class _Ways:
    """Finds in how many ways a search may go on."""

    loops: int = 0
    choices: int = 1
    explodes: bool = False

    def add(self, node: Node, *, repeated: bool) -> bool:
        """Take in a part of a pattern; tells whether it varies in length."""
        match node:
            case Repeat():
                return self._repeat(node, repeated=repeated)
            case Group(part) | Atomic(part):
                return self.add(part, repeated=repeated)
            case Sequence(parts):
                return self._all(parts, repeated=repeated)
            case Choice(branches):
                self._all(branches, repeated=repeated)
                self.choices *= len(branches)
                self.explodes |= repeated and not _starts_differ(branches)
                return True
            case Look(part):
                self.add(part, repeated=repeated)
            case Reference():
                self.loops += 1
        return False

    def _all(self, nodes: Iterable[Node], *, repeated: bool) -> bool:
        varies = False
        for node in nodes:
            varies |= self.add(node, repeated=repeated)
        return varies

    def _repeat(self, node: Repeat, *, repeated: bool) -> bool:
        many = node.high is None or node.high > _FEW
        varies = self.add(node.part, repeated=repeated or many)
        if node.low == node.high:
            self.explodes |= many and varies
            return varies
        if node.high is None or many:
            self.explodes |= repeated or varies
            self.loops += 1
        else:
            self.choices *= (node.high - node.low + 1) ** (node.high if varies else 1)
            self.explodes |= repeated
        return True


def _width(node: Node) -> int:
    """The most characters that are compared one after another, each loop's part once."""
    match node:
        case Chars():
            return 1
        case Sequence(parts):
            return sum(map(_width, parts))
        case Choice(branches):
            return max(map(_width, branches))
        case Repeat(part, low):
            return min(_width(part) * max(low, 1), 1 << 32)
        case Group(part) | Atomic(part) | Look(part):
            return _width(part)
    return 0


def _ends_open(tree: Node) -> bool:
    last = tree.parts[-1] if isinstance(tree, Sequence) and tree.parts else tree
    return isinstance(last, Repeat) and last.high is None and last.mode == ""


def _starts_differ(branches: tuple[Node, ...]) -> bool:
    """Whether the next character tells which branch can match, but for what all of them begin with."""
    rests = [_parts(branch) for branch in branches]
    while all(rests) and all(rest[0] == rests[0][0] for rest in rests):
        rests = [rest[1:] for rest in rests]
    starts = [rest[0] for rest in rests if rest]
    if len(starts) < len(rests):
        return False
    seen: list[Chars] = []
    for start in starts:
        if not isinstance(start, Chars) or any(intersection(start.ranges, other.ranges) for other in seen):
            return False
        seen.append(start)
    return True


def _parts(node: Node) -> tuple[Node, ...]:
    match node:
        case Sequence(parts):
            return (*_parts(parts[0]), *parts[1:]) if parts else ()
        case Group(part):
            return _parts(part)
    return (node,)
