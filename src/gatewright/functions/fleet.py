"""All sandboxes of one generation of a function, and the events that wait for one of them."""

import time
from collections import deque
from collections.abc import Callable

from gatewright.functions.function import Function
from gatewright.functions.invocation import Invocation
from gatewright.functions.sandbox import Sandbox
from gatewright.values.faults import FunctionFault

QUEUE_LENGTH = 1000
QUEUE_BYTES = 128 * 1024 * 1024


class Fleet:
    """The warmest sandbox runs first, the event that came first is run first."""

    __slots__ = (
        "_ended",
        "_gives_way",
        "function",
        "idle",
        "in_flight",
        "queue",
        "queue_bytes",
        "retired",
        "sandboxes",
    )

    def __init__(
        self, function: Function, gives_way: Callable[["Fleet"], bool], ended: Callable[["Fleet"], None]
    ) -> None:
        self.function = function
        self.sandboxes: set[Sandbox] = set()
        self.idle: list[Sandbox] = []
        self.queue: deque[Invocation] = deque()
        self.queue_bytes = 0
        self.in_flight = 0  # events queued or running
        self.retired = False
        self._gives_way = gives_way
        self._ended = ended

    def starting(self) -> int:
        """How many sandboxes are on their way."""
        return sum(not sandbox.initialised for sandbox in self.sandboxes)

    def admit(self, invocation: Invocation) -> bool:
        """Run the event now or let it wait; False: it waits. A full queue answers it with a fault."""
        self.in_flight += 1
        if self.idle:
            self.idle.pop().run(invocation)
            return True
        if len(self.queue) >= QUEUE_LENGTH or self.queue_bytes > QUEUE_BYTES:
            self.in_flight -= 1
            invocation.answer.fail(FunctionFault("throttled", "too many events wait for this function's sandboxes"))
            return True
        self.queue.append(invocation)
        self.queue_bytes += len(invocation.payload)
        return False

    def refuse(self, invocation: Invocation, fault: FunctionFault) -> None:
        """An event leaves the queue without having run."""
        self.queue.remove(invocation)
        self.queue_bytes -= len(invocation.payload)
        self.in_flight -= 1
        invocation.answer.fail(fault)

    # What the sandboxes say (sandbox.Owner).

    def ready(self, sandbox: Sandbox) -> Invocation | None:
        if sandbox.has_run and self._gives_way(self):
            sandbox.end()
            return None
        if self.queue:
            return self._next()
        if self.retired:
            sandbox.end()
        else:
            sandbox.idle_since = time.monotonic()
            self.idle.append(sandbox)
        return None

    def started_badly(self, sandbox: Sandbox) -> Invocation | None:
        return self._next() if self.queue else None

    def finished(self, invocation: Invocation) -> None:
        self.in_flight -= 1

    def ended(self, sandbox: Sandbox) -> None:
        self.sandboxes.discard(sandbox)
        if sandbox in self.idle:
            self.idle.remove(sandbox)
        self._ended(self)

    def _next(self) -> Invocation:
        invocation = self.queue.popleft()
        self.queue_bytes -= len(invocation.payload)
        return invocation
