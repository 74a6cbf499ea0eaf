"""Who fills which cache entry: one request does, and those that come meanwhile wait for what it gets.

So a backend is asked once however many want the same at once. Nobody waits longer than the one call takes. What comes
of it is an answer for all; or the refusal of a backend that failed, which nobody else need ask now; or None: then each
asks for itself.
"""

from typing import TYPE_CHECKING

from gatewright.values.pending import Pending
from gatewright.values.refusal import Refusal

if TYPE_CHECKING:
    from gatewright.execute.cached_responses import Answer

MOST_WAITING = 1000  # for one entry; who comes then calls the backend itself


class Fills:
    """The entries that are being filled on this node."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: dict[bytes, list[Pending[Answer | Refusal | None]]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def begin(self, key: bytes) -> bool:
        """Whether it is the caller's to fill an entry; it must `end` it then, whatever happens."""
        if key in self._waiting:
            return False
        self._waiting[key] = []
        return True

    async def wait(self, key: bytes) -> "Answer | Refusal | None":
        """What came of the fill in progress, None at once when too many wait for it already."""
        waiting = self._waiting[key]
        if len(waiting) >= MOST_WAITING:
            return None
        pending: Pending[Answer | Refusal | None] = Pending()
        waiting.append(pending)
        return await pending

    def end(self, key: bytes, outcome: "Answer | Refusal | None") -> None:
        """The fill is over: those that waited go on."""
        for pending in self._waiting.pop(key):
            pending.complete(outcome)
