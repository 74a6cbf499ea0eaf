"""A clock that tests can move, so that quotas, throttles and tokens need not be waited for, and its page.

It is off unless a setting asks for it, and moves what the node itself does by time: other AWS services, and time limits
of requests that are under way, keep the real time.
"""

import time
from collections.abc import Callable

import msgspec

from gatewright.values.request import Request
from gatewright.values.response import Response

PAGE = "/_gatewright/clock"
LATEST = 32_503_680_000.0  # the year 3000: what is counted in days has its bounds
_JSON = b"Content-Type: application/json\r\n"
_ALLOW = b"Allow: GET, POST\r\n"


class Move(msgspec.Struct, forbid_unknown_fields=True):
    """What a client asks for: so many seconds on, or a time in epoch seconds."""

    advance: float | None = None
    set: float | None = None


class VirtualClock:
    """Epoch seconds that go on as real ones do, from where they are set."""

    __slots__ = ("_ahead", "_real")

    def __init__(self, real: Callable[[], float] = time.time) -> None:
        self._real = real
        self._ahead = 0.0

    def __call__(self) -> float:
        """Now."""
        return self._real() + self._ahead

    def move(self, move: Move) -> None:
        """Raises ValueError for a time that no clock shows."""
        if (move.advance is None) == (move.set is None):
            raise ValueError('one of "advance" and "set" is needed')
        wanted = move.set if move.set is not None else self() + (move.advance or 0.0)
        if not 0.0 <= wanted <= LATEST:
            raise ValueError(f"the clock goes from 0 to {LATEST:.0f}")
        self._ahead = wanted - self._real()

    def page(self, request: Request) -> Response:
        """GET tells the time, POST moves it and tells it then."""
        if request.method not in ("GET", "POST"):
            return Response(405, [_JSON, _ALLOW], b'{"message": "GET or POST"}')
        if request.method == "POST":
            try:
                self.move(msgspec.json.decode(request.body, type=Move))
            except ValueError as error:  # msgspec's own are ones, too
                return Response(400, [_JSON], msgspec.json.encode({"message": str(error)}))
        return Response(200, [_JSON], msgspec.json.encode({"now": self()}))
