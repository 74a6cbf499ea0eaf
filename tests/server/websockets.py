"""A WebSocket client that says raw bytes, breaks rules, and hears whole frames; and a server's session that echoes."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from websockets.utils import apply_mask

from gatewright.server.service import Bounds, Front
from gatewright.server.websocket import BOUNDS, WebSocketBounds
from gatewright.values.request import Request
from gatewright.values.response import Answer, Upgraded
from gatewright.values.session import Channel
from gatewright.wire.websocket_handshake import read_handshake
from tests.server.sockets import Client, connected, serving

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # the example of RFC 6455 section 1.3
HANDSHAKE = (
    "GET /x HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
).encode()
SWITCHED = (
    f"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: {ACCEPT}\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
).encode()


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, masked: bool = True) -> bytes:
    """One frame, right or wrong."""
    head = bytes([fin << 7 | rsv << 4 | opcode])
    size = len(payload)
    if size < 126:
        head += bytes([masked << 7 | size])
    elif size < 65_536:
        head += struct.pack("!BH", masked << 7 | 126, size)
    else:
        head += struct.pack("!BQ", masked << 7 | 127, size)
    return head + b"mask" + apply_mask(payload, b"mask") if masked else head + payload


def close_frame(code: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, struct.pack("!H", code) + reason)


def in_fragments(payload: bytes, size: int) -> list[bytes]:
    """A text in frames of that size."""
    starts = range(0, len(payload), size)
    return [
        frame(CONT if begin else TEXT, payload[begin : begin + size], fin=begin + size >= len(payload))
        for begin in starts
    ]


class Heard(NamedTuple):
    """A message, made whole, or a control frame of the server."""

    opcode: int
    payload: bytes

    @property
    def code(self) -> int:
        """Of a close frame; 1005 if it has none."""
        return int(struct.unpack("!H", self.payload[:2])[0]) if self.payload else 1005


GOING_AWAY = Heard(CLOSE, struct.pack("!H", 1001) + b"Going away")


class WebSocketClient(Client):
    """One connection after its handshake."""

    async def hear_frame(self) -> tuple[bool, Heard] | None:
        """FIN and the frame; None at the end of the connection."""
        try:
            first, second = await self.reader.readexactly(2)
            assert not second & 0x80, "a server masks nothing"
            size = second & 0x7F
            if size >= 126:
                form = "!H" if size == 126 else "!Q"
                (size,) = struct.unpack(form, await self.reader.readexactly(struct.calcsize(form)))
            return bool(first & 0x80), Heard(first & 0x7F, await self.reader.readexactly(size))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def hear_next(self) -> Heard | None:
        """The next message or control frame; None at the end."""
        message = b""
        opcode = None
        while (heard := await self.hear_frame()) is not None:
            fin, part = heard
            if part.opcode >= CLOSE:
                return part
            opcode = part.opcode if opcode is None else opcode
            message += part.payload
            if fin:
                return Heard(opcode, message)
        return None

    async def close(self, code: int = 1000) -> None:
        """The whole closing handshake."""
        self.say(close_frame(code))
        heard = await self.hear_next()
        assert heard is not None
        assert (heard.opcode, heard.code) == (CLOSE, code)
        assert await self.hear_next() is None


class Echo:
    """A session that sends back what it hears, and knows how it ended."""

    def __init__(self) -> None:
        self.channel: Channel | None = None
        self.heard_times = 0
        self.ended: list[tuple[int, str]] = []
        self.is_over = asyncio.Event()

    def opened(self, channel: Channel) -> None:
        self.channel = channel

    def heard(self) -> None:
        self.heard_times += 1

    async def message(self, text: str) -> None:
        assert self.channel is not None
        self.channel.reply(text.encode())

    async def closed(self, code: int, reason: str) -> None:
        self.ended.append((code, reason))
        self.is_over.set()


class Upgrades:
    """A front that upgrades whatever comes."""

    def __init__(self, make: type[Echo] = Echo) -> None:
        self.sessions: list[Echo] = []
        self._make = make

    async def __call__(self, request: Request) -> Answer:
        self.sessions.append(self._make())
        return Upgraded(read_handshake(request).headers(), self.sessions[-1])


@asynccontextmanager
async def talking(front: Front, bounds: WebSocketBounds = BOUNDS) -> AsyncIterator[WebSocketClient]:
    """A client whose handshake is over."""
    async with serving(front, Bounds(websocket=bounds)) as listener, upgraded(listener.port) as client:
        yield client


@asynccontextmanager
async def upgraded(port: int) -> AsyncIterator[WebSocketClient]:
    async with connected(port) as raw:
        client = WebSocketClient(raw.reader, raw.writer)
        client.say(HANDSHAKE)
        head = await client.reader.readuntil(b"\r\n\r\n")
        assert b"".join(line for line in head.splitlines(keepends=True) if line[:5] != b"Date:") == SWITCHED
        yield client
