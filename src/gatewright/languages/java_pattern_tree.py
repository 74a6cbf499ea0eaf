"""What a Java regular expression consists of, as `java_pattern` reads it and the two engines run it."""

from typing import NamedTuple

from gatewright.languages.java_char_class import Ranges


class Chars(NamedTuple):
    """One character of a class."""

    ranges: Ranges


class Anchor(NamedTuple):
    """A place between characters: "start", "end", "last end" (or before the last line terminator), "line start",
    "line end", word "boundary", "inside"."""

    kind: str


class Sequence(NamedTuple):
    """One after the other."""

    parts: "tuple[Node, ...]"


class Choice(NamedTuple):
    """One of several."""

    branches: "tuple[Node, ...]"


class Repeat(NamedTuple):
    """`part` from `low` to `high` times, None for any number. `mode` is "" for greedy, "?" lazy, "+" possessive."""

    part: "Node"
    low: int
    high: int | None
    mode: str


class Group(NamedTuple):
    """A part that can be referred to, by its number or its name if it has one."""

    part: "Node"
    name: str


class Reference(NamedTuple):
    """What a group, by number or name, matched before, perhaps in the other case."""

    group: int | str
    ignoring_case: bool


class Look(NamedTuple):
    """What must, or when `negative` must not, come next; or, when `behind`, have come just before."""

    part: "Node"
    negative: bool
    behind: bool


class Atomic(NamedTuple):
    """A part that is matched in one way only."""

    part: "Node"


Node = Chars | Anchor | Sequence | Choice | Repeat | Group | Reference | Look | Atomic
