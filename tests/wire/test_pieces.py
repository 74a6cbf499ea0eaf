"""Bodies in pieces: how the server frames them, and what the client makes of any framing cut anywhere."""

import pytest

from gatewright.values.response import StreamedResponse
from gatewright.values.stream import Pace, whole
from gatewright.wire.http1_client import AS_SENT, IN_PIECES, Http1Client, ResponseHeads
from gatewright.wire.http1_server import Http1Server
from gatewright.wire.limits import Limits
from gatewright.wire.malformed import Malformed, TooLarge
from gatewright.wire.pieces import WrongLength
from tests.wire.conversation import LIMITS, RESPONSE_HEADS

CHUNKED = b"Transfer-Encoding: chunked\r\n"
KEEPS, CLOSES = b"Connection: keep-alive\r\n\r\n", b"Connection: close\r\n\r\n"
# (request, status, length) -> framing lines, what b"ab" becomes, what the end is
FRAMED = {
    ("GET / HTTP/1.1", 200, None): (CHUNKED + KEEPS, b"2\r\nab\r\n", b"0\r\n\r\n"),
    ("GET / HTTP/1.1", 200, 2): (b"Content-Length: 2\r\n" + KEEPS, b"ab", b""),
    ("GET / HTTP/1.1\r\nConnection: close", 200, None): (CHUNKED + CLOSES, b"2\r\nab\r\n", b"0\r\n\r\n"),
    ("GET / HTTP/1.0", 200, None): (CLOSES, b"ab", b""),
    ("GET / HTTP/1.0\r\nConnection: keep-alive", 200, None): (CLOSES, b"ab", b""),
    ("GET / HTTP/1.0\r\nConnection: keep-alive", 200, 2): (b"Content-Length: 2\r\n" + KEEPS, b"ab", b""),
    ("HEAD / HTTP/1.1", 200, None): (CHUNKED + KEEPS, b"", b""),
    ("HEAD / HTTP/1.1", 200, 9): (b"Content-Length: 9\r\n" + KEEPS, b"", b""),
    ("HEAD / HTTP/1.0\r\nConnection: keep-alive", 200, None): (KEEPS, b"", b""),
    ("GET / HTTP/1.1", 304, 9): (b"Content-Length: 9\r\n" + KEEPS, b"", b""),
    ("GET / HTTP/1.1", 304, None): (KEEPS, b"", b""),
    ("GET / HTTP/1.1", 204, 0): (KEEPS, b"", b""),
}


def asked(request: str) -> Http1Server:
    server = Http1Server(LIMITS)
    assert server.receive(f"{request}\r\nHost: a\r\n\r\n".encode()) is not None
    return server


def streamed(status: int, length: int | None) -> StreamedResponse:
    return StreamedResponse(status, (b"X: 1\r\n",), whole(b""), length, Pace(1))


@pytest.mark.parametrize("given", FRAMED)
def test_framing(given: tuple[str, int, int | None]) -> None:
    request, status, length = given
    framing, piece, end = FRAMED[given]
    server = asked(request)
    head = server.begin(streamed(status, length), b"")
    assert head.partition(b"\r\n")[2] == b"X: 1\r\n" + framing
    assert (server.bodiless, server.answering) == (not piece, True)
    assert (server.piece(b"ab"), server.finish()) == (piece, end)
    assert (server.answering, server.closing) == (False, framing.endswith(CLOSES))
    next_one = server.receive(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert (next_one is None) == server.closing


def test_a_body_must_be_as_long_as_was_said() -> None:
    server = asked("GET / HTTP/1.1")
    server.begin(streamed(200, 3), b"")
    server.piece(b"ab")
    with pytest.raises(WrongLength):
        server.finish()
    with pytest.raises(WrongLength):
        server.piece(b"ab")


BODIES = {
    "length": b"Content-Length: 40\r\n\r\n" + b"0123456789" * 4,
    "chunked": CHUNKED + b"\r\n28\r\n" + b"0123456789" * 4 + b"\r\n0\r\nT: 1\r\n\r\n",
    "until the end": b"X: 1\r\n\r\n" + b"0123456789" * 4,
    "none": b"Content-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_what_the_client_makes_of_it(name: str, size: int) -> None:
    data = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n" + BODIES[name]
    client = Http1Client(RESPONSE_HEADS, Limits(headers=256, body=32))  # which is for whole responses only
    client.ask("GET", IN_PIECES)
    body = b""
    received = None
    for at in range(0, len(data), size):
        if received is None:
            received = client.receive(data[at : at + size])
            body += received.body if received is not None else b""
        else:
            body += client.receive_more(data[at : at + size])
    assert received is not None and received.status == 200
    if name == "until the end":
        assert client.unfinished and client.end() is not None
    assert (body, client.unfinished) == (b"" if name == "none" else b"0123456789" * 4, False)
    assert client.reusable == (name != "until the end")


@pytest.mark.parametrize(
    ("data", "first", "streaming"),
    [
        ([b"Content-Length: 4\r\n\r\n0123"], b"0123", False),
        ([b"Content-Length: 4\r\n\r\n01", b"23"], b"0123", False),
        ([b"Content-Length: 0\r\n\r\n"], b"", False),
        ([CHUNKED + b"\r\n2\r\n01\r\n0\r\n\r\n"], b"01", False),  # all of it came with its head
        ([CHUNKED + b"\r\n2\r\n01\r\n"], b"01", True),
        ([CHUNKED + b"\r\n"], b"", True),
        ([b"\r\n"], b"", True),
        ([b"\r\n01"], b"01", True),
    ],
)
def test_a_response_as_it_is_sent(data: list[bytes], first: bytes, streaming: bool) -> None:
    client = Http1Client(ResponseHeads(), Limits(headers=256, body=32))
    client.ask("GET", AS_SENT)
    start, *rest = data
    received = client.receive(b"HTTP/1.1 200 OK\r\n" + start)
    for piece in rest:
        assert received is None
        received = client.receive(piece)
    assert received is not None
    assert (received.body, client.streaming, client.unfinished) == (first, streaming, streaming)


def test_a_response_as_it_is_sent_has_any_length_only_if_nobody_says_how_long_it_is() -> None:
    client = Http1Client(ResponseHeads(), Limits(headers=256, body=32))
    client.ask("GET", AS_SENT)
    with pytest.raises(TooLarge):
        client.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 33\r\n\r\n")
    client = Http1Client(ResponseHeads(), Limits(headers=256, body=32))
    client.ask("GET", AS_SENT)
    client.receive(b"HTTP/1.1 200 OK\r\n" + CHUNKED + b"\r\n")
    assert client.receive_more(b"40\r\n" + b"x" * 64 + b"\r\n") == b"x" * 64


def test_broken_coding_in_the_middle() -> None:
    client = Http1Client(ResponseHeads())
    client.ask("GET", IN_PIECES)
    client.receive(b"HTTP/1.1 200 OK\r\n" + CHUNKED + b"\r\n2\r\nab\r\n")
    with pytest.raises(Malformed):
        client.receive_more(b"zz\r\n")
