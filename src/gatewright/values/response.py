"""A response as the gateway means it; `wire` adds framing, Date and Connection."""

from collections.abc import Sequence
from typing import NamedTuple, final

from gatewright.values.session import Session
from gatewright.values.stream import Pace, Stream


class Response(NamedTuple):
    """`headers` are whole lines ending in CRLF, without Content-Length, Transfer-Encoding, Connection or Date.

    Only an answer to HEAD may have its own Content-Length: the length a GET would have.
    """

    status: int
    headers: Sequence[bytes]
    body: bytes


@final
class StreamedResponse(NamedTuple):
    """A response whose body comes in pieces. `headers` as above; `length` is the Content-Length if it is known.

    Whoever gets one sends it, or reads it, and closes its body."""

    status: int
    headers: Sequence[bytes]
    body: Stream
    length: int | None
    pace: Pace


@final
class Upgraded(NamedTuple):
    """101: the connection is a WebSocket from here on, and `session` its other end. `headers` as above."""

    headers: Sequence[bytes]
    session: Session


AnyResponse = Response | StreamedResponse
Answer = AnyResponse | Upgraded
"""What a connection may be told to send."""
