"""The client machine against a table of shapes."""

import pytest

from gatewright.values.headers import header_line
from gatewright.wire.http1_client import ResponseReceived
from gatewright.wire.limits import Limits
from gatewright.wire.malformed import Malformed
from tests.wire.conversation import Hung, received_by_client

X = header_line("X", "1")


def read(data: bytes, method: str = "GET") -> object:
    """What the client makes of a response, whole and byte by byte, which must be the same."""
    whole = received_by_client([data], method)
    assert received_by_client([bytes([byte]) for byte in data], method) == whole
    return whole


def length(value: str) -> object:
    return header_line("Content-Length", value)


CODING = header_line("Transfer-Encoding", "chunked")
GOOD = {
    b"HTTP/1.1 200 OK\r\nX: 1\r\nContent-Length: 2\r\n\r\nhi": (ResponseReceived(200, (X, length("2")), b"hi"), True),
    b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n": (ResponseReceived(200, (length("0"),), b""), True),
    b"HTTP/1.1 404 \xe9\t!\r\nContent-Length: 0\r\n\r\n": (ResponseReceived(404, (length("0"),), b""), True),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2;x\r\nbc\r\n0\r\nT: 1\r\n\r\n": (
        *(ResponseReceived(200, (CODING,), b"abc"), True),
    ),
    b"HTTP/1.1 200 OK\r\nX: 1\r\n\r\nuntil the end": (ResponseReceived(200, (X,), b"until the end"), False),
    b"HTTP/1.1 200 OK\r\n\r\n": (ResponseReceived(200, (), b""), False),
    b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na": (ResponseReceived(200, (length("1"),), b"a"), False),
    b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na": (
        *(ResponseReceived(200, (header_line("Connection", "keep-alive"), length("1")), b"a"), True),
    ),
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na": (
        *(ResponseReceived(200, (header_line("Connection", "close"), length("1")), b"a"), False),
    ),
    b"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n": (ResponseReceived(204, (length("9"),), b""), True),
    b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n": (ResponseReceived(304, (CODING,), b""), True),
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nX: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n": (
        *(ResponseReceived(200, (length("0"),), b""), True),
    ),
    b"HTTP/1.1 200 OK\r\nContent-Length: 32\r\n\r\n" + b"x" * 32: (
        *(ResponseReceived(200, (length("32"),), b"x" * 32), True),
    ),
}


@pytest.mark.parametrize("data", GOOD)
def test_responses(data: bytes) -> None:
    assert read(data) == GOOD[data]


def test_bytes_behind_a_response_end_the_connection() -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    assert received_by_client([data + data]) == (ResponseReceived(200, (length("2"),), b"hi"), False)  # type: ignore[arg-type]


def test_the_answer_to_head_has_no_body() -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n"
    assert read(data, "HEAD") == (ResponseReceived(200, (length("2000"),), b""), True)  # type: ignore[arg-type]
    assert read(b"HTTP/1.1 200 OK\r\n\r\n", "HEAD") == (ResponseReceived(200, (), b""), True)


INCOMPLETE = [
    b"",
    b"HTTP/1.",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
]


@pytest.mark.parametrize("data", INCOMPLETE)
def test_incomplete_responses(data: bytes) -> None:
    assert read(data) is Hung


BAD = {
    "not HTTP": b"SSH-2.0-x\r\n",
    "version 2": b"HTTP/2 200 OK\r\n\r\n",
    "status of two digits": b"HTTP/1.1 99 OK\r\n\r\n",
    "status of four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "change of protocol": b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    "length and coding": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
    "bad length": b"HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\na",
    "other coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    "coding in HTTP/1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "folded": b"HTTP/1.1 200 OK\r\nX: 1\r\n 2\r\n\r\n",
    "bare LF": b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    "bare CR": b"HTTP/1.1 200 OK\r\nX: \r1\r\n\r\n",
    "zero byte": b"HTTP/1.1 200 OK\r\nX: \x00\r\n\r\n",
    "bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "body too large": b"HTTP/1.1 200 OK\r\nContent-Length: 33\r\n\r\n",
    "chunks too large": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n21\r\n",
    "end too late": b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 33,
    "head too large": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300,
    "interim without end": b"HTTP/1.1 100 Continue\r\n\r\n" * 17,
}


@pytest.mark.parametrize("name", BAD)
def test_what_could_be_read_in_two_ways_is_no_response(name: str) -> None:
    assert read(BAD[name]) is Malformed


def test_a_body_that_looks_like_a_response_is_a_body() -> None:
    inner = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    outer = b"HTTP/1.1 200 OK\r\nContent-Length: 0%d\r\n\r\n" % len(inner)
    limits = Limits(body=100)
    expected = (ResponseReceived(200, (header_line("Content-Length", f"0{len(inner)}"),), inner), True)
    assert received_by_client([inner], limits=limits) != expected  # now it is a head seen before
    assert received_by_client([outer, inner], limits=limits) == expected
