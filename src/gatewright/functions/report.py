"""The lines that the Lambda service itself writes into a function's log around each invocation.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
"""

import math
from typing import NamedTuple

from gatewright.functions.invocation import Failure


class Start(NamedTuple):
    """Before the event is handed over."""

    request_id: str
    version: str

    def lines(self) -> bytes:
        """START, as AWS writes it."""
        return f"START RequestId: {self.request_id} Version: {self.version}\n".encode()


class End(NamedTuple):
    """After the answer. `seconds` is how long it took, `memory` the sandbox's peak in MB, `init_seconds` the time its
    start took, None if it was warm; `failure` is what the service itself found to have gone wrong."""

    request_id: str
    seconds: float
    memory_size: int
    memory: int
    init_seconds: float | None
    failure: Failure | None

    def lines(self) -> bytes:
        """What went wrong, then END and REPORT."""
        duration = self.seconds * 1000
        init = "" if self.init_seconds is None else f"\tInit Duration: {self.init_seconds * 1000:.2f} ms"
        before, status = ("", "") if self.failure is None else _failed(self.request_id, self.failure)
        return (
            f"{before}END RequestId: {self.request_id}\nREPORT RequestId: {self.request_id}\t"
            f"Duration: {duration:.2f} ms\tBilled Duration: {math.ceil(duration)} ms\t"
            f"Memory Size: {self.memory_size} MB\tMax Memory Used: {self.memory} MB{init}{status}\n"
        ).encode()


def _failed(request_id: str, failure: Failure) -> tuple[str, str]:
    if failure.status == "timeout":
        return f"{request_id} {failure.message}\n", "\tStatus: timeout"
    said = f"RequestId: {request_id} Error: {failure.message}\n{failure.kind}\n" if failure.message else ""
    return said, f"\tStatus: error\tError Type: {failure.kind}"
