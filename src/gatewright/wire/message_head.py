"""A whole block of header lines and what it says about framing: RFC 9112 section 6.

What is ambiguous is refused, because the next hop may read it differently: two lengths, a length beside a transfer
coding, any transfer coding but exactly `chunked`.
"""

from typing import NamedTuple

from gatewright.values.headers import CONTENT_LENGTH, EXPECT, FRAMING, HOST, HeaderLine
from gatewright.wire.header_lines import FOR_THE_WIRE, content_length, read_header_line
from gatewright.wire.malformed import Malformed
from gatewright.wire.memo import Memo
from gatewright.wire.request_line import RequestLine, read_request_line

NO_LENGTH = -1
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor


class MessageHead(NamedTuple):
    """`length` is NO_LENGTH without Content-Length. `ordinary`: one Host, and the body, if any, plainly follows."""

    headers: tuple[HeaderLine, ...]
    ordinary: bool
    length: int
    chunked: bool
    close: bool
    keep_alive: bool
    expect: str
    hosts: int


class Heads:
    """What both sides of the wire remember of lines and heads. One is shared by all connections of a listener."""

    __slots__ = ("blocks", "lines", "request_lines")

    def __init__(self) -> None:
        self.lines = Memo(read_header_line, count=2048, longest=512)
        self.request_lines: Memo[RequestLine] = Memo(read_request_line, count=512, longest=512)
        self.blocks: Memo[MessageHead] = Memo(self.read_block, count=256, longest=2048)

    def read_block(self, block: bytes) -> MessageHead:
        """Header lines up to and with the empty line. Raises Malformed."""
        line_of = self.lines.__getitem__
        return _framing(tuple([line_of(line) for line in block.split(b"\r\n")[:-2]]))


def _framing(headers: tuple[HeaderLine, ...]) -> MessageHead:
    hosts = 0
    length = NO_LENGTH
    chunked = close = keep_alive = False
    expect = ""
    for line in [line for line in headers if line.kind & FOR_THE_WIRE]:
        kind = line.kind
        if kind & HOST:
            hosts += 1
        elif kind & FRAMING:
            if chunked or length != NO_LENGTH:
                raise Malformed
            if kind & CONTENT_LENGTH:
                length = content_length(line.value)
            elif line.value.lower() == "chunked":
                chunked = True
            else:
                raise Malformed
        elif kind & EXPECT:
            expect = f"{expect},{line.value.lower()}" if expect else line.value.lower()
        elif line.lower == "connection":
            options = {option.strip().lower() for option in line.value.split(",")}
            close |= "close" in options
            keep_alive |= "keep-alive" in options
    ordinary = hosts == 1 and not (chunked or expect or close)
    return _new(MessageHead, (headers, ordinary, length, chunked, close, keep_alive, expect, hosts))
