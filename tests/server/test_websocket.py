"""A WebSocket over a real socket: limits, slowness, order, being left, and the end of the node. The frames themselves
are test_autobahn.py's."""

import asyncio
import socket
import ssl
import struct
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from gatewright.server.service import Bounds
from gatewright.server.sweep import TICK
from gatewright.server.websocket import BOUNDS
from gatewright.values.pending import Pending
from gatewright.wire.limits import WebSocketLimits
from tests.server.certificate import server_context
from tests.server.sockets import LOOPS, connected, run, serving
from tests.server.websockets import (
    BINARY,
    CLOSE,
    CONT,
    GOING_AWAY,
    HANDSHAKE,
    PING,
    PONG,
    SWITCHED,
    TEXT,
    Echo,
    Heard,
    Upgrades,
    WebSocketClient,
    close_frame,
    frame,
    in_fragments,
    talking,
    upgraded,
)

pytestmark = pytest.mark.parametrize("loop", LOOPS)


class Slow(Echo):
    """A session whose messages wait until the test lets them go."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[Pending[None]] = []
        self.texts: list[str] = []

    async def message(self, text: str) -> None:
        self.texts.append(text)
        pending: Pending[None] = Pending()
        self.waiting.append(pending)
        await pending


LOUD = 60_000


class LoudEcho(Echo):
    """A session whose answers are long."""

    async def message(self, text: str) -> None:
        assert self.channel is not None
        self.channel.reply(b"*" * LOUD)


class SlowEcho(LoudEcho):
    """The same, some time later."""

    async def message(self, text: str) -> None:
        later: Pending[None] = Pending()
        asyncio.get_running_loop().call_later(0.001, later.complete, None)
        await later
        await super().message(text)


async def until(condition: object) -> None:
    """Wait for what a callable says; the conversation's own patience ends it."""
    assert callable(condition)
    while not condition():
        await asyncio.sleep(0.001)


async def is_closed_with(client: WebSocketClient, code: int) -> None:
    heard = await client.hear_next()
    assert heard is not None
    assert (heard.opcode, heard.code) == (CLOSE, code)
    assert await client.hear_next() is None


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([frame(TEXT, b"*" * 32_768)], 1000),
        ([frame(TEXT, b"*" * 32_769)], 1009),
        (in_fragments(b"*" * 131_072, 32_768), 1000),
        (in_fragments(b"*" * 131_073, 32_768), 1009),
        ([frame(BINARY, b"x")], 1003),
        ([frame(BINARY, b"x", fin=False)], 1003),
        ([frame(TEXT, b"x", masked=False)], 1002),
        ([b"GET / HTTP/1.1\r\n"], 1002),
        # A length of 2**63 - 1 is refused by its head: nothing is kept for it.
        ([bytes([0x81, 0xFF]) + struct.pack("!Q", 2**63 - 1)], 1009),
    ],
)
def test_what_a_client_may_send(loop: str, frames: list[bytes], code: int) -> None:
    front = Upgrades()

    async def conversation() -> None:
        async with talking(front) as client:
            client.say(b"".join(frames))
            if code == 1000:
                size = sum(map(len, frames)) - sum(8 for _ in frames)
                assert await client.hear_next() == Heard(TEXT, b"*" * size)
                client.say(close_frame(1000))
            await is_closed_with(client, code)
        await front.sessions[0].is_over.wait()
        assert [ended[0] for ended in front.sessions[0].ended] == [code]

    run(loop, conversation)


def test_a_long_message_goes_out_in_frames_of_32_kb(loop: str) -> None:
    front = Upgrades()

    async def conversation() -> None:
        async with talking(front) as client:
            channel = front.sessions[0].channel
            assert channel is not None
            assert channel.send(b"*" * 70_000)
            sizes = []
            for _ in range(3):
                heard = await client.hear_frame()
                assert heard is not None
                sizes.append((heard[0], heard[1].opcode, len(heard[1].payload)))
            assert sizes == [(False, TEXT, 32_768), (False, CONT, 32_768), (True, CONT, 4_464)]

    run(loop, conversation)


