"""One client connection over HTTP/1.1: bytes to `front` and back, one request at a time.

There is no Task, Future or timer per request: `front`'s coroutine is driven by hand, slow clients are found by the
listener's sweep. What a client can make us hold is bounded: one request, one response, and 64 KiB sent ahead; of a
response in pieces (`outflow.py`) a few pieces.
"""

import asyncio
import logging
from typing import cast

from gatewright.server.outflow import Outflow
from gatewright.server.service import Service
from gatewright.server.websocket import WebSocket
from gatewright.values.pending import Drive
from gatewright.values.request import Request
from gatewright.values.response import Answer, Response, StreamedResponse, Upgraded
from gatewright.values.stream import StreamBroken
from gatewright.wire.http1_events import Continue, Event, Refuse, RequestReceived
from gatewright.wire.http1_server import Http1Server
from gatewright.wire.malformed import Malformed
from gatewright.wire.pieces import WrongLength

_log = logging.getLogger("gatewright.server")
_FAILED = Response(500, (b"Content-Type: application/json\r\n",), b'{"message": "Internal server error"}')
_AHEAD = 65_536
_TURN = 65_536  # bytes of chunks, after which all others have a turn: each chunk may be of one byte
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor


class Connection(asyncio.Protocol):
    """Made by the event loop for each accepted socket; `Service.connections` holds it until it is lost."""

    __slots__ = (
        *("_blocked", "_busy", "_draining", "_half_closed", "_machine", "_outflow", "_paused", "_phase", "_service"),
        *("_since", "_source_ip", "_transport"),
    )

    def __init__(self, service: Service) -> None:
        self._service = service
        bounds = service.bounds
        self._machine = Http1Server(bounds.limits, bounds.body_limit, service.heads)
        self._transport: asyncio.Transport | None = None
        self._source_ip = ""
        self._phase = 0.0  # the patience that applied when the sweep last looked,
        self._since = service.sweep.now  # and since when
        self._busy = False  # inside `_handle`: an answer that comes at once must not start another round
        self._paused = False  # too far ahead: reading is paused
        self._blocked = False  # the client does not read its answers: nothing more is answered
        self._half_closed = False  # the client sends no more, but may wait for answers
        self._draining = False  # refused: what still comes is thrown away
        self._outflow: Outflow | None = None  # of a response that is sent in pieces

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one, but not by inheritance
        peer = transport.get_extra_info("peername")
        self._source_ip = peer[0].removeprefix("::ffff:") if peer else ""
        self._service.connections.add(self)

    def data_received(self, data: bytes) -> None:
        event = self._machine.receive(data)
        if event is not None:
            self._handle(event)
        elif self._machine.buffered > _AHEAD and self._machine.answering and self._transport and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        elif len(data) > _TURN and self._machine.reading_chunks and self._transport:
            self._transport.pause_reading()
            asyncio.get_running_loop().call_soon(self._read_on)

    def _read_on(self) -> None:
        transport = self._transport
        if transport is not None and not transport.is_closing() and not self._paused and not self._blocked:
            transport.resume_reading()

    def eof_received(self) -> bool | None:
        machine = self._machine
        if not machine.answering or self._service.scheme == "https":  # TLS has no half-closed connections
            return None
        if self._outflow is not None:  # who leaves in the middle of a stream reads no more of it
            self._outflow.close()
            return None
        self._half_closed = True
        if not machine.buffered:
            machine.closing = True
        return True

    def pause_writing(self) -> None:
        self._blocked = True
        if self._outflow is not None:
            self._outflow.blocked = True
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._blocked = False
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if not self._paused:
            transport.resume_reading()
        if self._outflow is not None:
            self._outflow.blocked = False
            self._outflow.go_on()
        elif not self._machine.answering and not self._busy:
            self._handle(self._machine.next())

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._service.connections.discard(self)
        if self._outflow is not None:
            self._outflow.close()

    # One request

    def _handle(self, event: Event | None) -> None:
        """Serve the request, then what was pipelined behind it, until something has to be waited for."""
        machine = self._machine
        service = self._service
        self._busy = True
        while type(event) is RequestReceived:
            line = event.line
            source_ip, scheme, arrived = self._source_ip, service.scheme, service.clock()
            method, target, path, query = line.method, line.target, line.path, line.query
            request = _new(
                Request, (method, target, path, query, event.headers, event.body, source_ip, scheme, arrived)
            )
            try:
                coroutine = service.front(request)
            except Exception as error:
                self._answered(None, error)
            else:
                Drive(coroutine, self._answered).step()
            event = None if machine.answering or machine.closing or self._blocked else machine.next()
        self._busy = False
        if event is not None:
            self._handle_other(event)
        if self._paused or self._half_closed:
            self._after_a_round()

    def _handle_other(self, event: Event) -> None:
        transport = self._transport
        if transport is None:
            return
        if type(event) is Continue:
            transport.write(event.data)
            return
        assert isinstance(event, Refuse)
        self._since = self._service.sweep.now
        transport.write(self._machine.send(self._refusal(event), self._service.sweep.date))
        if not transport.can_write_eof():
            transport.close()
            return
        # Closing at once, with bytes of the client unread, could reset the connection before it reads the answer.
        self._draining = True
        try:
            transport.write_eof()
        except OSError:  # the client has reset it meanwhile
            transport.abort()

    def _refusal(self, event: Refuse) -> Response:
        """What the client is told: the words of whom its request is for, if that has any."""
        service, asked, ask = self._service, event.request, self._service.bounds.body_refusal
        if asked is None or ask is None:
            return event.response
        who = self._source_ip, service.scheme, service.clock()
        return (
            ask(Request(asked.method, asked.target, asked.path, asked.query, asked.headers, b"", *who))
            or event.response
        )

    def _answered(self, response: Answer | None, error: BaseException | None) -> None:
        transport = self._transport
        if type(response) is StreamedResponse:
            self._begin_stream(response, transport)
            return
        if type(response) is Upgraded:
            self._upgrade(response, transport)
            return
        if response is None:
            _log.error("A request failed in the gateway itself", exc_info=error)
            response = _FAILED
        if transport is None:
            return  # the client did not wait
        machine = self._machine
        sweep = self._service.sweep
        self._since = sweep.now
        try:
            message = machine.send(response, sweep.date)
        except Exception as bad_response:
            _log.error("A response cannot be sent", exc_info=bad_response)
            message = machine.send(_FAILED, sweep.date)
        transport.write(message)
        if machine.closing:
            transport.close()
        elif not self._busy and (machine.buffered or self._paused or self._half_closed) and not self._blocked:
            self._handle(machine.next())

    def _upgrade(self, response: Upgraded, transport: asyncio.Transport | None) -> None:
        """The transport, and what the client sent ahead, are a WebSocket's from here on."""
        service, machine = self._service, self._machine
        websocket = WebSocket(response.session, service.sweep, service.bounds.websocket, service.connections.discard)
        service.connections.discard(self)
        service.connections.add(websocket)
        if transport is None or transport.is_closing() or self._half_closed:  # it left during the handshake
            websocket.connection_lost(None)
            if transport is not None:
                transport.close()
            return
        self._transport = None
        head, ahead = machine.switch(response, service.sweep.date)
        transport.write(head)
        websocket.open(transport, ahead)

    def _begin_stream(self, response: StreamedResponse, transport: asyncio.Transport | None) -> None:
        if transport is None:
            response.body.close()
            return
        self._outflow = Outflow(response, self._machine, transport, self._service.sweep)
        self._outflow.blocked = self._blocked
        Drive(self._outflow.run(), self._streamed).step()

    def _streamed(self, _: None, error: BaseException | None) -> None:
        """A response in pieces is whole, or never will be: then a reset tells the client so."""
        assert self._outflow is not None
        self._outflow.close()
        self._outflow = None
        transport = self._transport
        self._since = self._service.sweep.now
        if transport is None:
            return
        if error is not None:
            if not isinstance(error, StreamBroken | WrongLength):
                _log.error("A response cannot be sent", exc_info=error)
            transport.abort()
        elif self._machine.closing:
            transport.close()
        elif not self._busy and not self._blocked:
            self._handle(self._machine.next())

    def _after_a_round(self) -> None:
        machine = self._machine
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if self._paused and machine.buffered <= _AHEAD and not self._blocked:
            self._paused = False
            transport.resume_reading()
        if self._half_closed and not machine.answering and not self._blocked:
            transport.close()

    # What the listener calls

    def retire(self) -> None:
        """Take no further request: close now when idle, else after the answer."""
        self._machine.closing = True
        if self._machine.idle and self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close now, whatever is unsaid."""
        transport = self._transport
        if self._outflow is not None:
            self._outflow.close()
        if transport is not None:  # also after the end of a stream that nobody reads
            transport.abort()

    def look(self, now: float) -> None:
        """Called by the sweep: end a connection whose client is too slow."""
        transport = self._transport
        if transport is None:
            return
        if self._outflow is not None:
            if not self._outflow.look(now):
                self._outflow.close()
            return
        patience = self._patience_now(transport)
        if patience != self._phase:
            self._phase = patience
            self._since = now
        elif patience and now - self._since > patience:
            self._lose_patience(transport)

    def _patience_now(self, transport: asyncio.Transport) -> float:
        """Seconds the client has for what it is doing; 0 when it is we who are slow."""
        patience = self._service.bounds.patience
        machine = self._machine
        if self._draining:
            return patience.farewell
        if transport.get_write_buffer_size():
            # What is left to read is part of the figure: a reader that takes anything begins anew.
            return patience.reader + transport.get_write_buffer_size() * 1e-12
        if machine.answering:
            return 0.0
        if machine.idle:
            return patience.idle
        return patience.body if machine.reading_body else patience.head

    def _lose_patience(self, transport: asyncio.Transport) -> None:
        machine = self._machine
        if self._draining or transport.get_write_buffer_size():
            transport.abort()
        elif machine.idle or transport.is_closing():
            transport.close()
        else:
            self._handle_other(machine.refuse(Malformed(408, "Request Timeout")))
