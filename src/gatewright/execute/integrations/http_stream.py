"""HTTP_PROXY with `responseTransferMode: STREAM`: the backend's answer goes on as it comes.

Requests and header rules are those of `http_proxy`; a Content-Length stays what the backend said.
"""

from dataclasses import dataclass

from gatewright.execute.context import RequestContext
from gatewright.execute.headers_memo import HeadersMemo
from gatewright.execute.integrations.http_proxy import HttpProxy, compile_http_proxy, returned_lines
from gatewright.execute.integrations.network_fault import refuse_network_fault
from gatewright.execute.plan import Source
from gatewright.execute.streaming import Streaming, compile_pace, stream_timeout
from gatewright.execute.world import World
from gatewright.values.faults import NetworkFault
from gatewright.values.headers import CONTENT_LENGTH, Headers
from gatewright.values.response import StreamedResponse
from gatewright.values.stream import Pace


@dataclass(frozen=True, slots=True)
class HttpStream:
    """`timeout` in seconds is for the last byte."""

    proxy: HttpProxy
    timeout: float
    pace: Pace

    async def call(self, context: RequestContext, world: World) -> StreamedResponse:
        """Send the request on and return the backend's answer once its head is there. Raises Refusal."""
        proxy = self.proxy
        verb = proxy.verb or context.request.method
        body = context.request.body if proxy.content is None else proxy.content(context.request.body, context)
        head = proxy.head(context, verb, len(body))
        began = world.now()
        try:
            returned = await world.http.stream(proxy.origin, verb, head, body, self.timeout)
        except NetworkFault as fault:
            refuse_network_fault(context, fault, world.now() - began)
        context.integration_status = context.endpoint_status = returned.status
        streaming = Streaming(returned.body, context, began, world.now)
        lines = _RETURNED.of(returned.headers)
        return StreamedResponse(returned.status, lines, streaming, _length(returned.headers), self.pace)


def compile_http_stream(source: Source) -> HttpStream:
    """A streamed HTTP_PROXY integration as configured. Raises InvalidEndpoint and MappingError."""
    return HttpStream(compile_http_proxy(source), stream_timeout(source), compile_pace(source))


def _length(headers: Headers) -> int | None:
    return next((int(line.value) for line in headers if line.kind & CONTENT_LENGTH), None)


def _streamed_lines(headers: Headers) -> tuple[bytes, ...]:
    return returned_lines([line for line in headers if not line.kind & CONTENT_LENGTH])


_RETURNED = HeadersMemo(_streamed_lines)
