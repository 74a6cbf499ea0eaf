"""The server machine against a table of shapes: what it reports, and every byte of what it says."""

import pytest

from gatewright.values.headers import header_line
from gatewright.values.response import Response
from gatewright.wire.http1_events import Continue, Refuse, RequestReceived
from gatewright.wire.http1_server import Http1Server
from gatewright.wire.limits import SERVED, Limits
from gatewright.wire.malformed import Malformed
from tests.wire.conversation import LIMITS, received_by_server

HOST = b"Host: a\r\n"
GET = b"GET /x?y=1 HTTP/1.1\r\nHost: a\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nX-Answer: yes\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok"
LAST_ANSWER = ANSWER.replace(b"keep-alive", b"close")


def refusal(status: str, message: str) -> bytes:
    body = b'{"message":"%s"}' % message.encode()
    return b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (
        *(status.encode(), len(body), body),
    )


BAD_REQUEST = refusal("400 Bad Request", "Bad Request")
TOO_LARGE = (
    b"HTTP/1.1 413 Request Entity Too Large\r\nContent-Type: text; charset=utf-8\r\nContent-Length: 38\r\n"
    b"Connection: close\r\n\r\nHTTP content length exceeded 32 bytes."
)


def said_to(data: bytes) -> bytes:
    """Everything the server says to these bytes, whole and byte by byte, which must be the same."""
    whole = received_by_server([data])
    assert received_by_server([bytes([byte]) for byte in data]) == whole
    return b"".join(event for event in whole if isinstance(event, bytes))


def request_in(data: bytes) -> RequestReceived:
    """The one request these bytes are."""
    whole = received_by_server([data], SERVED)
    assert received_by_server([bytes([byte]) for byte in data], SERVED) == whole
    requests = [event for event in whole if isinstance(event, RequestReceived)]
    assert len(requests) == 1
    return requests[0]


def test_a_request_as_it_was_sent() -> None:
    received = request_in(
        b"POST /a%2Fb/%C3%A9?q=%20&q HTTP/1.1\r\nhOsT: a:80\r\nX-One:  a b\t\r\nx-one:\r\nX-Latin: \xe9\r\n"
        b"Content-Length: 5\r\n\r\nhello"
    )
    assert (received.method, received.version, received.body) == ("POST", "HTTP/1.1", b"hello")
    assert (received.target, received.path, received.query) == ("/a%2Fb/%C3%A9?q=%20&q", "/a%2Fb/%C3%A9", "q=%20&q")
    assert [(line.raw, line.name, line.value) for line in received.headers] == [
        (b"hOsT: a:80\r\n", "hOsT", "a:80"),
        (b"X-One:  a b\t\r\n", "X-One", "a b"),
        (b"x-one:\r\n", "x-one", ""),
        (b"X-Latin: \xe9\r\n", "X-Latin", "é"),
        (b"Content-Length: 5\r\n", "Content-Length", "5"),
    ]


BODIES = {
    b"Content-Length: 0\r\n\r\n": b"",
    b"Content-Length: 004\r\n\r\nabcd": b"abcd",
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n": b"",
    b"Transfer-Encoding: CHUNKED\r\n\r\n3\r\nabc\r\n02\r\nde\r\n0\r\n\r\n": b"abcde",
    b"Transfer-Encoding: chunked\r\n\r\n3;a=b;c\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n": b"abc0123456789",
    b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi": b"hi",
}


@pytest.mark.parametrize("framing", BODIES)
def test_bodies(framing: bytes) -> None:
    assert request_in(b"PUT / HTTP/1.1\r\nHost: a\r\n" + framing).body == BODIES[framing]


def test_the_authority_of_an_absolute_target_is_the_host() -> None:
    received = request_in(b"GET http://other:81?x=/y HTTP/1.1\r\nX: 1\r\nHost: a\r\n\r\n")
    assert (received.target, received.path, received.query) == ("/?x=/y", "/", "x=/y")
    assert received.headers == (header_line("Host", "other:81"), header_line("X", "1"))
    assert request_in(b"OPTIONS http://other HTTP/1.1\r\nHost: a\r\n\r\n").target == "*"


