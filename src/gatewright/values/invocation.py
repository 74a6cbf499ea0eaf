"""The Lambda service's response to an invocation, as integrations and authorizers get it."""

from typing import NamedTuple

from gatewright.values.stream import Pipe


class InvocationResponse(NamedTuple):
    """`function_error` is "", "Unhandled" or "Handled"; then `payload` is the error."""

    payload: bytes
    function_error: str
    executed_version: str
    request_id: str


class InvocationStream(NamedTuple):
    """The same while the payload is still coming. `content_type` is what the runtime said of it."""

    payload: Pipe
    function_error: str
    executed_version: str
    request_id: str
    content_type: str
