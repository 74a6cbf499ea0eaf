"""HTTP_PROXY of an HTTP API: the whole request goes to an HTTP backend, and its whole answer to the client.

A private integration's backend is a listener or a Cloud Map service, found by its ARN. A body that comes without its
length is passed on as it comes, such as server-sent events.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html and -private.html
"""

from dataclasses import dataclass
from typing import NamedTuple

from gatewright.execute.context import RequestContext
from gatewright.execute.headers_memo import HeadersMemo
from gatewright.execute.http.forwarded import forwarded_before, forwarded_line
from gatewright.execute.http.returned_header import is_returned
from gatewright.execute.http.target import compile_route_target, route_endpoint
from gatewright.execute.integrations.http_proxy import HttpProxy
from gatewright.execute.integrations.http_target import Target
from gatewright.execute.integrations.network_fault import refuse_network_fault
from gatewright.execute.parameter_mapping import is_hidden
from gatewright.execute.plan import Source
from gatewright.execute.streaming import Streaming
from gatewright.execute.timeout import HTTP_API_MILLIS, integration_timeout
from gatewright.execute.world import ReturnedStream, World
from gatewright.values.faults import NetworkFault
from gatewright.values.headers import CONTENT_LENGTH, FORWARDED, HIDDEN, HOST, TRACE, Headers
from gatewright.values.request import WITH_BODY
from gatewright.values.response import AnyResponse, Response, StreamedResponse
from gatewright.values.stream import Pace

VIA = "HTTP/1.1 AmazonAPIGateway"  # as backends on AWS see it (expressjs/session issue 886)
_REWRITTEN = frozenset({"forwarded", "x-forwarded-host"})
_MAP_HOST = frozenset({"overwrite:header.host", "append:header.host"})
_NOT_PASSED = HIDDEN | HOST | FORWARDED | TRACE
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor


@dataclass(frozen=True, slots=True)
class HttpApiProxy:
    """`pace` is that of bodies in pieces; `is_read`: parameter mapping reads the body, so it must be whole."""

    proxy: HttpProxy
    pace: Pace
    is_read: bool = False

    async def call(self, context: RequestContext, world: World) -> AnyResponse:
        """Send the request on and return the backend's answer, whole or as it comes. Raises Refusal."""
        proxy, body = self.proxy, context.request.body
        verb = proxy.verb or context.request.method
        head = proxy.head(context, verb, len(body))
        send = world.http.send if self.is_read else world.http.forward
        began = world.now()
        try:
            returned = await send(proxy.origin, verb, head, body, proxy.timeout)
        except NetworkFault as fault:
            refuse_network_fault(context, fault, world.now() - began)
        status = context.integration_status = context.endpoint_status = returned.status
        lines = proxy.returned(returned.headers)
        if type(returned) is ReturnedStream:
            streaming = Streaming(returned.body, context, began, world.now)
            return StreamedResponse(status, lines, streaming, None, self.pace)
        context.integration_latency = int((world.now() - began) * 1000)
        if verb == "HEAD" == context.request.method:  # the one answer that may tell a length it has not
            lines += tuple(line.raw for line in returned.headers if line.kind & CONTENT_LENGTH)
        return _new(Response, (status, lines, returned.body))


@dataclass(frozen=True, slots=True)
class RouteHead:
    """The head for the backend. `host` is its Host header, "" for the client's; parameter mapping may change it where
    `is_host_mapped`."""

    target: Target
    host: str
    is_host_mapped: bool = False

    def __call__(self, context: RequestContext, verb: str, length: int) -> bytes:
        """Of a request whose body has so many bytes."""
        request = context.request
        # What was mapped comes once: it has no place among what is remembered.
        read = _passed if request.headers is context.received.headers else _read
        forwarded, via, passed = read(request.headers)
        called = context.read.host
        host = (self.is_host_mapped and _mapped_host(context)) or self.host or called
        own = (
            f"{verb} {self.target(context)} HTTP/1.1\r\nHost: {host}\r\n"
            f"{forwarded_line(forwarded, request.source_ip, called, request.scheme)}{via}"
            f"X-Amzn-Trace-Id: {context.trace_id}\r\n"
        )
        if length or verb in WITH_BODY:
            own += f"Content-Length: {length}\r\n"
        return b"%b%b\r\n" % (own.encode("latin-1"), passed)


def compile_http_api_proxy(source: Source) -> HttpApiProxy:
    """An HTTP_PROXY integration of a route. Raises InvalidEndpoint and other ValueErrors."""
    endpoint = route_endpoint(source)
    timeout = integration_timeout(source.integration, HTTP_API_MILLIS)
    responses = source.integration.get("responseParameters") or {}
    mapped = {target.lower() for target in source.integration.get("requestParameters") or ()}
    head = RouteHead(compile_route_target(endpoint, source), endpoint.host, bool(mapped & _MAP_HOST))
    proxy = HttpProxy(endpoint.origin, source.integration_verb, head, _returned, None, timeout)
    mapped_values = [text for changes in responses.values() for text in changes.values()]
    return HttpApiProxy(proxy, Pace(timeout), any("response.body" in text for text in mapped_values))


def _mapped_host(context: RequestContext) -> str:
    """The Host that parameter mapping gave the request, "" when its value could not be had."""
    theirs = {id(line) for line in context.received.headers}
    return next((line.value for line in context.request.headers if line.kind & HOST and id(line) not in theirs), "")


class _Passed(NamedTuple):
    """What one head makes of the backend's: the elements of Forwarded, the line Via, and what goes on as it came."""

    forwarded: str
    via: str
    lines: bytes


def _read(headers: Headers) -> _Passed:
    passed: list[bytes] = []
    via = ""
    for line in headers:
        if line.lower == "via":
            via += line.value + ", "
        elif not (line.kind & _NOT_PASSED or line.lower in _REWRITTEN or is_hidden(line)):
            passed.append(line.raw)
    return _Passed(forwarded_before(headers), f"Via: {via}{VIA}\r\n", b"".join(passed))


def _returned_lines(headers: Headers) -> tuple[bytes, ...]:
    """The header lines of a backend as the client gets them."""
    return tuple(line.raw for line in headers if is_returned(line.lower, line.kind))


_passed = HeadersMemo(_read).of
_returned = HeadersMemo(_returned_lines).of
