"""Texts of a policy that values of a request are held against: wildcards, and variables that the request fills in.

User guide: "IAM policy elements: Variables and tags"; "IAM JSON policy elements: Resource".
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from gatewright.languages.policy.errors import PolicyError
from gatewright.languages.policy.request import Keys
from gatewright.languages.policy.wildcard import Matches, Wildcard, compile_wildcards, pieces_of

# None: the request has no value for a variable, so that nothing can be said.
Pattern = Callable[[str, Keys], bool | None]

ARN_PARTS = 6
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_NAME = re.compile(r"\s*([A-Za-z0-9_.-]+:[A-Za-z0-9_.:/=+@-]+)\s*(?:,\s*'([^']*)'\s*)?")
_ITSELF = frozenset("*?$")  # ${*} is the character


class _Variable(NamedTuple):
    """`${name}`, or `${name, 'default'}`; the name is in lower case."""

    name: str
    default: str | None
    in_lower_case: bool

    def value(self, keys: Keys) -> str | None:
        """It stands for one value, never for a choice of several."""
        values = keys.get(self.name)
        if values and len(values) > 1:
            return None
        value = values[0] if values else self.default
        return value.lower() if value is not None and self.in_lower_case else value


_Part = Sequence[str | Wildcard | _Variable]


def compile_pattern(
    text: str, *, variables: bool, wild: bool = True, by_part: bool = False, any_case: bool = False
) -> Pattern:
    """The test by `text`. `by_part`: the parts of an ARN are compared each by itself, so that what a client may choose
    in the last part never stands for the others; of a pattern with fewer parts the last one stands for all the rest.
    `any_case` is for values in lower case.

    Raises PolicyError for a malformed variable. `variables` is false for a policy of 2008, which has none.
    """
    pieces = _pieces(text.lower() if any_case else text, variables, wild, any_case)
    parts: list[_Part] = _parts(pieces) if by_part else [pieces]
    if all(isinstance(piece, str) for part in parts[:-1] for piece in part):
        parts = [pieces]  # fixed texts keep the parts apart anyway
    if not any(isinstance(piece, _Variable) for piece in pieces):
        fixed = _filled(parts, {})
        assert fixed is not None
        return lambda value, keys: fixed(value)

    def matches(value: str, keys: Keys) -> bool | None:
        filled = _filled(parts, keys)
        return None if filled is None else filled(value)

    return matches


def one_of(patterns: Sequence[Pattern]) -> Pattern:
    """Whether a value is like any of `patterns`."""
    if len(patterns) == 1:
        return patterns[0]
    return lambda value, keys: any(pattern(value, keys) for pattern in patterns)


def _pieces(text: str, variables: bool, wild: bool, any_case: bool) -> list[str | Wildcard | _Variable]:
    """Literal texts, wildcards and variables in turn."""
    plain: Callable[[str], Iterable[str | Wildcard]] = pieces_of if wild else lambda text: [text] if text else []
    if not variables:
        return [*plain(text)]
    literals, names = (split := _VARIABLE.split(text))[::2], split[1::2]
    if any("${" in literal for literal in literals):
        raise PolicyError(f"a variable without its end: {text}")
    pieces: list[str | Wildcard | _Variable] = [*plain(literals[0])]
    for name, literal in zip(names, literals[1:], strict=True):
        pieces += [name if name in _ITSELF else _variable(name, any_case), *plain(literal)]
    return pieces


def _variable(written: str, any_case: bool) -> _Variable:
    match = _NAME.fullmatch(written)
    if match is None:
        raise PolicyError(f"not a variable: ${{{written}}}")
    return _Variable(match[1].lower(), match[2], any_case)


def _parts(pieces: _Part) -> list[_Part]:
    """The parts of an ARN, between colons that are not a variable's."""
    parts: list[list[str | Wildcard | _Variable]] = [[]]
    for piece in pieces:
        if isinstance(piece, str):
            here, *following = piece.split(":", ARN_PARTS - len(parts))
            parts[-1].append(here)
            parts += [[each] for each in following]
        else:
            parts[-1].append(piece)
    return [*parts]


def _filled(parts: Sequence[_Part], keys: Keys) -> Matches | None:
    """The test with the values of a request put in, None if one is missing."""
    tests: list[Matches] = []
    for part in parts:
        pieces = [piece.value(keys) if isinstance(piece, _Variable) else piece for piece in part]
        known = [piece for piece in pieces if piece is not None]
        if len(known) < len(pieces):
            return None
        tests.append(compile_wildcards(known))
    return tests[0] if len(tests) == 1 else _each(tests)


def _each(tests: Sequence[Matches]) -> Matches:
    def matches(value: str) -> bool:
        values = value.split(":", len(tests) - 1)
        return len(values) == len(tests) and all(test(each) for test, each in zip(tests, values, strict=True))

    return matches
