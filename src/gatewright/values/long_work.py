"""Work that takes long while one loop serves everybody: others go on in the middle of it, or beside it."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class LongWork(Protocol):
    """How to be long without others noticing."""

    def turn(self) -> Awaitable[None]:
        """Lets everybody else go on first."""
        ...

    def beside(self, work: Callable[[], T]) -> Awaitable[T]:
        """What `work` returns or raises; it runs beside all others, so it may touch nothing that is theirs."""
        ...


class AtOnce:
    """Implements LongWork where nobody else waits, or nobody else may come between: it never suspends."""

    async def turn(self) -> None:
        """See LongWork."""

    async def beside(self, work: Callable[[], T]) -> T:
        """See LongWork."""
        return work()
