"""HTTP_PROXY: the request goes to an HTTP backend, and its answer to the client, with AWS's header rules both ways.

Everything but the client's own lines is put together when the stage is compiled. Developer guide: "HTTP proxy
integrations", "API Gateway important notes" (remapped headers).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gatewright.execute.access_log_variables import BY_PROTOCOL
from gatewright.execute.content_handling import compile_request_content
from gatewright.execute.context import RequestContext
from gatewright.execute.endpoint import integration_endpoint
from gatewright.execute.headers_memo import HeadersMemo
from gatewright.execute.integrations.http_target import Target, compile_proxy_target
from gatewright.execute.integrations.network_fault import refuse_network_fault
from gatewright.execute.mapped_header import is_sent, mapped_line
from gatewright.execute.parameter_mapping import RequestParameter, compile_request_parameters
from gatewright.execute.plan import Source
from gatewright.execute.timeout import integration_timeout
from gatewright.execute.world import Origin, World
from gatewright.values.faults import NetworkFault
from gatewright.values.headers import (
    ACCEPT,
    CONTENT_ENCODING,
    CONTENT_TYPE,
    NOT_RETURNED,
    REMAPPED,
    USER_AGENT,
    Headers,
    last,
)
from gatewright.values.request import WITH_BODY
from gatewright.values.response import Response

Overlay = Callable[[bytes, RequestContext], bytes]
Head = Callable[[RequestContext, str, int], bytes]

_CHANGED_ON_RETURN = REMAPPED | NOT_RETURNED
_HAVE_DEFAULTS = ACCEPT | USER_AGENT
_PORTS = {"http": "80", "https": "443"}
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor


@dataclass(frozen=True, slots=True)
class HttpProxy:
    """`verb` "" means the client's. `head` writes the whole head for the backend, request line to empty line, of a
    context, the verb and the length of the body; `returned` gives the client's header lines of the backend's.

    `content` makes the backend's body of the client's, None when it goes on as it came."""

    origin: Origin
    verb: str
    head: Head
    returned: Callable[[Headers], tuple[bytes, ...]]
    content: Callable[[bytes, RequestContext], bytes] | None
    timeout: float

    async def call(self, context: RequestContext, world: World) -> Response:
        """Send the request on and return the backend's answer. Raises Refusal."""
        verb = self.verb or context.request.method
        body = context.request.body
        if self.content is not None:
            body = self.content(body, context)
        head = self.head(context, verb, len(body))
        began = world.now()
        try:
            returned = await world.http.send(self.origin, verb, head, body, self.timeout)
        except NetworkFault as fault:
            refuse_network_fault(context, fault, world.now() - began)
        context.integration_latency = int((world.now() - began) * 1000)
        context.integration_status = context.endpoint_status = returned.status
        return _new(Response, (returned.status, self.returned(returned.headers), returned.body))


@dataclass(frozen=True, slots=True)
class RestHead:
    """The head for the backend of a REST API. `own` are the gateway's lines, by which of Accept, User-Agent the client
    sent."""

    target: Target
    host: str
    own: dict[int, str]
    overlay: Overlay | None

    def __call__(self, context: RequestContext, verb: str, length: int) -> bytes:
        """Of a request whose body has so many bytes."""
        request = context.request
        read = context.read
        own = (
            f"{verb} {self.target(context)} HTTP/1.1\r\nHost: {self.host}\r\n"
            f"X-Forwarded-For: {read.forwarded_for}{request.source_ip}\r\n{_port_and_proto(request.scheme, read.host)}"
            f"X-Amzn-Trace-Id: {context.trace_id}\r\n{self.own[read.kinds & _HAVE_DEFAULTS]}"
            f"{_framing(verb, length, read.kinds)}"
        )
        head = b"%b%b\r\n" % (own.encode("latin-1"), read.passed)
        return head if self.overlay is None else self.overlay(head, context)


