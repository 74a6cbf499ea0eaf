"""A response as the gateway means it; `wire` adds framing, Date and Connection."""

from collections.abc import Sequence
from typing import NamedTuple


class Response(NamedTuple):
    """`headers` are whole lines ending in CRLF, without Content-Length, Transfer-Encoding, Connection or Date.

    Only an answer to HEAD may have its own Content-Length: the length a GET would have.
    """

    status: int
    headers: Sequence[bytes]
    body: bytes
