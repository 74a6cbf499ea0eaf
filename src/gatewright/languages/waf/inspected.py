"""A request as the rules of a web ACL see it: its parts, taken apart once, and the labels that rules gave it."""

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from math import inf
from typing import Protocol
from urllib.parse import unquote_to_bytes

from gatewright.values.headers import HeaderLine
from gatewright.values.ip import Address, read_address

AT_ONCE = 10_000  # tenths of microseconds, for one request
_BETWEEN_ARGUMENTS = re.compile("[&;]")


class Rates(Protocol):
    """Counts requests, for rules that act on those who send too many."""

    def count(self, rule: str, key: str, window: int, now: float) -> int:
        """Take in one request of `key` at `now`; how many there were within the last `window` seconds, this one too.

        `rule` names the rule within all that is counted."""
        ...


class NotApplied(Exception):
    """The rule that is being evaluated has no say on this request."""


class TakesLong(Exception):
    """The decision takes too long for others to wait for it."""


class Inspected:
    """One request. Text is latin-1 of the bytes received; `now` is in epoch seconds."""

    def __init__(  # noqa: PLR0913, PLR0917 - a request's parts, by AWS's names
        self,
        method: str,
        path: str,
        query: str,
        headers: Sequence[HeaderLine],
        body: bytes,
        source_ip: str,
        now: float,
        rates: Rates,
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.source_ip = source_ip
        self.now = now
        self.rates = rates
        self.labels: list[str] = []
        self._left: float = AT_ONCE
        self._counted: dict[str, int] = {}

    def spend(self, effort: int) -> None:
        """Take note of some work, in tenths of microseconds. Raises TakesLong when all together is too much."""
        self._left -= effort
        if self._left < 0:
            raise TakesLong

    def begin_again(self) -> None:
        """Be decided once more, however long it takes: nobody waits. What was counted is not counted again."""
        self.labels.clear()
        self._left = inf

    def count(self, rule: str, key: str, window: int) -> int:
        """See Rates; a request is counted once for each rule."""
        if rule not in self._counted:
            self._counted[rule] = self.rates.count(rule, key, window, self.now)
        return self._counted[rule]

    @cached_property
    def address(self) -> Address | None:
        """The client's, None when it is none."""
        return read_address(self.source_ip)

    @cached_property
    def arguments(self) -> list[tuple[str, str]]:
        """The query's names, in lower case and decoded as the API will read them, and the values as received."""
        parts = (part.partition("=") for part in _BETWEEN_ARGUMENTS.split(self.query) if part)
        return [(_decoded(name).lower(), value) for name, _, value in parts]

    @cached_property
    def cookies(self) -> list[tuple[str, str]]:
        """The names and values of all Cookie headers."""
        lines = ";".join(line.value for line in self.headers if line.lower == "cookie")
        parts = (part.strip().partition("=") for part in lines.split(";"))
        return [(name, value) for name, equals, value in parts if name or equals]

    def header(self, lower: str) -> list[str]:
        """The values of the headers of that lower-case name."""
        return [line.value for line in self.headers if line.lower == lower]


Match = Callable[[Inspected], bool]  # whether a request is what a rule or statement is about


def _decoded(name: str) -> str:
    if "%" not in name and "+" not in name:
        return name
    return unquote_to_bytes(name.replace("+", " ").encode("latin-1")).decode("latin-1")
