"""The lines that the Lambda service itself writes into a function's log around each invocation.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
"""

import math
from typing import NamedTuple

from gatewright.functions.function import Function
from gatewright.functions.invocation import Failure, Invocation


class Usage(NamedTuple):
    """What an invocation took: seconds, the sandbox's peak memory in MB, the seconds of its start if it was cold."""

    seconds: float
    memory: int
    init_seconds: float | None


def start_line(invocation: Invocation) -> bytes:
    """Before the event is handed over."""
    return f"START RequestId: {invocation.request_id} Version: {invocation.function.version}\n".encode()


def end_lines(invocation: Invocation, usage: Usage, failure: Failure | None) -> bytes:
    """After the answer: what went wrong, if the service itself knows it, then END and REPORT."""
    request_id = invocation.request_id
    duration = usage.seconds * 1000
    function: Function = invocation.function
    init = "" if usage.init_seconds is None else f"\tInit Duration: {usage.init_seconds * 1000:.2f} ms"
    before, status = ("", "") if failure is None else _failed(request_id, failure)
    return (
        f"{before}END RequestId: {request_id}\nREPORT RequestId: {request_id}\tDuration: {duration:.2f} ms\t"
        f"Billed Duration: {math.ceil(duration)} ms\tMemory Size: {function.memory_size} MB\t"
        f"Max Memory Used: {usage.memory} MB{init}{status}\n"
    ).encode()


def _failed(request_id: str, failure: Failure) -> tuple[str, str]:
    if failure.status == "timeout":
        return f"{request_id} {failure.message}\n", "\tStatus: timeout"
    said = f"RequestId: {request_id} Error: {failure.message}\n{failure.kind}\n" if failure.message else ""
    return said, f"\tStatus: error\tError Type: {failure.kind}"