def test_what_is_sent_behind_the_handshake_is_not_lost(loop: str) -> None:
    front = Upgrades()

    async def conversation() -> None:
        async with serving(front) as listener, connected(listener.port) as raw:
            raw.say(HANDSHAKE + frame(TEXT, b"early") + frame(PING, b"p"))
            client = WebSocketClient(raw.reader, raw.writer)
            await client.reader.readuntil(b"\r\n\r\n")
            assert {await client.hear_next(), await client.hear_next()} == {Heard(TEXT, b"early"), Heard(PONG, b"p")}
            assert front.sessions[0].heard_times == 1

    run(loop, conversation)


def test_over_tls(loop: str, tmp_path: Path) -> None:
    front = Upgrades()
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE

    async def conversation() -> None:
        async with serving(front, tls=server_context(tmp_path)) as listener:
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.port, ssl=trusting)
            client = WebSocketClient(reader, writer)
            client.say(HANDSHAKE)
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(SWITCHED[:40])
            client.say(frame(TEXT, b"hi"))
            assert await client.hear_next() == Heard(TEXT, b"hi")
            client.say(frame(BINARY))
            await is_closed_with(client, 1003)
            writer.close()

    run(loop, conversation)


def test_an_idle_client_and_an_old_one_are_sent_away_and_a_ping_is_a_sign_of_life(loop: str) -> None:
    front = Upgrades()
    bounds = replace(BOUNDS, limits=WebSocketLimits(idle=0.25, age=0.6))

    async def conversation() -> None:
        listener_bounds = Bounds(websocket=bounds)
        async with (
            serving(front, listener_bounds) as listener,
            upgraded(listener.port) as idle,
            upgraded(listener.port) as lively,
        ):
            began = asyncio.get_running_loop().time()

            async def ping() -> None:
                while True:
                    lively.say(frame(PING))
                    await asyncio.sleep(0.1)

            pinging = asyncio.ensure_future(ping())
            assert await idle.hear_next() == GOING_AWAY
            assert 0.25 - TICK < asyncio.get_running_loop().time() - began < 0.58
            while (heard := await lively.hear_next()) == Heard(PONG, b""):
                pass
            pinging.cancel()
            assert heard == GOING_AWAY
            assert 0.6 < asyncio.get_running_loop().time() - began < 2.0
            idle.say(close_frame(1001))
            assert await idle.hear_next() is None

    run(loop, conversation)
    assert [session.ended for session in front.sessions] == [[(1001, "Going away")]] * 2


def test_a_client_that_does_not_answer_our_close_is_cut_off(loop: str) -> None:
    front = Upgrades()

    async def conversation() -> None:
        async with talking(front, replace(BOUNDS, farewell=0.05)) as client:
            session = front.sessions[0]
            assert session.channel is not None
            session.channel.close(4000, "enough")
            session.channel.close(4001, "again")
            assert session.channel.send(b"nobody hears this")
            assert await client.hear_next() == Heard(CLOSE, struct.pack("!H", 4000) + b"enough")
            assert await client.hear_next() is None
            assert session.ended == [(4000, "enough")]

    run(loop, conversation)


def test_a_reader_that_takes_nothing_is_refused_more_and_then_cut_off(loop: str) -> None:
    front = Upgrades()
    message = b"*" * 100_000

    async def conversation() -> None:
        async with talking(front, replace(BOUNDS, reader=0.3)) as client:
            client.writer.transport.pause_reading()  # type: ignore[attr-defined]
            session = front.sessions[0]
            assert session.channel is not None
            sent = 0
            while session.channel.send(message):
                sent += 1
                await asyncio.sleep(0)
                assert sent < 500, "the sockets' own buffers are smaller than that"
            assert not session.channel.send(message)
            assert session.channel.send(b"short")  # what still fits, is taken
            await asyncio.wait_for(session.is_over.wait(), 3)
            assert session.ended == [(1006, "")]
            assert session.channel.send(message)  # and dropped

    run(loop, conversation)


def test_what_a_client_sends_waits_unread_while_too_many_of_its_messages_are_under_way(loop: str) -> None:
    front = Upgrades(Slow)
    flood = frame(TEXT, b"*" * 1000) * 20_000

    async def conversation() -> None:
        async with talking(front) as client:
            tracemalloc.start()
            client.say(flood)
            session = front.sessions[0]
            assert isinstance(session, Slow)
            await until(lambda: len(session.texts) == BOUNDS.under_way)
            await asyncio.sleep(0.05)
            assert len(session.texts) == BOUNDS.under_way
            taken = client.writer.transport.get_write_buffer_size()
            assert taken, "the rest is still the client's"
            held = tracemalloc.get_traced_memory()[0] - taken
            tracemalloc.stop()
            assert held < 2_000_000
            for _ in range(40):
                session.waiting.pop(0).complete(None)
                await until(lambda: len(session.waiting) == BOUNDS.under_way)
            assert len(session.texts) == BOUNDS.under_way + 40

    run(loop, conversation)


