"""Work in threads: whatever comes of it is told on the loop, and nothing begins once it is closed."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from gatewright.server.long_work import LoopWork
from gatewright.values.pending import Drive, Pending
from tests.server.sockets import LOOPS, run

pytestmark = pytest.mark.parametrize("loop", LOOPS)


async def outcome(pending: Pending[Any]) -> tuple[Any, type[BaseException], threading.Thread]:
    """What `pending` gives, the type of what it raises, and the thread that was told."""
    told: asyncio.Future[tuple[Any, type[BaseException], threading.Thread]] = asyncio.Future()

    async def wait() -> Any:
        return await pending

    def done(answer: Any, error: BaseException | None) -> None:
        told.set_result((answer, type(error), threading.current_thread()))

    Drive(wait(), done).step()
    return await told


def raising(error: BaseException) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


def test_what_work_gives_or_raises_is_told_on_the_loop(loop: str) -> None:
    async def conversation() -> None:
        work, here = LoopWork(), threading.current_thread()
        assert await outcome(work.beside(lambda: 7)) == (7, type(None), here)
        assert await outcome(work.beside(raising(ValueError()))) == (None, ValueError, here)
        assert await outcome(work.beside(raising(asyncio.CancelledError()))) == (None, asyncio.CancelledError, here)
        # No Future takes it, and a coroutine tells of it so.
        assert await outcome(work.beside(raising(StopIteration()))) == (None, RuntimeError, here)
        work.close()

    run(loop, conversation)


def test_work_begins_in_its_order_and_none_begins_after_the_close(loop: str) -> None:
    begun: list[int] = []
    gate, both = threading.Event(), threading.Barrier(3)

    def piece(number: int) -> None:
        begun.append(number)
        both.wait(5)
        gate.wait(5)

    async def conversation() -> None:
        work = LoopWork()
        first, second, _ = (work.beside(lambda number=number: piece(number)) for number in range(3))
        both.wait(5)
        work.close()
        gate.set()
        await outcome(first)
        await outcome(second)
        with pytest.raises(RuntimeError):
            work.beside(int)

    run(loop, conversation)
    assert begun == [0, 1]
