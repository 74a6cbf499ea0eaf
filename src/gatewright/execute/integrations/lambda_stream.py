"""AWS_PROXY with `responseTransferMode: STREAM`: the request as an event, and what the function writes as it writes it.

A function's stream begins with its metadata, JSON, and eight NUL bytes; all after them is the body. Developer guide:
"Set up a Lambda proxy integration with payload response streaming".
"""

from collections.abc import Callable
from dataclasses import dataclass

from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR
from gatewright.execute.integrations.lambda_function import (
    LARGEST_EVENT,
    MALFORMED,
    STREAM,
    LambdaFunction,
    compile_function,
    refuse_function_error,
    refuse_function_fault,
)
from gatewright.execute.integrations.lambda_proxy import NOT_MAPPED
from gatewright.execute.lambda_event import compile_lambda_event
from gatewright.execute.plan import Source
from gatewright.execute.proxy_output import (
    METADATA_END,
    MalformedOutput,
    cookie_lines,
    framing_of,
    header_lines,
    read_metadata,
    status_of,
)
from gatewright.execute.streaming import Streaming, compile_pace, stream_timeout
from gatewright.execute.world import World
from gatewright.values.faults import FunctionFault
from gatewright.values.refusal import refuse
from gatewright.values.response import StreamedResponse
from gatewright.values.stream import Pace, Pipe, StreamBroken

METADATA_LIMIT = 16_384  # bytes, delimiter included


@dataclass(frozen=True, slots=True)
class LambdaStream:
    """`timeout` in seconds is for the last byte."""

    function: LambdaFunction
    timeout: float
    event: Callable[[RequestContext], bytes]
    pace: Pace

    async def call(self, context: RequestContext, world: World) -> StreamedResponse:
        """Invoke the function and return its response once its metadata is there. Raises Refusal."""
        event = self.event(context)
        if len(event) > LARGEST_EVENT:
            refuse_function_fault(context, FunctionFault("request_too_large", f"{len(event)} bytes"))
        began = world.now()
        try:
            invocation = await world.functions.stream(
                self.function.arn,
                event,
                source_arn=self.function.called_by(context),
                timeout=self.timeout,
                trace_id=context.trace_id,
            )
            context.integration_status = 200
            context.integration_request_id = invocation.request_id
            if invocation.function_error:
                refuse_function_error(context, await invocation.payload.read(), invocation.request_id)
            metadata = await _metadata(invocation.payload)
            return self._response(metadata, invocation.payload, context, began, world)
        except FunctionFault as fault:
            refuse_function_fault(context, fault)
        except StreamBroken as broken:
            if world.now() - began >= self.timeout:
                refuse_function_fault(context, FunctionFault("timeout", str(broken)))
            # A function that fails before its metadata is there has failed as one that does not stream.
            refuse_function_error(context, str(broken).encode(), invocation.request_id)
        except MalformedOutput as error:
            invocation.payload.close()  # the function runs on
            context.integration_error = MALFORMED
            refuse(API_CONFIGURATION_ERROR, cause=f"{MALFORMED}: {error}")
        finally:
            context.integration_latency = int((world.now() - began) * 1000)

    def _response(
        self, metadata: bytes, body: Pipe, context: RequestContext, began: float, world: World
    ) -> StreamedResponse:
        """Raises MalformedOutput."""
        output = read_metadata(metadata)
        status, length = status_of(output), framing_of(output)
        lines = [*header_lines(output, context.trace_id), *cookie_lines(output)]
        context.endpoint_status = status
        return StreamedResponse(status, lines, Streaming(body, context, began, world.now), length, self.pace)


def compile_lambda_stream(source: Source) -> LambdaStream:
    """A streamed AWS_PROXY integration as configured. Raises InvalidEndpoint for one that AWS answers with 500."""
    return LambdaStream(
        function=compile_function(source, STREAM, NOT_MAPPED),
        timeout=stream_timeout(source),
        event=compile_lambda_event(source),
        pace=compile_pace(source),
    )


async def _metadata(payload: Pipe) -> bytes:
    """What comes before the delimiter; what follows stays to be read. Raises MalformedOutput and StreamBroken."""
    begun = b""
    while (end := begun.find(METADATA_END, 0, METADATA_LIMIT)) < 0:
        piece = await payload.read() if len(begun) < METADATA_LIMIT else b""
        if not piece:
            raise MalformedOutput(f"no metadata and delimiter in the first {METADATA_LIMIT} bytes")
        begun += piece
    payload.unread(begun[end + len(METADATA_END) :])
    return begun[:end]