def compile_http_proxy(source: Source) -> HttpProxy:
    """An HTTP_PROXY integration as configured. Raises InvalidEndpoint and MappingError."""
    integration = source.integration
    parameters = compile_request_parameters(
        integration.get("requestParameters") or {}, source.variables, BY_PROTOCOL[source.protocol]
    )
    endpoint = integration_endpoint(source)
    return HttpProxy(
        origin=endpoint.origin,
        verb=source.integration_verb,
        head=RestHead(
            compile_proxy_target(endpoint, parameters),
            endpoint.host,
            _own_lines(source.api_id),
            _compile_overlay(parameters),
        ),
        returned=_returned,
        content=_compile_content(source),
        timeout=integration_timeout(integration),
    )


def _compile_content(source: Source) -> Callable[[bytes, RequestContext], bytes] | None:
    """Developer guide: "If this property is not defined, the request payload will be passed through"."""
    handling = source.integration.get("contentHandling")
    if handling is None:
        return None
    content = compile_request_content(handling, source.binary_media_types)

    def converted(body: bytes, context: RequestContext) -> bytes:
        made = content.of(body, last(context.request.headers, "content-type"), context)
        return made if isinstance(made, bytes) else made.encode()

    return converted


def _compile_overlay(parameters: Sequence[RequestParameter]) -> Overlay | None:
    """The function that puts mapped headers into a request head, in place of those of the same name; None without any.

    Raises IllegalHeader."""
    headers = [
        (one.name, one.values) for one in parameters if one.location == "header" and is_sent(one.name, "HTTP_PROXY")
    ]
    if not headers:
        return None

    def overlay(head: bytes, context: RequestContext) -> bytes:
        mapped = [(name, values(context)) for name, values in headers]
        names = {name.lower().encode() for name, values in mapped if values}
        first, *lines = head[:-2].splitlines(keepends=True)
        kept = [line for line in lines if line.partition(b":")[0].lower() not in names]
        added = [mapped_line(name, value) for name, values in mapped for value in values]
        return b"".join((first, *kept, *added, b"\r\n"))

    return overlay


@lru_cache(maxsize=128)
def _own_lines(api_id: str) -> dict[int, str]:
    defaults = {ACCEPT: "Accept: application/json\r\n", USER_AGENT: f"User-Agent: AmazonAPIGateway_{api_id}\r\n"}
    name = f"X-Amzn-Apigateway-Api-Id: {api_id}\r\n"
    return {
        seen: "".join(line for kind, line in defaults.items() if not seen & kind) + name
        for seen in (0, ACCEPT, USER_AGENT, _HAVE_DEFAULTS)
    }


def _framing(verb: str, length: int, kinds: int) -> str:
    if length:
        typed = "" if kinds & CONTENT_TYPE else "Content-Type: application/json\r\n"
        return f"{typed}Content-Length: {length}\r\n"
    return "Content-Length: 0\r\n" if verb in WITH_BODY else ""


@lru_cache(maxsize=256)
def _port_and_proto(scheme: str, host: str) -> str:
    """What the client reached, as front layers of AWS tell it. `host` is the Host header."""
    name, colon, port = host.rpartition(":")
    if not (colon and name and port.isdigit()):
        port = _PORTS.get(scheme, "443")
    return f"X-Forwarded-Port: {port}\r\nX-Forwarded-Proto: {scheme}\r\n"


def returned_lines(headers: Headers) -> tuple[bytes, ...]:
    """The header lines of a backend as the client gets them."""
    lines: list[bytes] = []
    for line in headers:
        kind = line[4]
        if kind & _CHANGED_ON_RETURN:
            if kind & REMAPPED:
                lines.append(b"x-amzn-Remapped-" + line[0])
            elif kind & CONTENT_ENCODING:
                lines.append(line[0])  # the body goes on as it came, so what it is coded in must be told
        else:
            lines.append(line[0])
    return tuple(lines)


_returned = HeadersMemo(returned_lines).of
