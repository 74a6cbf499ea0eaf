"""The Runtime API as one sandbox's runtime speaks it: HTTP/1.1 on an address of the sandbox's own.

Runtimes send the same few heads again and again, so a head's fields are read once and remembered; an invocation is
three reads and two writes. An error of the protocol gets AWS's answer for it, or ends the connection.
AWS: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import asyncio
import base64
import binascii
import os
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from gatewright.functions.invocation import MAX_RESPONSE
from gatewright.functions.runtime_chunks import Chunks
from gatewright.values.stream import Pipe

_API = b"/2018-06-01/runtime/"
_NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1"
_HEAD_END = b"\r\n\r\n"
_LONGEST_HEAD = 2 * 1024 * 1024  # awslambdaric puts a stack trace of up to 1 MB into a header
_MEMO_HEADS = 256
_MEMO_BYTES = 512
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor

ACCEPTED = b'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n'
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def refusal(status: bytes, kind: str, message: str) -> bytes:
    """A whole answer of the Runtime API that refuses a call."""
    body = b'{"errorMessage":"%b","errorType":"%b"}' % (message.encode(), kind.encode())
    return b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)


NOT_ALLOWED = refusal(b"403 Forbidden", "InvalidStateTransition", "State transition is not allowed")
INVALID_REQUEST_ID = refusal(b"400 Bad Request", "InvalidRequestID", "Invalid request ID")
TOO_LARGE = refusal(
    b"413 Request Entity Too Large",
    "RequestEntityTooLarge",
    f"Exceeded maximum allowed payload size ({MAX_RESPONSE} bytes).",
)
_NOT_FOUND = refusal(b"404 Not Found", "NotFound", "No such operation")
_MALFORMED = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Head:
    """What the fields of a head say: how long the body is (-1: chunked) and what it means."""

    length: int = 0
    expects_continue: bool = False
    close: bool = False
    content_type: str = ""
    streaming: bool = False
    error_type: str = ""


PLAIN = Head()


class Answer(NamedTuple):
    """A response or error as the runtime posted it. `too_large`: the body went over the limit and was not kept."""

    body: bytes
    head: Head
    too_large: bool


class Runtime(Protocol):
    """The sandbox behind the address. Each call returns the bytes to answer with; `poll` b"" to answer later. `begin`:
    the running invocation's answer begins to come as a stream; where its pieces go, None to keep them for `respond`."""

    response_line: bytes  # the request line that answers the running invocation; b"" when none is running

    def poll(self, connection: "RuntimeConnection") -> bytes: ...
    def begin(self, connection: "RuntimeConnection", content_type: str) -> Pipe | None: ...
    def respond(self, connection: "RuntimeConnection", answer: Answer) -> None: ...
    def fail(self, request_id: bytes, answer: Answer) -> bytes: ...
    def fail_init(self, answer: Answer) -> bytes: ...
    def lost(self, connection: "RuntimeConnection") -> None: ...


