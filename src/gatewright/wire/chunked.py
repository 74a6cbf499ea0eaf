"""The chunked transfer coding, received: RFC 9112 section 7.1, strictly, as leniency here lets requests be smuggled.

Chunk extensions are skipped, trailers checked and dropped; both are bounded.
"""

import re

from gatewright.wire.header_lines import read_header_line
from gatewright.wire.malformed import Malformed, TooLarge

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;[\t\x20-\x7e\x80-\xff]*)?")
_PLAIN_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,8})\r\n")
_LONGEST_LINE = 256
_LONGEST_TRAILERS = 8192
_EXTENSIONS = 16_384


class Chunked:
    """Give it bytes until `receive` returns what follows the message; then `body` is whole."""

    __slots__ = ("_expected", "_extensions", "_limit", "_rest", "_step", "_trailers", "body")

    def __init__(self, limit: int) -> None:
        self.body = bytearray()
        self._limit = limit
        self._rest = b""
        self._step = _SIZE_LINE
        self._expected = 0
        self._extensions = 0
        self._trailers = 0

    def receive(self, data: bytes) -> bytes | None:
        """The bytes after the message once it is whole, else None. Raises Malformed, or TooLarge over the limit."""
        data = self._rest + data
        at = 0
        while self._step != _ENDED:
            if self._step == _SIZE_LINE:
                at = self._whole_chunks(data, at)
            after = _STEPS[self._step](self, data, at)
            if after is None:
                self._rest = data[at:]
                return None
            at = after
        return data[at:]

    def _size_line(self, data: bytes, at: int) -> int | None:
        end = _line_end(data, at, _LONGEST_LINE)
        if end is None:
            return None
        match = _SIZE.fullmatch(data, at, end)
        if match is None:
            raise Malformed
        self._expected = int(match[1], 16)
        if len(self.body) + self._expected > self._limit:
            raise TooLarge(self._limit)
        # Extensions may not outweigh the data they come with by more than a little.
        self._extensions = max(0, self._extensions + end - at - 16 - self._expected)
        if self._extensions > _EXTENSIONS:
            raise Malformed
        self._step = _DATA if self._expected else _TRAILER
        return end + 2

    def _whole_chunks(self, data: bytes, at: int) -> int:
        """Take the plain chunks that are all there, in one go: a sender may make them of one byte each."""
        body, limit = self.body, self._limit
        while (line := _PLAIN_SIZE_LINE.match(data, at)) is not None:
            size, begin = int(line[1], 16), line.end()
            end = begin + size
            if not size or len(body) + size > limit or data[end : end + 2] != b"\r\n":
                break  # what is left, and what is wrong, is for the steps
            body += data[begin:end]
            at = end + 2
            if self._extensions:
                self._extensions = max(0, self._extensions - 16 - size)
        return at

    def _data(self, data: bytes, at: int) -> int | None:
        if at == len(data):
            return None
        taken = data[at : at + self._expected]
        self.body += taken
        self._expected -= len(taken)
        if not self._expected:
            self._step = _DATA_END
        return at + len(taken)

    def _data_end(self, data: bytes, at: int) -> int | None:
        ending = data[at : at + 2]
        if ending == b"\r\n":
            self._step = _SIZE_LINE
            return at + 2
        if ending not in (b"", b"\r"):
            raise Malformed
        return None

    def _trailer(self, data: bytes, at: int) -> int | None:
        end = _line_end(data, at, _LONGEST_TRAILERS - self._trailers)
        if end is None:
            return None
        if end == at:
            self._step = _ENDED
        else:
            read_header_line(data[at:end])
            self._trailers += end + 2 - at
        return end + 2


_STEPS = (Chunked._size_line, Chunked._data, Chunked._data_end, Chunked._trailer)
_SIZE_LINE, _DATA, _DATA_END, _TRAILER, _ENDED = range(5)


def _line_end(data: bytes, at: int, longest: int) -> int | None:
    """Where the line's CRLF begins; None while it is not there. Raises Malformed on a bare LF or too long a line."""
    end = data.find(b"\n", at, at + longest)
    if end < 0:
        if len(data) - at >= longest:
            raise Malformed
        return None
    if end == at or data[end - 1] != 13:
        raise Malformed
    return end - 1
