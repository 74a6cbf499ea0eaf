"""AWS_PROXY: the request as an event to a Lambda function, and the function's result as the response.

Developer guide: "Lambda proxy integrations in API Gateway". Whether the function may be called is for the Lambda
service to decide, by the function's policy and the `source_arn` given to it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from gatewright.execute.binary_media_types import IsBinary, compile_binary_media_types
from gatewright.execute.content_handling import base64_decoded
from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import FUNCTION_FAILED
from gatewright.execute.integrations.lambda_function import (
    INVOKE,
    LARGEST_EVENT,
    MALFORMED,
    LambdaFunction,
    compile_function,
    refuse_function_error,
    refuse_function_fault,
)
from gatewright.execute.lambda_event import compile_lambda_event
from gatewright.execute.plan import Source
from gatewright.execute.proxy_output import MalformedOutput, header_lines, read_output, status_of
from gatewright.execute.timeout import integration_timeout
from gatewright.execute.world import World
from gatewright.values.faults import FunctionFault
from gatewright.values.headers import first
from gatewright.values.refusal import refuse
from gatewright.values.response import Response

# These would change how Lambda is called, which a proxy does not serve. Any other mapping has no effect, as on AWS: the
# event shows what the client sent.
NOT_MAPPED = ("x-amz-invocation-type", "x-amz-client-context")
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor


# What a function's result is for the client. Raises MalformedOutput, and Refusal.
ResponseOf = Callable[[RequestContext, bytes], Response]


@dataclass(frozen=True, slots=True)
class LambdaProxy:
    """A function, what its event is, and what its result is for the client."""

    function: LambdaFunction
    timeout: float
    event: Callable[[RequestContext], bytes]
    response: ResponseOf

    async def call(self, context: RequestContext, world: World) -> Response:
        """Invoke the function and return its response. Raises Refusal."""
        event = self.event(context)
        if len(event) > LARGEST_EVENT:
            refuse_function_fault(context, FunctionFault("request_too_large", f"{len(event)} bytes"))
        began = world.now()
        try:
            invocation = await world.functions.invoke(
                self.function.arn,
                event,
                source_arn=self.function.called_by(context),
                timeout=self.timeout,
                trace_id=context.trace_id,
            )
        except FunctionFault as fault:
            context.integration_latency = int((world.now() - began) * 1000)
            refuse_function_fault(context, fault)
        context.integration_latency = int((world.now() - began) * 1000)
        context.integration_status = 200
        context.integration_request_id = invocation.request_id
        if invocation.function_error:
            refuse_function_error(context, invocation.payload, invocation.request_id)
        payload = invocation.payload
        if len(payload) > LARGEST_EVENT:
            _malformed(context, "the result is larger than 6 MB")
        try:
            response = self.response(context, payload)
        except MalformedOutput as error:
            _malformed(context, str(error))
        context.endpoint_status = response.status
        return response


def compile_lambda_proxy(source: Source) -> LambdaProxy:
    """An AWS_PROXY integration as configured. Raises InvalidEndpoint for one that AWS answers with 500."""
    return LambdaProxy(
        function=compile_function(source, INVOKE, NOT_MAPPED),
        timeout=integration_timeout(source.integration),
        event=compile_lambda_event(source),
        response=_compile_response(compile_binary_media_types(source.binary_media_types)),
    )


def _compile_response(is_binary: IsBinary) -> ResponseOf:
    def response(context: RequestContext, payload: bytes) -> Response:
        output = read_output(payload)
        status = status_of(output)
        lines = header_lines(output, context.trace_id)
        body = output.body
        if not body:
            content = b""
        elif output.is_base64_encoded and is_binary(first(context.request.headers, "accept")):
            content = base64_decoded(body, context)
        else:
            content = body.encode()
        return _new(Response, (status, lines, content))

    return response


def _malformed(context: RequestContext, detail: str) -> NoReturn:
    context.integration_error = MALFORMED
    refuse(FUNCTION_FAILED, cause=f"{MALFORMED}: {detail}")
