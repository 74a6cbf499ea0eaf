"""Whatever the bytes, and however they are cut: the machines never raise, and understand the same."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wire.conversation import cut, received_by_client, received_by_server

LINES = st.sampled_from(
    [
        *(b"Host: a", b"Host: b:80", b"Host:", b"Content-Length: 3", b"Content-Length: 40", b"Content-Length: x"),
        *(b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip", b"Connection: close", b"Connection: keep-alive"),
        *(b"Expect: 100-continue", b"Expect: no", b" folded", b"X : 1", b"X", b": y", b"X: a\nY: b", b"X: a\rb"),
        *(b"X: " + b"y" * 100, b"X: " + b"y" * 300, b"", b"\r", b"\x00: 1"),
    ]
)
REQUEST_LINES = st.sampled_from(
    [
        *(
            b"GET / HTTP/1.1",
            b"HEAD /a?b HTTP/1.1",
            b"GET / HTTP/1.0",
            b"POST http://x/y HTTP/1.1",
            b"OPTIONS * HTTP/1.1",
        ),
        *(b"", b"\r\nGET / HTTP/1.1", b"GET /" + b"x" * 70 + b" HTTP/1.1", b"GET /\n HTTP/1.1", b"\x16\x03", b"GET"),
    ]
)
STATUS_LINES = st.sampled_from(
    [
        *(b"HTTP/1.1 200 OK", b"HTTP/1.0 200 OK", b"HTTP/1.1 100 Continue", b"HTTP/1.1 204 No", b"HTTP/1.1 304 Not"),
        *(b"HTTP/1.1 101 X", b"HTTP/1.1 500", b"HTTP/2 200", b"", b"HTTP/1.1 200 O\nK", b"SSH"),
    ]
)
BODIES = st.sampled_from(
    [
        b"",
        b"abc",
        b"3\r\nabc\r\n0\r\n\r\n",
        b"1;x=y\r\na\r\n0\r\nT: 1\r\n\r\n",
        b"zz\r\n",
        b"3\r\nabcd",
        b"\r\n",
        b"x" * 40,
    ]
)
ENDS = st.sampled_from([b"\r\n"] * 12 + [b"\n", b"\r"])
CUTS = st.lists(st.integers(0, 600), max_size=8)


@st.composite
def streams(draw: st.DrawFn, starts: st.SearchStrategy[bytes]) -> bytes:
    """Up to three messages in a row, each nearly right, and perhaps a byte that is not."""
    data = bytearray()
    for _ in range(draw(st.integers(1, 3))):
        end = draw(ENDS)
        data += end.join([draw(starts), *draw(st.lists(LINES, max_size=4)), b"", draw(BODIES)])
    if data and draw(st.booleans()):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)


@settings(max_examples=400, deadline=None)
@given(data=streams(REQUEST_LINES), places=CUTS)
def test_requests(data: bytes, places: list[int]) -> None:
    assert received_by_server(cut(data, places)) == received_by_server([data])


@settings(max_examples=400, deadline=None)
@given(data=streams(STATUS_LINES), places=CUTS, method=st.sampled_from(["GET", "HEAD"]))
def test_responses(data: bytes, places: list[int], method: str) -> None:
    assert received_by_client(cut(data, places), method) == received_by_client([data], method)


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=400), places=CUTS)
def test_any_bytes(data: bytes, places: list[int]) -> None:
    assert received_by_server(cut(data, places)) == received_by_server([data])
    assert received_by_client(cut(data, places)) == received_by_client([data])
