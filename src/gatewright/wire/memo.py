"""A bounded memory of what bytes mean: clients repeat the same lines, so each is examined once, strictly.

Lines carry secrets (Authorization, cookies): long ones are not kept, the number is bounded, and a memo never shows its
contents, also not when an object holding it is printed.
"""

from collections.abc import Callable
from typing import TypeVar

V = TypeVar("V")


class Memo(dict[bytes, V]):
    """`memo[key]` is `read(key)`, remembered. What `read` raises is passed on and not remembered."""

    __slots__ = ("_count", "_longest", "_read")

    def __init__(self, read: Callable[[bytes], V], *, count: int, longest: int) -> None:
        super().__init__()
        self._read = read
        self._count = count
        self._longest = longest

    def __missing__(self, key: bytes) -> V:
        value = self._read(key)
        if len(key) <= self._longest:
            if len(self) >= self._count:
                self.clear()  # as good as evicting one by one, and costs nothing on a hit
            self[key] = value
        return value

    def __repr__(self) -> str:
        return f"<Memo of {len(self)}>"
