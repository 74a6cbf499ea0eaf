"""Java's regular expressions on Python's engine, and what one may cost.

Python cannot interrupt a search, so the worst case is computed from the pattern and the length of the value, and told
to `charge` before the search begins, in steps of about 0.2 microseconds; `charge` raises what it likes when that is too
much. So a pattern that backtracks without end is refused for all but short values.
Java: `java.util.regex.Pattern`, `Matcher.appendReplacement`.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple, TypeAlias

Charge: TypeAlias = Callable[[int], None]

MAX_PATTERN = 1000
_FEW = 10  # repetitions that are written out rather than searched for
_STEP = 25  # positions a search passes in the time of one step

# Java's name, and what Python's engine takes instead, in and outside of brackets.
_CLASSES = {
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Upper": "A-Z",
    "Lower": "a-z",
    "Punct": r"!-/:-@\[-`{-~",
    "Space": r" \t\n\x0b\f\r",
    "Blank": r" \t",
    "XDigit": "0-9a-fA-F",
    "ASCII": r"\x00-\x7f",
    "Cntrl": r"\x00-\x1f\x7f",
    "Print": r"\x20-\x7e",
    "Graph": r"\x21-\x7e",
}
_ESCAPES = {
    "h": r"[ \t\xa0]",
    "R": r"(?:\r\n|[\n\r\x0b\f\x85\u2028\u2029])",
    "z": r"\Z",
    "Z": r"(?=\n?\Z)",
    "e": r"\x1b",
}
_TOKEN = re.compile(
    r"\\Q(?P<quoted>.*?)(?:\\E|\Z)|\\[pP]\{(?:Is)?(?P<named>\w+)\}|\\k<(?P<back>\w+)>|\\(?P<escape>.)"
    r"|(?P<group>\(\?<(?=[A-Za-z]))|(?P<other>.)",
    re.DOTALL,
)
_DOT_IS_ALL = re.compile(r"\(\?[a-zA-Z]*s")
_REPLACEMENT = re.compile(r"\\(.)|\$(?:(\d+)|\{([A-Za-z][A-Za-z0-9]*)\})|([\\$])|[^\\$]+", re.DOTALL)


class RegexError(ValueError):
    """No regular expression, one that Python's engine cannot run, or a replacement that does not fit it."""


class Regex(NamedTuple):
    """`loops`: how many stand one after another; `ends_open`: the last is the end, so that nothing after it can fail.
    `choices`: ways that are few; `explodes`: loops stand in loops."""

    pattern: re.Pattern[str]
    loops: int
    ends_open: bool
    choices: int
    explodes: bool

    def cost(self, length: int, *, whole: bool = False) -> int:
        """The most steps that one search through a text of this length may take, or one match of the `whole` text."""
        degree = max(self.loops, 1) if whole else 1 + self.loops - self.ends_open
        cost: int = self.choices * (length + 1) ** degree
        return (cost << min(length, 64) if self.explodes else cost) // _STEP


def _translated(pattern: str) -> Iterator[str]:
    dot = "." if _DOT_IS_ALL.match(pattern) else "[^\n\r\x85\u2028\u2029]"
    in_class = False
    for token in _TOKEN.finditer(pattern):
        kind, text = token.lastgroup, token[0]
        if kind == "named":
            yield _named(token["named"], negated=text[1] == "P", in_class=in_class)
        elif kind != "other":
            yield text if in_class and kind == "escape" else _construct(kind, token)
        elif in_class:
            _plain_class(pattern, token.start())
            in_class = text != "]"
            yield "\\" + text if text in "&~|" else text
        else:
            in_class = text == "["
            yield dot if text == "." else text


def _construct(kind: str | None, token: re.Match[str]) -> str:
    """What Python writes otherwise."""
    if kind == "quoted":
        return re.escape(token["quoted"])
    if kind == "back":
        return f"(?P={token['back']})"
    return "(?P<" if kind == "group" else _ESCAPES.get(token["escape"], token[0])


def _plain_class(pattern: str, at: int) -> None:
    if pattern[at] == "[" or pattern.startswith("&&", at):
        raise RegexError("character classes inside character classes are not supported")


