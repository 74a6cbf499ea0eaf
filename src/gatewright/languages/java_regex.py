"""Java's regular expressions on Python's engine, and what one may cost.

Python cannot interrupt a search, so the worst case is computed from the pattern and the length of the value, and told
to `charge` before the search begins, in steps of about 0.2 microseconds; `charge` raises what it likes when that is too
much. So a pattern that backtracks without end is refused for all but short values.
Java: `java.util.regex.Pattern`, `Matcher.appendReplacement`.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from gatewright.languages.full_match import FullMatch, compile_full_match
from gatewright.languages.java_char_class import LINE_ENDS, intersection, python_source
from gatewright.languages.java_pattern import PatternError, read_pattern
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

Charge: TypeAlias = Callable[[int], None]

MAX_PATTERN = 1000
_LONGEST_SOURCE = 16_384  # of the same for Python's engine, which reads some 1,500 characters in a millisecond
_FEW = 10  # repetitions that are written out rather than searched for
_WIDE = 2  # characters that are compared in the time of one position
_STEP = 25  # positions a search passes in the time of one step
_ANCHORS = {
    "start": r"\A",
    "end": r"\Z",
    "last end": rf"(?=(?:\r\n|[{LINE_ENDS}])?\Z)",
    "line start": "(?m:^)",
    "line end": "(?m:$)",
    "boundary": r"\b",
    "inside": r"\B",
}
_REPLACEMENT = re.compile(r"\\(.)|\$(?:(\d+)|\{([A-Za-z][A-Za-z0-9]*)\})|([\\$])|[^\\$]+", re.DOTALL)


class RegexError(ValueError):
    """No regular expression, one that Python's engine cannot run, or a replacement that does not fit it."""


