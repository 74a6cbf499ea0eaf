"""Invoking a function through the Lambda API, its answer given as it comes: as events, one per piece, and a last one.

https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
"""

from base64 import b64encode

import msgspec

from gatewright.aws.call import Call
from gatewright.aws.event_stream import event
from gatewright.functions.function_name import reference
from gatewright.functions.invocation import Outcome
from gatewright.functions.operations.invoke import accepted_event, fault_error
from gatewright.functions.service import LambdaService
from gatewright.values.faults import FunctionFault
from gatewright.values.records import Document
from gatewright.values.stream import Stream, StreamBroken, whole


class Events:
    """A Stream of the events of an answer; `error` is what a function answered that failed before its first piece."""

    __slots__ = ("_body", "_error", "_log_result", "_over")

    def __init__(self, body: Stream, error: bytes, log_result: str | None) -> None:
        self._body = body
        self._error = error
        self._log_result = log_result
        self._over = False

    async def read(self) -> bytes:
        """See Stream. A body that breaks off is told in the last event."""
        if self._over:
            return b""
        details = self._error.decode("utf-8", "replace")
        try:
            piece = await self._body.read()
            if piece:
                return event("PayloadChunk", piece, "application/octet-stream")
        except StreamBroken as broken:
            details = str(broken)
        self._over = True
        last = {"ErrorCode": "Unhandled", "ErrorDetails": details} if details else {}
        if self._log_result is not None:
            last["LogResult"] = self._log_result
        return event("InvokeComplete", msgspec.json.encode(last), "application/json")

    def close(self) -> None:
        """See Stream."""
        self._body.close()


async def invoke_with_response_stream(service: LambdaService, call: Call) -> Document:
    """Invoke, or only look whether it could be done. A function that does not stream gives its answer in one piece."""
    target = service.target(reference(call))
    accepted = accepted_event(service, call, target)
    if call.input.get("InvocationType") == "DryRun":
        return {"StatusCode": 204}
    function = target.pick()
    tail = call.input.get("LogType") == "Tail"
    try:
        outcome = await service.run(function, accepted, tail=tail, streams=True)
    except FunctionFault as fault:
        raise fault_error(fault, function.reserved_concurrency is not None) from fault
    return {
        "StatusCode": 200,
        "ExecutedVersion": function.version,
        "ResponseStreamContentType": outcome.content_type,
        "EventStream": _events(outcome, tail),
    }


def _events(outcome: Outcome, tail: bool) -> Events:
    """The log of a function that is still running is not known: its stream has no LogResult."""
    if outcome.stream is not None:
        return Events(outcome.stream, b"", None)
    log_result = b64encode(outcome.log_tail).decode() if tail else None
    if outcome.error:
        return Events(whole(b""), outcome.payload, log_result)
    return Events(whole(outcome.payload), b"", log_result)
