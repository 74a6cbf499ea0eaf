"""One WebSocket: its socket's bytes to messages for a session, and the session's messages to bytes.

As in `connection.py` there is no Task, Future or timer for it: the session's coroutines are driven by hand, and the
listener's sweep finds whoever is idle, old or slow. What a client can make us hold is bounded: what it sends waits
unread while too many of its messages are under way or their answers unread, and what others send to a client that does
not read is refused. Developer guide: "Quotas for configuring and running a WebSocket API".
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from gatewright.server.sweep import Sweep
from gatewright.values.pending import Drive
from gatewright.values.session import Session
from gatewright.wire.limits import OF_WEBSOCKETS, WebSocketLimits

_log = logging.getLogger("gatewright.server")
_GOING_AWAY = 1001, "Going away"
_PIECE = 4_096  # bytes read in one turn: a frame can be of six, and each is an object
_TURN = 32  # messages begun, or frames in a piece, after which all other connections have a turn


@dataclass(frozen=True, slots=True)
class WebSocketBounds:
    """Of one connection. Seconds: for a client to answer our close, and to take anything at all of what was sent.

    `unsent` bytes may wait for it, and `under_way` of its messages be served at a time."""

    limits: WebSocketLimits = OF_WEBSOCKETS
    farewell: float = 5.0
    reader: float = 60.0
    unsent: int = 262_144
    under_way: int = 16


BOUNDS = WebSocketBounds()


class WebSocket(asyncio.Protocol):
    """A connection that was upgraded; its session's `Channel`. `left` is called with it when nothing of it is left."""

    __slots__ = (
        *("_began", "_blocked", "_bounds", "_busy", "_is_over", "_last", "_left", "_machine", "_messages", "_session"),
        *("_sweep", "_transport", "_under_way", "_unread", "_unsent", "_unsent_since", "_until"),
    )

    def __init__(
        self, session: Session, sweep: Sweep, bounds: WebSocketBounds, left: Callable[["WebSocket"], None]
    ) -> None:
        from gatewright.wire.websocket import WebSocketServer  # noqa: PLC0415 - not every node needs it

        self._session = session
        self._sweep = sweep
        self._bounds = bounds
        self._left = left
        self._machine = WebSocketServer(bounds.limits)
        self._transport: asyncio.Transport | None = None
        self._began = self._last = sweep.now
        self._messages: deque[str] = deque()  # that came, and wait until fewer are under way
        self._unread = b""  # that came, and is not looked at yet
        self._under_way = 0
        self._busy = False  # inside `_go_on`, or it is about to be called
        self._blocked = False  # the client does not read: nothing more of it is served
        self._until = 0.0  # when the client must have closed, once we have begun to
        self._unsent = 0  # bytes, when the sweep last looked, and since when so many
        self._unsent_since = 0.0
        self._is_over = False

    def open(self, transport: asyncio.Transport, ahead: bytes) -> None:
        """The handshake is over; `ahead` has come behind it."""
        self._transport = transport
        transport.set_protocol(self)
        self._session.opened(self)
        if ahead:
            self.data_received(ahead)
        elif not transport.is_closing():
            transport.resume_reading()

    # What the event loop calls

    def data_received(self, data: bytes) -> None:
        self._unread = self._unread + data if self._unread else data
        self._last = self._sweep.now
        if not self._busy:
            self._go_on()

    def eof_received(self) -> None:
        self._machine.receive_eof()
        self._flush()

    def pause_writing(self) -> None:
        self._blocked = True
        self._set_reading()

    def resume_writing(self) -> None:
        self._blocked = False
        if not self._busy:
            self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._unread = b""
        self._blocked = False
        self._machine.receive_eof()
        if not self._busy:
            self._go_on()

    # What comes

    def _go_on(self) -> None:
        """Serve what has come, as far as it may be served now."""
        self._busy = True
        is_whole = self._serve()
        self._busy = not is_whole
        if not is_whole:
            asyncio.get_running_loop().call_soon(self._go_on)
        self._set_reading()
        self._end_session()

    def _serve(self) -> bool:
        """False when others must have a turn before the rest."""
        machine, messages = self._machine, self._messages
        turn = _TURN
        while not self._blocked:
            while messages and self._under_way < self._bounds.under_way and not self._blocked:
                if not turn:
                    return False
                turn -= 1
                self._under_way += 1
                Drive(self._session.message(messages.popleft()), self._served).step()
            if messages or not self._unread:
                break
            heard = machine.heard
            piece, self._unread = self._unread[:_PIECE], self._unread[_PIECE:]
            messages.extend(machine.receive(piece))
            if machine.heard > heard:
                self._session.heard()
            self._flush()
            if self._unread and machine.heard - heard > _TURN:
                return False
        return True

    def _served(self, _: None, error: BaseException | None) -> None:
        if error is not None:
            _log.error("A message failed in the gateway itself", exc_info=error)
        self._under_way -= 1
        if not self._busy:
            self._go_on()

    def _set_reading(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if self._blocked or self._messages or self._unread:
            transport.pause_reading()
        else:
            transport.resume_reading()

    def _end_session(self) -> None:
        """Once the connection is lost and all that came before is begun."""
        if self._transport is not None or self._messages or self._is_over:
            return
        self._is_over = True
        closing = self._machine.closing
        Drive(self._session.closed(closing.code, closing.reason), self._closed).step()

    def _closed(self, _: None, error: BaseException | None) -> None:
        if error is not None:
            _log.error("The end of a connection failed in the gateway itself", exc_info=error)
        self._left(self)

    # What goes: see values/session.py

    @property
    def is_open(self) -> bool:
        transport = self._transport
        return transport is not None and not transport.is_closing() and self._machine.is_open

    def send(self, text: bytes) -> bool:
        waiting = self._transport.get_write_buffer_size() if self._transport is not None else 0
        if waiting and waiting + len(text) > self._bounds.unsent:
            return False
        self.reply(text)
        return True

    def reply(self, text: bytes) -> None:
        if self.is_open:
            self._last = self._sweep.now
            self._machine.send_message(text)
            self._flush()

    def close(self, code: int, reason: str = "") -> None:
        self._machine.close(code, reason)
        self._flush()

    def _flush(self) -> None:
        transport, machine = self._transport, self._machine
        if transport is None:
            return
        data = machine.output()
        if data:
            transport.write(data)
        if machine.is_open or transport.is_closing():
            return
        self._until = self._until or self._sweep.now + self._bounds.farewell
        if not machine.ended:
            return
        if machine.close_rcvd is not None or not transport.can_write_eof():
            transport.close()
            return
        # Closing at once, with bytes of the client unread, could reset the connection before it reads why.
        try:
            transport.write_eof()
        except OSError:  # the client has reset it meanwhile
            transport.abort()

    # What the listener calls

    def retire(self) -> None:
        """Close: the node stops."""
        self.close(*_GOING_AWAY)

    def abort(self) -> None:
        """End now, whatever is unsaid."""
        if self._transport is not None:
            self._transport.abort()

    def look(self, now: float) -> None:
        """Called by the sweep: end a connection that is idle, old, or whose client is too slow."""
        transport, bounds = self._transport, self._bounds
        if transport is None:
            return
        unsent = transport.get_write_buffer_size()
        if unsent != self._unsent or not unsent:
            self._unsent = unsent
            self._unsent_since = now
        if (self._until and now > self._until) or now - self._unsent_since > bounds.reader:
            transport.abort()
        elif now - self._last > bounds.limits.idle or now - self._began > bounds.limits.age:
            self.close(*_GOING_AWAY)
