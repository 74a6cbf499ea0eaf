"""A response as the gateway means it; `wire` adds framing, Date and Connection."""

from collections.abc import Sequence
from typing import NamedTuple, final

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


AnyResponse = Response | StreamedResponse
