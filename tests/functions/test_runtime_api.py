"""The Runtime API in bytes: a runtime's calls cut anywhere, refusals, and framing that is not trusted."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from gatewright.functions.runtime_api import (
    ACCEPTED,
    INVALID_REQUEST_ID,
    Answer,
    RuntimeConnection,
    read_head,
)
from gatewright.functions.runtime_chunks import Chunks

NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n"
RESPOND = b"POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\nHost: x\r\n"


class Wire(asyncio.WriteTransport):
    """A connection whose other end keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__()
        self._near, self._far = socket.socketpair()
        self._far.setblocking(False)
        self._sent = b""
        self.ended = False

    @property
    def written(self) -> bytes:
        """Everything that was sent so far."""
        with contextlib.suppress(BlockingIOError):
            self._sent += self._far.recv(65536)
        return self._sent

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._near

    def get_write_buffer_size(self) -> int:
        return 0

    def close(self) -> None:
        self.ended = True

    def free(self) -> None:
        """Close both ends."""
        self._near.close()
        self._far.close()


class Talk:
    """A runtime's connection and what its sandbox was told."""

    response_line = RESPOND.partition(b"\r\n")[0]

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.wire = Wire()
        self.connection = RuntimeConnection(self)
        self.connection.connection_made(self.wire)

    def poll(self, connection: RuntimeConnection) -> bytes:
        self.told.append(("poll",))
        return b""

    def begin(self, connection: RuntimeConnection, content_type: str) -> None:
        return None

    def respond(self, connection: RuntimeConnection, answer: Answer) -> None:
        self.told.append(("respond", answer.body, answer.head.error_type, answer.head.streaming, answer.too_large))
        connection.send(ACCEPTED)

    def fail(self, request_id: bytes, answer: Answer) -> bytes:
        self.told.append(("fail", request_id, answer.body, answer.head.error_type))
        return ACCEPTED

    def fail_init(self, answer: Answer) -> bytes:
        self.told.append(("fail_init", answer.body, answer.head.error_type))
        return ACCEPTED

    def lost(self, connection: RuntimeConnection) -> None:
        self.told.append(("lost",))

    def hears(self, data: bytes, size: int = 0) -> tuple[list[tuple[Any, ...]], bytes]:
        size = size or len(data)
        for at in range(0, len(data), size):
            self.connection.data_received(data[at : at + size])
        return self.told, self.wire.written


@pytest.fixture
def talk() -> Iterator[Talk]:
    """A new connection."""
    opened = Talk()
    yield opened
    opened.wire.free()


@pytest.mark.parametrize("size", [1, 7, 0])
def test_calls_may_arrive_in_any_pieces(talk: Talk, size: int) -> None:
    error = (
        b"POST /2018-06-01/runtime/invocation/id-2/error HTTP/1.1\r\nContent-Length: 2\r\n"
        b"Lambda-Runtime-Function-Error-Type: Bad\r\n\r\n{}"
    )
    init = b"POST /2018-06-01/runtime/init/error HTTP/1.1\r\nContent-Length: 2\r\n\r\n[]"
    chunked = RESPOND + b"Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n"
    data = NEXT + RESPOND + b"Content-Length: 5\r\n\r\nhello" + NEXT + error + chunked + init + NEXT
    assert talk.hears(data, size) == (
        [
            ("poll",),
            ("respond", b"hello", "", False, False),
            ("poll",),
            ("fail", b"id-2", b"{}", "Bad"),
            ("respond", b"abc0123456789", "", False, False),
            ("fail_init", b"[]", ""),
            ("poll",),
        ],
        ACCEPTED * 4,
    )


def test_an_error_in_the_middle_of_a_stream(talk: Talk) -> None:
    data = (
        RESPOND + b"Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n0\r\nLambda-Runtime-Function-Error-Type: Oops\r\n"
        b"Lambda-Runtime-Function-Error-Body: eyJhIjoxfQ==\r\n\r\n"
    )
    assert talk.hears(data) == ([("respond", b'{"a":1}', "Oops", True, False)], ACCEPTED)


def test_a_body_over_the_limit_is_not_kept(talk: Talk) -> None:
    talk.hears(RESPOND + b"Content-Length: 6291557\r\nExpect: 100-continue\r\n\r\n")
    assert talk.wire.written == b"HTTP/1.1 100 Continue\r\n\r\n"
    [(word, kept, *rest)], _ = talk.hears(b"x" * 6291557, 65536)
    assert (word, len(kept) <= 65536, *rest) == ("respond", True, "", False, True)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"POST /2018-06-01/runtime/invocation/other/response", INVALID_REQUEST_ID),
        (b"GET /2018-06-01/runtime/nothing", None),
        (b"POST /2018-06-01/runtime/invocation/next", None),
        (b"GET /", None),
    ],
)
def test_other_calls_are_refused(talk: Talk, line: bytes, answer: bytes | None) -> None:
    told, written = talk.hears(line + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert told == []
    assert written == answer if answer else written.startswith(b"HTTP/1.1 404 Not Found\r\n")


@pytest.mark.parametrize(
    "fields",
    [b"Content-Length: x", b"Content-Length: 1\r\nContent-Length: 2", b"Transfer-Encoding: gzip"],
)
def test_framing_that_cannot_be_trusted_ends_the_connection(talk: Talk, fields: bytes) -> None:
    told, written = talk.hears(RESPOND + fields + b"\r\n\r\n" + NEXT)
    assert (told, written[:24], talk.wire.ended) == ([], b"HTTP/1.1 400 Bad Request", True)


def test_both_framings_and_bad_chunks() -> None:
    with pytest.raises(ValueError, match="both framings"):
        read_head(b"\r\nContent-Length: 1\r\nTransfer-Encoding: chunked")
    for data in (b"x\r\n", b"-1\r\n", b"0\r\n" + b"a: %b\r\n" % bytes(30_000) * 80):
        with pytest.raises(ValueError, match=r".*"):
            Chunks().receive(data)
