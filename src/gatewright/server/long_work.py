"""Long work on the event loop: turns in the middle of it, and a thread for what touches nothing of the loop's.

What waits for a thread is bounded by who asks: a connection has one request at a time, and a request one piece of work.
It is done in the order it came, also for a client that has left, so that its request is counted and logged like any.
"""

import asyncio
import contextlib
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from gatewright.values.pending import Pending

T = TypeVar("T")
# A thread's, while others wait. With Python's own 5 ms a request beside two threads took ten times as long.
TURN_SECONDS = 0.0005


class LoopWork:
    """Implements `long_work.LongWork` on the running loop. Processes are started by exec alone, so that none inherits
    a lock of these threads."""

    def __init__(self) -> None:
        # Each thread that is at work makes the loop wait for its turn: a few are enough.
        self._threads = ThreadPoolExecutor(2, "long-work")
        sys.setswitchinterval(TURN_SECONDS)

    def turn(self) -> Pending[None]:
        """See LongWork."""
        pending: Pending[None] = Pending()
        asyncio.get_running_loop().call_soon(pending.complete, None)
        return pending

    def beside(self, work: Callable[[], T]) -> Pending[T]:
        """See LongWork: in a thread, which gives way to the loop within a millisecond."""
        pending: Pending[T] = Pending()
        self._threads.submit(_run, work, pending, asyncio.get_running_loop())
        return pending

    def close(self) -> None:
        """Begin nothing more; what has not begun is dropped. Call it when no request is left."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _run(work: Callable[[], T], pending: Pending[T], loop: asyncio.AbstractEventLoop) -> None:
    """In the thread: whatever `work` raises reaches the loop, also what no Future takes, such as StopIteration."""
    try:
        tell = partial(pending.complete, work())
    except BaseException as error:
        tell = partial(pending.fail, error)
    with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
        loop.call_soon_threadsafe(tell)
