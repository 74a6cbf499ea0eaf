"""The lines that the Lambda service itself writes into a function's log around each invocation.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
"""

import math
from datetime import UTC, datetime
from typing import NamedTuple

from gatewright.functions.invocation import Failure


class Start(NamedTuple):
    """Before the event is handed over."""

    request_id: str
    version: str

    def lines(self, stamp: str = "") -> bytes:
        """START, as AWS writes it, after `stamp`."""
        request_id, version = self
        return f"{stamp}START RequestId: {request_id} Version: {version}\n".encode()


class End(NamedTuple):
    """After the answer. `seconds` is how long it took, `memory` the sandbox's peak in MB, `init_seconds` the time its
    start took, None if it was warm; `failure` is what the service itself found to have gone wrong."""

    request_id: str
    seconds: float
    memory_size: int
    memory: int
    init_seconds: float | None
    failure: Failure | None

    def lines(self, stamp: str = "") -> bytes:
        """What went wrong, then END and REPORT, each line after `stamp`. AWS bills the start too since August 2025."""
        request_id, seconds, memory_size, memory, init_seconds, failure = self
        before = init = status = ""
        billed = seconds
        if init_seconds is not None:
            init = f"\tInit Duration: {init_seconds * 1000:.2f} ms"
            billed += init_seconds
        if failure is not None and failure.kind:
            before, status = _failed(stamp, request_id, failure)
        return (
            f"{before}{stamp}END RequestId: {request_id}\n{stamp}REPORT RequestId: {request_id}\t"
            f"Duration: {seconds * 1000:.2f} ms\tBilled Duration: {math.ceil(billed * 1000)} ms\t"
            f"Memory Size: {memory_size} MB\tMax Memory Used: {memory} MB{init}\t{status}\n"
        ).encode()


def _failed(stamp: str, request_id: str, failure: Failure) -> tuple[str, str]:
    """What is said before END, and the end of REPORT. Seen in AWS's logs."""
    if failure.timed_out:
        moment = datetime.fromtimestamp(failure.timed_out, UTC).isoformat(timespec="milliseconds")
        return f"{stamp}{moment[:-6]}Z {request_id} {failure.message}\n{stamp}\n", "Status: timeout"
    status = f"Status: error\tError Type: {failure.kind}"
    if not failure.message:
        return "", status
    return f"{stamp}RequestId: {request_id} Error: {failure.message}\n{stamp}{failure.kind}\n", status
