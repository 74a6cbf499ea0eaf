"""A WebSocket seen by the server, as a machine: give it bytes, take messages; give it messages, take bytes.

Frames, masks, control frames, sizes and the closing handshake are those of `websockets`' sans-I/O protocol; the API's
own rule is here: text only. Import it where a connection first needs it. RFC 6455; developer guide: "Binary media types
for WebSocket APIs".
"""

import codecs
import logging
from typing import NamedTuple

from websockets.frames import BINARY, CLOSE, CONT, TEXT, Frame
from websockets.protocol import OPEN, SERVER, Protocol

from gatewright.wire.limits import WebSocketLimits

UNSUPPORTED_DATA = 1003
ABNORMAL_CLOSURE = 1006
_LONGEST_REASON = 123  # bytes: a control frame has 125

_log = logging.getLogger(__name__)
_log.setLevel(logging.WARNING)  # the protocol tells of each connection that ends
_new_decoder = codecs.getincrementaldecoder("utf-8")


class Closing(NamedTuple):
    """How a connection ends: code and reason of whoever began it, RFC 6455 sections 7.1.5 and 7.1.6."""

    code: int
    reason: str


class _Fragments:
    """A message whose last frame is still to come. What is not UTF-8 is found with the frame that it is in."""

    __slots__ = ("_data", "_decoder")

    def __init__(self) -> None:
        self._decoder = _new_decoder()
        self._data = bytearray()  # grows by what comes, however small the frames; text could take four times as much

    def add(self, frame: Frame) -> str | None:
        """The whole message, if this frame ends it. Raises UnicodeDecodeError."""
        self._decoder.decode(frame.data, frame.fin)
        self._data += frame.data
        return self._data.decode() if frame.fin else None


class WebSocketServer(Protocol):
    """One connection after its opening handshake. After every call write `output`; once `ended`, it is over.

    `heard` counts the frames that came."""

    def __init__(self, limits: WebSocketLimits) -> None:
        super().__init__(SERVER, max_size=(limits.message, limits.frame), logger=_log)
        self._frame_limit = limits.frame
        self._fragments: _Fragments | None = None
        self._messages: list[str] = []
        self.heard = 0

    def receive(self, data: bytes) -> list[str]:
        """The messages that these bytes complete. What breaks a rule closes the connection; the rest is not read."""
        self.receive_data(data)
        self.events_received()
        messages, self._messages = self._messages, []
        return messages

    def recv_frame(self, frame: Frame) -> None:
        """One frame that keeps the rules of frames. Raises UnicodeDecodeError: the caller closes with 1007."""
        opcode = frame.opcode
        if opcode is CLOSE:
            self.current_size = None  # one may leave in the middle of a message: Autobahn's case 7.1.5
        super().recv_frame(frame)
        self.heard += 1
        if opcode is TEXT and frame.fin:
            self._messages.append(str(frame.data, "utf-8"))
        elif opcode is BINARY:
            self.fail(UNSUPPORTED_DATA, "Binary frames are not supported")
        elif opcode is TEXT or opcode is CONT:
            self._fragments = self._fragments or _Fragments()
            text = self._fragments.add(frame)
            if text is not None:
                self._fragments = None
                self._messages.append(text)

    def send_message(self, text: bytes) -> None:
        """One message, in frames of at most the size that clients' have. Dropped when the connection is closing."""
        if not self.is_open:
            return
        size = self._frame_limit
        self.send_text(text[:size], len(text) <= size)
        for begin in range(size, len(text), size):
            self.send_continuation(text[begin : begin + size], begin + size >= len(text))

    def close(self, code: int, reason: str = "") -> None:
        """Begin the closing handshake, if nobody has. What is too long of a reason is cut off."""
        if self.is_open:
            self.send_close(code, reason.encode()[:_LONGEST_REASON].decode(errors="ignore"))

    def output(self) -> bytes:
        """What there is to write."""
        return b"".join(self.data_to_send())

    @property
    def is_open(self) -> bool:
        """Nobody has begun to close it."""
        return self.state is OPEN

    @property
    def ended(self) -> bool:
        """The connection below can be closed once what there is to write is written."""
        return self.eof_sent

    @property
    def closing(self) -> Closing:
        """How it ended, once it has."""
        close = self.close_rcvd if self.close_rcvd_then_sent or self.close_sent is None else self.close_sent
        return Closing(close.code, close.reason) if close is not None else Closing(ABNORMAL_CLOSURE, "")
