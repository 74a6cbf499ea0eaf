"""RFC 6455 section 4.2: which requests begin a WebSocket, and what the others are told."""

import pytest

from gatewright.values.headers import header_line
from gatewright.values.request import Request
from gatewright.wire.websocket_handshake import Handshake, NotAHandshake, read_handshake

KEY = ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # the RFC's own example
UPGRADE, CONNECTION = ("Upgrade", "websocket"), ("Connection", "Upgrade")
VERSION = ("Sec-WebSocket-Version", "13")
GOOD = [UPGRADE, CONNECTION, KEY, VERSION]
ASKED = b"Upgrade: websocket\r\n"


def request(*headers: tuple[str, str], method: str = "GET", body: bytes = b"") -> Request:
    lines = [header_line(*header) for header in headers]
    return Request(method, "/s", "/s", "", lines, body, "127.0.0.1", "http", 0.0)


@pytest.mark.parametrize(
    ("headers", "subprotocols"),
    [
        (GOOD, ()),
        ([("upgrade", "WebSocket"), ("connection", "keep-alive, UPGRADE"), KEY, VERSION], ()),
        ([UPGRADE, ("Connection", "keep-alive"), CONNECTION, KEY, VERSION], ()),
        ([("Upgrade", "h2c, websocket"), CONNECTION, KEY, VERSION], ()),
        (
            [*GOOD, ("Sec-WebSocket-Protocol", "chat, superchat"), ("Sec-WebSocket-Protocol", "x")],
            ("chat", "superchat", "x"),
        ),
        ([*GOOD, ("Sec-WebSocket-Protocol", " , ")], ()),
        ([*GOOD, ("Sec-WebSocket-Extensions", "permessage-deflate")], ()),
    ],
)
def test_a_handshake(headers: list[tuple[str, str]], subprotocols: tuple[str, ...]) -> None:
    assert read_handshake(request(*headers)) == Handshake(ACCEPT, subprotocols)


def test_what_agrees_to_it() -> None:
    handshake = Handshake(ACCEPT, ("chat",))
    accept = f"Sec-WebSocket-Accept: {ACCEPT}\r\n".encode()
    assert handshake.headers() == (accept,)
    assert handshake.headers("chat") == (accept, b"Sec-WebSocket-Protocol: chat\r\n")


@pytest.mark.parametrize(
    ("asked", "status", "headers"),
    [
        (request(), 426, (ASKED,)),
        (request(CONNECTION, KEY, VERSION), 426, (ASKED,)),
        (request(UPGRADE, KEY, VERSION), 426, (ASKED,)),
        (request(("Upgrade", "h2c"), CONNECTION, KEY, VERSION), 426, (ASKED,)),
        (request(*GOOD, method="POST"), 405, (b"Allow: GET\r\n",)),
        (request(UPGRADE, CONNECTION, KEY), 426, (ASKED, b"Sec-WebSocket-Version: 13\r\n")),
        (
            request(UPGRADE, CONNECTION, KEY, ("Sec-WebSocket-Version", "8")),
            426,
            (ASKED, b"Sec-WebSocket-Version: 13\r\n"),
        ),
        (request(*GOOD, VERSION), 426, (ASKED, b"Sec-WebSocket-Version: 13\r\n")),
        (request(UPGRADE, CONNECTION, VERSION), 400, ()),
        (request(*GOOD, KEY), 400, ()),
        (request(UPGRADE, CONNECTION, VERSION, ("Sec-WebSocket-Key", "c2hvcnQ=")), 400, ()),
        (request(UPGRADE, CONNECTION, VERSION, ("Sec-WebSocket-Key", "not base64 at all!!!!!!=")), 400, ()),
        (request(UPGRADE, CONNECTION, VERSION, ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=\xe9")), 400, ()),
        (request(*GOOD, ("Sec-WebSocket-Protocol", "a b")), 400, ()),
        (request(*GOOD, ("Sec-WebSocket-Protocol", "a, a")), 400, ()),
        (request(*GOOD, body=b"x"), 400, ()),
    ],
)
def test_no_handshake(asked: Request, status: int, headers: tuple[bytes, ...]) -> None:
    with pytest.raises(NotAHandshake) as refused:
        read_handshake(asked)
    assert (refused.value.status, refused.value.headers) == (status, headers)
