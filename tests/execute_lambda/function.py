"""A Lambda service whose answers the test gives, and stages with a Lambda proxy in them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gatewright.execute.plan import RestPlan
from gatewright.values.faults import FunctionFault
from gatewright.values.invocation import InvocationResponse, InvocationStream
from gatewright.values.request import Request
from gatewright.values.response import Response
from gatewright.values.stream import Pipe, whole
from tests.execute.stage import Scene, compiled, method, snapshot

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:GetUser"
LAMBDA_REQUEST_ID = "99999999-8888-4777-8666-555555555555"
Answer = bytes | InvocationResponse | FunctionFault | Pipe


def uri(function_arn: str = FUNCTION) -> str:
    return f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{function_arn}/invocations"


def proxy(**rest: Any) -> dict[str, Any]:
    """A Lambda proxy integration as GetIntegration gives it."""
    return {"type": "AWS_PROXY", "httpMethod": "POST", "uri": uri(), "timeoutInMillis": 29000, **rest}


def stage(path: str = "/users", verb: str = "GET", *, api: Mapping[str, Any] | None = None, **rest: Any) -> RestPlan:
    """A stage with one Lambda proxy method. `api` is of the RestApi, `rest` of the Stage."""
    return compiled(snapshot({path: {verb: method(proxy())}}, **(api or {})), **rest)


@dataclass
class Lambda:
    """Gives one answer to every invocation, and keeps what it was called with."""

    answer: Answer = b"{}"
    calls: list[dict[str, Any]] = field(default_factory=list)

    async def invoke(
        self, function_arn: str, event: bytes, *, source_arn: str | None, timeout: float, trace_id: str
    ) -> InvocationResponse:
        self.calls.append(
            {"arn": function_arn, "event": event, "source": source_arn, "timeout": timeout, "trace": trace_id}
        )
        if isinstance(self.answer, FunctionFault):
            raise self.answer
        if isinstance(self.answer, InvocationResponse):
            return self.answer
        assert isinstance(self.answer, bytes)
        return InvocationResponse(self.answer, "", "$LATEST", LAMBDA_REQUEST_ID)

    async def stream(
        self, function_arn: str, event: bytes, *, source_arn: str | None, timeout: float, trace_id: str
    ) -> InvocationStream:
        """The answer in a stream; a Pipe is what the function writes."""
        if isinstance(self.answer, Pipe):
            self.calls.append({"arn": function_arn, "source": source_arn, "timeout": timeout})
            return InvocationStream(self.answer, "", "$LATEST", LAMBDA_REQUEST_ID, "")
        called = self.invoke(function_arn, event, source_arn=source_arn, timeout=timeout, trace_id=trace_id)
        payload, error, version, request_id = await called
        return InvocationStream(whole(payload), error, version, request_id, "")

    def queue(self, function_arn: str, event: bytes, *, source_arn: str | None, trace_id: str) -> str:
        self.calls.append({"queued": function_arn, "event": event, "source": source_arn, "trace": trace_id})
        if isinstance(self.answer, FunctionFault):
            raise self.answer
        return LAMBDA_REQUEST_ID


class LambdaScene(Scene):
    """A scene with that service."""

    def __init__(self, answer: Answer = b"{}") -> None:
        super().__init__()
        self.functions = Lambda(answer)
        self.world = replace(self.world, functions=self.functions)

    def event(self) -> dict[str, Any]:
        """The event of the last invocation."""
        event: dict[str, Any] = json.loads(self.functions.calls[-1]["event"])
        return event


def answered(answer: Answer, plan: RestPlan, request: Request) -> Response:
    """The response when the function gives `answer`."""
    return LambdaScene(answer).serve(plan, request)
