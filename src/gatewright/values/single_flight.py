"""What is asked once, however many wait for the answer."""

from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar, cast

from gatewright.values.pending import Drive, Pending

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """One question: those that ask while it is under way get the answer that is on its way.

    It is nobody's own: it goes on when whoever began it waits no longer."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[Pending[T]] = []

    def __bool__(self) -> bool:
        """Whether it is under way."""
        return bool(self._waiting)

    def ask(self, question: Callable[[], Coroutine[Any, Any, T]]) -> Pending[T]:
        """The answer of what is under way, or of `question`, which is asked now if nothing is. Fails as that does."""
        answer: Pending[T] = Pending()
        self._waiting.append(answer)
        if len(self._waiting) == 1:
            Drive(question(), self._answered).step()
        return answer

    def _answered(self, answer: T | None, error: BaseException | None) -> None:
        waiting, self._waiting = self._waiting, []
        if error is None:
            for one in waiting:
                one.complete(cast(T, answer))
            return
        where = error.__traceback__
        for one in waiting:
            one.fail(error.with_traceback(where))  # raised once for each, it would grow each time
