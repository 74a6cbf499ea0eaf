"""One connection to an HTTP backend: a request out, its response back, then perhaps another."""

import asyncio
from typing import Protocol, cast

from gatewright.execute.world import Returned
from gatewright.values.faults import NetworkFault, NetworkFaultKind
from gatewright.values.pending import Pending
from gatewright.wire.http1_client import Http1Client, ResponseReceived
from gatewright.wire.malformed import Malformed, TooLarge

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
    """`pending` is None when free. `deadline`: when the sweep fails it, or closes it when free; monotonic seconds."""

    __slots__ = ("_machine", "_pool", "_unsent", "connecting", "deadline", "idle", "pending", "transport")

    def __init__(self, pool: Pool, machine: Http1Client, idle: list["Backend"]) -> None:
        self._pool = pool
        self._machine = machine
        self._unsent = b""
        self.idle = idle  # the free connections to the same origin
        self.connecting: asyncio.Task[None] | None = None
        self.deadline = 0.0
        self.pending: Pending[Returned] | None = None
        self.transport: asyncio.Transport | None = None

    def ask(self, method: str, message: bytes, deadline: float) -> Pending[Returned]:
        """Send a whole request; at once, or as soon as the connection stands."""
        pending: Pending[Returned] = Pending()
        self.pending = pending
        self.deadline = deadline
        self._machine.ask(method)
        if self.transport is None:
            self._unsent = message
        else:
            self.transport.write(message)
        return pending

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one, but not by inheritance
        self.connecting = None
        message, self._unsent = self._unsent, b""
        if self.pending is None:
            self.transport.abort()  # its time ran out meanwhile
        else:
            self.transport.write(message)

    def data_received(self, data: bytes) -> None:
        try:
            received = self._machine.receive(data)
        except TooLarge as error:
            self.fail("too_large", f"the response is larger than {error.limit} bytes")
        except Malformed:
            self.fail("malformed", "the response is not HTTP/1.1")
        else:
            if received is not None:
                self._complete(received)

    def eof_received(self) -> None:
        received = self._machine.end()
        if received is not None:
            self._complete(received)
        else:
            self.fail("closed", "the connection was closed before the response was complete")

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
        pending, self.pending = self.pending, None
        if pending is not None:
            pending.fail(NetworkFault(kind, reason))

    def _complete(self, received: ResponseReceived) -> None:
        pending, self.pending = self.pending, None
        transport = self.transport
        if pending is None or transport is None:
            return
        # An answer to half a request is one; but the connection then still carries the other half.
        if self._machine.reusable and not transport.get_write_buffer_size():
            self._pool.free(self)
        else:
            self._pool.lost(self)
            transport.close()
        pending.complete(_new(Returned, received))