class RuntimeConnection(asyncio.Protocol):
    """One connection of a runtime. `send` is safe after it closed."""

    __slots__ = (
        "_body",
        "_chunked",
        "_descriptor",
        "_head",
        "_heads",
        "_line",
        "_missing",
        "_poll",
        "_rest",
        "_runtime",
        "_stream",
        "_transport",
        "closed",
    )

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._heads: dict[bytes, Head] = {}
        self._head: Head | None = None
        self._line = b""
        self._rest = b""
        self._poll = b""  # the request for the next event as this runtime sends it each time
        self._body: list[bytes] = []
        self._missing = 0
        self._chunked: Chunks | None = None
        self._stream: Pipe | None = None  # where a response goes as it comes
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._descriptor = transport.get_extra_info("socket").fileno()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._runtime.lost(self)

    def send(self, data: bytes) -> None:
        """Write one whole answer, at once: uvloop's transports write only when the running callback has ended, and the
        runtime would idle while the caller's answer is made."""
        if self.closed or not data:
            return
        if not self._transport.get_write_buffer_size():
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                pass
            except OSError:  # it is closing; `connection_lost` follows
                return
        if data:
            self._transport.write(data)

    def close(self) -> None:
        """End the connection now."""
        if not self.closed:
            self.closed = True
            self._transport.abort()

    # Of a response that is passed on as it comes (values.stream.Source)

    def pause(self) -> None:
        if not self.closed:
            self._transport.pause_reading()

    def resume(self) -> None:
        if not self.closed:
            self._transport.resume_reading()

    def abandon(self) -> None:
        self.resume()  # the function runs on, and what it says is dropped

    def data_received(self, data: bytes) -> None:
        if data == self._poll and self._head is None and not self._rest:
            self.send(self._runtime.poll(self))
            return
        rest: bytes | None = data
        while rest and not self.closed:
            rest = self._read_head(rest) if self._head is None else self._read_body(rest)

    def _read_head(self, data: bytes) -> bytes | None:
        if self._rest:
            data = self._rest + data
            self._rest = b""
        end = data.find(_HEAD_END)
        if end < 0:
            if len(data) > _LONGEST_HEAD:
                self._give_up()
            self._rest = data
            return None
        line_end = data.find(b"\r\n")
        self._line = data[:line_end]
        fields = data[line_end:end]
        head = self._heads.get(fields) or self._new_head(fields)
        if head is None:
            return None
        if head.expects_continue:
            self.send(_CONTINUE)
        if not head.length:
            if self._line == _NEXT and head == PLAIN:
                self._poll = data[: end + 4]
            self._dispatch(head, b"", False)
            return data[end + 4 :]
        body = data[end + 4 :]
        if len(body) == head.length:
            self._dispatch(head, body, head.length > MAX_RESPONSE)
            return None
        self._head = head
        if head.length < 0:
            self._chunked = Chunks()
            if head.streaming and self._line == self._runtime.response_line:
                self._stream = self._runtime.begin(self, head.content_type)
        else:
            self._missing = head.length
        return body

    def _new_head(self, fields: bytes) -> Head | None:
        try:
            head = read_head(fields)
        except ValueError:
            self._give_up()
            return None
        if len(fields) <= _MEMO_BYTES:
            if len(self._heads) >= _MEMO_HEADS:
                self._heads.clear()
            self._heads[fields] = head
        return head

    def _read_body(self, data: bytes) -> bytes | None:
        head = self._head
        assert head is not None
        if self._chunked is not None:
            return self._read_chunks(self._chunked, head, data)
        missing = self._missing
        if len(data) < missing:
            self._missing = missing - len(data)
            if head.length <= MAX_RESPONSE:
                self._body.append(data)
            return None
        body = data if len(data) == missing else data[:missing]
        if self._body:
            body = b"".join((*self._body, body))
            self._body.clear()
        self._head = None
        self._dispatch(head, body, head.length > MAX_RESPONSE)
        return data[missing:]

    def _read_chunks(self, chunks: Chunks, head: Head, data: bytes) -> bytes | None:
        try:
            after = chunks.receive(data)
        except ValueError:
            self._give_up()
            return None
        if self._stream is not None:
            self._stream.push(chunks.take())
        if after is None:
            return None
        self._head = self._chunked = self._stream = None
        trailers = chunks.trailers
        body = bytes(chunks.body)
        error = trailers.get("lambda-runtime-function-error-type", "")
        if error:  # the stream broke off: the trailer's document takes the place of what came before
            head = replace(head, error_type=error)
            body = _decoded(trailers.get("lambda-runtime-function-error-body", ""))
        self._dispatch(head, body, chunks.too_large)
        return after

    def _dispatch(self, head: Head, body: bytes, too_large: bool) -> None:
        runtime, line = self._runtime, self._line
        if line == _NEXT:
            self.send(runtime.poll(self))
        elif line == runtime.response_line:
            runtime.respond(self, _new(Answer, (body, head, too_large)))
        else:
            self.send(self._other(line, Answer(body, head, too_large)))
        if head.close:
            self._transport.close()

    def _other(self, line: bytes, answer: Answer) -> bytes:
        method, _, target = line.removesuffix(b" HTTP/1.1").partition(b" ")
        path = target.partition(b"?")[0]
        if method != b"POST" or not path.startswith(_API):
            return _NOT_FOUND
        parts = path.removeprefix(_API).split(b"/")
        if parts == [b"init", b"error"]:
            return self._runtime.fail_init(answer)
        if len(parts) != 3 or parts[0] != b"invocation":
            return _NOT_FOUND
        if parts[2] == b"error":
            return self._runtime.fail(parts[1], answer)
        return INVALID_REQUEST_ID if parts[2] == b"response" else _NOT_FOUND

    def _give_up(self) -> None:
        self.send(_MALFORMED)
        self._transport.close()
        self.closed = True


def read_head(fields: bytes) -> Head:
    """The fields of a head, each beginning with CRLF. Raises ValueError for framing that cannot be trusted."""
    length: int | None = None
    chunked = expects_continue = close = streaming = False
    content_type = error_type = ""
    for line in fields.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        value = value.strip()
        match name.lower():
            case b"content-length":
                if not value.isdigit() or length not in (None, int(value)):
                    raise ValueError(value)
                length = int(value)
            case b"transfer-encoding":
                if value.lower() != b"chunked":
                    raise ValueError(value)
                chunked = True
            case b"expect":
                expects_continue = value.lower() == b"100-continue"
            case b"connection":
                close = value.lower() == b"close"
            case b"content-type":
                content_type = value.decode("latin-1")
            case b"lambda-runtime-function-response-mode":
                streaming = value.lower() == b"streaming"
            case b"lambda-runtime-function-error-type":
                error_type = value.decode("latin-1")
    if chunked and length is not None:
        raise ValueError("both framings")
    return Head(-1 if chunked else length or 0, expects_continue, close, content_type, streaming, error_type)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return text.encode()
