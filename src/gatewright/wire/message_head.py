"""A whole block of header lines and what it says about framing: RFC 9112 section 6.

What is ambiguous is refused, because the next hop may read it differently: two lengths, a length beside a transfer
coding, any transfer coding but exactly `chunked`.
"""

from typing import NamedTuple

from gatewright.values.headers import CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TRANSFER_ENCODING, HeaderLine
from gatewright.wire.header_lines import FOR_THE_WIRE, content_length, read_header_line
from gatewright.wire.malformed import Malformed
from gatewright.wire.memo import Memo
from gatewright.wire.request_line import RequestLine, read_request_line

NO_LENGTH = -1


class MessageHead(NamedTuple):
    """`length` is NO_LENGTH without Content-Length. `ordinary`: one Host and nothing else that changes the framing."""

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
    special = [line for line in headers if line.kind & FOR_THE_WIRE]
    lengths = [line.value for line in special if line.kind & CONTENT_LENGTH]
    codings = [line.value for line in special if line.kind & TRANSFER_ENCODING]
    if len(lengths) + len(codings) > 1 or (codings and codings[0].lower() != "chunked"):
        raise Malformed
    options = {
        option.strip().lower()
        for line in special
        if line.kind & CONNECTION and line.lower == "connection"
        for option in line.value.split(",")
    }
    expect = ",".join(line.value for line in special if line.kind & EXPECT).lower()
    hosts = sum(1 for line in special if line.kind & HOST)
    return MessageHead(
        headers,
        ordinary=hosts == 1 and not (lengths or codings or expect or "close" in options),
        length=content_length(lengths[0]) if lengths else NO_LENGTH,
        chunked=bool(codings),
        close="close" in options,
        keep_alive="keep-alive" in options,
        expect=expect,
        hosts=hosts,
    )
