"""Event invocations: accepted at once, run in the background, tried again when they fail.

As on AWS: a function's error is retried twice, after one and after two more minutes; a throttled invocation is tried
again after one second, then ever later up to five minutes, until the event is six hours old (both numbers are a
function's EventInvokeConfig). Unlike on AWS the queue is in memory: events that wait when the node stops are lost, and
the log says how many. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from gatewright.aws.errors import ServiceError
from gatewright.functions.function_name import Reference
from gatewright.functions.invocation import Outcome
from gatewright.functions.target import Target
from gatewright.values.faults import FunctionFault
from gatewright.values.pending import Drive

log = logging.getLogger(__name__)

_RETRY_AFTER = (60.0, 120.0)  # seconds after the first and the second error
_SLOWEST_BACKOFF = 300.0
_MOST_BYTES = 256 * 1024 * 1024  # of all payloads that wait


class Event(NamedTuple):
    """One accepted invocation."""

    reference: Reference
    payload: bytes
    request_id: str
    trace_id: str
    client_context: str
    accepted: float  # the loop's clock, seconds


class EventQueue:
    """All Event invocations that are not finished, at most `limit` of them."""

    def __init__(
        self,
        resolve: Callable[[Reference], Target],
        run: Callable[[Target, Event], Awaitable[Outcome]],
        limit: int = 10_000,
        retry_after: tuple[float, float] = _RETRY_AFTER,
    ) -> None:
        self._resolve = resolve
        self._run = run
        self._limit = limit
        self._retry_after = retry_after
        self._unfinished: dict[str, asyncio.TimerHandle | None] = {}
        self._bytes = 0

    def add(self, event: Event) -> None:
        """Accept an event; it runs when the loop is free. Raises TooManyRequestsException when there are too many."""
        if len(self._unfinished) >= self._limit or self._bytes + len(event.payload) > _MOST_BYTES:
            raise ServiceError("TooManyRequestsException", "Rate Exceeded.", Reason="ConcurrentInvocationLimitExceeded")
        self._bytes += len(event.payload)
        self._later(event, 0.0, errors=0, throttles=0)

    def _later(self, event: Event, delay: float, *, errors: int, throttles: int) -> None:
        loop = asyncio.get_running_loop()
        self._unfinished[event.request_id] = loop.call_later(delay, self._start, event, errors, throttles)

    def _start(self, event: Event, errors: int, throttles: int) -> None:
        self._unfinished[event.request_id] = None

        def done(_: None, error: BaseException | None) -> None:
            if error is not None:
                self._drop(event, f"could not be run: {error}")
                log.error("an Event invocation failed in the gateway", exc_info=error)

        Drive(self._attempt(event, errors, throttles), done).step()

    async def _attempt(self, event: Event, errors: int, throttles: int) -> None:
        try:
            target = self._resolve(event.reference)
        except ServiceError as error:
            self._drop(event, error.message)
            return
        try:
            outcome = await self._run(target, event)
        except FunctionFault as fault:
            delay = min(2.0**throttles, _SLOWEST_BACKOFF)
            self._again(event, target, delay, fault.reason, errors=errors, throttles=throttles + 1)
            return
        if not outcome.error:
            self._finish(event)
        elif errors >= target.retries:
            self._drop(event, f"it failed {errors + 1} times")
        else:
            delay = self._retry_after[errors]
            self._again(event, target, delay, "it failed", errors=errors + 1, throttles=0)

    def _again(self, event: Event, target: Target, delay: float, reason: str, *, errors: int, throttles: int) -> None:
        age = asyncio.get_running_loop().time() - event.accepted
        if event.request_id not in self._unfinished:
            return  # stopped meanwhile
        if age + delay > target.max_age:
            self._drop(event, f"it is too old ({reason})")
        else:
            self._later(event, delay, errors=errors, throttles=throttles)

    def _drop(self, event: Event, reason: str) -> None:
        self._finish(event)
        log.warning("Event invocation %s of %s is dropped: %s", event.request_id, event.reference.arn, reason)

    def _finish(self, event: Event) -> None:
        if event.request_id in self._unfinished:
            del self._unfinished[event.request_id]
            self._bytes -= len(event.payload)

    def stop(self) -> None:
        """Forget all events; the log says how many were not finished."""
        for timer in self._unfinished.values():
            if timer is not None:
                timer.cancel()
        if self._unfinished:
            log.warning("%d Event invocations were not finished when the node stopped", len(self._unfinished))
        self._unfinished.clear()
        self._bytes = 0
