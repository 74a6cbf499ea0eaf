"""Java's regular expressions on Python's engine, or for whole texts on an automaton.

Python cannot interrupt a search, so its worst case is computed from the pattern and the length of the value, and told
to `charge` before the search begins, in steps of about 0.2 microseconds; `charge` raises what it likes when that is too
much. So a search that backtracks without end is refused for all but short values.
Java: `java.util.regex.Pattern`, `Matcher.appendReplacement`.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from gatewright.languages.full_match import FullMatch, compile_full_match
from gatewright.languages.java_char_class import LINE_ENDS, python_source
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
from gatewright.languages.pattern_cost import Cost, cost_of

Charge: TypeAlias = Callable[[int], None]

MAX_PATTERN = 1000
_LONGEST_SOURCE = 16_384  # of the same for Python's engine, which reads some 1,500 characters in a millisecond
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
    """`linear`: the automaton for a match of the whole text, where that may need fewer steps."""

    pattern: re.Pattern[str]
    cost: Cost
    linear: FullMatch | None

    def matches(self, charge: Charge, text: str) -> bool:
        """Whether it matches the whole text."""
        if self.linear is not None:
            charge(len(text) * (2 + self.linear.states // 2))
            return self.linear.whole(text)
        charge(self.cost.steps(len(text), whole=True))
        return self.pattern.fullmatch(text) is not None


@lru_cache(maxsize=256)
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
    cost = cost_of(tree)
    return Regex(compiled, cost, _linear(pattern, flags) if cost.steps(1000, whole=True) > 1000 else None)


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
    charge(regex.cost.steps(len(text)))
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
    charge(regex.cost.steps(len(text)))
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
