"""Who gets what many want: one request does, and those that come meanwhile wait for what it gets.

So a backend is asked once however many want the same at once. Nobody waits longer than the one call takes.
"""

from typing import Generic, TypeVar

from gatewright.values.pending import Pending

T = TypeVar("T")
MOST_WAITING = 1000  # for one key; who comes then asks for itself


class Fills(Generic[T]):
    """What is being got on this node, by key. What came of it is for all that wait; None: each asks for itself."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: dict[bytes, list[Pending[T | None]]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def begin(self, key: bytes) -> bool:
        """Whether it is the caller's to get it, who must `end` it then, whatever happens."""
        if key in self._waiting:
            return False
        self._waiting[key] = []
        return True

    async def wait(self, key: bytes) -> T | None:
        """What comes of what another has begun, None at once when too many wait for it already."""
        waiting = self._waiting[key]
        if len(waiting) >= MOST_WAITING:
            return None
        pending: Pending[T | None] = Pending()
        waiting.append(pending)
        return await pending

    def end(self, key: bytes, outcome: T | None) -> None:
        """It is over: those that waited go on."""
        for pending in self._waiting.pop(key):
            pending.complete(outcome)
