"""A body in chunks of one byte each takes long to read: everybody else has a turn in between."""

import asyncio
from typing import Any, cast

import pytest

from gatewright.server.backend import Backend
from gatewright.server.connection import Connection
from gatewright.server.service import Bounds, Service
from gatewright.server.sweep import Sweep
from gatewright.values.pending import Drive
from gatewright.wire.http1_client import WHOLE, Http1Client, ResponseHeads
from tests.server.sockets import LOOPS, Client, Scripted, answer, backend, connected, path_back, run, serving
from tests.server.test_upstream import HEAD, Upstream, asked, origin

pytestmark = pytest.mark.parametrize("loop", LOOPS)

LETTERS = b"abcdefghij" * 12_000
TINY = b"".join(b"1\r\n%c\r\n" % letter for letter in LETTERS)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Told(asyncio.Transport):
    """A transport that keeps what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def pause_reading(self) -> None:
        self.told.append("pause")

    def resume_reading(self) -> None:
        self.told.append("resume")

    def write(self, data: object) -> None:
        pass

    def is_closing(self) -> bool:
        return False


async def reads_in_turns(protocol: asyncio.Protocol, head: bytes) -> None:
    transport = Told()
    protocol.connection_made(transport)
    protocol.data_received(head)
    protocol.data_received(TINY[:1200])
    assert transport.told == []
    protocol.data_received(TINY[1200:99_000])
    assert transport.told == ["pause"]
    await asyncio.sleep(0)
    assert transport.told == ["pause", "resume"]


def test_a_client_gives_others_a_turn(loop: str) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

    async def conversation() -> None:
        await reads_in_turns(Connection(Service(path_back, Sweep(), Bounds(), "http")), head)

    run(loop, conversation)


def test_a_backend_gives_others_a_turn(loop: str) -> None:
    async def conversation() -> None:
        waiting = Backend(cast(Any, None), Http1Client(ResponseHeads()), [])
        Drive(wait(waiting), lambda returned, error: None).step()
        await reads_in_turns(waiting, CHUNKED)

    async def wait(waiting: Backend) -> object:
        return await waiting.ask("GET", b"", 0.0, WHOLE)

    run(loop, conversation)


def test_tiny_chunks_arrive(loop: str) -> None:
    async def script(scripted: Scripted, client: Client, number: int) -> None:
        await scripted.hear_head(client, number)
        client.say(CHUNKED + TINY + b"0\r\n\r\n")

    async def conversation() -> None:
        async with backend(script) as scripted, serving() as listener, connected(listener.port) as client:
            returned = await asked(Upstream(Sweep()), origin(scripted), HEAD % 1)
            assert returned.body == LETTERS
            client.say(b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + TINY + b"0\r\n\r\n")
            await client.hear(answer(b"/x"))

    run(loop, conversation)