def _named(name: str, *, negated: bool, in_class: bool) -> str:
    members = _CLASSES.get({"L": "Alpha", "Lu": "Upper", "Ll": "Lower", "N": "Digit", "P": "Punct"}.get(name, name))
    if members is None or (negated and in_class):
        raise RegexError(f"the character class {name} is not supported")
    return members if in_class else f"[{'^' if negated else ''}{members}]"


class _Cost:
    """Finds how a search may grow: the numbers of a Regex."""

    def __init__(self) -> None:
        self.loops = 0
        self.choices = 1
        self.explodes = False

    def add(self, items: Any, *, repeated: bool) -> bool:
        """Take in a part of a pattern; tells whether it varies in length."""
        varies = False
        for operator, argument in items:
            varies |= self._add_one(operator, argument, repeated=repeated)
        return varies

    def _add_one(self, operator: Any, argument: Any, *, repeated: bool) -> bool:
        if operator in (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT):
            return self._repeat(*argument, repeated=repeated)
        if operator is _constants.SUBPATTERN:
            return self.add(argument[3], repeated=repeated)
        if operator is _constants.BRANCH:
            branches = [self.add(branch, repeated=repeated) for branch in argument[1]]
            self.choices *= len(branches)
            self.explodes |= repeated and not _starts_differ(argument[1])
            return True
        if operator in (_constants.ASSERT, _constants.ASSERT_NOT):
            self.add(argument[1], repeated=repeated)
        elif operator in (_constants.GROUPREF, _constants.GROUPREF_EXISTS):
            self.loops += 1
        elif operator is _constants.ATOMIC_GROUP:
            return self.add(argument, repeated=repeated)
        return False

    def _repeat(self, least: int, most: Any, items: Any, *, repeated: bool) -> bool:
        many = most is _constants.MAXREPEAT or most > _FEW
        varies = self.add(items, repeated=repeated or many)
        if least == most:
            self.explodes |= many and varies
            return varies
        if many:
            self.explodes |= repeated or varies
            self.loops += 1
        else:
            self.choices *= (most - least + 1) ** (most if varies else 1)
            self.explodes |= repeated
        return True


def _starts_differ(branches: Any) -> bool:
    starts = [tuple(branch[0]) if len(branch) else () for branch in branches]
    return len(set(starts)) == len(starts) and all(start[:1] == (_constants.LITERAL,) for start in starts)


@lru_cache(maxsize=512)
def compile_regex(pattern: str) -> Regex:
    """A Java pattern; raises RegexError when it is none, or uses what Python's engine lacks."""
    if len(pattern) > MAX_PATTERN:
        raise RegexError(f"a regular expression has at most {MAX_PATTERN} characters")
    translated = "".join(_translated(pattern))
    try:
        compiled = re.compile(translated, re.ASCII)
        cost = _Cost()
        parsed = _parser.parse(translated, re.ASCII)
        cost.add(parsed, repeated=False)
    except (re.error, RecursionError, OverflowError) as error:
        raise RegexError(f"not a regular expression: {error}") from None
    ends_open = cost.loops > 0 and parsed[-1][0] is _constants.MAX_REPEAT and parsed[-1][1][1] is _constants.MAXREPEAT
    return Regex(compiled, cost.loops, ends_open, min(cost.choices, 1 << 64), cost.explodes)


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
    regex = compile_regex(pattern)
    charge(regex.cost(len(text), whole=True))
    return regex.pattern.fullmatch(text) is not None


def split(charge: Charge, text: str, pattern: str, limit: int = 0) -> list[str]:
    """Java's split: empty texts at the end go unless there is a limit; a match of nothing at the start splits
    nothing off."""
    regex = compile_regex(pattern)
    charge(regex.cost(len(text)))
    pieces: list[str] = []
    start = 0
    for match in regex.pattern.finditer(text):
        if limit > 0 and len(pieces) == limit - 1:
            break
        if match.end() == 0 or (match.start() == match.end() == len(text)):
            continue
        pieces.append(text[start : match.start()])
        start = match.end()
    if not pieces:
        return [text]
    pieces.append(text[start:])
    charge(len(pieces) * 2)
    while limit == 0 and pieces and not pieces[-1]:
        pieces.pop()
    return pieces
