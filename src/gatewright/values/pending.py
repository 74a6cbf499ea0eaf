"""Answers that come later, awaited by coroutines that are driven by hand.

The server runs a request's coroutine with `Drive`: no Task and no Future (see docs/decisions). Whoever owns the
socket makes a `Pending`, returns it to the coroutine, and completes it once from a callback of the event loop.
"""

from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Pending(Generic[T]):
    """Await it once. `complete` or `fail` resumes the awaiting coroutine at once, on the caller's stack."""

    __slots__ = ("_answer", "_error", "_resume", "done")

    def __init__(self) -> None:
        self.done = False
        self._answer: T | None = None
        self._error: BaseException | None = None
        self._resume: Callable[[], None] | None = None

    def complete(self, answer: T) -> None:
        """Give the answer. A second completion, or one after `fail`, is ignored."""
        if self.done:
            return
        self.done = True
        self._answer = answer
        if self._resume is not None:
            self._resume()

    def fail(self, error: BaseException) -> None:
        """Raise `error` where the answer is awaited."""
        if self.done:
            return
        self.done = True
        self._error = error
        if self._resume is not None:
            self._resume()

    def then(self, resume: Callable[[], None]) -> None:
        """Call `resume` when the answer is there; used by `Drive` only."""
        self._resume = resume

    def __await__(self) -> Generator["Pending[T]", None, T]:
        if not self.done:
            yield self
        if self._error is not None:
            raise self._error
        return self._answer  # type: ignore[return-value]


def completed(answer: T) -> Pending[T]:
    """One whose answer is there."""
    pending: Pending[T] = Pending()
    pending.complete(answer)
    return pending


class Drive(Generic[T]):
    """Runs a coroutine whose every suspension is a `Pending`; calls `done(answer, error)` at its end."""

    __slots__ = ("_coroutine", "_done")

    def __init__(
        self, coroutine: Coroutine[Any, None, T], done: Callable[[T | None, BaseException | None], None]
    ) -> None:
        self._coroutine = coroutine
        self._done = done

    def step(self) -> None:
        """Run to the next suspension or to the end. Call it once to start."""
        try:
            pending = self._coroutine.send(None)
        except StopIteration as stop:
            self._done(stop.value, None)
        except BaseException as error:
            self._done(None, error)
        else:
            pending.then(self.step)
