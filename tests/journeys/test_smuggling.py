"""Hostile bytes through a node to an HTTP backend, and back: neither side may see a message the other did not send."""

import re
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.node import Node

HI = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
_OWN = re.compile(rb"(?:X-Forwarded-|X-Amzn-|Accept:|User-Agent:|Host:)[^\r]*\r\n")


class Backend(threading.Thread):
    """Keeps what each connection was sent, as it was sent, and answers every piece with `answer`."""

    def __init__(self) -> None:
        super().__init__()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.answer = HI
        self.heard: list[bytes] = []

    def run(self) -> None:
        while True:
            connection = self.listening.accept()[0]
            with connection:
                data = connection.recv(65536)
                if data == b"end":
                    return
                self.heard.append(_OWN.sub(b"", data))
                connection.sendall(self.answer)

    def end(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            last.sendall(b"end")
        self.join()
        self.listening.close()


@pytest.fixture(scope="module")
def backend() -> Iterator[Backend]:
    running = Backend()
    running.start()
    yield running
    running.end()


@pytest.fixture(scope="module")
def stage(node: Node, backend: Backend) -> bytes:
    """The path of a stage whose every path goes to the backend, with what a client sends mapped into its head."""
    gateway = node.client("apigateway")
    api = gateway.create_rest_api(name="smuggling")
    resource = gateway.create_resource(restApiId=api["id"], parentId=api["rootResourceId"], pathPart="{proxy+}")
    method = {"restApiId": api["id"], "resourceId": resource["id"], "httpMethod": "ANY"}
    known = ("path.proxy", "querystring.q", "header.h")
    gateway.put_method(
        **method, authorizationType="NONE", requestParameters={f"method.request.{name}": False for name in known}
    )
    gateway.put_integration(
        **method,
        type="HTTP_PROXY",
        integrationHttpMethod="ANY",
        uri=f"http://127.0.0.1:{backend.port}/{{proxy}}",
        requestParameters={
            "integration.request.path.proxy": "method.request.path.proxy",
            "integration.request.header.mapped-query": "method.request.querystring.q",
            "integration.request.header.mapped-header": "method.request.header.h",
        },
    )
    gateway.create_deployment(restApiId=api["id"], stageName="prod")
    return f"/_aws/execute-api/{api['id']}/prod".encode()


def talk(node: Node, data: bytes) -> bytes:
    """What comes back, up to the end of the connection."""
    received = b""
    with socket.create_connection(("127.0.0.1", node.port), timeout=30) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while piece := connection.recv(65536):
            received += piece
    return received


LAST = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
JSON = b"Content-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
SENT = {
    "a length within chunks": (CHUNKED, b"3;x=y\r\nabc\r\n0\r\nContent-Length: 50\r\n\r\n", b"abc"),
    "framing under other names": (b"Transfer_Encoding: chunked\r\nContent-Length : 3\r\n", LAST, None),
    "a length and chunks": (CHUNKED + b"Content-Length: 4\r\n", b"0\r\n\r\n" + LAST, None),
    "chunks twice": (CHUNKED + CHUNKED, b"0\r\n\r\n" + LAST, None),
    "chunks that are not": (b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n" + LAST, None),
    "chunks behind a vertical tab": (b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n" + LAST, None),
    "two lengths": (b"Content-Length: 0\r\nContent-Length: 5\r\n", LAST, None),
    "a length with a sign": (b"Content-Length: +5\r\n", b"hello", None),
    "a folded line": (b"X: 1\r\n Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", None),
    "a chunk size of two readings": (CHUNKED, b"0x3\r\nabc\r\n0\r\n\r\n", None),
    "a chunk line ended by LF alone": (CHUNKED, b"3;\nabc\r\n0\r\n\r\n", None),
    "a request as body": (b"Content-Length: 18\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"),
}


@pytest.mark.parametrize("name", SENT)
def test_what_the_backend_sees_of_odd_framing(node: Node, stage: bytes, backend: Backend, name: str) -> None:
    headers, body, passed = SENT[name]
    backend.heard.clear()
    told = talk(node, b"POST %b/a HTTP/1.1\r\nHost: localhost\r\n%b\r\n%b" % (stage, headers, body))
    if passed is None:
        assert (told[:25], backend.heard) == (b"HTTP/1.1 400 Bad Request\r", [])
    else:
        whole = b"POST /a HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n%b" % (JSON, len(passed), passed)
        assert (told[:16], backend.heard) == (b"HTTP/1.1 200 OK\r", [whole])


@pytest.mark.parametrize(
    ("path", "headers", "heard"),
    [
        (b"/a%0d%0aX:%201", b"", b"GET /a%0d%0aX:%201 HTTP/1.1\r\n\r\n"),
        (
            b"/a%20HTTP/1.1%0d%0a?q=1%20%23",
            b"",
            b"GET /a%20HTTP/1.1%0d%0a?q=1%20%23 HTTP/1.1\r\nmapped-query: 1 #\r\n\r\n",
        ),
        (b"/a", b"h:\t1 \r\n", b"GET /a HTTP/1.1\r\nh:\t1 \r\nmapped-header: 1\r\n\r\n"),
        (b"/a", b"Connection: X-Amzn-Trace-Id, h\r\nh: 1\r\n", b"GET /a HTTP/1.1\r\nh: 1\r\nmapped-header: 1\r\n\r\n"),
        (b"/a?q=1%0d%0aX:%201", b"", None),
        (b"/a?q=%00", b"", None),
        (b"/a", b"X-HTTP-Method-Override: GET /b HTTP/1.1\r\n", None),
        (b"/a", b"X-HTTP-Method-Override: CONNECT\r\n", None),
    ],
)
def test_nothing_gets_out_of_its_place_in_the_head(
    node: Node, stage: bytes, backend: Backend, path: bytes, headers: bytes, heard: bytes | None
) -> None:
    backend.heard.clear()
    told = talk(node, b"GET %b%b HTTP/1.1\r\nHost: localhost\r\n%b\r\n" % (stage, path, headers))
    assert backend.heard == ([] if heard is None else [heard])
    assert told.startswith((b"HTTP/1.1 403 ", b"HTTP/1.1 500 ") if heard is None else b"HTTP/1.1 200 ")
    assert told.count(b"HTTP/1.1 ") == 1


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("answered", "status"),
    [
        (OK + b"X: a\nSet-Cookie: smuggled\r\nContent-Length: 2\r\n\r\nhi", b"504"),
        (OK + b"X: a\rSet-Cookie: smuggled\r\nContent-Length: 2\r\n\r\nhi", b"504"),
        (OK + CHUNKED + b"Content-Length: 2\r\n\r\n2\r\nhi\r\n0\r\n\r\n", b"504"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: smuggled\r\n\r\n", b"504"),
        (HI + OK + b"Content-Length: 8\r\n\r\nsmuggled", b"200"),
        (OK + CHUNKED + b"\r\n2\r\nhi\r\n0\r\nSet-Cookie: smuggled\r\n\r\n", b"200"),
    ],
)
def test_what_a_client_sees_of_an_odd_answer(
    node: Node, stage: bytes, backend: Backend, answered: bytes, status: bytes
) -> None:
    request = b"GET %b/a HTTP/1.1\r\nHost: localhost\r\n\r\n" % stage
    try:
        backend.answer = answered
        told = talk(node, request)
    finally:
        backend.answer = HI
    assert (told[9:12], told.count(b"HTTP/1.1 "), told.count(b"smuggled")) == (status, 1, 0)
    assert talk(node, request).endswith(b"\r\n\r\nhi")
