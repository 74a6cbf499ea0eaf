"""Long work on the event loop: turns in the middle of it, and a thread for what touches nothing of the loop's."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from gatewright.values.pending import Pending

T = TypeVar("T")


class LoopWork:
    """Implements `long_work.LongWork` on the running loop."""

    def __init__(self) -> None:
        # Each thread that is at work makes the loop wait some milliseconds for its turn: a few are enough.
        self._threads = ThreadPoolExecutor(2, "long-work")

    def turn(self) -> Pending[None]:
        """See LongWork."""
        pending: Pending[None] = Pending()
        asyncio.get_running_loop().call_soon(pending.complete, None)
        return pending

    def beside(self, work: Callable[[], T]) -> Pending[T]:
        """See LongWork: in a thread, which gives way to the loop every few milliseconds."""
        pending: Pending[T] = Pending()
        asyncio.get_running_loop().run_in_executor(self._threads, work).add_done_callback(partial(_finish, pending))
        return pending


def _finish(pending: Pending[T], done: asyncio.Future[T]) -> None:
    error = done.exception()
    if error is None:
        pending.complete(done.result())
    else:
        pending.fail(error)
