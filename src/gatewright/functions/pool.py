"""Every sandbox of a node: warm ones used again, more started under load, none that is not needed kept.

An event that finds no idle sandbox waits a moment before another one is started for it: a function that answers in a
millisecond needs one sandbox per core, not as many as it has callers. Time limits come from one sweep, not timers.
AWS: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

import asyncio
import os
import time
from dataclasses import dataclass
from typing import NamedTuple

from gatewright.functions.fleet import Fleet
from gatewright.functions.function import Function
from gatewright.functions.invocation import Failure, Invocation, Outcome
from gatewright.functions.launcher import Launcher
from gatewright.functions.logs import Logs
from gatewright.functions.role_session import AccountKeys, SandboxCredentials
from gatewright.functions.sandbox import NEVER, Sandbox
from gatewright.functions.start import InvalidEntrypoint
from gatewright.values.faults import FunctionFault
from gatewright.values.pending import Pending

SWEEP_SECONDS = 0.05
CORES = os.cpu_count() or 1
SHORT_MOMENT = 0.001  # how long an event waits for a running sandbox before another one is started,
MOMENT = 0.01  # the longer one when the function has a sandbox per core, since it may only lack processor time
MAX_STARTING = max(4, 2 * CORES)  # more at once would only slow each other down
ACCOUNT_KEYS = AccountKeys()
STOPPING = "the node is stopping"
_OUT_OF_PATIENCE = "the caller's time limit ran out"
RESERVED_LIMIT = "ReservedFunctionConcurrentInvocationLimitExceeded"


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """Bounds of a node. `idle_seconds`: when an unused sandbox is stopped; `queue_seconds`: how long an event waits
    while the bounds leave no sandbox for it."""

    sandboxes: int = 100
    sandboxes_per_function: int = 50
    idle_seconds: float = 300.0
    queue_seconds: float = 10.0


class About(NamedTuple):
    """What comes with an event. `patience` in seconds is the caller's, to the last byte; the contexts are JSON texts.
    `streams`: the caller takes the answer of a streaming function as it comes."""

    request_id: str
    trace_id: str = ""
    patience: float = NEVER
    tail: bool = False
    client_context: str = ""
    cognito_identity: str = ""
    streams: bool = False


class Pool:
    """Use it from the event loop's thread only. `endpoint_url` is what functions get as AWS_ENDPOINT_URL."""

    def __init__(
        self,
        settings: PoolSettings,
        endpoint_url: str,
        logs: Logs,
        credentials: SandboxCredentials = ACCOUNT_KEYS,
    ) -> None:
        self.endpoint_url = endpoint_url
        self._credentials = credentials
        self._settings = settings
        self._logs = logs
        self._launcher = Launcher()
        self._fleets: dict[str, Fleet] = {}
        self._starved: list[Fleet] = []  # fleets without any sandbox for which the node has no room
        self._starts: set[asyncio.Task[None]] = set()
        self._sandboxes = 0
        self._growing = False
        self._sweeping = False
        self._stopped = False

    def invoke(self, function: Function, payload: bytes, about: About) -> Pending[Outcome]:
        """Run the function once. The answer fails with FunctionFault: "throttled" when its reserved concurrency or this
        node's bounds are reached, "timeout" when the caller's patience ends, "unavailable" if it cannot be started."""
        request_id, trace_id, patience, tail, client_context, cognito_identity, streams = about
        invocation = Invocation(function, payload, request_id, trace_id)
        reserved = function.reserved_concurrency
        if self._stopped:
            invocation.answer.fail(FunctionFault("unavailable", STOPPING))
        elif reserved is not None and self._in_flight(function) >= reserved:
            invocation.answer.fail(FunctionFault("throttled", RESERVED_LIMIT))
        else:
            invocation.tail = tail
            invocation.client_context = client_context
            invocation.cognito_identity = cognito_identity
            invocation.streams = streams
            now = invocation.queued = time.monotonic()
            invocation.patience = now + patience
            fleet = self._fleets.get(function.generation) or self._new_fleet(function)
            if not fleet.admit(invocation):
                self._wants_sandbox(fleet)
        return invocation.answer

    def retire(self, generation: str) -> None:
        """A function's code or configuration was replaced or deleted: what runs finishes, nothing of it stays warm."""
        fleet = self._fleets.get(generation)
        if fleet is not None:
            fleet.retired = True
            for sandbox in list(fleet.idle):
                sandbox.end()
            self._forget_if_unused(fleet)

    async def stop(self) -> None:
        """End every sandbox; what waits or runs fails with "unavailable"."""
        self._stopped = True
        for fleet in list(self._fleets.values()):
            for invocation in list(fleet.queue):
                fleet.refuse(invocation, FunctionFault("unavailable", STOPPING))
            for sandbox in list(fleet.sandboxes):
                if sandbox.invocation is not None:
                    sandbox.invocation.answer.fail(FunctionFault("unavailable", STOPPING))
                    if sandbox.invocation.stream is not None:
                        sandbox.invocation.stream.end(STOPPING)
                sandbox.end()
        if self._starts:
            await asyncio.wait(self._starts)
        await self._launcher.stop()
        self._logs.flush()

    # Starting sandboxes.

    def _new_fleet(self, function: Function) -> Fleet:
        fleet = self._fleets[function.generation] = Fleet(function, self._gives_way, self._sandbox_ended)
        return fleet

    def _in_flight(self, function: Function) -> int:
        name = function.unqualified
        return sum(fleet.in_flight for fleet in self._fleets.values() if fleet.function.unqualified == name)

    def _wants_sandbox(self, fleet: Fleet) -> None:
        if not fleet.sandboxes:
            self._start_sandbox(fleet)
        self._grow_after(_moment(fleet))

    def _grow_after(self, seconds: float) -> None:
        if not self._growing:
            self._growing = True
            asyncio.get_running_loop().call_later(seconds, self._grow)

    def _grow(self) -> None:
        """Start sandboxes for the events that have waited for more than a moment, or have none to wait for."""
        self._growing = False
        now = time.monotonic()
        fleets = [fleet for fleet in self._fleets.values() if fleet.queue]
        for fleet in sorted(fleets, key=lambda fleet: len(fleet.sandboxes) > 0):
            late = now - _moment(fleet)
            waiting = sum(invocation.queued <= late for invocation in fleet.queue) or not fleet.sandboxes
            for _ in range(waiting - fleet.starting()):
                if not self._start_sandbox(fleet):
                    break
        if fleets:
            self._grow_after(min(map(_moment, fleets)))

    def _start_sandbox(self, fleet: Fleet) -> bool:
        """False when the bounds do not allow another one now."""
        if self._stopped or not self._has_room(fleet):
            return False
        log = self._logs.of(fleet.function.name)
        sandbox = Sandbox(fleet.function, fleet, log, self._launcher, self._credentials)
        fleet.sandboxes.add(sandbox)
        self._sandboxes += 1
        start = asyncio.get_running_loop().create_task(self._run_start(sandbox, fleet))
        self._starts.add(start)
        start.add_done_callback(self._starts.discard)
        self._sweep_soon()
        return True

    def _has_room(self, fleet: Fleet) -> bool:
        function, bounds = fleet.function, self._settings
        most = min(bounds.sandboxes_per_function, function.reserved_concurrency or bounds.sandboxes)
        if self._of_same_name(function) >= most and not self._evict(function):
            return False
        if sum(each.starting() for each in self._fleets.values()) >= MAX_STARTING:
            return False
        if self._sandboxes >= bounds.sandboxes and not self._evict(None):
            if not fleet.sandboxes and fleet not in self._starved:
                self._starved.append(fleet)
            return False
        if fleet in self._starved:
            self._starved.remove(fleet)
        return True

    async def _run_start(self, sandbox: Sandbox, fleet: Fleet) -> None:
        try:
            await sandbox.start(self.endpoint_url)
        except InvalidEntrypoint as error:
            sandbox.fail_start(Failure("Runtime.InvalidEntrypoint", str(error)))
        except (OSError, FunctionFault) as error:
            fault = error if isinstance(error, FunctionFault) else FunctionFault("unavailable", str(error))
            if fleet.queue:
                fleet.refuse(fleet.queue[0], fault)
            sandbox.end()

    def _of_same_name(self, function: Function) -> int:
        name = function.unqualified
        return sum(len(fleet.sandboxes) for fleet in self._fleets.values() if fleet.function.unqualified == name)

    def _evict(self, function: Function | None) -> bool:
        """Stop the sandbox that has been idle longest, of another generation of `function` or of any function."""
        longest: Sandbox | None = None
        for fleet in self._fleets.values():
            if fleet.idle and (function is None or fleet.function.unqualified == function.unqualified):
                candidate = fleet.idle[0]
                if longest is None or candidate.idle_since < longest.idle_since:
                    longest = candidate
        if longest is not None:
            longest.end()
        return longest is not None

    def _gives_way(self, fleet: Fleet) -> bool:
        """A function that has had its turn makes room for one that could not have any sandbox."""
        if not self._starved:
            return False
        self._starved = [each for each in self._starved if each.queue]
        if not self._starved or fleet in self._starved:
            return False
        self._starved.pop(0)
        return True

    def _sandbox_ended(self, fleet: Fleet) -> None:
        self._sandboxes -= 1
        if fleet.queue or self._starved:
            self._grow_after(0.0)
        self._forget_if_unused(fleet)

    def _forget_if_unused(self, fleet: Fleet) -> None:
        if not fleet.sandboxes and not fleet.in_flight:
            self._fleets.pop(fleet.function.generation, None)

    # Time limits.

    def _sweep_soon(self) -> None:
        if not self._sweeping:
            self._sweeping = True
            asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)

    def _sweep(self) -> None:
        self._sweeping = False
        now = time.monotonic()
        for fleet in list(self._fleets.values()):
            for sandbox in list(fleet.sandboxes):
                self._look_at(sandbox, fleet, now)
            self._look_at_queue(fleet, now)
            self._forget_if_unused(fleet)
        if self._fleets and not self._stopped:
            self._sweep_soon()

    def _look_at(self, sandbox: Sandbox, fleet: Fleet, now: float) -> None:
        invocation = sandbox.invocation
        if invocation is not None and invocation.patience <= now:
            invocation.answer.fail(FunctionFault("timeout", _OUT_OF_PATIENCE))
            if invocation.stream is not None:
                invocation.stream.end(_OUT_OF_PATIENCE)
        if sandbox.deadline <= now:
            sandbox.time_out()
        elif sandbox.deadline != NEVER:
            sandbox.look_at_memory()
        elif sandbox in fleet.idle and sandbox.idle_since < now - self._settings.idle_seconds:
            sandbox.end()

    def _look_at_queue(self, fleet: Fleet, now: float) -> None:
        for invocation in [each for each in fleet.queue if each.patience <= now]:
            fleet.refuse(invocation, FunctionFault("timeout", "the caller's time limit ran out in the queue"))
        bound = now - self._settings.queue_seconds
        while fleet.queue and fleet.queue[0].queued < bound and not fleet.starting():
            fleet.refuse(fleet.queue[0], FunctionFault("throttled", "no sandbox was free in time"))


def _moment(fleet: Fleet) -> float:
    return SHORT_MOMENT if len(fleet.sandboxes) < CORES else MOMENT
