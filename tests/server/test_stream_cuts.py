"""Streams cut anywhere, by anybody: no half body looks whole to a client, and no connection is left behind."""

import asyncio
import contextlib
import itertools
import random
import socket
import struct
from typing import Any

import pytest

from gatewright.execute.world import Origin
from gatewright.server.sweep import Sweep
from gatewright.server.upstream import Upstream
from gatewright.values.faults import NetworkFault
from gatewright.values.request import Request
from gatewright.values.response import AnyResponse, Response, StreamedResponse
from gatewright.values.stream import Pace, Pipe
from tests.server.sockets import GET, LOOPS, Client, Script, Scripted, backend, connected, run, serving

FRAMINGS = ("length", "chunked", "until close")
RESET = struct.pack("ii", 1, 0)


class Proxy:
    """A front that streams one backend's answers."""

    def __init__(self, port: int) -> None:
        self.upstream = Upstream(Sweep())
        self.origin = Origin("127.0.0.1", port, False)

    async def __call__(self, request: Request) -> AnyResponse:
        head = f"{request.method} / HTTP/1.1\r\nHost: b\r\n\r\n".encode()
        try:
            status, headers, body = await self.upstream.stream(self.origin, request.method, head, b"", 5)
        except NetworkFault:
            return Response(504, (), b"")
        length = next((int(line.value) for line in headers if line.lower == "content-length"), None)
        return StreamedResponse(status, (), body, length, Pace(5))

    @property
    def busy(self) -> int:
        return sum(not one.free for one in self.upstream._backends)


def framed(body: bytes, framing: str, chance: random.Random) -> bytes:
    """A backend's answer."""
    if framing == "length":
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    if framing == "until close":
        return b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body
    chunks, at = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"], 0
    while at < len(body):
        piece = body[at : at + chance.choice((1, 9, 5000, 90_000))]
        extension = chance.choice((b"", b";a=b", b';x="0;y"'))
        chunks.append(b"%x%b\r\n%b\r\n" % (len(piece), extension, piece))
        at += len(piece)
    trailer = chance.choice((b"", b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\nX: 1\r\n"))
    return b"".join(chunks) + b"0\r\n" + trailer + b"\r\n"


def cut(data: bytes, chance: random.Random) -> list[bytes]:
    cuts = sorted({chance.randrange(len(data) + 1) for _ in range(chance.randrange(6))} | {0, len(data)})
    return [data[a:b] for a, b in itertools.pairwise(cuts)]


def wholes(heard: bytes) -> list[bytes]:
    """The bodies of those answers that are whole, as any client must read them."""
    bodies: list[bytes] = []
    while (end := heard.find(b"\r\n\r\n") + 4) > 3:
        head, heard = heard[:end].lower(), heard[end:]
        body = b""
        if b"transfer-encoding: chunked" in head:
            while True:
                size, found, after = heard.partition(b"\r\n")
                if not found or len(after) < (length := int(size, 16)) + 2:
                    return bodies
                assert after[length : length + 2] == b"\r\n"
                body, heard = body + after[:length], after[length + 2 :]
                if not length:
                    break
        else:
            length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0])
            if len(heard) < length:
                return bodies
            body, heard = heard[:length], heard[length:]
        bodies.append(body)
    return bodies


def script(answer: bytes, framing: str, dies_at: int | None, chance: random.Random) -> Script:
    async def answering(scripted: Scripted, client: Client, number: int) -> None:
        with contextlib.suppress(EOFError, RuntimeError):  # the gateway has left; asyncio and uvloop say it so
            while True:
                await client.reader.readuntil(b"\r\n\r\n")
                for part in cut(answer[:dies_at], chance):
                    client.say(part)
                    await client.writer.drain()
                    await asyncio.sleep(chance.choice((0, 0, 0.002)))
                if dies_at is not None and chance.random() < 0.5:
                    sock = client.writer.get_extra_info("socket")
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                if dies_at is not None or framing == "until close":
                    return

    return answering


