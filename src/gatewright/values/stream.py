"""A body that comes in pieces, from whoever receives it to whoever sends it on.

The sender asks for one piece after the other; what has come meanwhile waits, and when that is more than a little the
source is told to pause. So a slow reader slows its source, and no body is ever held whole.
"""

from collections import deque
from collections.abc import Awaitable
from typing import NamedTuple, Protocol, runtime_checkable

from gatewright.values.pending import Pending

WAITING = 65_536
"""Bytes that may wait before the source is paused; it may have one more piece under way."""


class StreamBroken(Exception):
    """The body ended before it was whole. What was read of it is good."""


@runtime_checkable
class Stream(Protocol):
    """What is read of a body. One piece is asked for at a time."""

    def read(self) -> Awaitable[bytes]:
        """The next piece; b"" at the end. Raises StreamBroken."""
        ...

    def close(self) -> None:
        """No more is wanted, or all is read. Always called once the body is somebody's; harmless when repeated."""
        ...


class Pace(NamedTuple):
    """How a body may be sent. `idle`: seconds without a byte until it is broken off; after the first `free` bytes
    `rate` bytes a second, 0 for as many as the reader takes."""

    idle: float
    free: int = 0
    rate: int = 0


class Source(Protocol):
    """Where the bytes of a Pipe come from."""

    def pause(self) -> None:
        """Push no more than what is on its way."""
        ...

    def resume(self) -> None:
        """Push again."""
        ...

    def abandon(self) -> None:
        """Nobody reads on."""
        ...


class Pipe:
    """A Stream that its source pushes into. What comes after `close` is dropped."""

    __slots__ = ("_broken", "_closed", "_ended", "_paused", "_pieces", "_reading", "_source", "_waiting")

    def __init__(self, source: Source | None = None) -> None:
        """Without a source all of the body is pushed before anything is read."""
        self._source = source
        self._pieces: deque[bytes] = deque()
        self._waiting = 0
        self._paused = False
        self._ended = False
        self._broken: StreamBroken | None = None
        self._closed = False
        self._reading: Pending[bytes] | None = None

    # The source's side

    def push(self, data: bytes) -> None:
        """The next bytes; b"" is nothing."""
        if self._closed or self._ended or not data:
            return
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.complete(data)
            return
        self._pieces.append(data)
        self._waiting += len(data)
        if self._waiting > WAITING and not self._paused and self._source is not None:
            self._paused = True
            self._source.pause()

    def end_with(self, last: bytes) -> None:
        """The last bytes, maybe none: the body is whole."""
        self._let_go()
        self.push(last)
        self.end()

    def end(self, broken: str = "") -> None:
        """The body is whole, or else `broken` says why it never will be. Anybody may say it."""
        if self._ended:
            return
        self._ended = True
        self._let_go()
        if broken:
            self._broken = StreamBroken(broken)
        reading, self._reading = self._reading, None
        if reading is not None:
            self._give_end(reading)

    def _let_go(self) -> None:
        source, self._source = self._source, None
        if self._paused and source is not None:
            source.resume()

    # The reader's side

    def read(self) -> Pending[bytes]:
        """The next piece; see Stream."""
        pending: Pending[bytes] = Pending()
        if self._pieces:
            piece = self._pieces.popleft()
            self._waiting -= len(piece)
            pending.complete(piece)
            if self._paused and not self._pieces and self._source is not None:
                self._paused = False
                self._source.resume()
        elif self._ended or self._closed:
            self._give_end(pending)
        else:
            self._reading = pending
        return pending

    def unread(self, data: bytes) -> None:
        """Give back bytes that were read too far."""
        if data:
            self._pieces.appendleft(data)
            self._waiting += len(data)

    def close(self) -> None:
        """No more is wanted; see Stream."""
        if self._closed:
            return
        self._closed = True
        self._pieces.clear()
        source, self._source = self._source, None
        if source is not None:
            source.abandon()
        reading, self._reading = self._reading, None
        if reading is not None:
            self._give_end(reading)

    def _give_end(self, reading: Pending[bytes]) -> None:
        if self._ended and self._broken is None:
            reading.complete(b"")
        else:
            reading.fail(self._broken or StreamBroken("it was closed"))


def whole(body: bytes) -> Pipe:
    """A body that is there already, to be read as others are."""
    pipe = Pipe()
    pipe.end_with(body)
    return pipe
