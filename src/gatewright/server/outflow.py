"""One response on its way to a client piece by piece, no faster than its pace, its source and its reader allow.

The body is read when what was sent before has left us: a reader that is slow, or gone, slows or ends its source. What
takes too long is found by the listener's sweep. Developer guide: "Stream the integration response for your proxy
integrations" (considerations).
"""

import asyncio

from gatewright.server.sweep import Sweep
from gatewright.values.pending import Pending
from gatewright.values.response import StreamedResponse
from gatewright.values.stream import StreamBroken
from gatewright.wire.http1_server import Http1Server


class Outflow:
    """Drive `run`. `blocked` is the connection's to set: its client reads too slowly. Then, when it no longer does,
    `go_on`."""

    __slots__ = (
        *("_machine", "_moved", "_paced_since", "_response", "_room", "_sent", "_sweep", "_transport", "_unsent"),
        "blocked",
    )

    def __init__(
        self, response: StreamedResponse, machine: Http1Server, transport: asyncio.Transport, sweep: Sweep
    ) -> None:
        self.blocked = False
        self._response = response
        self._machine = machine
        self._transport = transport
        self._sweep = sweep
        self._sent = 0  # bytes of the body
        self._paced_since = 0.0  # when the bytes that are free of any pace were sent
        self._room: Pending[None] | None = None
        self._moved = sweep.now  # when a byte last came or went,
        self._unsent = 0  # and what was left to send when the sweep last looked

    async def run(self) -> None:
        """Send all of it. Raises StreamBroken and WrongLength: the client has half a body, its connection must end."""
        read, machine, write = self._response.body.read, self._machine, self._transport.write
        write(machine.begin(self._response, self._sweep.date))
        while not machine.bodiless and (piece := await read()):
            self._moved = self._sweep.now
            self._sent += len(piece)
            write(machine.piece(piece))
            if not self._may_send():
                self._room = Pending()
                await self._room
        end = machine.finish()
        if end:
            write(end)

    def go_on(self) -> None:
        """Send more, if now it may be."""
        if self._room is not None and self._may_send():
            room, self._room = self._room, None
            room.complete(None)

    def look(self, now: float) -> bool:
        """Called by the sweep: False when nothing has come or gone for too long."""
        unsent = self._transport.get_write_buffer_size()
        if unsent != self._unsent or (self._room is not None and not self.blocked):
            self._unsent = unsent
            self._moved = now
        self.go_on()
        return now - self._moved <= self._response.pace.idle

    def close(self) -> None:
        """The client is gone or given up, or all was sent: `run` ends, if it has not."""
        self._response.body.close()
        if self._room is not None:
            self._room.fail(StreamBroken("the client reads no more"))

    def _may_send(self) -> bool:
        if self.blocked:
            return False
        pace, now = self._response.pace, self._sweep.now
        if not pace.rate or self._sent <= pace.free:
            return True
        self._paced_since = self._paced_since or now
        return self._sent <= pace.free + pace.rate * (now - self._paced_since)
