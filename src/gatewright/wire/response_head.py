"""The head of a response and what it says about its body: RFC 9112 section 6.3.

As strict as for requests: what two readers could frame differently is no answer.
"""

from typing import NamedTuple

from gatewright.values.headers import HeaderLine
from gatewright.wire.malformed import Malformed
from gatewright.wire.message_head import MessageHead
from gatewright.wire.status_line import StatusLine


class ResponseHead(NamedTuple):
    """`length` is UNTIL_CLOSE when nothing else tells where the body ends; `keeps`: the connection stays."""

    status: int
    headers: tuple[HeaderLine, ...]
    length: int
    chunked: bool
    keeps: bool


UNTIL_CLOSE = -1
_BODILESS = (204, 304)
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor


def response_head(line: StatusLine, head: MessageHead) -> ResponseHead:
    """Join the two. Raises Malformed on a transfer coding that HTTP/1.0 does not have, and on a change of protocol."""
    if (head.chunked and line.old) or line.status == 101:
        raise Malformed
    bodiless = line.status < 200 or line.status in _BODILESS
    length = 0 if bodiless else head.length
    keeps = not head.close and (head.keep_alive or not line.old)
    return _new(ResponseHead, (line.status, head.headers, length, head.chunked and not bodiless, keeps))
