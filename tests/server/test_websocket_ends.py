"""How a WebSocket begins and ends: who leaves during the handshake, a node that stops, and what is no handshake."""

import asyncio

import pytest

from gatewright.values.pending import Pending
from gatewright.values.request import Request
from gatewright.values.response import Answer, Response, Upgraded
from gatewright.wire.websocket_handshake import read_handshake
from tests.server.sockets import GET, LOOPS, answer, connected, run, serving
from tests.server.websockets import (
    GOING_AWAY,
    HANDSHAKE,
    SWITCHED,
    Echo,
    Upgrades,
    WebSocketClient,
    close_frame,
    upgraded,
)

pytestmark = pytest.mark.parametrize("loop", LOOPS)


class LateUpgrade:
    """A front whose handshake waits for the test."""

    def __init__(self) -> None:
        self.session = Echo()
        self.answer: Pending[None] = Pending()
        self.is_asked = asyncio.Event()

    async def __call__(self, request: Request) -> Answer:
        self.is_asked.set()
        await self.answer
        return Upgraded(read_handshake(request).headers(), self.session)


@pytest.mark.parametrize("leaving", ["reset", "half"])
def test_who_leaves_during_the_handshake_has_a_session_that_only_ends(loop: str, leaving: str) -> None:
    async def conversation() -> None:
        front = LateUpgrade()
        async with serving(front) as listener, connected(listener.port) as client:
            client.say(HANDSHAKE)
            await front.is_asked.wait()
            if leaving == "half":
                client.writer.write_eof()
            else:
                client.writer.transport.abort()
            await asyncio.sleep(0.02)
            front.answer.complete(None)
            await front.session.is_over.wait()
            assert front.session.channel is None
            assert front.session.ended == [(1006, "")]

    run(loop, conversation)


def test_a_node_that_stops_says_goodbye_and_waits_for_what_the_end_brings(loop: str) -> None:
    class Leaving(Echo):
        async def closed(self, code: int, reason: str) -> None:
            await last
            await super().closed(code, reason)

    last: Pending[None] = Pending()
    front = Upgrades(Leaving)

    async def conversation() -> None:
        async with serving(front) as listener, upgraded(listener.port) as client:
            stopping = asyncio.ensure_future(listener.stop(5))
            assert await client.hear_next() == GOING_AWAY
            client.say(close_frame(1001))
            assert await client.hear_next() is None
            await asyncio.sleep(0.05)
            assert not stopping.done()
            last.complete(None)
            await stopping
            assert front.sessions[0].ended == [(1001, "Going away")]

    run(loop, conversation)


def test_a_handshake_under_way_as_the_node_stops_is_answered_before_the_goodbye(loop: str) -> None:
    front = LateUpgrade()

    async def conversation() -> None:
        async with serving(front) as listener, connected(listener.port) as client:
            client.say(HANDSHAKE)
            await front.is_asked.wait()
            stopping = asyncio.ensure_future(listener.stop(5))
            await asyncio.sleep(0.02)
            front.answer.complete(None)
            assert (await client.reader.readuntil(b"\r\n\r\n")).startswith(SWITCHED[:40])
            assert await WebSocketClient(client.reader, client.writer).hear_next() == GOING_AWAY
            client.say(close_frame(1001))
            await stopping
            assert front.session.ended == [(1001, "Going away")]

    run(loop, conversation)


def test_a_handshake_that_says_it_is_the_last_request_is_one_all_the_same(loop: str) -> None:
    front = Upgrades()

    async def conversation() -> None:
        async with serving(front) as listener, connected(listener.port) as client:
            client.say(HANDSHAKE.replace(b"keep-alive, Upgrade", b"close, Upgrade"))
            await client.hear(SWITCHED)
            await WebSocketClient(client.reader, client.writer).close()

    run(loop, conversation)


def test_http_1_0_knows_no_websocket(loop: str) -> None:
    async def plain(request: Request) -> Answer:
        return Response(200, (), b",".join(line.raw.strip() for line in request.headers))

    async def conversation() -> None:
        async with serving(plain) as listener, connected(listener.port) as client:
            client.say(b"GET / HTTP/1.0\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\r\n")
            await client.hear(answer(b"Host: a,Connection: keep-alive, Upgrade"))

    run(loop, conversation)


def test_a_refused_handshake_keeps_its_connection(loop: str) -> None:
    async def refused(request: Request) -> Answer:
        return Response(200, (), b"no")

    async def conversation() -> None:
        async with serving(refused) as listener, connected(listener.port) as client:
            client.say(HANDSHAKE)
            await client.hear(answer(b"no"))
            client.say(GET)
            await client.hear(answer(b"no"))

    run(loop, conversation)
