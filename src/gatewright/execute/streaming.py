"""Response streaming, `responseTransferMode: STREAM`: what a body in pieces has in common whoever sends it.

Developer guide: "Stream the integration response for your proxy integrations"; "Troubleshoot issues with response
streaming" for what the access log tells.
"""

from collections.abc import Callable

from gatewright.execute.context import RequestContext
from gatewright.execute.plan import Source
from gatewright.execute.timeout import integration_timeout
from gatewright.values.response import Response, StreamedResponse
from gatewright.values.stream import Pace, Stream, StreamBroken

_FREE = 10 * 1024 * 1024
_IDLE = 300.0
_IDLE_AT_EDGE = 30.0
_LONGEST_TEST = 35.0
_SHOWN_IN_TEST = 1_048_576


class Streaming:
    """The body of one response: passes it on, notes in the context what the log tells of it, and says when it is over.

    Times are milliseconds since the integration was called, None when it did not come so far."""

    __slots__ = (
        "_began",
        "_body",
        "_closed",
        "_context",
        "_now",
        "_over",
        "sent",
        "to_all_headers",
        "to_first_content",
    )

    def __init__(self, body: Stream, context: RequestContext, began: float, now: Callable[[], float]) -> None:
        """All headers are there. `began` is in epoch seconds as `now` gives them."""
        self._body = body
        self._context = context
        self._began = began
        self._now = now
        self._over: Callable[[], None] | None = None
        self._closed = False
        self.sent = 0  # bytes
        self.to_all_headers = self._elapsed()
        self.to_first_content: int | None = None
        context.streaming = self
        context.integration_latency = self.to_all_headers

    async def read(self) -> bytes:
        """See Stream."""
        try:
            piece = await self._body.read()
        except StreamBroken as broken:
            if not self._closed:
                self._context.integration_error = f"Execution failed: the response broke off: {broken}"
            raise
        if self.to_first_content is None and piece:
            self.to_first_content = self._elapsed()
        self.sent += len(piece)
        return piece

    def close(self) -> None:
        """See Stream."""
        self._closed = True
        self._body.close()
        over, self._over = self._over, None
        if over is not None:
            self._context.integration_latency = self._elapsed()
            over()

    def when_over(self, over: Callable[[], None]) -> None:
        """Call `over` once: all was sent, or no more will be."""
        self._over = over

    def _elapsed(self) -> int:
        return int((self._now() - self._began) * 1000)


async def gathered(response: StreamedResponse) -> Response:
    """What a test invocation shows of a stream: all of it, or what there is after 35 s or 1 MB."""
    status, headers, body, *_ = response
    pieces: list[bytes] = []
    try:
        while sum(map(len, pieces)) <= _SHOWN_IN_TEST and (piece := await body.read()):
            pieces.append(piece)
    except StreamBroken:
        pass  # its own end was not waited for, or never came
    finally:
        body.close()
    return Response(status, headers, b"".join(pieces))


def compile_pace(source: Source) -> Pace:
    """How a method's streams are sent."""
    return Pace(_IDLE_AT_EDGE if source.endpoint_type == "EDGE" else _IDLE, _FREE, source.network.stream_rate)


def stream_timeout(source: Source) -> float:
    """Seconds from the call to the last byte; a test invocation gives what there is after 35 s."""
    seconds = integration_timeout(source.integration)
    return min(seconds, _LONGEST_TEST) if source.in_test else seconds
