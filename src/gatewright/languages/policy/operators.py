"""The condition operators: how one value of a request is held against one value of a policy.

What a policy says must be of the operator's type, or the policy is none; a value of a request that is not, is like no
value of the policy. User guide: "IAM JSON policy elements: Condition operators".
"""

import operator
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache, partial
from ipaddress import ip_network
from typing import Any, NamedTuple

from gatewright.languages.policy.errors import PolicyError
from gatewright.languages.policy.pattern import ARN_PARTS, Pattern, compile_pattern
from gatewright.languages.policy.request import Keys
from gatewright.values.ip import read_address

# A policy's value, and whether the policy has variables.
Compile = Callable[[str, bool], Pattern]

_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d))?)?", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_NETWORK = re.compile(r"[0-9A-Fa-f:.]+(/\d{1,3})?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ANY_ARN = ":".join("*" * ARN_PARTS)


class Operator(NamedTuple):
    """`negated`: it holds where no value of the policy is like the request's."""

    compile: Compile
    negated: bool = False


def number(text: str) -> Decimal | None:
    """What a number stands for."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


@lru_cache(64)
def date(text: str) -> Decimal | None:
    """The epoch seconds of an ISO 8601 date, or of a number that is them already. A year alone is neither.

    Remembered: a whole policy may ask about the present."""
    if _YEAR.fullmatch(text):
        return None
    match = _DATE.fullmatch(text)
    if match is None:
        return number(text)
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    written = f"{year}-{month}-{day or '01'}T{hour or '00'}:{minute or '00'}:{second or '00'}{zone or 'Z'}"
    try:
        since = datetime.fromisoformat(written) - _EPOCH
        return Decimal(since.days * 86_400 + since.seconds) + Decimal(fraction or 0)
    except (ValueError, OverflowError):
        return None


class _Address(NamedTuple):
    version: int
    number: int


@lru_cache(1024)
def address(text: str) -> _Address | None:
    """Remembered: many blocks are asked about the same one."""
    found = read_address(text)
    return None if found is None else _Address(found.version, int(found))


def _text(value: str, variables: bool, *, wild: bool = False) -> Pattern:
    return compile_pattern(value, variables=variables, wild=wild)


def _any_case(value: str, variables: bool) -> Pattern:
    pattern = compile_pattern(value, variables=variables, wild=False, any_case=True)
    return lambda given, keys: pattern(given.lower(), keys)


def _arn(value: str, variables: bool) -> Pattern:
    pattern = compile_pattern(_ANY_ARN if value == "*" else value, variables=variables, by_part=True)
    if value != "*" and value.count(":") < ARN_PARTS - 1:
        raise PolicyError(f"not an ARN: {value}")
    return lambda given, keys: given.count(":") >= ARN_PARTS - 1 and pattern(given, keys)


def arn_like(value: str) -> Callable[[str], bool]:
    """ArnLike by itself: whether an ARN is like `value`. Raises PolicyError."""
    like = _arn(value, False)
    return lambda given: bool(like(given, {}))


def _compared(
    read: Callable[[str], Decimal | None], holds: Callable[[Decimal, Decimal], bool], value: str, _: bool
) -> Pattern:
    limit = read(value)
    if limit is None:
        raise PolicyError(f"not a {read.__name__}: {value}")

    def matches(given: str, keys: Keys) -> bool:
        found = read(given)
        return found is not None and holds(found, limit)

    return matches


def truth(text: str) -> bool | None:
    """What `true` and `false` stand for."""
    return {"true": True, "false": False}.get(text.lower())


def _bool(value: str, _: bool) -> Pattern:
    wanted = truth(value)
    if wanted is None:
        raise PolicyError(f"neither true nor false: {value}")
    return lambda given, keys: truth(given) is wanted


def _bytes(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return None


def _binary(value: str, _: bool) -> Pattern:
    wanted = _bytes(value)
    if wanted is None:
        raise PolicyError(f"not base64: {value}")
    return lambda given, keys: _bytes(given) == wanted


def _network(value: str, _: bool) -> Pattern:
    try:
        network = ip_network(value, strict=False) if _NETWORK.fullmatch(value) else None
    except ValueError:
        network = None
    if network is None:
        raise PolicyError(f"not an IP address or a CIDR block: {value}")
    first, last = address(str(network[0])), address(str(network[-1]))
    assert first is not None and last is not None
    if first.version != last.version:  # more than what is of IPv4
        first, last = _Address(network.version, int(network[0])), _Address(network.version, int(network[-1]))

    def matches(given: str, keys: Keys) -> bool | None:
        found = address(given)
        return None if found is None else first <= found <= last

    return matches


_COMPARISONS: Mapping[str, tuple[Callable[[Any, Any], bool], bool]] = {
    "equals": (operator.eq, False),
    "notequals": (operator.eq, True),
    "lessthan": (operator.lt, False),
    "lessthanequals": (operator.le, False),
    "greaterthan": (operator.gt, False),
    "greaterthanequals": (operator.ge, False),
}

# By name in lower case: AWS takes `IPAddress` for `IpAddress`. Null is no comparison and not among them.
OPERATORS: Mapping[str, Operator] = {
    "stringequals": Operator(_text),
    "stringnotequals": Operator(_text, negated=True),
    "stringequalsignorecase": Operator(_any_case),
    "stringnotequalsignorecase": Operator(_any_case, negated=True),
    "stringlike": Operator(partial(_text, wild=True)),
    "stringnotlike": Operator(partial(_text, wild=True), negated=True),
    **{
        kind + name: Operator(partial(_compared, read, holds), negated)
        for kind, read in (("numeric", number), ("date", date))
        for name, (holds, negated) in _COMPARISONS.items()
    },
    "bool": Operator(_bool),
    "binaryequals": Operator(_binary),
    "ipaddress": Operator(_network),
    "notipaddress": Operator(_network, negated=True),
    "arnequals": Operator(_arn),
    "arnlike": Operator(_arn),
    "arnnotequals": Operator(_arn, negated=True),
    "arnnotlike": Operator(_arn, negated=True),
}
