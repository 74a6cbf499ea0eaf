"""What the server's side of HTTP/1.1 reports of the bytes that a client sent."""

from typing import NamedTuple

from gatewright.values.headers import Headers
from gatewright.values.response import Response
from gatewright.wire.request_line import RequestLine


class RequestReceived(NamedTuple):
    """One whole request. `target` is in origin form (or "*"), `path` and `query` its halves."""

    line: RequestLine
    headers: Headers
    body: bytes

    @property
    def method(self) -> str:
        return self.line.method

    @property
    def target(self) -> str:
        return self.line.target

    @property
    def path(self) -> str:
        return self.line.path

    @property
    def query(self) -> str:
        return self.line.query

    @property
    def version(self) -> str:
        return self.line.version


class Refuse(NamedTuple):
    """What came cannot be served: `send(response, date)`, then close. Nothing more is read.

    `request` is the one whose body is too large, without it: whom it is for may have words of its own."""

    response: Response
    request: RequestReceived | None = None


class Continue(NamedTuple):
    """The client waits before it sends its body: write `data` at once."""

    data: bytes


Event = RequestReceived | Refuse | Continue
