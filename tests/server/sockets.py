"""Both ends of real sockets: our listener with a raw client, our client with a scripted backend."""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import uvloop

from gatewright.server.listener import Listener, listen
from gatewright.server.service import Bounds, Front
from gatewright.server.sweep import Sweep
from gatewright.values.request import Request
from gatewright.values.response import Response

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "uvloop": uvloop.new_event_loop,
    "asyncio": asyncio.new_event_loop,
}
GET = b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
_DATE = re.compile(rb"Date: [^\r]+ GMT\r\n")


def run(loop: str, conversation: Callable[[], Coroutine[Any, None, None]]) -> None:
    """Have the conversation on a loop of that kind; one that hangs is ended after 30 s."""
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(asyncio.wait_for(conversation(), 30))


def free_port() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


async def path_back(request: Request) -> Response:
    """A front that answers with the request's path."""
    return Response(200, (), request.path.encode())


def answer(body: bytes, *, closing: bool = False) -> bytes:
    """What a client hears of such a Response, without its Date."""
    connection = b"close" if closing else b"keep-alive"
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n%s" % (len(body), connection, body)


class Client:
    """A raw connection. What it hears is given without Date headers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    async def hear(self, expected: bytes) -> None:
        """Hear exactly these bytes next."""
        heard = b""
        while len(heard) < len(expected):
            data = await self.reader.read(65536)
            if not data:
                break
            heard = _DATE.sub(b"", heard + data)
        assert heard == expected

    async def hear_the_end(self) -> bytes:
        """All there is, up to the end of the connection."""
        try:
            return _DATE.sub(b"", await self.reader.read())
        except ConnectionError:
            return b"(reset)"


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


@asynccontextmanager
async def serving(
    front: Front = path_back, bounds: Bounds | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Listener]:
    listener = await listen(front, free_port(), sweep=Sweep(), bounds=bounds, ssl=tls)
    try:
        yield listener
    finally:
        await listener.stop(0)


class Scripted:
    """A backend: each accepted connection is handed to the next script; `heard` keeps what each was sent."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.heard: list[bytes] = []

    async def hear_head(self, client: Client, number: int) -> None:
        """Take bytes until a head without a body is whole."""
        while not self.heard[number].endswith(b"\r\n\r\n"):
            data = await client.reader.read(65536)
            if not data:
                raise ConnectionResetError
            self.heard[number] += data


Script = Callable[[Scripted, Client, int], Awaitable[None]]


@asynccontextmanager
async def backend(*scripts: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Scripted]:
    """Run the scripts, one per connection in order; a connection closes when its script ends."""
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        number = len(scripted.heard)
        scripted.heard.append(b"")
        try:
            await scripts[number](scripted, Client(reader, writer), number)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            tasks.discard(task)

    port = free_port()
    scripted = Scripted(port.getsockname()[1])
    server = await asyncio.start_server(accept, sock=port, ssl=tls)
    try:
        yield scripted
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.sleep(0.01)
