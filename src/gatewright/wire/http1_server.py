"""The server side of HTTP/1.1 as a machine: give it bytes, take events; give it responses, take bytes.

One request is reported at a time; what the client sends meanwhile stays in the buffer until `next`. The same bytes give
the same events however they are cut (but for `Continue`). RFC 9112, and stricter where two readers could disagree.
"""

from collections.abc import Callable

from gatewright.values.headers import HOST, HeaderLine, Headers, header_line
from gatewright.values.response import Response, StreamedResponse, Upgraded
from gatewright.wire.chunked import Chunked
from gatewright.wire.http1_events import Continue, Event, Refuse, RequestReceived
from gatewright.wire.limits import Limits
from gatewright.wire.malformed import Malformed, TooLarge
from gatewright.wire.message_head import Heads, MessageHead
from gatewright.wire.pieces import Pieces
from gatewright.wire.request_line import RequestLine, may_begin_a_request
from gatewright.wire.status_line import STATUS_LINES

BodyLimit = Callable[[str, str, Headers], int]

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_JSON = (b"Content-Type: application/json\r\n",)
_TEXT = (b"Content-Type: text; charset=utf-8\r\n",)
_UPGRADE = b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
_CR = 13
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor

_READING_HEAD, _READING_BODY, _ANSWERING, _ENDED = range(4)


