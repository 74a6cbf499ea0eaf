"""The opening handshake of a WebSocket, seen by the server: RFC 6455 section 4.2.

What a request must have to become a connection, and the header lines that say it did. No extension is ever agreed to.
"""

import base64
import hashlib
from typing import NamedTuple

from gatewright.values.headers import FIELD_NAME, Headers
from gatewright.values.request import Request
from gatewright.wire.malformed import Malformed

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY_BYTES = 16
_VERSION = b"Sec-WebSocket-Version: 13\r\n"


class NotAHandshake(Malformed):
    """A request that does not begin a WebSocket. `headers` are whole lines, which its answer needs besides the status
    and the message."""

    def __init__(self, status: int, message: str, *headers: bytes) -> None:
        super().__init__(status, message)
        self.headers = headers


class Handshake(NamedTuple):
    """A good one. `accept` is the value of Sec-WebSocket-Accept, `subprotocols` are those offered, in the client's
    order of preference."""

    accept: str
    subprotocols: tuple[str, ...]

    def headers(self, subprotocol: str | None = None) -> tuple[bytes, ...]:
        """The lines of the answer 101, but for Upgrade and Connection. `subprotocol` is the one agreed to, if any; one
        that the client did not offer is none, for it would have to fail the connection: section 4.1."""
        accept = f"Sec-WebSocket-Accept: {self.accept}\r\n".encode()
        if subprotocol not in self.subprotocols:
            return (accept,)
        return (accept, f"Sec-WebSocket-Protocol: {subprotocol}\r\n".encode())


def read_handshake(request: Request) -> Handshake:
    """What the client asks for. Raises NotAHandshake: 426 for a request that asks for no WebSocket, or for another
    version of it, 405 for another verb than GET, 400 for one that asks wrongly."""
    headers = request.headers
    if "upgrade" not in _tokens(headers, "connection") or "websocket" not in _tokens(headers, "upgrade"):
        raise NotAHandshake(426, "Upgrade Required", b"Upgrade: websocket\r\n")
    if request.method != "GET":
        raise NotAHandshake(405, "Method Not Allowed", b"Allow: GET\r\n")
    if _only(headers, "sec-websocket-version") != "13":
        raise NotAHandshake(426, "Upgrade Required", b"Upgrade: websocket\r\n", _VERSION)
    key = _only(headers, "sec-websocket-key")
    if not _is_key(key) or request.body:
        raise NotAHandshake(400, "Bad Request")
    accept = base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()).decode()
    return Handshake(accept, _subprotocols(headers))


def _subprotocols(headers: Headers) -> tuple[str, ...]:
    """Section 4.1, 10: tokens, each once."""
    offered = tuple(_list(headers, "sec-websocket-protocol"))
    if len(set(offered)) < len(offered) or not all(FIELD_NAME.fullmatch(name) for name in offered):
        raise NotAHandshake(400, "Bad Request")
    return offered


def _tokens(headers: Headers, name: str) -> list[str]:
    return [token.lower() for token in _list(headers, name)]


def _list(headers: Headers, name: str) -> list[str]:
    """The elements of a field that is a list, of all its lines: RFC 9110 section 5.6.1."""
    values = ",".join(line.value for line in headers if line.lower == name)
    return [element.strip(" \t") for element in values.split(",") if element.strip(" \t")]


def _only(headers: Headers, name: str) -> str:
    """The value of a field that may come once, "" if it does not."""
    values = [line.value for line in headers if line.lower == name]
    return values[0] if len(values) == 1 else ""


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == _KEY_BYTES
    except ValueError:
        return False
