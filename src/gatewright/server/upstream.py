"""The client of HTTP backends: kept connections, newest first, one request at a time on each.

A request is sent once. A kept connection found closed is passed over before anything is written to it; after that,
nobody can know what the backend has done with the request, so it is not repeated.
"""

import asyncio
import select
import ssl
import time
from collections.abc import Awaitable
from functools import partial
from typing import Any

from gatewright.execute.world import Certificate, Origin, ReturnedStream
from gatewright.server.backend import Backend
from gatewright.server.sweep import TICK, Sweep
from gatewright.server.trust import client_context
from gatewright.values.faults import NetworkFaultKind
from gatewright.wire.http1_client import AS_SENT, IN_PIECES, WHOLE, Http1Client, ResponseHeads
from gatewright.wire.limits import RETURNED, Limits

KEPT = 4.0
"""Seconds a free connection is kept: less than the 5 s after which common servers close theirs."""
_KEPT_PER_ORIGIN = 256
_CONTEXTS = 64  # an account has at most 60 client certificates
_TRUSTED = 2 * TICK  # a connection used so lately is not examined before it is used again


class Upstream:
    """Implements `execute.world.HttpClient` on the running event loop. `limits` bound a backend's response."""

    def __init__(self, sweep: Sweep, *, limits: Limits = RETURNED, kept: float = KEPT) -> None:
        """`kept` in seconds: how long a free connection stays open."""
        self._sweep = sweep
        self._kept = kept
        self._limits = limits
        self._heads = ResponseHeads()
        self._idle: dict[Origin, list[Backend]] = {}
        self._backends: set[Backend] = set()
        self._contexts: dict[tuple[bool, Certificate | None], ssl.SSLContext] = {}
        self._watching = False
        self.forward = partial(self.send, how=AS_SENT)  # the same for a response as the backend sends it

    def send(
        self, origin: Origin, method: str, head: bytes, body: bytes, timeout: float, *, how: int = WHOLE
    ) -> Awaitable[Any]:
        """Send one request; see HttpClient. A time limit is never early and at most a tick of the sweep late."""
        now = time.monotonic()
        message = head + body if body else head
        idle = self._idle.get(origin)
        while idle:
            backend = idle.pop()
            if backend.deadline - now > self._kept - _TRUSTED or _is_quiet(backend):
                return backend.ask(method, message, now + timeout, how)
            backend.fail("closed", "it was closed while free")
        return self._connect(origin).ask(method, message, now + timeout, how)

    def stream(
        self, origin: Origin, method: str, head: bytes, body: bytes, timeout: float
    ) -> Awaitable[ReturnedStream]:
        """The same for a response in pieces."""
        return self.send(origin, method, head, body, timeout, how=IN_PIECES)

    def close(self) -> None:
        """Close every connection; requests in flight fail as closed."""
        if self._watching:
            self._watching = False
            self._sweep.leave(self._look)
        for backend in tuple(self._backends):
            backend.fail("closed", "the gateway stops")

    def free(self, backend: Backend) -> None:
        if len(backend.idle) < _KEPT_PER_ORIGIN:
            backend.deadline = self._sweep.now + self._kept
            backend.idle.append(backend)
        elif backend.transport is not None:
            self._backends.discard(backend)
            backend.transport.close()

    def lost(self, backend: Backend) -> None:
        self._backends.discard(backend)
        if backend in backend.idle:
            backend.idle.remove(backend)

    def _connect(self, origin: Origin) -> Backend:
        if not self._watching:
            self._watching = True
            self._sweep.watch(self._look)
        backend = Backend(self, Http1Client(self._heads, self._limits), self._idle.setdefault(origin, []))
        self._backends.add(backend)
        backend.connecting = asyncio.get_running_loop().create_task(self._open(backend, origin))
        return backend

    async def _open(self, backend: Backend, origin: Origin) -> None:
        """Resolve the name and try its addresses in turn; the sweep cancels this when the request's time is over."""
        loop = asyncio.get_running_loop()
        try:
            context = self._context(origin) if origin.tls else None
            name = (origin.name or origin.host) if origin.tls else None
            if name and not origin.verify:
                # Imported with the first such backend: the library is no small part of a start.
                from gatewright.server.peer_certificate import check_peer  # noqa: PLC0415

                backend.check = partial(check_peer, name)
            await loop.create_connection(lambda: backend, origin.host, origin.port, ssl=context, server_hostname=name)
        except ssl.SSLError as error:
            self._not_connected(backend, "tls", error)
        except (OSError, UnicodeError) as error:  # UnicodeError: no name that DNS could have
            # A peer that hangs up on a greeting has accepted the connection, but not TLS.
            in_handshake = origin.tls and isinstance(error, ConnectionResetError | ConnectionAbortedError)
            self._not_connected(backend, "tls" if in_handshake else "connect", error)

    def _not_connected(self, backend: Backend, kind: NetworkFaultKind, error: Exception) -> None:
        backend.connecting = None
        backend.fail(kind, str(error) or type(error).__name__)

    def _context(self, origin: Origin) -> ssl.SSLContext:
        key = origin.verify, origin.certificate
        context = self._contexts.get(key)
        if context is None:
            if len(self._contexts) >= _CONTEXTS:
                self._contexts.clear()
            context = self._contexts[key] = client_context(origin.verify, origin.certificate)
        return context

    def _look(self, now: float) -> None:
        for backend in tuple(self._backends):
            if now < backend.deadline:
                continue
            if backend.free:
                backend.fail("closed", "it was free for too long")
            else:
                backend.fail("timeout", "there was no whole response in time")
        if not self._backends:
            self._idle.clear()


def _is_quiet(backend: Backend) -> bool:
    """Whether the socket of a free connection has nothing to read: neither its end nor bytes that nobody asked for."""
    assert backend.transport is not None
    poll = select.poll()
    poll.register(backend.transport.get_extra_info("socket").fileno(), select.POLLIN)
    return not poll.poll(0)
