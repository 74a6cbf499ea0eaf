"""The client side of HTTP/1.1 as a machine: tell it what was asked, give it bytes, take the response.

A response is given whole or, if it was asked for so, as soon as its head is there; the rest is then had piece by piece.
It may be asked for as the peer sends it, too: whole if its length is known, in pieces if it is not. Interim responses
are skipped, the transfer coding is removed. The same bytes give the same response however they are cut. RFC 9112.
"""

import re
from typing import NamedTuple

from gatewright.values.headers import Headers
from gatewright.wire.chunked import Chunked
from gatewright.wire.limits import RETURNED, Limits
from gatewright.wire.malformed import Malformed, TooLarge
from gatewright.wire.memo import Memo
from gatewright.wire.message_head import Heads
from gatewright.wire.response_head import UNTIL_CLOSE, ResponseHead, response_head
from gatewright.wire.status_line import StatusLine, may_begin_a_response, read_status_line

_INTERIM_RESPONSES = 16
_ANY_LENGTH = 1 << 62
_BARE = re.compile(rb"(?<!\r)\n|\r(?=[^\n])")
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor

WHOLE, IN_PIECES, AS_SENT = range(3)
"""How a response is asked for."""
_NOTHING_ASKED, _READING_HEAD, _READING_BODY = range(3)


class ResponseReceived(NamedTuple):
    """One final response: whole, or with the beginning of its body."""

    status: int
    headers: Headers
    body: bytes


class ResponseHeads:
    """What is remembered of backends' heads. One is shared by all connections of a client."""

    __slots__ = ("_heads", "_status_lines", "blocks")

    def __init__(self) -> None:
        self._heads = Heads()
        self._status_lines: Memo[StatusLine] = Memo(read_status_line, count=128, longest=64)
        self.blocks: Memo[ResponseHead] = Memo(self._read_block, count=256, longest=2048)

    def _read_block(self, block: bytes) -> ResponseHead:
        """A head from its status line to its empty line. Raises Malformed."""
        end = block.find(b"\r\n")
        # Lines are remembered one by one, the whole only here: a block under two keys would be kept twice.
        return response_head(self._status_lines[block[:end]], self._heads.read_block(block[end + 2 :]))


