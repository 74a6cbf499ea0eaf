"""The Lambda service's answer to an invocation, as integrations and authorizers get it."""

from typing import NamedTuple


class Invocation(NamedTuple):
    """`function_error` is "", "Unhandled" or "Handled"; then `payload` is the error."""

    payload: bytes
    function_error: str
    executed_version: str
    request_id: str
