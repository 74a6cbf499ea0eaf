"""Work in threads: whatever comes of it is told on the loop, and nothing begins once it is closed."""

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from gatewright.execute.rest import serve
from gatewright.server.long_work import LoopWork
from gatewright.values.pending import Drive, Pending
from tests.execute.stage import CHOSEN_ID, MOCK, REQUEST_ID, Scene, one
from tests.server.sockets import LOOPS, connected, run, serving

T = TypeVar("T")
_RESET = struct.pack("ii", 1, 0)

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


class Held(LoopWork):
    """Threads that tell when work begins, and wait before they do it."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.gate = threading.Event(), threading.Event()

    def beside(self, work: Callable[[], T]) -> Pending[T]:
        def held() -> T:
            self.begun.set()
            self.gate.wait(5)
            return work()

        return super().beside(held)


def test_a_request_whose_client_left_is_counted_and_logged_once(loop: str) -> None:
    template = {"application/json": '{"statusCode": 200, "length": $input.body.length()}'}
    settings = {"accessLogSettings": {"format": "$context.requestId $context.status"}}
    plan, scene = one(MOCK | {"requestTemplates": template}, verb="POST", **settings), Scene()

    async def conversation() -> None:
        work = Held()
        world = replace(scene.world, work=work)
        async with serving(lambda request: serve(plan, request, request.path, world)) as listener:
            async with connected(listener.port) as client:
                head = f"POST / HTTP/1.1\r\nHost: a\r\n{CHOSEN_ID}\r\nContent-Length: 65537\r\n\r\n"
                client.say(head.encode() + bytes(65_537))
                await asyncio.to_thread(work.begun.wait, 5)
                # A reset: the end alone of what a client sends may be that of one that waits for its answer.
                client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            await asyncio.sleep(0.02)
            assert scene.lines == []
            work.gate.set()
            while not scene.lines:
                await asyncio.sleep(0.001)
        work.close()

    run(loop, conversation)
    assert scene.lines == [("prod", f"{REQUEST_ID} 200".encode())]
    assert plan.counters.requests == 1


def test_the_loop_has_its_turn_beside_threads_at_work(loop: str) -> None:
    async def conversation() -> None:
        work, over = LoopWork(), threading.Event()

        def spin() -> None:
            while not over.is_set():
                sum(range(100))

        pending = [work.beside(spin), work.beside(spin)]
        took = []
        for _ in range(10):  # the machine may be busy: one quick round is enough
            began = time.monotonic()
            for _ in range(5):
                await asyncio.sleep(0.001)
            took.append(time.monotonic() - began)
        over.set()
        assert [await outcome(one) for one in pending] == [(None, type(None), threading.current_thread())] * 2
        work.close()
        assert min(took) < 0.035  # with the interval that Python has, 5 ms, it was 0.05 to 0.25

    run(loop, conversation)
