"""One event on its way through a sandbox, what comes of it, and AWS's words for what may go wrong.

Error payloads: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html and
https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
"""

import time
from typing import NamedTuple

import msgspec

from gatewright.functions.function import Function
from gatewright.values.pending import Pending
from gatewright.values.stream import Pipe

MAX_RESPONSE = 6 * 1024 * 1024 + 100  # AWS's "6 MB" as its error message states it: 6291556 bytes
LOG_TAIL = 4096


class Outcome(NamedTuple):
    """What a function made of an event. `error` is "" or "Unhandled"; then `payload` is the error's JSON.

    `log_tail` is the last 4 KB of the invocation's log, if it was asked for. `content_type` is what the runtime said;
    `streamed` whether the function answered as a stream: the payload is the whole of it, or else
    `stream` is what has begun to come, if the invocation `streams`.
    """

    payload: bytes
    error: str = ""
    log_tail: bytes = b""
    content_type: str = "application/json"
    streamed: bool = False
    stream: Pipe | None = None


class Failure(NamedTuple):
    """Why an invocation failed. `kind` is as REPORT lines have it, which are silent on a handler's own errors;
    `timed_out` the epoch seconds at which the function's time had run out, 0.0 for anything else."""

    kind: str
    message: str
    timed_out: float = 0.0

    def payload(self, request_id: str) -> bytes:
        """The error document the caller gets."""
        message = self.message
        if self is not RESPONSE_TOO_LARGE:  # as API Gateway's $context.integration.error shows it
            message = f"RequestId: {request_id} Error: {message}"
        return msgspec.json.encode({"errorType": self.kind, "errorMessage": message})


OWN_ERROR = Failure("", "")
RESPONSE_TOO_LARGE = Failure(
    "Function.ResponseSizeTooLarge",
    f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE} bytes).",
)
OUT_OF_MEMORY = Failure("Runtime.OutOfMemory", "Runtime exited with error: signal: killed")
NO_REASON = Failure("Runtime.ExitError", "Runtime exited without providing a reason")


def timed_out(seconds: float) -> Failure:
    """The function's own time limit ran out."""
    return Failure("Sandbox.Timedout", f"Task timed out after {seconds:.2f} seconds", time.time())


def exited(reason: str) -> Failure:
    """The process ended by itself; `reason` such as "exit status 1" or "signal: killed", "" for exit status 0."""
    return Failure("Runtime.ExitError", f"Runtime exited with error: {reason}") if reason else NO_REASON


class Invocation:
    """One event: waiting in a queue, then running in one sandbox, answered once.

    Times are time.monotonic's, since uvloop's clock counts milliseconds; `started` is 0.0 while it waits. `patience` is
    when the caller gives up. `streams`: a streaming function is answered for when its first bytes come, and `stream` is
    then what the rest goes into.
    """

    __slots__ = (
        *("answer", "client_context", "cognito_identity", "function", "patience", "payload", "queued"),
        *("request_id", "started", "stream", "streams", "tail", "trace_id"),
    )

    def __init__(self, function: Function, payload: bytes, request_id: str, trace_id: str) -> None:
        self.function = function
        self.payload = payload
        self.request_id = request_id
        self.trace_id = trace_id
        self.answer: Pending[Outcome] = Pending()
        self.client_context = ""
        self.cognito_identity = ""
        self.tail = False
        self.streams = False
        self.stream: Pipe | None = None
        self.patience = float("inf")
        self.queued = 0.0
        self.started = 0.0
