"""AWS with a Lambda function: the event is what the request template makes, the answer what the responses make of it.

A function's error is an answer like any other: its `errorMessage` is what selects the integration response. Developer
guide: "Lambda custom integrations in API Gateway", "Set up asynchronous invocation of the backend Lambda function",
"Handle Lambda errors in API Gateway".
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE
from gatewright.execute.integration_request import IntegrationRequest, compile_integration_request
from gatewright.execute.integration_response import IntegrationResponses, compile_integration_responses
from gatewright.execute.integrations.lambda_function import (
    INVOKE,
    LambdaFunction,
    compile_function,
    error_line,
    error_message,
    refuse_function_fault,
)
from gatewright.execute.plan import Source
from gatewright.execute.timeout import integration_timeout
from gatewright.execute.world import Returned, World
from gatewright.values.faults import FunctionFault
from gatewright.values.headers import Headers
from gatewright.values.refusal import refuse
from gatewright.values.response import Response
from gatewright.wire.header_lines import read_header_line

INVOCATION_TYPE = "x-amz-invocation-type"
EVENT = "Event"


@dataclass(frozen=True, slots=True)
class LambdaCustom:
    """A function between an integration request and integration responses."""

    function: LambdaFunction
    request: IntegrationRequest
    responses: IntegrationResponses
    timeout: float

    async def call(self, context: RequestContext, world: World) -> Response:
        """Invoke the function, or queue its event, and return the integration response. Raises Refusal."""
        request = await self.request.built(context, world)
        event = request.body or b"{}"
        kind = next((value for name, value in reversed(request.headers) if name.lower() == INVOCATION_TYPE), "")
        _check(event, kind, context)
        began = world.now()
        try:
            answer = await (self._queue if kind == EVENT else self._invoke)(event, context, world)
        except FunctionFault as fault:
            context.integration_latency = int((world.now() - began) * 1000)
            refuse_function_fault(context, fault)
        context.integration_latency = int((world.now() - began) * 1000)
        context.integration_status = context.endpoint_status = answer.status
        return await self.responses.selected(_selection(answer.body)).answer(
            context, answer.headers, answer.body, world
        )

    async def _invoke(self, event: bytes, context: RequestContext, world: World) -> Returned:
        invocation = await world.functions.invoke(
            self.function.arn,
            event,
            source_arn=self.function.called_by(context),
            timeout=self.timeout,
            trace_id=context.trace_id,
        )
        context.integration_request_id = invocation.request_id
        headers = {
            "Content-Type": "application/json",
            "x-amzn-RequestId": invocation.request_id,
            "X-Amz-Executed-Version": invocation.executed_version,
        }
        if invocation.function_error:
            headers["X-Amz-Function-Error"] = invocation.function_error
            context.integration_error = error_line(invocation.payload, invocation.request_id)
        return Returned(200, _lines(headers), invocation.payload)

    async def _queue(self, event: bytes, context: RequestContext, world: World) -> Returned:
        source_arn = self.function.called_by(context)
        request_id = world.functions.queue(self.function.arn, event, source_arn=source_arn, trace_id=context.trace_id)
        context.integration_request_id = request_id
        return Returned(202, _lines({"x-amzn-RequestId": request_id}), b"")


def compile_lambda_custom(source: Source) -> LambdaCustom:
    """An AWS integration with a Lambda function. Raises InvalidEndpoint and other ValueErrors."""
    return LambdaCustom(
        function=compile_function(source, INVOKE),
        request=compile_integration_request(source),
        responses=compile_integration_responses(source),
        timeout=integration_timeout(source.integration),
    )


def _check(event: bytes, kind: str, context: RequestContext) -> None:
    """Refuse what Lambda answers with 400 InvalidRequestContentException or InvalidParameterValueException."""
    try:
        if kind not in ("", EVENT, "RequestResponse"):
            raise ValueError(f"unknown invocation type {kind[:64]}")
        msgspec.json.decode(event)
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
        context.integration_status = 400
        context.integration_error = f"{CONFIGURATION_FAILURE}Lambda invocation failed with status: 400"
        refuse(API_CONFIGURATION_ERROR, cause=f"{context.integration_error}: {error}")


def _selection(payload: bytes) -> str:
    """What the integration responses of a function are chosen by: "" for whatever is no error."""
    return (error_message(payload) or "") if b'"errorMessage"' in payload else ""


def _lines(headers: Mapping[str, str]) -> Headers:
    return tuple(read_header_line(f"{name}: {value}".encode("latin-1", "replace")) for name, value in headers.items())
