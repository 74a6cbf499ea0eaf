"""A listening port: accepts connections, watches over them, stops without cutting anybody off."""

import asyncio
import socket
import ssl as tls
import time
from collections.abc import Callable, Set

from gatewright.server.connection import Connection
from gatewright.server.service import Bounds, Front, Service
from gatewright.server.sweep import TICK, Sweep
from gatewright.server.websocket import WebSocket

_BACKLOG = 4096


class Listener:
    """An open port; `port` is its number."""

    def __init__(self, server: asyncio.Server, service: Service) -> None:
        self._server = server
        self._service = service
        patience = service.bounds.patience
        shortest = min(patience.idle, patience.head, patience.body, patience.reader, patience.farewell)
        self._interval = max(TICK, min(1.0, shortest / 4))
        self._next_look = 0.0
        self.port: int = server.sockets[0].getsockname()[1]
        service.sweep.watch(self._look)

    async def stop(self, grace: float) -> None:
        """Close idle connections, give requests in flight `grace` seconds, then close what is left.

        While there are such requests new connections are still taken: the functions that answer them call this port.
        """
        end = asyncio.get_running_loop().time() + grace
        connections = self._service.connections
        await _emptied(self._retired(), connections, end)
        self._server.close()
        self._retired()
        await _emptied(connections, connections, end)
        for connection in tuple(connections):
            connection.abort()
        self._service.sweep.leave(self._look)
        await asyncio.sleep(0)  # aborted transports report their loss in the loop's next round
        await self._server.wait_closed()

    def _retired(self) -> frozenset[Connection | WebSocket]:
        """The connections of now, which take no further request."""
        connections = frozenset(self._service.connections)
        for connection in connections:
            connection.retire()
        return connections

    def _look(self, now: float) -> None:
        if now < self._next_look:
            return
        self._next_look = now + self._interval
        for connection in tuple(self._service.connections):
            connection.look(now)


async def _emptied(some: Set[Connection | WebSocket], connections: Set[Connection | WebSocket], end: float) -> None:
    """Wait until none of `some` is among `connections`, or until `end` on the loop's clock."""
    loop = asyncio.get_running_loop()
    while not connections.isdisjoint(some) and loop.time() < end:
        await asyncio.sleep(TICK / 5)


async def listen(
    front: Front,
    port: socket.socket,
    *,
    sweep: Sweep,
    bounds: Bounds | None = None,
    ssl: tls.SSLContext | None = None,
    clock: Callable[[], float] = time.time,
) -> Listener:
    """Answer every request that arrives at the bound socket `port`, at a time of `clock`, with `front`; with `ssl` over
    TLS.

    The listener owns the socket from here on. Raises OSError.
    """
    service = Service(front, sweep, bounds or Bounds(), "https" if ssl else "http", clock)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(service),
        sock=port,
        backlog=_BACKLOG,
        ssl=ssl,
        ssl_handshake_timeout=service.bounds.patience.head if ssl else None,
    )
    return Listener(server, service)
