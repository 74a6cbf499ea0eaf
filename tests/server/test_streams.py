"""Responses in pieces over real sockets: to clients that read, wait or leave, from backends that do the same."""

import asyncio
import time
from collections.abc import Callable

import pytest

from gatewright.execute.world import Origin, ReturnedStream
from gatewright.server.sweep import Sweep
from gatewright.server.upstream import Upstream
from gatewright.values.faults import NetworkFault
from gatewright.values.pending import Drive
from gatewright.values.request import Request
from gatewright.values.response import StreamedResponse
from gatewright.values.stream import Pace, Pipe, Stream, StreamBroken
from tests.server.sockets import GET, LOOPS, Client, Script, Scripted, backend, connected, run, serving

pytestmark = pytest.mark.parametrize("loop", LOOPS)

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"
BLOCK = bytes(range(256)) * 256
PACE = Pace(5)
ASK = b"GET / HTTP/1.1\r\nHost: b\r\n\r\n"


class Streaming:
    """A front that answers each request with a pipe the test pushes into, and keeps what the pipe tells its source."""

    def __init__(self, pace: Pace = PACE, length: int | None = None) -> None:
        self.pipes: list[Pipe] = []
        self.told: list[str] = []
        self.pace = pace
        self.length = length

    async def __call__(self, request: Request) -> StreamedResponse:
        pipe = Pipe(self)
        self.pipes.append(pipe)
        return StreamedResponse(200, (), pipe, self.length, self.pace)

    async def asked(self, times: int = 1) -> Pipe:
        await until(lambda: len(self.pipes) >= times)
        return self.pipes[times - 1]

    def pause(self) -> None:
        self.told.append("pause")

    def resume(self) -> None:
        self.told.append("resume")

    def abandon(self) -> None:
        self.told.append("abandon")


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


def test_pieces_go_as_they_come_and_the_next_request_waits(loop: str) -> None:
    front = Streaming()

    async def conversation() -> None:
        async with serving(front) as listener, connected(listener.port) as client:
            client.say(GET + GET)
            pipe = await front.asked()
            await client.hear(HEAD)
            pipe.push(b"one")
            await client.hear(b"3\r\none\r\n")
            assert len(front.pipes) == 1
            pipe.end_with(b"two")
            await client.hear(b"3\r\ntwo\r\n0\r\n\r\n" + HEAD)
            (await front.asked(2)).end_with(b"")
            await client.hear(b"0\r\n\r\n")
            client.say(GET)
            (await front.asked(3)).end_with(b"x")
            await client.hear(HEAD + b"1\r\nx\r\n0\r\n\r\n")
            assert front.told == []

    run(loop, conversation)


@pytest.mark.parametrize("broken", ["it broke", ""])
def test_what_breaks_off_or_is_too_short_resets_the_connection(loop: str, broken: str) -> None:
    front = Streaming(length=5)

    async def conversation() -> None:
        async with serving(front) as listener, connected(listener.port) as client:
            client.say(GET)
            pipe = await front.asked()
            pipe.push(b"half")
            pipe.end(broken)
            assert await client.hear_the_end() in (
                b"(reset)",
                b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhalf",
            )

    run(loop, conversation)


def test_a_reader_that_takes_nothing_pauses_the_source_and_what_is_held_is_bounded(loop: str) -> None:
    front = Streaming(Pace(0.6))

    async def conversation() -> None:
        async with serving(front) as listener, connected(listener.port) as client:
            client.say(GET)
            pipe = await front.asked()
            pushed = 0
            while "pause" not in front.told:
                pipe.push(BLOCK)
                pushed += 1
                await asyncio.sleep(0)
            assert pushed * len(BLOCK) < 16_000_000  # mostly the two systems' sockets
            await client.reader.readexactly(len(HEAD))
            before = len(front.told)
            while len(front.told) == before:  # read until the source is told to go on
                await client.reader.read(65536)
            assert front.told[-1] == "resume"
            await until(lambda: front.told[-1] == "abandon")  # and then nothing for too long

    run(loop, conversation)


def test_a_source_that_is_silent_for_too_long_is_given_up(loop: str) -> None:
    front = Streaming(Pace(0.3))

    async def conversation() -> None:
        async with serving(front) as listener, connected(listener.port) as client:
            client.say(GET)
            await front.asked()
            began = time.monotonic()
            await client.hear_the_end()
            assert (0.2 < time.monotonic() - began < 2, front.told) == (True, ["abandon"])

    run(loop, conversation)


def test_a_client_that_leaves_abandons_the_source_at_once(loop: str) -> None:
    front = Streaming()

    async def conversation() -> None:
        async with serving(front) as listener:
            async with connected(listener.port) as client:
                client.say(GET)
                await front.asked()
                await client.hear(HEAD)
            await until(lambda: front.told == ["abandon"])
            front.pipes[0].push(b"for nobody")

    run(loop, conversation)


def test_after_the_first_bytes_the_pace_is_kept(loop: str) -> None:
    front = Streaming(Pace(5, free=len(BLOCK), rate=4 * len(BLOCK)))

    async def conversation() -> None:
        async with serving(front) as listener, connected(listener.port) as client:
            client.say(GET)
            pipe = await front.asked()
            began = time.monotonic()
            for _ in range(4):
                pipe.push(BLOCK)
            pipe.end()
            heard = 0
            while heard < 4 * len(BLOCK):
                heard += len(await client.reader.read(1 << 20))
            assert 0.4 < time.monotonic() - began < 2.5

    run(loop, conversation)


# Backends


