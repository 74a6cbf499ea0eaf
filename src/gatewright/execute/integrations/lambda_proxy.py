"""AWS_PROXY: the request as an event to a Lambda function, and the function's result as the response.

Developer guide: "Lambda proxy integrations in API Gateway". Whether the function may be called is for the Lambda
service to decide, by the function's policy and the `source_arn` given to it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

import msgspec

from gatewright.execute.binary_media_types import compile_binary_media_types
from gatewright.execute.content_handling import base64_decoded
from gatewright.execute.context import RequestContext
from gatewright.execute.endpoint import InvalidEndpoint, with_stage_variables
from gatewright.execute.gateway_response import (
    CONFIGURATION_FAILURE,
    FUNCTION_FAILED,
    FUNCTION_NOT_PERMITTED,
    INTEGRATION_FAILURE,
    INTEGRATION_TIMEOUT,
    REQUEST_TOO_LARGE,
)
from gatewright.execute.lambda_event import compile_lambda_event
from gatewright.execute.plan import Source
from gatewright.execute.proxy_output import MalformedOutput, ProxyOutput, header_lines, read_output, status_of
from gatewright.execute.timeout import integration_timeout
from gatewright.execute.world import World
from gatewright.values.faults import FunctionFault
from gatewright.values.headers import first
from gatewright.values.invocation import Invocation
from gatewright.values.refusal import Refused, refuse
from gatewright.values.response import Response

LARGEST_EVENT = 6 * 1024 * 1024  # Lambda's quota for the payload of a synchronous invocation, each way
_URI = re.compile(
    r"arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path/2015-03-31/functions/"
    r"(arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+(?::(?:\$LATEST|[A-Za-z0-9_-]+))?)/invocations"
)
# Recorded: mapping one of the first nine makes every request fail. The last two would change how Lambda is called,
# which is not served. Any other mapping has no effect, as on AWS: the event shows what the client sent.
_ILLEGAL = frozenset(
    f"integration.request.header.{name}"
    for name in (
        *("authorization", "connection", "content-length", "expect", "proxy-authenticate", "te"),
        *("transfer-encoding", "x-amzn-trace-id", "x-amzn-apigateway-api-id"),
        *("x-amz-invocation-type", "x-amz-client-context"),
    )
)


class FunctionError(msgspec.Struct):
    """What a runtime reports of an exception."""

    errorMessage: str = ""  # noqa: N815 - Lambda's word


class Fault(NamedTuple):
    """How a fault of the Lambda service looks: the refusal, its own status for the log, and what the log says."""

    row: Refused
    status: int | None
    reason: str


_FAULTS = {
    "not_found": Fault(FUNCTION_FAILED, 404, CONFIGURATION_FAILURE + "Function not found"),
    "not_permitted": Fault(
        FUNCTION_NOT_PERMITTED, 403, CONFIGURATION_FAILURE + "Invalid permissions on Lambda function"
    ),
    "throttled": Fault(
        INTEGRATION_FAILURE._replace(status=500),
        429,
        "Execution failed due to an integration error: Lambda throttled the invocation",
    ),
    "timeout": Fault(INTEGRATION_TIMEOUT, None, "Execution failed due to a timeout error"),
    "request_too_large": Fault(REQUEST_TOO_LARGE, 413, "Execution failed: the event is larger than Lambda accepts"),
    "unavailable": Fault(FUNCTION_FAILED, 500, "Execution failed due to an internal error of the Lambda service"),
}
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor
_error = msgspec.json.Decoder(FunctionError).decode
_MALFORMED = CONFIGURATION_FAILURE + "Malformed Lambda proxy response"


@dataclass(frozen=True, slots=True)
class LambdaProxy:
    """`source_arn` lacks the verb and path, `path` is the resource's."""

    function_arn: str
    source_arn: str
    path: str
    timeout: float
    event: Callable[[RequestContext], bytes]
    is_binary: Callable[[str | None], bool]

    async def call(self, context: RequestContext, world: World) -> Response:
        """Invoke the function and return its response. Raises Refusal."""
        event = self.event(context)
        if len(event) > LARGEST_EVENT:
            _fail(context, _FAULTS["request_too_large"], f"{len(event)} bytes")
        began = world.now()
        try:
            invocation = await world.functions.invoke(
                self.function_arn,
                event,
                source_arn=f"{self.source_arn}{context.request.method}{self.path}",
                timeout=self.timeout,
                trace_id=context.trace_id,
            )
        except FunctionFault as fault:
            context.integration_latency = int((world.now() - began) * 1000)
            _fail(context, _FAULTS[fault.kind], fault.reason)
        context.integration_latency = int((world.now() - began) * 1000)
        context.integration_status = 200
        context.integration_request_id = invocation.request_id
        if invocation.function_error:
            _function_failed(context, invocation)
        return self.response(context, invocation.payload)

    def response(self, context: RequestContext, payload: bytes) -> Response:
        """The client's response from the function's result. Raises Refusal."""
        if len(payload) > LARGEST_EVENT:
            _malformed(context, "the result is larger than 6 MB")
        try:
            output = read_output(payload)
            status = status_of(output)
            lines = header_lines(output, context.trace_id)
        except MalformedOutput as error:
            _malformed(context, str(error))
        context.endpoint_status = status
        return _new(Response, (status, lines, self._body(context, output)))

    def _body(self, context: RequestContext, output: ProxyOutput) -> bytes:
        body = output.body
        if not body:
            return b""
        if output.is_base64_encoded and self.is_binary(first(context.request.headers, "accept")):
            return base64_decoded(body, context)
        return body.encode()


def compile_lambda_proxy(source: Source) -> LambdaProxy:
    """An AWS_PROXY integration as configured. Raises InvalidEndpoint for one that AWS answers with 500."""
    integration = source.integration
    # Recorded: Lambda's Invoke is a POST, and AWS_PROXY with another integration method fails at run time.
    if integration.get("httpMethod") != "POST":
        raise InvalidEndpoint("a Lambda proxy integration needs the integration method POST")
    for target in integration.get("requestParameters") or {}:
        if target.lower() in _ILLEGAL:
            raise InvalidEndpoint(f"{target} may not be mapped")
    uri = _URI.fullmatch(with_stage_variables(integration.get("uri") or "", source.variables))
    if uri is None:
        raise InvalidEndpoint("Invalid endpoint address")
    return LambdaProxy(
        function_arn=uri[1],
        source_arn=f"arn:aws:execute-api:{source.region}:{source.account}:{source.api_id}/{source.stage}/",
        path=source.resource_path,
        timeout=integration_timeout(integration),
        event=compile_lambda_event(source),
        is_binary=compile_binary_media_types(source.binary_media_types),
    )


def _fail(context: RequestContext, fault: Fault, detail: str) -> NoReturn:
    context.integration_status = fault.status
    context.integration_error = fault.reason
    refuse(fault.row, cause=f"{fault.reason}: {detail}")


def _function_failed(context: RequestContext, invocation: Invocation) -> NoReturn:
    try:
        message = _error(invocation.payload).errorMessage
    except (msgspec.DecodeError, RecursionError):
        message = invocation.payload[:200].decode("utf-8", "replace")
    context.integration_error = (
        f"Lambda execution failed with status 200 due to customer function error: {message}."
        f" Lambda request id: {invocation.request_id}"
    )
    refuse(FUNCTION_FAILED, cause=context.integration_error)


def _malformed(context: RequestContext, detail: str) -> NoReturn:
    context.integration_error = _MALFORMED
    refuse(FUNCTION_FAILED, cause=f"{_MALFORMED}: {detail}")
