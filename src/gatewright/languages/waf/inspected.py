"""A request as the rules of a web ACL see it: its parts, taken apart once, and the labels that rules gave it."""

from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

from gatewright.values.headers import HeaderLine


class Rates(Protocol):
    """Counts requests, for rules that act on those who send too many."""

    def count(self, rule: str, key: str, window: int, now: float) -> int:
        """Take in one request of `key` at `now`; how many there were within the last `window` seconds, this one too.

        `rule` names the rule within all that is counted."""
        ...


class NotApplied(Exception):
    """The rule that is being evaluated has no say on this request."""


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

    @cached_property
    def arguments(self) -> list[tuple[str, str]]:
        """The query's names and values, as received."""
        parts = (part.partition("=") for part in self.query.split("&") if part)
        return [(name, value) for name, _, value in parts]

    @cached_property
    def cookies(self) -> list[tuple[str, str]]:
        """The names and values of all Cookie headers."""
        lines = ";".join(line.value for line in self.headers if line.lower == "cookie")
        parts = (part.strip().partition("=") for part in lines.split(";"))
        return [(name, value) for name, equals, value in parts if name or equals]

    def header(self, lower: str) -> list[str]:
        """The values of the headers of that lower-case name."""
        return [line.value for line in self.headers if line.lower == lower]
