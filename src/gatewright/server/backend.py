"""One connection to an HTTP backend: a request out, its response back, then perhaps another."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, cast

from gatewright.execute.world import Returned, ReturnedStream
from gatewright.values.faults import NetworkFault, NetworkFaultKind
from gatewright.values.pending import Pending
from gatewright.values.stream import Pipe
from gatewright.wire.http1_client import Http1Client, ResponseReceived
from gatewright.wire.malformed import Malformed, TooLarge

_TURN = 65_536  # bytes of chunks, after which all others have a turn: each chunk may be of one byte
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor


class Pool(Protocol):
    """Where a connection goes when it is free, and when it is no more."""

    def free(self, backend: "Backend") -> None:
        """It may carry another request."""
        ...

    def lost(self, backend: "Backend") -> None:
        """It may not."""
        ...


class Backend(asyncio.Protocol):
    """`deadline`: when the sweep fails it, or closes it when free; monotonic seconds. `check` says what is wrong with
    the peer once it is there, if that is not the TLS library's to say."""

    __slots__ = (
        "_body",
        "_machine",
        "_pool",
        "_unsent",
        "check",
        "connecting",
        "deadline",
        "idle",
        "pending",
        "transport",
    )

    def __init__(self, pool: Pool, machine: Http1Client, idle: list["Backend"]) -> None:
        self._pool = pool
        self._machine = machine
        self._unsent = b""
        self._body: Pipe | None = None  # of a response that comes in pieces, while it does
        self.idle = idle  # the free connections to the same origin
        self.check: Callable[[asyncio.Transport], str | None] | None = None
        self.connecting: asyncio.Task[None] | None = None
        self.deadline = 0.0
        self.pending: Pending[Any] | None = None
        self.transport: asyncio.Transport | None = None

    @property
    def free(self) -> bool:
        """No request waits for its response, or for the rest of it."""
        return self.pending is None and self._body is None

    def ask(self, method: str, message: bytes, deadline: float, how: int) -> Pending[Any]:
        """Send a whole request; at once, or as soon as the connection stands. The answer is Returned, or ReturnedStream
        when it comes in pieces (`how`: see Http1Client); `deadline` is for the last of them."""
        pending: Pending[Any] = Pending()
        self.pending = pending
        self.deadline = deadline
        self._machine.ask(method, how)
        if self.transport is None:
            self._unsent = message
        else:
            self.transport.write(message)
        return pending

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one, but not by inheritance
        self.connecting = None
        message, self._unsent = self._unsent, b""
        problem = self.check(self.transport) if self.check is not None else None
        if self.pending is None:
            self.transport.abort()  # its time ran out meanwhile
        elif problem is not None:
            self.fail("tls", problem)
        else:
            self.transport.write(message)

    def data_received(self, data: bytes) -> None:
        try:
            if self._body is not None:
                self._continue(self._body, self._machine.receive_more(data))
                return
            received = self._machine.receive(data)
        except TooLarge as error:
            self.fail("too_large", f"the response is larger than {error.limit} bytes")
        except Malformed:
            self.fail("malformed", "the response is not HTTP/1.1")
        else:
            if received is not None:
                self._complete(received)
            elif len(data) > _TURN and self._machine.reading_chunks and self.transport is not None:
                self.transport.pause_reading()
                asyncio.get_running_loop().call_soon(self._read_on)

    def _read_on(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()

    def eof_received(self) -> None:
        received = self._machine.end()
        if received is None:
            self.fail("closed", "the connection was closed before the response was complete")
        elif self._body is not None:
            self._continue(self._body, received.body)
        else:
            self._complete(received)

    def connection_lost(self, exc: Exception | None) -> None:
        self.fail("closed", f"the connection was lost before the response was complete ({exc or 'closed'})")

    def fail(self, kind: NetworkFaultKind, reason: str) -> None:
        """Close the connection; a request that waits here fails."""
        self._pool.lost(self)
        if self.connecting is not None:
            self.connecting.cancel()
            self.connecting = None
        if self.transport is not None:
            self.transport.abort()
            self.transport = None
        pending, body = self.pending, self._body
        self.pending = self._body = None
        if pending is not None:
            pending.fail(NetworkFault(kind, reason))
        elif body is not None:
            body.end(reason)

    # Of a response in pieces (values.stream.Source)

    def pause(self) -> None:
        if self.transport is not None:
            self.transport.pause_reading()

    def resume(self) -> None:
        if self.transport is not None:
            self.transport.resume_reading()

    def abandon(self) -> None:
        self.fail("closed", "the client reads no more")

    def _begin(self, pending: Pending[Any], received: ResponseReceived) -> None:
        body = self._body = Pipe(self)
        status, headers, beginning = received
        self._continue(body, beginning)  # first, for the connection of a response without a body is free at once
        pending.complete(ReturnedStream(status, headers, body))

    def _continue(self, body: Pipe, piece: bytes) -> None:
        if self._machine.unfinished:
            body.push(piece)
            return
        self._body = None
        body.end_with(piece)
        if self.transport is not None:
            self._release(self.transport)

    def _complete(self, received: ResponseReceived) -> None:
        pending, self.pending = self.pending, None
        transport = self.transport
        if pending is None or transport is None:
            return
        if self._machine.streaming:
            self._begin(pending, received)
            return
        self._release(transport)
        pending.complete(_new(Returned, received))

    def _release(self, transport: asyncio.Transport) -> None:
        """The response is whole: another request may follow, or none."""
        # An answer to half a request is one; but the connection then still carries the other half.
        if self._machine.reusable and not transport.get_write_buffer_size():
            self._pool.free(self)
        else:
            self._pool.lost(self)
            transport.close()
