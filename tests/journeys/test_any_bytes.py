"""Whatever bytes arrive on the port, whole or cut anywhere: a 4xx or a closed connection, never a traceback."""

import socket
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.node import Node

METHODS = st.sampled_from(
    [b"GET", b"POST", b"PUT", b"DELETE", b"get", b"G\x00T", b"OPTIONS", b"TRACE", b"CONNECT", b""]
)
TARGETS = st.sampled_from(
    [
        *(b"/", b"*", b"", b"http://x/y", b"/%", b"/\xff", b"/prod/a b", b"//", b"/restapis/x", b"/restapis/%2F/x"),
        *(b"/_gatewright/packages/x", b"/_aws/execute-api/", b"/_aws/execute-api/a", b"/_aws/execute-api/a/b/c?x=%ff"),
        *(b"/restapis/a/b/_user_request_/c", b"/2015-03-31/functions/x/invocations", b"/v2/apis", b"/x" * 6000),
    ]
)
HEADERS = st.lists(
    st.sampled_from(
        [
            *(b"Host: localhost", b"Host: a.execute-api.localhost", b"Host:", b"Host: a\x00b", b"Content-Length: 3"),
            *(b"Content-Length: -1", b"Content-Length: 3, 3", b"Content-Length: 99999999999999999999"),
            *(b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked", b"Expect: 100-continue"),
            *(
                b" folded",
                b"X : y",
                b"X",
                b": y",
                b"X: a\nY: b",
                b"X: a\rb",
                b"Connection: close",
                b"X: " + b"y" * 11000,
            ),
            b"Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/apigateway/aws4_request, Signature=0",
            b"Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request",
            b"Authorization: AWS4-HMAC-SHA256 Credential=////",
            *(b"X-Amz-Target: x", b"Origin: http://evil.example", b"Content-Type: application/json"),
        ]
    ),
    max_size=6,
)
BODIES = st.sampled_from(
    [b"", b"abc", b"3\r\nabc\r\n0\r\n\r\n", b"zz\r\n", b"3;x=y\r\nabc\r\n", b"{", b"[]", b"\x00" * 40]
)


@st.composite
def nearly_requests(draw: st.DrawFn) -> bytes:
    version = draw(st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.1 ", b"", b"ICY"]))
    line_end = draw(st.sampled_from([b"\r\n"] * 6 + [b"\n", b"\r"]))
    head = [b" ".join([draw(METHODS), draw(TARGETS), version]), *draw(HEADERS)]
    return line_end.join(head) + line_end * 2 + draw(BODIES)


def talk(port: int, pieces: Sequence[bytes]) -> bytes:
    """Send the pieces, then nothing more; everything that comes back."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
            while data := connection.recv(65536):
                received += data
        except TimeoutError:
            raise
        except OSError:  # the node has closed it meanwhile: reset, broken pipe, or no longer connected
            pass
    return received


def check(node: Node, data: bytes, cut: int) -> None:
    cut %= max(len(data), 1)
    received = talk(node.port, [data] if cut == 0 else [data[:cut], data[cut:]])
    assert received == b"" or received.startswith(
        (b"HTTP/1.1 4", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 501 ")
    ), received
    assert b"Traceback" not in received
    assert node.is_ready()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), cut=st.integers(0, 300))
def test_any_bytes(node: Node, data: bytes, cut: int) -> None:
    check(node, data, cut)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=nearly_requests(), cut=st.integers(0, 10_000))
def test_nearly_requests(node: Node, data: bytes, cut: int) -> None:
    check(node, data, cut)


def test_nothing_of_it_left_a_traceback_in_the_log(node: Node) -> None:
    assert "Traceback" not in (node.data_dir.parent / "data.node.log").read_text()