def test_pings_of_a_client_that_does_not_read_are_not_answered_without_end(loop: str) -> None:
    front = Upgrades()

    async def conversation() -> None:
        async with talking(front) as client:
            client.writer.transport.pause_reading()  # type: ignore[attr-defined]
            client.say(frame(PING, b"*" * 125) * 200_000)
            tracemalloc.start()
            await asyncio.sleep(0.2)
            held = tracemalloc.get_traced_memory()[0]
            tracemalloc.stop()
            assert client.writer.transport.get_write_buffer_size(), "the rest is still the client's"  # type: ignore[attr-defined]
            assert held < 1_000_000

    run(loop, conversation)


@pytest.mark.parametrize("is_slow", [False, True])
def test_no_answer_is_lost_of_a_client_that_asks_faster_than_it_reads(loop: str, is_slow: bool) -> None:
    front = Upgrades(SlowEcho if is_slow else LoudEcho)

    async def conversation() -> None:
        async with talking(front) as client:
            client.say(frame(TEXT, b"*") * 300)
            for _ in range(300):
                heard = await client.hear_next()
                assert heard is not None
                assert len(heard.payload) == LOUD

    run(loop, conversation)


def test_who_asks_and_never_reads_is_cut_off_and_all_of_it_ends(loop: str) -> None:
    front = Upgrades(SlowEcho)

    async def conversation() -> None:
        async with talking(front, replace(BOUNDS, reader=0.3)) as client:
            client.writer.transport.pause_reading()  # type: ignore[attr-defined]
            client.say(frame(TEXT, b"*") * 600)
            await asyncio.wait_for(front.sessions[0].is_over.wait(), 3)
            assert front.sessions[0].ended == [(1006, "")]

    run(loop, conversation)


def test_others_have_a_turn_while_one_client_floods(loop: str) -> None:
    front = Upgrades()
    both: list[str] = []

    class Told(Echo):
        async def message(self, text: str) -> None:
            both.append(text)

    front = Upgrades(Told)

    async def conversation() -> None:
        async with serving(front) as listener, upgraded(listener.port) as loud, upgraded(listener.port) as quiet:
            loud.say(frame(TEXT, b"loud") * 20_000)
            quiet.say(frame(TEXT, b"quiet"))
            await until(lambda: len(both) == 20_001)
            assert both.index("quiet") < 10_000
            both.clear()
            loud.say(frame(TEXT, b"", fin=False) + frame(CONT, b"", fin=False) * 20_000 + frame(CONT, b"loud"))
            quiet.say(frame(TEXT, b"quiet"))
            await until(lambda: len(both) == 2)
            assert both == ["quiet", "loud"]

    run(loop, conversation)


def test_messages_that_came_before_the_end_are_served_before_it(loop: str) -> None:
    front = Upgrades(Slow)

    async def conversation() -> None:
        async with talking(front, replace(BOUNDS, under_way=1)) as client:
            session = front.sessions[0]
            assert isinstance(session, Slow)
            client.say(frame(TEXT, b"1") + frame(TEXT, b"2") + close_frame(1000, b"bye"))
            await is_closed_with(client, 1000)
            assert session.texts == ["1"]
            await asyncio.sleep(0.01)
            assert not session.ended
            session.waiting[0].complete(None)
            await session.is_over.wait()
            assert session.texts == ["1", "2"]
            assert session.ended == [(1000, "bye")]

    run(loop, conversation)


def test_a_client_that_vanishes_ends_its_session(loop: str) -> None:
    front = Upgrades()

    async def conversation() -> None:
        async with talking(front) as client:
            client.writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            client.writer.transport.abort()
            await front.sessions[0].is_over.wait()
        async with talking(front) as client:
            client.writer.write_eof()
            await front.sessions[1].is_over.wait()
        assert [session.ended for session in front.sessions] == [[(1006, "")]] * 2

    run(loop, conversation)
