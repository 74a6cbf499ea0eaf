"""The execution log of one request, in the lines API Gateway writes to CloudWatch and returns from TestInvokeMethod.

The lines about the endpoint are noted by `recording`, a World that passes everything on to another one, so that
integrations know nothing of logs.
Developer guide: "CloudWatch log formats for API Gateway"; the wording is that of recorded test invocations.
"""

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from time import gmtime
from typing import Any

from gatewright.execute.context import RequestContext
from gatewright.execute.world import (
    Functions,
    HttpClient,
    Origin,
    Returned,
    ReturnedStream,
    ServiceCall,
    Services,
    World,
)
from gatewright.values.headers import pairs
from gatewright.values.invocation import InvocationResponse, InvocationStream

LONGEST_LINE = 1024  # recorded: 998 characters of the endpoint's headers, and the 26 of the words before them
_TRUNCATED = " [TRUNCATED]"
_CREDENTIALS = frozenset({"authorization", "x-api-key", "x-amz-security-token"})
_SHOWN = 6  # characters of a credential
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(slots=True)
class ExecutionLog:
    """Collects lines; `text` is the whole log. `function_result` is what a Lambda function gave, None without one."""

    world: World
    request_id: str
    lines: list[str] = field(default_factory=list)
    function_result: bytes | None = None

    def add(self, line: str) -> None:
        """One line, without its time. What is longer than AWS writes is cut."""
        if len(line) > LONGEST_LINE:
            line = line[:LONGEST_LINE] + _TRUNCATED
        self.lines.append(f"{timestamp(self.world.now())} : {line}")

    def endpoint(self, uri: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        """What is sent to the integration endpoint."""
        self.add(f"Endpoint request URI: {uri}")
        self.add(f"Endpoint request headers: {braced(masked(headers))}")
        self.add(f"Endpoint request body after transformations: {body.decode('utf-8', 'replace')}")
        self.add(f"Sending request to {uri}")

    def received(self, status: int, began: float, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        """What the integration endpoint answered."""
        latency = int((self.world.now() - began) * 1000)
        self.add(f"Received response. Status: {status}, Integration latency: {latency} ms")
        self.add(f"Endpoint response headers: {braced(headers)}")
        self.add(f"Endpoint response body before transformations: {body.decode('utf-8', 'replace')}")

    def text(self) -> str:
        """All lines, each ended by a newline."""
        return "\n".join([f"Execution log for request {self.request_id}", *self.lines, ""])


def recording(world: World, log: ExecutionLog, context: RequestContext) -> World:
    """`world`, but what goes to backends and functions, and what they answer, is noted in `log`."""
    return replace(
        world,
        http=_Http(world.http, log),
        functions=_Lambda(world.functions, log, context),
        services=_Services(world.services, log),
    )


def braced(values: Iterable[tuple[str, str]] | Mapping[str, str]) -> str:
    """Names and values as AWS prints maps: `{a=b, c=d}`."""
    items = values.items() if isinstance(values, Mapping) else values
    return "{" + ", ".join(f"{name}={value}" for name, value in items) + "}"


def masked(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Headers with stars for all but the last characters of a credential."""
    return [(name, stars(value) if name.lower() in _CREDENTIALS else value) for name, value in headers]


def stars(value: str) -> str:
    """A credential as the log shows it: stars for all but its last characters."""
    hidden = len(value) - _SHOWN if len(value) > _SHOWN else len(value)
    return "*" * hidden + value[hidden:]


def invocation_sent(
    log: ExecutionLog,
    context: RequestContext,
    function_arn: str,
    event: bytes,
    source_arn: str | None,
    more: Mapping[str, str] | None = None,
) -> None:
    """Note the call of a function; `more` are further headers of it, `source_arn` is None when a role calls."""
    api_id = context.plan.api_id
    uri = f"https://lambda.{function_arn.split(':')[3]}.amazonaws.com/2015-03-31/functions/{function_arn}/invocations"
    headers = {
        "x-amzn-lambda-integration-tag": context.request_id,
        "x-amzn-apigateway-api-id": api_id,
        **({} if source_arn is None else {"X-Amz-Source-Arn": source_arn}),
        **(more or {}),
        "Accept": "application/json",
        "User-Agent": f"AmazonAPIGateway_{api_id}",
        "X-Amzn-Trace-Id": context.trace_id,
    }
    log.endpoint(uri, headers.items(), event)


def timestamp(seconds: float) -> str:
    """Epoch seconds as `Tue Jun 11 03:30:06 UTC 2024`. English whatever the locale."""
    at = gmtime(seconds)
    clock = f"{at.tm_hour:02d}:{at.tm_min:02d}:{at.tm_sec:02d}"
    return f"{_DAYS[at.tm_wday]} {_MONTHS[at.tm_mon - 1]} {at.tm_mday:02d} {clock} UTC {at.tm_year}"


@dataclass(frozen=True, slots=True)
class _Http:
    http: HttpClient
    log: ExecutionLog

    def stream(self, *request: Any, **options: Any) -> Awaitable[ReturnedStream]:
        return self.http.stream(*request, **options)  # AWS writes no execution log of streams

    def forward(self, *request: Any, **options: Any) -> Awaitable[Returned | ReturnedStream]:
        return self.http.forward(*request, **options)  # nor of HTTP APIs

    async def send(self, origin: Origin, method: str, head: bytes, body: bytes, timeout: float) -> Returned:
        request_line, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        target = request_line.decode("latin-1").split(" ")[1]
        headers = pairs(lines)
        host = next((value for name, value in headers if name.lower() == "host"), origin.host)
        self.log.endpoint(f"{'https' if origin.tls else 'http'}://{host}{target}", headers, body)
        began = self.log.world.now()
        returned = await self.http.send(origin, method, head, body, timeout)
        answered = [(line.name, line.value) for line in returned.headers]
        self.log.received(returned.status, began, answered, returned.body)
        return returned


@dataclass(frozen=True, slots=True)
class _Lambda:
    functions: Functions
    log: ExecutionLog
    context: RequestContext

    def stream(self, *request: Any, **options: Any) -> Awaitable[InvocationStream]:
        return self.functions.stream(*request, **options)

    async def invoke(
        self, function_arn: str, event: bytes, *, source_arn: str | None, timeout: float, trace_id: str
    ) -> InvocationResponse:
        invocation_sent(self.log, self.context, function_arn, event, source_arn)
        began = self.log.world.now()
        invocation = await self.functions.invoke(
            function_arn, event, source_arn=source_arn, timeout=timeout, trace_id=trace_id
        )
        answered = {
            "Content-Type": "application/json",
            "Content-Length": str(len(invocation.payload)),
            "x-amzn-RequestId": invocation.request_id,
            "x-amzn-Remapped-Content-Length": "0",
            "X-Amz-Executed-Version": invocation.executed_version,
        }
        if invocation.function_error:
            answered["X-Amz-Function-Error"] = invocation.function_error
        self.log.received(200, began, answered.items(), invocation.payload)
        self.log.function_result = invocation.payload
        return invocation

    def queue(self, function_arn: str, event: bytes, *, source_arn: str | None, trace_id: str) -> str:
        invocation_sent(self.log, self.context, function_arn, event, source_arn, {"X-Amz-Invocation-Type": "Event"})
        began = self.log.world.now()
        request_id = self.functions.queue(function_arn, event, source_arn=source_arn, trace_id=trace_id)
        self.log.received(202, began, [("Content-Length", "0"), ("x-amzn-RequestId", request_id)], b"")
        return request_id


@dataclass(frozen=True, slots=True)
class _Services:
    services: Services
    log: ExecutionLog

    async def call(self, call: ServiceCall, *, timeout: float) -> Returned:
        self.log.endpoint(f"https://{call.host}{call.target}", call.headers, call.body)
        began = self.log.world.now()
        returned = await self.services.call(call, timeout=timeout)
        answered = [(line.name, line.value) for line in returned.headers]
        self.log.received(returned.status, began, answered, returned.body)
        return returned
