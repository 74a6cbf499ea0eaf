"""The Lambda service: joins records, packages and sandboxes, and answers the data plane.

`invoke` is on the hot path of every API: an ARN is resolved once, and again only when a record of its function changed.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

from gatewright.aws.errors import ServiceError
from gatewright.functions import records
from gatewright.functions.event_queue import Event, EventQueue
from gatewright.functions.function import Function
from gatewright.functions.function_name import Reference, parse_arn
from gatewright.functions.invocation import Outcome
from gatewright.functions.packages import Packages
from gatewright.functions.pool import About, Pool
from gatewright.functions.sandbox import NEVER
from gatewright.functions.target import Target, load_target
from gatewright.values.faults import FunctionFault
from gatewright.values.invocation import InvocationResponse, InvocationStream
from gatewright.values.pending import Pending
from gatewright.values.records import Change, Store
from gatewright.values.request import Request
from gatewright.values.response import Response
from gatewright.values.stream import whole
from gatewright.values.uuids import new_uuid

REQUEST_LIMIT = 6_291_456  # bytes of an event
EVENT_LIMIT = 1_048_576  # of one that is queued
_REMEMBERED = 10_000  # resolved ARNs
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor


class Objects(Protocol):
    """Objects in S3."""

    def fetch(self, bucket: str, key: str, version: str = "", region: str = "us-east-1") -> Pending[bytes]:
        """The object's bytes. Fails with ObjectFault."""
        ...


class LambdaService:
    """One node's Lambda service. Make it when the event loop is there or about to run; `stop` it at the end."""

    def __init__(
        self,
        store: Store,
        data_dir: Path,
        endpoint_url: str,
        objects: Objects,
        pool: Pool,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`endpoint_url` is this node's own, for links to packages; `now` gives epoch seconds."""
        self.store = store
        self.objects = objects
        self.now = now
        self.packages = Packages(data_dir, endpoint_url, now)
        self.events = EventQueue(self.target, self._run_event)
        self._pool = pool
        self._targets: dict[str, Target] = {}
        self._arns: dict[tuple[str, str, str], list[str]] = {}
        with store.read() as tx:
            held = records.held_packages(tx)
        self.packages.tidy(held)
        store.subscribe(self._changed)

    async def invoke(
        self, function_arn: str, event: bytes, *, source_arn: str | None, timeout: float, trace_id: str
    ) -> InvocationResponse:
        """Invoke on behalf of API Gateway; see execute.world.Functions. Raises FunctionFault."""
        function = self._accepted(function_arn, event, source_arn, REQUEST_LIMIT).pick()
        request_id = new_uuid()
        outcome = await self._pool.invoke(function, event, About(request_id, trace_id, timeout))
        return _new(InvocationResponse, (outcome.payload, outcome.error, function.version, request_id))

    async def stream(
        self, function_arn: str, event: bytes, *, source_arn: str | None, timeout: float, trace_id: str
    ) -> InvocationStream:
        """The same with InvokeWithResponseStream; see execute.world.Functions. Raises FunctionFault."""
        function = self._accepted(function_arn, event, source_arn, REQUEST_LIMIT).pick()
        request_id = new_uuid()
        outcome = await self._pool.invoke(function, event, About(request_id, trace_id, timeout, streams=True))
        payload = outcome.stream or whole(outcome.payload)
        return InvocationStream(payload, outcome.error, function.version, request_id, outcome.content_type)

    def _accepted(self, function_arn: str, event: bytes, source_arn: str | None, limit: int) -> Target:
        """What an ARN means now, if its caller may and the event is within `limit` bytes. Raises FunctionFault."""
        target = self._targets.get(function_arn) or self._gateway_target(function_arn)
        if source_arn is not None:
            target.permit(source_arn)
        if len(event) > limit:
            raise FunctionFault(
                "request_too_large", f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
            )
        return target

    def queue(self, function_arn: str, event: bytes, *, source_arn: str | None, trace_id: str) -> str:
        """Accept an event on behalf of API Gateway; see execute.world.Functions. Raises FunctionFault."""
        target = self._accepted(function_arn, event, source_arn, EVENT_LIMIT)
        request_id = new_uuid()
        try:
            self.events.add(Event(target.reference, event, request_id, trace_id, "", self.clock()))
        except ServiceError as error:
            raise FunctionFault("throttled", error.message) from error
        return request_id

    def _gateway_target(self, function_arn: str) -> Target:
        reference = parse_arn(function_arn)
        if reference is None:
            raise FunctionFault("not_found", f"not the ARN of a function: {function_arn}")
        try:
            return self.target(reference)
        except ServiceError as error:
            raise FunctionFault("not_found", function_arn) from error

    def target(self, reference: Reference) -> Target:
        """What a reference means now. Raises ResourceNotFoundException."""
        arn = reference.arn
        found = self._targets.get(arn)
        if found is None:
            with self.store.read() as tx:
                found = load_target(tx, self.packages, reference)
            if len(self._targets) >= _REMEMBERED:
                self._targets.clear()
                self._arns.clear()
            self._targets[arn] = found
            self._arns.setdefault(reference[:3], []).append(arn)
        return found

    async def run(self, function: Function, event: Event, *, tail: bool = False, streams: bool = False) -> Outcome:
        """Run one accepted event. Raises FunctionFault."""
        about = About(event.request_id, event.trace_id, NEVER, tail, event.client_context, streams=streams)
        return await self._pool.invoke(function, event.payload, about)

    def _run_event(self, target: Target, event: Event) -> Awaitable[Outcome]:
        return self.run(target.pick(), event)

    def _changed(self, changes: Sequence[Change]) -> None:
        """Forget what was resolved from records that changed; sandboxes of replaced code end when they are free."""
        for key in {_function_of(change) for change in changes if change.key.kind in _RESOLVED}:
            for target in [self._targets.pop(arn) for arn in self._arns.pop(key, ()) if arn in self._targets]:
                current = self._generations(target.reference)
                for function in target.functions:
                    if function.generation not in current:
                        self._pool.retire(function.generation)

    def _generations(self, reference: Reference) -> set[str]:
        try:
            return {function.generation for function in self.target(reference).functions}
        except ServiceError:
            return set()

    def packages_page(self, request: Request) -> Response:
        """The page below `packages.PAGE`: downloads of packages."""
        return self.packages.page(request)

    def clock(self) -> float:
        """The loop's clock in seconds."""
        return asyncio.get_running_loop().time()

    async def stop(self) -> None:
        """Forget waiting events and end every sandbox."""
        self.events.stop()
        await self._pool.stop()


_RESOLVED = (records.FUNCTION, *records.PARTS)


def _function_of(change: Change) -> tuple[str, str, str]:
    key = change.key
    return key.account, key.region, key.parent or key.id
