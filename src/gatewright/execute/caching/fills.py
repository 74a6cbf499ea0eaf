"""Who gets what many want: one request does, and those that come meanwhile wait for what it gets.

So a backend is asked once however many want the same at once. A call that takes long is not relied upon: after
PATIENCE the next request calls as well, and the first that succeeds is for all, so nobody can hold up the others with a
request to which the backend is slow.
"""

from typing import Generic, TypeVar

from gatewright.values.pending import Pending
from gatewright.values.refusal import Refusal

T = TypeVar("T")
PATIENCE = 5.0  # seconds; nginx's proxy_cache_lock_timeout is as long


class Fill(Generic[T]):
    """What is being got under one key: by how many, since when the latest of them, and who waits for it."""

    __slots__ = ("began", "callers", "waiting")

    def __init__(self) -> None:
        self.began = 0.0
        self.callers = 0
        self.waiting: list[Pending[T | Refusal | None]] = []


class Fills(Generic[T]):
    """What is being got on this node, by key. What comes of it: what was wanted, why nobody can have it, or None when
    each has to ask for itself."""

    __slots__ = ("_under_way",)

    def __init__(self) -> None:
        self._under_way: dict[bytes, Fill[T]] = {}

    def __len__(self) -> int:
        return len(self._under_way)

    def begin(self, key: bytes, now: float) -> Fill[T] | None:
        """The fill that is the caller's to make, who must `end` it, whatever happens; None: it may `wait` for one."""
        fill = self._under_way.get(key)
        if fill is None:
            fill = self._under_way[key] = Fill()
        elif abs(now - fill.began) < PATIENCE:
            return None
        fill.began = now
        fill.callers += 1
        return fill

    async def wait(self, key: bytes) -> T | Refusal | None:
        """What comes of what another has begun."""
        pending: Pending[T | Refusal | None] = Pending()
        self._under_way[key].waiting.append(pending)
        return await pending

    def end(self, key: bytes, fill: Fill[T], outcome: T | Refusal | None) -> None:
        """One caller is done: those that wait go on, unless it has nothing for them and another may yet have."""
        fill.callers -= 1
        if fill.callers > 0 and (outcome is None or isinstance(outcome, Refusal)):
            return
        if self._under_way.get(key) is fill:
            del self._under_way[key]
        waiting, fill.waiting = fill.waiting, []
        for pending in waiting:
            pending.complete(outcome)

    def forget(self) -> None:
        """Whoever comes now waits for nothing that was begun before."""
        self._under_way.clear()