ANSWERS = {
    "one request": (GET, ANSWER),
    "pipelined": (GET + GET + b"GET / HT", ANSWER + ANSWER),
    "pipelined bodies": (
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na"
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n" + GET,
        ANSWER * 3,
    ),
    "an empty line first": (b"\r\n" + GET + b"\r\n" + GET, ANSWER + ANSWER),
    "the client closes": (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n" + GET, LAST_ANSWER),
    "HTTP/1.0": (b"GET / HTTP/1.0\r\n\r\n" + GET, LAST_ANSWER),
    "HTTP/1.0 kept": (b"GET / HTTP/1.0\r\nHost: a\r\nConnection: Keep-Alive\r\n\r\n" + GET, ANSWER + ANSWER),
    "HTTP/1.0 expects in vain": (b"GET / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na", LAST_ANSWER),
    "HEAD": (b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + GET, ANSWER[:-2] + ANSWER),
    "longest line": (b"GET /" + b"x" * 50 + b" HTTP/1.1\r\nHost: a\r\n\r\n", ANSWER),
    "longest headers": (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 242 + b"\r\n\r\n", ANSWER),
    "largest body": (b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 32\r\n\r\n" + b"x" * 32, ANSWER),
}


def test_an_answer_to_head_may_tell_the_length_a_get_would_have() -> None:
    server = Http1Server(Limits())
    server.receive(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
    said = server.send(Response(200, (b"content-length: 512\r\n",), b""), b"")
    assert said == b"HTTP/1.1 200 OK\r\ncontent-length: 512\r\nConnection: keep-alive\r\n\r\n"
    server.receive(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
    said = server.send(Response(200, (), b""), b"")  # which may have any
    assert said == b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n"


@pytest.mark.parametrize("name", ANSWERS)
def test_answers(name: str) -> None:
    data, said = ANSWERS[name]
    assert said_to(data) == said


def get(*lines: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([b"GET / HTTP/1.1", *lines, b"", b""]) + body


CHUNKED = (b"Host: a", b"Transfer-Encoding: chunked")
BAD = {
    "no host": get(b"X: 1"),
    "two hosts": get(b"Host: a", b"Host: a"),
    "bad host": get(b"Host: a/b"),
    "host with user": get(b"Host: a@b"),
    "two lengths": get(b"Host: a", b"Content-Length: 1", b"Content-Length: 1", body=b"a"),
    "list of lengths": get(b"Host: a", b"Content-Length: 1, 1", body=b"a"),
    "signed length": get(b"Host: a", b"Content-Length: +1", body=b"a"),
    "negative length": get(b"Host: a", b"Content-Length: -1"),
    "hexadecimal length": get(b"Host: a", b"Content-Length: 0x1", body=b"a"),
    "empty length": get(b"Host: a", b"Content-Length:"),
    "endless length": get(b"Host: a", b"Content-Length: 9999999999999999"),
    "length and coding": get(*CHUNKED, b"Content-Length: 1", body=b"0\r\n\r\n"),
    "two codings": get(*CHUNKED, b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "other coding": get(b"Host: a", b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
    "identity": get(b"Host: a", b"Transfer-Encoding: identity"),
    "disguised coding": get(b"Host: a", b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"),
    "coding in HTTP/1.0": b"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "folded": get(b"Host: a", b"X: 1", b" 2"),
    "folded first line": get(b" Host: a"),
    "space before colon": get(b"Host : a"),
    "no colon": get(b"Host: a", b"X"),
    "no name": get(b"Host: a", b": x"),
    "name with space": get(b"Host: a", b"X Y: 1"),
    "zero byte": get(b"Host: a", b"X: \x00"),
    "delete byte": get(b"Host: a", b"X: \x7f"),
    "bare CR": get(b"Host: a", b"X: a\rY: b"),
    "bare LF": get(b"Host: a", b"X: a\nY: b"),
    "LF only": b"GET / HTTP/1.1\nHost: a\n\n",
    "LF at the end": b"GET / HTTP/1.1\r\nHost: a\r\n\n",
    "CR CR LF": b"GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
    "two empty lines first": b"\r\n\r\n" + GET,
    "chunk size": get(*CHUNKED, body=b"g\r\n"),
    "chunk size with sign": get(*CHUNKED, body=b"+1\r\na\r\n0\r\n\r\n"),
    "chunk size with prefix": get(*CHUNKED, body=b"0x1\r\na\r\n0\r\n\r\n"),
    "chunk size with space": get(*CHUNKED, body=b"1 \r\na\r\n0\r\n\r\n"),
    "chunk size of nine digits": get(*CHUNKED, body=b"000000001\r\na\r\n0\r\n\r\n"),
    "no chunk size": get(*CHUNKED, body=b"\r\n"),
    "chunk line with LF": get(*CHUNKED, body=b"1\na\r\n0\r\n\r\n"),
    "chunk longer than said": get(*CHUNKED, body=b"1\r\nab\r\n0\r\n\r\n"),
    "chunk ended by LF": get(*CHUNKED, body=b"1\r\na\n0\r\n\r\n"),
    "extension without end": get(*CHUNKED, body=b"1;" + b"x" * 300),
    "extension with control byte": get(*CHUNKED, body=b"1;\x00\r\na\r\n0\r\n\r\n"),
    "extension ended by LF": get(*CHUNKED, body=b"1;x\na\r\n0\r\n\r\n"),
    "trailer ended by LF": get(*CHUNKED, body=b"0\r\nX: 1\n\r\n"),
    "folded trailer": get(*CHUNKED, body=b"0\r\nX: 1\r\n 2\r\n\r\n"),
    "version 2": b"GET / HTTP/2.0\r\nHost: a\r\n\r\n",
    "version 1.2": b"GET / HTTP/1.2\r\nHost: a\r\n\r\n",
    "version 0.9": b"GET /\r\n",
    "version in lower case": b"GET / http/1.1\r\nHost: a\r\n\r\n",
    "two spaces": b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
    "space at the end": b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
    "target with control byte": b"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
    "target beyond ASCII": b"GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n",
    "target with fragment": b"GET /# HTTP/1.1\r\nHost: a\r\n\r\n",
    "target without slash": b"GET x HTTP/1.1\r\nHost: a\r\n\r\n",
    "another scheme": b"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "target of a user": b"GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "asterisk": b"GET * HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT": b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS greeting": b"\x16\x03\x01\x02\x00\x01",
    "endless method": b"G" * 40,
    "bad line after a good request": GET + b"\x00",
}


@pytest.mark.parametrize("name", BAD)
def test_what_could_be_read_in_two_ways_is_refused(name: str) -> None:
    said = said_to(BAD[name] + GET)
    assert said == (ANSWER if name.endswith("after a good request") else b"") + BAD_REQUEST


def test_a_bad_line_is_refused_before_the_head_is_whole() -> None:
    assert said_to(b"GET / HTTP/1.1\r\nHost : a\r\n") == BAD_REQUEST
    assert said_to(b"GET / HTTP/3.1\r\n") == BAD_REQUEST


def test_pieces_that_look_like_requests() -> None:
    server = Http1Server(SERVED)
    assert server.receive(GET) is not None
    assert server.receive(GET) is None  # it waits for the answer to the one before
    server.send(Response(204, (), b""), b"")
    assert server.next() is not None
    server.send(Response(204, (), b""), b"")
    assert server.receive(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(GET)) is None
    event = server.receive(GET)
    assert isinstance(event, RequestReceived)
    assert (event.method, event.body) == ("PUT", GET)
    server.send(Response(204, (), b""), b"")
    assert server.receive(b"PUT / HTTP/1.1\r\nX: ") is None
    event = server.receive(GET)
    assert isinstance(event, RequestReceived)
    assert [line.value for line in event.headers] == ["GET /x?y=1 HTTP/1.1", "a"]


def test_limits() -> None:
    line, fields = LIMITS.request_line, LIMITS.headers
    too_long = refusal("414 Request-URI Too Long", "Request URI too long")
    assert said_to(b"GET /" + b"x" * 51 + b" HTTP/1.1\r\nHost: a\r\n\r\n") == too_long
    assert said_to(b"GET /" + b"x" * line) == too_long
    too_many = refusal("431 Request Header Fields Too Large", "Request Header Fields Too Large")
    assert said_to(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 243 + b"\r\n\r\n") == too_many
    assert said_to(b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * fields) == too_many
    assert said_to(get(b"Host: a", b"Content-Length: 33")) == TOO_LARGE
    assert said_to(get(b"Host: a", b"Content-Length: 33", body=b"x" * 33)) == TOO_LARGE
    assert said_to(get(b"Host: a", b"Content-Length: 33", b"Expect: 100-continue")) == TOO_LARGE
    assert said_to(get(*CHUNKED, body=b"20\r\n" + b"x" * 32 + b"\r\n1\r\n")) == TOO_LARGE


def test_a_body_limit_of_its_own() -> None:
    server = Http1Server(LIMITS, lambda method, target, headers: 40 if target == "/large" else 2)
    event = server.receive(b"PUT /large HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\n\r\n" + b"x" * 40)
    assert isinstance(event, RequestReceived)
    server.send(Response(204, (), b""), b"")
    event = server.receive(b"PUT /small HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n")
    assert event == Refuse(
        Response(413, (b"Content-Type: text; charset=utf-8\r\n",), b"HTTP content length exceeded 2 bytes."),
        RequestReceived(event.request.line, event.request.headers, b""),
    )


def test_the_client_is_told_to_go_on_once() -> None:
    server = Http1Server(LIMITS)
    assert server.receive(get(b"Host: a", b"Expect: 100-Continue", b"Content-Length: 2")) == Continue(
        b"HTTP/1.1 100 Continue\r\n\r\n"
    )
    assert server.receive(b"h") is None
    event = server.receive(b"i")
    assert isinstance(event, RequestReceived)
    assert event.body == b"hi"


def test_other_expectations_are_not_met() -> None:
    assert said_to(get(b"Host: a", b"Expect: 200-ok")) == refusal("417 Expectation Failed", "Expectation Failed")


DATE = b"Date: Sat, 21 Nov 2026 13:09:34 GMT\r\n"
END = b"Connection: keep-alive\r\n\r\n"
SENT = {
    Response(200, (b"A: b\r\n", b"A: c\r\n"), b"x"): (
        b"HTTP/1.1 200 OK\r\nA: b\r\nA: c\r\n" + DATE + b"Content-Length: 1\r\n" + END + b"x"
    ),
    Response(204, (), b"never"): b"HTTP/1.1 204 No Content\r\n" + DATE + END,
    Response(304, (), b"never"): b"HTTP/1.1 304 Not Modified\r\n" + DATE + b"Content-Length: 5\r\n" + END,
    Response(304, (), b""): b"HTTP/1.1 304 Not Modified\r\n" + DATE + END,
    Response(599, (), b""): b"HTTP/1.1 599 \r\n" + DATE + b"Content-Length: 0\r\n" + END,
    Response(101, (), b"x"): b"HTTP/1.1 101 Switching Protocols\r\n" + DATE + b"Connection: close\r\n\r\n",
}


@pytest.mark.parametrize("response", SENT)
def test_sent(response: Response) -> None:
    server = Http1Server(LIMITS)
    assert server.receive(GET) is not None
    assert server.send(response, DATE) == SENT[response]


def test_whoever_stops_the_server_ends_the_connection_after_the_answer() -> None:
    server = Http1Server(LIMITS)
    assert server.idle
    assert server.receive(GET + GET) is not None
    assert (server.idle, server.answering, server.buffered) == (False, True, len(GET))
    server.closing = True
    assert server.send(Response(204, (), b""), b"") == b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
    assert server.next() is None


def test_a_client_that_is_too_slow() -> None:
    server = Http1Server(LIMITS)
    assert server.receive(GET[:10]) is None
    refused = server.refuse(Malformed(408, "Request Timeout"))
    assert server.send(refused.response, b"") == refusal("408 Request Timeout", "Request Timeout")
    assert server.receive(GET[10:]) is None


def test_large_messages_of_the_real_limits() -> None:
    limits = Limits()
    body = bytes(limits.body)
    data = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    pieces = [data[at : at + 262_144] for at in range(0, len(data), 262_144)]
    event = received_by_server(pieces, limits)[0]
    assert isinstance(event, RequestReceived)
    assert event.body == body
