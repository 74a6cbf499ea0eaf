"""The server side of HTTP/1.1 as a machine: give it bytes, take events; give it responses, take bytes.

One request is reported at a time; what the client sends meanwhile stays in the buffer until `next`. The same bytes give
the same events however they are cut (but for `Continue`). RFC 9112, and stricter where two readers could disagree.
"""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple

from gatewright.values.headers import HOST, Headers, header_line
from gatewright.values.response import Response
from gatewright.wire.chunked import Chunked
from gatewright.wire.limits import Limits
from gatewright.wire.malformed import Malformed, TooLarge
from gatewright.wire.message_head import NO_LENGTH, Heads, MessageHead
from gatewright.wire.request_line import RequestLine, may_begin_a_request

BodyLimit = Callable[[str, str, Headers], int]

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}
_BARE = re.compile(rb"(?<!\r)\n|\r(?=[^\n])")
_JSON = (b"Content-Type: application/json\r\n",)
_TEXT = (b"Content-Type: text; charset=utf-8\r\n",)
_BODILESS = (204, 304)
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor

_READING_HEAD, _READING_BODY, _ANSWERING, _ENDED = range(4)


class RequestReceived(NamedTuple):
    """One whole request. `target` is in origin form (or "*"), `path` and `query` its halves, `version` "HTTP/1.1"."""

    method: str
    target: str
    headers: Headers
    body: bytes
    version: str
    path: str
    query: str


class Refuse(NamedTuple):
    """What came cannot be served: `send(response, date)`, then close. Nothing more is read."""

    response: Response


class Continue(NamedTuple):
    """The client waits before it sends its body: write `data` at once."""

    data: bytes


Event = RequestReceived | Refuse | Continue


class Http1Server:
    """One connection, seen by the server. `closing`: close it after the bytes of `send` are written."""

    __slots__ = (
        *("_body", "_body_limit", "_buffer", "_chunked", "_expected", "_head", "_head_only", "_heads", "_limits"),
        *("_line", "_old_keep_alive", "_state", "closing"),
    )

    def __init__(self, limits: Limits, body_limit: BodyLimit | None = None, heads: Heads | None = None) -> None:
        """`body_limit(method, target, headers)` may replace `limits.body`; `heads` is shared between connections."""
        self._limits = limits
        self._body_limit = body_limit
        self._heads = heads or Heads()
        self._buffer = b""
        self._state = _READING_HEAD
        self._line: RequestLine | None = None
        self._head: MessageHead | None = None
        self._body: bytearray | None = None
        self._expected = 0
        self._chunked: Chunked | None = None
        self._head_only = False
        self._old_keep_alive = False
        self.closing = False

    @property
    def buffered(self) -> int:
        """Bytes received and not yet reported: what the client pipelined."""
        return len(self._buffer)

    @property
    def idle(self) -> bool:
        """Between requests, with nothing of the next one here."""
        return self._state == _READING_HEAD and not self._buffer

    def receive(self, data: bytes) -> Event | None:
        """The next event, if these bytes complete one. While a request is being answered they only wait."""
        if self._state == _READING_HEAD and not self._buffer and data.endswith(b"\r\n\r\n"):
            event = self._whole_head(data)
            if event is not None:
                return event
        return self._take(data)