def asked(upstream: Upstream, to: Scripted, timeout: float = 5.0) -> asyncio.Future[ReturnedStream]:
    answer: asyncio.Future[ReturnedStream] = asyncio.get_running_loop().create_future()

    async def wait() -> ReturnedStream:
        return await upstream.stream(Origin("127.0.0.1", to.port, False), "GET", ASK, b"", timeout)

    def done(returned: ReturnedStream | None, error: BaseException | None) -> None:
        answer.set_exception(error) if error is not None else answer.set_result(returned)  # type: ignore[arg-type]

    Drive(wait(), done).step()
    return answer


def reading(stream: Stream) -> tuple[list[bytes], asyncio.Future[str]]:
    """The pieces as they come, and how it ended."""
    pieces: list[bytes] = []
    ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def read() -> None:
        while piece := await stream.read():
            pieces.append(piece)

    Drive(read(), lambda _, error: ended.set_result(f"{type(error).__name__}" if error else "")).step()
    return pieces, ended


def saying(*parts: bytes, pause: float = 0.05) -> Script:
    """For each request these parts, one after the other; then the connection is kept."""

    async def script(scripted: Scripted, client: Client, number: int) -> None:
        while True:
            await client.reader.readuntil(b"\r\n\r\n")
            scripted.heard[number] += b"."
            for part in parts:
                client.say(part)
                await asyncio.sleep(pause)

    return script


STREAMED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_a_backend_s_pieces_and_its_connection_used_again(loop: str) -> None:
    async def conversation() -> None:
        upstream = Upstream(Sweep())
        async with backend(saying(STREAMED, b"1\r\na\r\n", b"1\r\nb\r\n0\r\n\r\n")) as scripted:
            for number in range(2):
                returned = await asked(upstream, scripted)
                pieces, ended = reading(returned.body)
                assert (returned.status, pieces) == (200, [])
                assert (await ended, pieces) == ("", [b"a", b"b"])
                assert scripted.heard == [b"." * (number + 1)]
            upstream.close()

    run(loop, conversation)


def test_a_response_is_forwarded_as_it_is_sent(loop: str) -> None:
    async def conversation() -> None:
        upstream = Upstream(Sweep())
        whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
        async with backend(saying(STREAMED, b"1\r\na\r\n0\r\n\r\n"), saying(whole)) as scripted:
            to = Origin("127.0.0.1", scripted.port, False)
            asked = []

            async def ask() -> None:
                asked.extend([await upstream.forward(to, "GET", ASK, b"", 5.0) for _ in range(2)])

            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            Drive(ask(), lambda _, error: done.set_exception(error) if error else done.set_result(None)).step()
            await done
            streamed, returned = asked
            pieces, ended = reading(streamed.body)
            assert (await ended, pieces, returned.body) == ("", [b"a"], b"hi")
            upstream.close()

    run(loop, conversation)


def test_a_response_that_comes_in_one_piece(loop: str) -> None:
    async def conversation() -> None:
        upstream = Upstream(Sweep())
        async with backend(saying(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nhi")) as scripted:
            returned = await asked(upstream, scripted)
            pieces, ended = reading(returned.body)
            assert (returned.status, returned.headers[0].value, await ended, pieces) == (404, "2", "", [b"hi"])
            upstream.close()

    run(loop, conversation)


@pytest.mark.parametrize("part", [b"zz\r\n", b"2\r\na"])
def test_a_backend_that_breaks_off_or_takes_too_long(loop: str, part: bytes) -> None:
    async def conversation() -> None:
        upstream = Upstream(Sweep())
        async with backend(saying(STREAMED + b"1\r\na\r\n", part)) as scripted:
            pieces, ended = reading((await asked(upstream, scripted, 0.3)).body)
            assert (await ended, pieces[0]) == ("StreamBroken", b"a")
            upstream.close()

    run(loop, conversation)


def test_no_head_in_time(loop: str) -> None:
    async def conversation() -> None:
        upstream = Upstream(Sweep())
        async with backend(saying(b"HTTP/1.1 200 OK\r\n")) as scripted:
            with pytest.raises(NetworkFault) as caught:
                await asked(upstream, scripted, 0.1)
            assert caught.value.kind == "timeout"
            upstream.close()

    run(loop, conversation)


def test_an_unread_body_stops_the_backend_and_a_closed_one_ends_it(loop: str) -> None:
    sent = 0
    gone = asyncio.Event()

    async def endless(scripted: Scripted, client: Client, number: int) -> None:
        nonlocal sent
        await client.reader.readuntil(b"\r\n\r\n")
        client.say(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                client.say(BLOCK)
                await client.writer.drain()
                sent += len(BLOCK)
        finally:
            gone.set()

    async def conversation() -> None:
        upstream = Upstream(Sweep())
        async with backend(endless) as scripted:
            returned = await asked(upstream, scripted)
            before = -1
            while before != sent or not before:
                before = sent
                await asyncio.sleep(0.1)
            assert sent < 16_000_000
            first = await read_one(returned.body)
            assert BLOCK.startswith(first[:256])
            returned.body.close()
            await asyncio.wait_for(gone.wait(), 5)
            with pytest.raises(StreamBroken):
                await read_one(returned.body)
            upstream.close()

    run(loop, conversation)


async def read_one(stream: Stream) -> bytes:
    answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def read() -> bytes:
        return await stream.read()

    def done(piece: bytes | None, error: BaseException | None) -> None:
        answer.set_exception(error) if error is not None else answer.set_result(piece or b"")

    Drive(read(), done).step()
    return await answer