async def read_some(client: Client, leaves_at: int | None, expected: int, chance: random.Random) -> bytes:
    heard = b""
    try:
        while (leaves_at is None or len(heard) < leaves_at) and len(wholes(heard)) < expected:
            data = await client.reader.read(chance.choice((1, 700, 70_000, 1 << 20)) if len(heard) < 2000 else 1 << 20)
            if not data:
                break
            heard += data
    except ConnectionError:
        pass
    if leaves_at is not None and chance.random() < 0.5:
        client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    return heard


async def one_case(seed: int) -> None:
    chance = random.Random(seed)
    framing = chance.choice(FRAMINGS)
    body = chance.randbytes(chance.choice((0, 1, 3000, 70_000, 700_000)))
    answer = framed(body, framing, chance)
    dies_at = chance.choice((None, None, chance.randrange(len(answer))))
    leaves_at = chance.choice((None, None, chance.randrange(len(answer))))
    async with backend(*[script(answer, framing, dies_at, chance)] * 4) as scripted:
        front = Proxy(scripted.port)
        async with serving(front) as listener:
            async with connected(listener.port) as client:
                client.say(GET + GET)
                heard = await read_some(client, leaves_at, 2, chance)
            told = [one for one in wholes(heard) if one]
            if dies_at is None:
                assert all(one == body for one in told)
                assert leaves_at is not None or len(wholes(heard)) == 2
            elif framing != "until close":  # whose end is all that a backend says
                assert told == []
            async with asyncio.timeout(5):
                while front.busy or listener._service.connections:
                    await asyncio.sleep(0.005)
        front.upstream.close()


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("seeds", [range(25), range(25, 50)])
def test_cut_anywhere(loop: str, seeds: range) -> None:
    async def conversation() -> None:
        for seed in seeds:
            try:
                await one_case(seed)
            except BaseException as error:
                error.add_note(f"seed {seed}")
                raise

    run(loop, conversation)


@pytest.mark.parametrize("loop", LOOPS)
def test_an_answer_without_a_body_leaves_its_connection_to_the_next(loop: str) -> None:
    async def answers(scripted: Scripted, client: Client, number: int) -> None:
        for status in (
            b"204 No Content\r\n",
            b"304 Not Modified\r\nContent-Length: 9\r\n",
            b"200 OK\r\nContent-Length: 7\r\n",
        ):
            await client.reader.readuntil(b"\r\n\r\n")
            client.say(b"HTTP/1.1 " + status + b"\r\n")
        await client.reader.read()

    async def conversation() -> None:
        async with backend(answers) as scripted:
            front = Proxy(scripted.port)
            async with serving(front) as listener, connected(listener.port) as client:
                client.say(GET + GET + GET.replace(b"GET", b"HEAD"))
                kept = b"Connection: keep-alive\r\n\r\n"
                await client.hear(
                    b"HTTP/1.1 204 No Content\r\n" + kept
                    + b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n" + kept
                    + b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n" + kept
                )  # fmt: skip
                assert len(scripted.heard) == 1
            front.upstream.close()

    run(loop, conversation)


class EndsWell:
    """A body that, closed too early, still says its last word, as the events of an invocation do."""

    def __init__(self) -> None:
        self._pipe = Pipe()
        self._pipe.push(bytes(8_000_000))

    async def read(self) -> bytes:
        try:
            return await self._pipe.read()
        except Exception:
            return b""

    def close(self) -> None:
        self._pipe.close()


@pytest.mark.parametrize("loop", LOOPS)
def test_a_node_that_stops_waits_for_no_reader(loop: str) -> None:
    async def front(request: Request) -> Any:
        return StreamedResponse(200, (), EndsWell(), None, Pace(5))

    async def conversation() -> None:
        async with serving(front) as listener:
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
            writer.write(GET)
            await reader.read(1)
            await listener.stop(0)
            assert not listener._service.connections
            writer.close()

    run(loop, conversation)
