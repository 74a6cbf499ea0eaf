"""What a head says, remembered by the identity of its tuple.

The wire gives the same tuple for a head it has read before, as clients and backends on kept connections send it again
and again. The memory is small, and holds its tuples, so an identity cannot come to mean another one.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from gatewright.values.headers import Headers

V = TypeVar("V")
REMEMBERED = 64


class HeadersMemo(Generic[V]):
    """`memo.of(headers)` is `read(headers)`, remembered. Headers are never changed once they are read."""

    __slots__ = ("_read", "_recent")

    def __init__(self, read: Callable[[Headers], V]) -> None:
        self._read = read
        self._recent: dict[int, tuple[V, Headers]] = {}

    def of(self, headers: Headers) -> V:
        """What `headers` say."""
        known = self._recent.get(id(headers))
        if known is not None:
            return known[0]
        value = self._read(headers)
        if len(self._recent) >= REMEMBERED:
            self._recent.clear()
        self._recent[id(headers)] = value, headers
        return value