class Http1Server:
    """One connection, seen by the server.

    `closing`: close the connection once the bytes of the next `send` are written; whoever stops the server sets it too.
    """

    __slots__ = (
        *("_body", "_body_limit", "_buffer", "_chunked", "_expected", "_fields", "_head", "_head_only", "_heads"),
        *("_limits", "_line", "_old", "_pieces", "_scanned", "_state", "closing"),
    )

    def __init__(self, limits: Limits, body_limit: BodyLimit | None = None, heads: Heads | None = None) -> None:
        """`body_limit(method, target, headers)` in bytes replaces `limits.body`; `heads` is shared by connections."""
        self._limits = limits
        self._body_limit = body_limit
        self._heads = heads or Heads()
        self._buffer = b""
        self._state = _READING_HEAD
        self._line: RequestLine | None = None
        self._fields = 0  # where in the buffer the header lines begin, once `_line` is there
        self._scanned = 0  # where the first line not yet examined begins
        self._head: MessageHead | None = None
        self._body: bytearray | None = None
        self._expected = 0
        self._chunked: Chunked | None = None
        self._head_only = False
        self._old = False  # the last head that was not an ordinary one is of HTTP/1.0
        self._pieces: Pieces | None = None
        self.closing = False

    @property
    def buffered(self) -> int:
        """Bytes received and not yet reported: what the client pipelined."""
        return len(self._buffer)

    @property
    def idle(self) -> bool:
        """Between requests, with nothing of the next one here."""
        return self._state == _READING_HEAD and not self._buffer

    @property
    def reading_body(self) -> bool:
        """A head is here, its body not yet."""
        return self._state == _READING_BODY

    @property
    def reading_chunks(self) -> bool:
        """A body is being read that may be in any number of pieces."""
        return self._chunked is not None

    @property
    def answering(self) -> bool:
        """A request was reported and its response not yet sent."""
        return self._state == _ANSWERING

    def receive(self, data: bytes) -> Event | None:
        """The next event, if these bytes complete one. While a request is being answered they only wait."""
        # The usual case: one whole request in one piece. What was once found good costs two look-ups.
        if not self._state and not self._buffer:
            limits = self._limits
            end = len(data) if data.endswith(b"\r\n\r\n") else data.find(b"\r\n\r\n") + 4
            line_end = data.find(b"\r\n")
            if 3 < end <= line_end + 4 + limits.headers and line_end <= limits.request_line:
                try:
                    line = self._heads.request_lines[data[:line_end]]
                    head = self._heads.blocks[data[line_end + 2 : end]]
                except Malformed:
                    return self._take(data)  # several requests can end like one
                if line.ordinary and head.ordinary:
                    length = head.length
                    if length < 1 and end == len(data):
                        self._state = _ANSWERING
                        return _new(RequestReceived, (line, head.headers, b""))
                    if 0 < length == len(data) - end and length <= self._body_limit_of(line, head):
                        self._state = _ANSWERING
                        return _new(RequestReceived, (line, head.headers, data[end:]))
        return self._take(data)

    def next(self) -> Event | None:
        """After `send`: the next event out of what was pipelined."""
        return self._take(b"") if self._buffer else None

    def refuse(self, error: Malformed) -> Refuse:
        """Stop reading and answer with `error`; also for a client that is too slow (408)."""
        self._state = _ENDED
        self.closing = True
        self._buffer = b""
        line, head = self._line, self._head
        self._body = self._chunked = self._line = self._head = None
        if isinstance(error, TooLarge):
            request = RequestReceived(line, head.headers, b"") if line and head else None
            return Refuse(Response(error.status, _TEXT, error.message.encode()), request)
        return Refuse(Response(error.status, _JSON, b'{"message":"' + error.message.encode() + b'"}'))

    def send(self, response: Response, date: bytes) -> bytes:
        """The whole response. `date` is the Date header's line, or b"" for none. Then call `next`, unless `closing`."""
        status = response.status
        body = response.body
        start = STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status
        length = b"Content-Length: %d\r\n" % len(body)
        if self._state == _ANSWERING:
            self._state = _READING_HEAD
        if self._head_only or status in (204, 304) or status < 200:
            # The length that a GET would have is not told where it is not known: 0 would be wrong.
            if self._head_only and (
                not body or any(line[:15].lower() == b"content-length:" for line in response.headers)
            ):
                length = b""
            self._head_only = False
            body = b""
            # RFC 9110 section 8.6; the length of what a 304 stands for is not 0.
            if status == 204 or status < 200 or (status == 304 and not response.body):
                length = b""
                self.closing |= status < 200  # an interim status is no answer: without an end the client would wait
        if self.closing:
            self._state = _ENDED
            return b"".join([start, *response.headers, date, length, b"Connection: close\r\n\r\n", body])
        return b"".join([start, *response.headers, date, length, b"Connection: keep-alive\r\n\r\n", body])

    def begin(self, response: StreamedResponse, date: bytes) -> bytes:
        """The head of a response whose body follows in pieces: `piece` each, then `finish`. `date` as for `send`."""
        status, length = response.status, response.length
        bodiless = self._head_only or status in (204, 304)
        chunked = length is None and not self._old and status not in (204, 304)
        self._pieces = Pieces(length, chunked, bodiless)
        self._head_only = False
        # Nothing but the end of the connection tells a client of HTTP/1.0 the end of a body of unknown length.
        self.closing |= length is None and not chunked and not bodiless
        framing = b"Transfer-Encoding: chunked\r\n" if chunked else b""
        if length is not None and status != 204:
            framing = b"Content-Length: %d\r\n" % length
        start = STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status
        connection = b"Connection: close\r\n\r\n" if self.closing else b"Connection: keep-alive\r\n\r\n"
        return b"".join([start, *response.headers, date, framing, connection])

    def piece(self, data: bytes) -> bytes:
        """The next bytes of the body, framed. Raises WrongLength: the connection cannot be saved."""
        assert self._pieces is not None
        return self._pieces.piece(data)

    def finish(self) -> bytes:
        """The end of the body. Raises WrongLength. Then as after `send`."""
        assert self._pieces is not None
        end = self._pieces.end()
        self._pieces = None
        self._state = _ENDED if self.closing else _READING_HEAD
        return end

    def switch(self, response: Upgraded, date: bytes) -> tuple[bytes, bytes]:
        """The answer 101, and what the client sent behind its request: the bytes are a WebSocket's from here on."""
        ahead, self._buffer = self._buffer, b""
        self._state = _ENDED
        return b"".join([STATUS_LINES[101], *response.headers, date, _UPGRADE]), ahead

    @property
    def bodiless(self) -> bool:
        """Between `begin` and `finish`: nothing of the body is sent, so none of it is needed."""
        return self._pieces is not None and self._pieces.bodiless

    def _take(self, data: bytes) -> Event | None:
        """Any cut, any framing, every refusal."""
        try:
            if self._state == _READING_BODY:
                return self._read_body(data)
            if self._state == _ENDED:
                return None
            self._buffer = self._buffer + data if self._buffer else data
            return self._read_head() if self._state == _READING_HEAD else None
        except Malformed as error:
            return self.refuse(error)

    def _read_head(self) -> Event | None:
        line = self._line or self._read_request_line()
        if line is None:
            return None
        buffer = self._buffer
        end = buffer.find(b"\r\n\r\n", self._fields - 2) + 4
        if end < 4 or end - 2 - self._fields > self._limits.headers:
            self._examine_lines()
            return None
        head = self._heads.blocks[buffer[self._fields : end]]
        self._buffer = buffer[end:]
        self._line = None
        return self._begin(line, head)

    def _read_request_line(self) -> RequestLine | None:
        buffer = self._buffer
        begin = 2 if buffer.startswith(b"\r\n") else 0  # RFC 9112 section 2.2: one empty line is forgiven
        if buffer == b"\r":
            return None
        if not may_begin_a_request(buffer[begin : begin + 40]):
            raise Malformed
        end = buffer.find(b"\n", begin)
        if (len(buffer) if end < 0 else end) - 1 - begin > self._limits.request_line:
            raise Malformed(414, "Request URI too long")
        if end < 0:
            return None
        if buffer[end - 1] != _CR:
            raise Malformed
        self._line = self._heads.request_lines[buffer[begin : end - 1]]
        self._fields = self._scanned = end + 1
        return self._line

    def _examine_lines(self) -> None:
        """Refuse a head that is too long or has a bad line as soon as that line is whole."""
        buffer = self._buffer
        at = self._scanned
        last = self._fields + self._limits.headers
        while at <= (end := buffer.find(b"\n", at)) < last:
            if end == at or buffer[end - 1] != _CR:
                raise Malformed
            self._heads.lines[buffer[at : end - 1]]
            at = end + 1
        self._scanned = at
        if len(buffer) > last and buffer[at:] != b"\r":
            raise Malformed(431, "Request Header Fields Too Large")

    def _begin(self, line: RequestLine, head: MessageHead) -> Event | None:
        """A whole head is here: judge it, and see whether a body follows."""
        old = line.version == "HTTP/1.0"
        if head.hosts > 1 or (not old and not head.hosts) or (old and head.chunked):
            raise Malformed
        if head.expect and not old and head.expect != "100-continue":
            raise Malformed(417, "Expectation Failed")
        if head.close or (old and not head.keep_alive):
            self.closing = True
        self._head_only = line.method == "HEAD"
        self._old = old
        if line.authority:
            head = head._replace(headers=_with_host(head.headers, line.authority))
        if old:  # RFC 9110 section 7.8: HTTP/1.0 knows no other protocols
            head = head._replace(headers=tuple(field for field in head.headers if field.lower != "upgrade"))
        if not head.chunked and head.length <= 0:
            self._state = _ANSWERING
            return RequestReceived(line, head.headers, b"")
        limit = self._body_limit_of(line, head)
        self._line, self._head = line, head
        if head.length > limit:
            raise TooLarge(limit)
        if head.chunked:
            self._chunked = Chunked(limit)
        else:
            self._body = bytearray()
            self._expected = head.length
        self._state = _READING_BODY
        data, self._buffer = self._buffer, b""
        event = self._read_body(data)
        return Continue(CONTINUE) if event is None and head.expect and not old else event

    def _body_limit_of(self, line: RequestLine, head: MessageHead) -> int:
        return self._body_limit(line.method, line.target, head.headers) if self._body_limit else self._limits.body

    def _read_body(self, data: bytes) -> Event | None:
        if self._chunked is not None:
            rest = self._chunked.receive(data)
            if rest is None:
                return None
            return self._whole(bytes(self._chunked.body), rest)
        assert self._body is not None
        missing = self._expected - len(self._body)
        if not self._body and len(data) >= missing:
            return self._whole(data[:missing], data[missing:])
        self._body += data[:missing]
        if len(data) < missing:
            return None
        return self._whole(bytes(self._body), data[missing:])

    def _whole(self, body: bytes, rest: bytes) -> RequestReceived:
        assert self._line is not None
        assert self._head is not None
        event = RequestReceived(self._line, self._head.headers, body)
        self._buffer = rest
        self._state = _ANSWERING
        self._line = self._head = self._body = self._chunked = None
        return event


def _with_host(headers: tuple[HeaderLine, ...], authority: str) -> tuple[HeaderLine, ...]:
    """RFC 9112 section 3.2.2: an absolute-form target says the host, whatever the Host line says."""
    return (header_line("Host", authority), *[line for line in headers if not line.kind & HOST])