class Http1Client:
    """One connection, seen by the client. `reusable`: after a response, whether another request may follow it;
    `streaming`: whether the response comes in pieces."""

    __slots__ = (
        *("_as_sent", "_body", "_buffer", "_chunked", "_head", "_head_only", "_heads", "_interim", "_limits"),
        *("_missing", "_state", "reusable", "streaming"),
    )

    def __init__(self, heads: ResponseHeads, limits: Limits = RETURNED) -> None:
        """`limits.headers` counts for the whole head, status line to empty line."""
        self._heads = heads
        self._limits = limits
        self._buffer = b""
        self._state = _NOTHING_ASKED
        self._interim = 0
        self._head: ResponseHead | None = None
        self._body: bytearray | None = None
        self._missing = 0  # of a body with a length
        self._chunked: Chunked | None = None
        self._head_only = False
        self._as_sent = False
        self.streaming = False
        self.reusable = True

    def ask(self, method: str, how: int = WHOLE) -> None:
        """A request with that method is being sent. A response in pieces need not be whole to be given, and may have
        any length."""
        self._state = _READING_HEAD
        self._head_only = method == "HEAD"
        self._as_sent = how == AS_SENT
        self.streaming = how == IN_PIECES

    @property
    def unfinished(self) -> bool:
        """More of the body is to come."""
        return self._state == _READING_BODY

    @property
    def reading_chunks(self) -> bool:
        """A body is being read that may be in any number of pieces."""
        return self._chunked is not None

    def receive(self, data: bytes) -> ResponseReceived | None:
        """The response once it is whole. Raises Malformed or TooLarge, also when nothing was asked."""
        # The usual case: the whole response in one piece.
        if self._state == _READING_HEAD and not self._buffer and not self._head_only:
            end = data.find(b"\r\n\r\n") + 4
            if 3 < end <= self._limits.headers:
                head = self._heads.blocks[data[:end]]
                if head.length == len(data) - end and head.status >= 200:
                    self._state = _NOTHING_ASKED
                    self.reusable = head.keeps
                    return _new(ResponseReceived, (head.status, head.headers, data[end:]))
        return self._take(data)

    def receive_more(self, data: bytes) -> bytes:
        """What these bytes are of the body of a response that was given `unfinished`. Raises Malformed."""
        assert self._head is not None
        received = self._read_body(self._head, data)
        return self._take_body() if received is None else received.body

    def end(self) -> ResponseReceived | None:
        """The peer sends no more: the response that its end completes, or None when it is incomplete."""
        head = self._head
        if head is None or self._body is None or head.length != UNTIL_CLOSE:
            return None
        return self._whole(head, bytes(self._body), b"")

    def _take(self, data: bytes) -> ResponseReceived | None:
        if self._state == _NOTHING_ASKED:
            raise Malformed
        if self._head is not None:
            return self._read_body(self._head, data)
        examined = len(self._buffer)
        self._buffer = self._buffer + data if self._buffer else data
        while (end := self._buffer.find(b"\r\n\r\n", max(examined - 3, 0)) + 4) > 3:
            if end > self._limits.headers:
                raise TooLarge(self._limits.headers)
            head = self._heads.blocks[self._buffer[:end]]
            rest, self._buffer = self._buffer[end:], b""
            if head.status >= 200:
                return self._begin(head, rest)
            self._interim += 1
            if self._interim > _INTERIM_RESPONSES:
                raise Malformed
            self._buffer = rest
            examined = 0
        self._examine(self._buffer, examined)
        return None

    def _examine(self, start: bytes, examined: int) -> None:
        """Refuse what can no longer become a head, rather than wait for its end. Bytes are looked at once."""
        if len(start) > self._limits.headers:
            raise TooLarge(self._limits.headers)
        if not may_begin_a_response(start) or _BARE.search(start, max(examined - 1, 0)):
            raise Malformed

    def _begin(self, head: ResponseHead, data: bytes) -> ResponseReceived | None:
        if self._head_only or (not head.chunked and head.length == 0):
            return self._whole(head, b"", data)
        if self._as_sent:
            self.streaming = head.chunked or head.length == UNTIL_CLOSE
        limit = _ANY_LENGTH if self.streaming else self._limits.body
        if head.length > limit:
            raise TooLarge(limit)
        self._head = head
        self._missing = head.length
        self._state = _READING_BODY
        if head.chunked:
            self._chunked = Chunked(limit)
        else:
            self._body = bytearray()
        whole = self._read_body(head, data)
        if whole is not None and self._as_sent:
            self.streaming = False  # all of it came with its head
        if whole is not None or not self.streaming:
            return whole
        return ResponseReceived(head.status, head.headers, self._take_body())

    def _take_body(self) -> bytes:
        """The body so far, which from here on is the caller's to keep."""
        body = self._chunked.body if self._chunked is not None else self._body
        assert body is not None
        taken = bytes(body)
        body.clear()
        return taken

    def _read_body(self, head: ResponseHead, data: bytes) -> ResponseReceived | None:
        if self._chunked is not None:
            rest = self._chunked.receive(data)
            return None if rest is None else self._whole(head, bytes(self._chunked.body), rest)
        assert self._body is not None
        if head.length == UNTIL_CLOSE:
            if not self.streaming and len(self._body) + len(data) > self._limits.body:
                raise TooLarge(self._limits.body)
            self._body += data
            return None
        missing = self._missing
        self._missing -= len(data)
        self._body += data[:missing]
        return None if len(data) < missing else self._whole(head, bytes(self._body), data[missing:])

    def _whole(self, head: ResponseHead, body: bytes, rest: bytes) -> ResponseReceived:
        delimited = head.chunked or head.length != UNTIL_CLOSE or self._head_only
        self.reusable = head.keeps and delimited and not rest
        self._head = self._body = self._chunked = None
        self._interim = 0
        self._state = _NOTHING_ASKED
        return ResponseReceived(head.status, head.headers, body)