class Regex(NamedTuple):
    """`loops`: how many stand one after another; `ends_open`: the last is the end, so that nothing after it can fail.
    `choices`: ways that are few; `width`: characters that are compared one after another in each; `explodes`: loops
    stand in loops. `linear`: the automaton for a match of the whole text, where that may need fewer steps."""

    pattern: re.Pattern[str]
    loops: int
    ends_open: bool
    choices: int
    width: int
    explodes: bool
    linear: FullMatch | None = None

    def cost(self, length: int, *, whole: bool = False) -> int:
        """The most steps that one search through a text of this length may take, or one match of the `whole` text."""
        degree = max(self.loops, 1) if whole else 1 + self.loops - self.ends_open
        cost: int = self.choices * (1 + self.width // _WIDE) * (length + 1) ** degree
        return (cost << min(length, 64) if self.explodes else cost) // _STEP

    def matches(self, charge: Charge, text: str) -> bool:
        """Whether it matches the whole text."""
        if self.linear is not None:
            charge(len(text) * (2 + self.linear.states // 2))
            return self.linear.whole(text)
        charge(self.cost(len(text), whole=True))
        return self.pattern.fullmatch(text) is not None


@lru_cache(maxsize=512)
def compile_regex(pattern: str, flags: str = "") -> Regex:
    """A Java pattern, with `flags` of `imsx`; raises RegexError when it is none, or one that is not served."""
    if len(pattern) > MAX_PATTERN:
        raise RegexError(f"a regular expression has at most {MAX_PATTERN} characters")
    try:
        tree = read_pattern(pattern, flags)
        source = _source(tree)
        if len(source) > _LONGEST_SOURCE:
            raise RegexError("a regular expression with too many large character classes")
        compiled = re.compile(source, re.ASCII)
    except (PatternError, re.error, OverflowError) as error:
        raise RegexError(f"not a regular expression: {error}") from None
    cost = _Cost()
    cost.add(tree, repeated=False)
    ends_open = cost.loops > 0 and _ends_open(tree)
    regex = Regex(compiled, cost.loops, ends_open, min(cost.choices, 1 << 64), _width(tree), cost.explodes)
    return regex._replace(linear=_linear(pattern, flags)) if regex.cost(1000, whole=True) > 1000 else regex


def _linear(pattern: str, flags: str) -> FullMatch | None:
    try:
        return compile_full_match(pattern, flags)
    except PatternError:
        return None


def _source(node: Node) -> str:
    """What Python's engine takes for a tree."""
    match node:
        case Chars(ranges):
            text = python_source(ranges)
        case Anchor(kind):
            text = _ANCHORS[kind]
        case Sequence(parts):
            text = "".join(map(_source, parts))
        case Choice(branches):
            text = f"(?:{'|'.join(map(_source, branches))})"
        case Repeat(part, low, high, mode):
            text = f"(?:{_source(part)}){{{low},{'' if high is None else high}}}{mode}"
        case Group(part, name):
            text = f"(?P<{name}>{_source(part)})" if name else f"({_source(part)})"
        case Reference(group, ignoring_case):
            reference = f"(?P={group})" if isinstance(group, str) else f"\\{group}"
            text = f"(?{'i' if ignoring_case else ''}:{reference})"
        case Look(part, negative, behind):
            text = f"(?{'<' if behind else ''}{'!' if negative else '='}{_source(part)})"
        case Atomic(part):
            text = f"(?>{_source(part)})"
    return text


@dataclass(slots=True)
class _Cost:
    """Finds how a search may grow: the numbers of a Regex."""

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


@lru_cache(maxsize=512)
def _replacement(text: str) -> tuple[str | int, ...]:
    """`$1` and `${name}` are groups, a backslash takes what follows as it is."""
    parts: list[str | int] = []
    for part in _REPLACEMENT.finditer(text):
        if part[4]:
            raise RegexError("a replacement ends in a backslash, or has a dollar without a group")
        group = int(part[2]) if part[2] else part[3]
        parts.append(_Group(group) if group is not None else part[1] or part[0])
    return tuple(parts)


class _Group(str):
    """A group by name or number."""

    __slots__ = ("group",)
    group: int | str

    def __new__(cls, group: int | str) -> "_Group":
        made = super().__new__(cls, group)
        made.group = group
        return made


def replaced(charge: Charge, text: str, pattern: str, replacement: str, *, count: int = 0) -> str:
    """Java's replaceAll, and replaceFirst with `count` 1."""
    regex = compile_regex(pattern)
    charge(regex.cost(len(text)))
    substitute = _substitute(charge, _replacement(replacement))
    try:
        return regex.pattern.sub(substitute, text, count=count)
    except (IndexError, re.error):
        raise RegexError("a replacement names a group that the expression has not") from None


def _substitute(charge: Charge, parts: tuple[str | int, ...]) -> Callable[[re.Match[str]], str]:
    def substituted(match: re.Match[str]) -> str:
        text = "".join([(match[part.group] or "") if type(part) is _Group else str(part) for part in parts])
        charge(5 + (len(text) >> 5))
        return text

    return substituted


def matches(charge: Charge, text: str, pattern: str) -> bool:
    """Whether the pattern matches the whole text."""
    return compile_regex(pattern).matches(charge, text)


def split(charge: Charge, text: str, pattern: str, limit: int = 0) -> list[str]:
    """Java's split: empty texts at the end go unless there is a limit; a match of nothing at the start splits
    nothing off."""
    regex = compile_regex(pattern)
    charge(regex.cost(len(text)))
    pieces: list[str] = []
    start = 0
    for match in regex.pattern.finditer(text):
        charge(3)
        if limit > 0 and len(pieces) == limit - 1:
            break
        if match.end() == 0 or (match.start() == match.end() == len(text)):
            continue
        pieces.append(text[start : match.start()])
        start = match.end()
    if not pieces:
        return [text]
    pieces.append(text[start:])
    while limit == 0 and pieces and not pieces[-1]:
        pieces.pop()
    return pieces
