"""What several nodes share, in a Valkey or Redis server: implements `execute.shared.Shared` with Lua scripts.

A call about limits that is not answered in time, or with an error, loses the server: all calls that wait fail, and the
next ones at once, until a probe in the background has been answered in time again. One line a minute in the log says
so. A call about cached responses, or about what a key used, that is late or answered with an error fails alone.
"""

import asyncio
import contextlib
import logging
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from gatewright.execute.limits.throttle import Limit
from gatewright.execute.limits.usage import Quota
from gatewright.execute.shared import Ask, Counted, Grant, Known, SharedLost, UseAsk
from gatewright.server.sweep import TICK, Sweep
from gatewright.server.valkey_scripts import ASKED, COUNT, DELETE, FLUSH, GET, LEASE, SET, counted, known, use_of
from gatewright.server.valkey_url import CONNECT, VALKEY_MILLIS, client_of, name_of
from gatewright.values.pending import Pending

if TYPE_CHECKING:
    from redis.typing import EncodableT

PREFIX = "gatewright:"
QUIET = 1.0  # seconds after which a server that nobody asks is asked whether it is there
AGAIN = 0.25  # seconds between two probes of a lost server
TOLD_AGAIN = 60.0  # seconds between two lines about a server that is lost
COMES_AND_GOES = 10.0  # seconds from such a line to the next one, if a line between them said that it was back
AT_ONCE = 32  # calls about answers; further ones stand in line, for as long as a call may take
IN_LINE = 1000  # of those; further ones are refused, and do without
BUSY = "too many calls wait for it"
KEYS = 256  # of one script call: the server does nothing else meanwhile

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Valkey:
    """A client of one server on the running event loop; `open` it first."""

    def __init__(self, url: str, sweep: Sweep, *, timeout: float = VALKEY_MILLIS / 1000) -> None:
        """`url` as redis-py takes it, or with the scheme valkey or valkeys; `timeout` in seconds. Raises ValueError."""
        self._client = client_of(url)
        self._name = name_of(url)
        self._sweep = sweep
        self._timeout = timeout
        self._scripts = {text: self._client.register_script(text) for text in (LEASE, COUNT, GET, SET, DELETE, FLUSH)}
        self._calls: dict[_Call, None] = {}
        self._line: deque[_Call] = deque()
        self._probing: asyncio.Task[None] | None = None
        self._told = float("-inf")
        self._is_told = False
        self._warned = float("-inf")
        self._asked = 0.0
        self.is_there = False
        self.losses = 0

    async def open(self) -> None:
        """Try the server once; a node starts without it, too."""
        self._sweep.watch(self._look)
        reason = await self._probe()
        if reason:
            self._lose(reason)
        else:
            self.is_there = True
            _log.info("limits are shared through the server at %s", self._name)

    async def close(self) -> None:
        """Wait for calls as long as ever, and make no more."""
        until = time.monotonic() + self._timeout
        while self._calls and time.monotonic() < until:
            await asyncio.wait([call.task for call in self._calls], timeout=self._timeout)
        self._sweep.leave(self._look)
        self.is_there = False
        self._fail_all("the gateway stops")
        if self._probing is not None:
            self._probing.cancel()
        with contextlib.suppress(Exception):
            await self._client.aclose()

    def lease(self, asks: Sequence[tuple[Limit, Ask]]) -> Awaitable[Sequence[Grant]]:
        """See Shared."""
        return self._call(lambda call: self._lease(call, asks))

    def count(self, asks: Sequence[UseAsk]) -> Awaitable[Sequence[Counted]]:
        """See Shared."""
        return self._call(lambda call: self._count(call, asks))

    def used(self, quota: Quota) -> Awaitable[Known]:
        """See Shared."""
        return self._call_of_many(lambda _: self._used(quota))

    def forget(self, quotas: Sequence[Quota]) -> Awaitable[None]:
        """See Shared."""
        return self._call(lambda _: self._forget(quotas))

    def get(self, space: str, key: str) -> Awaitable[bytes | None]:
        """See Shared."""
        return self._call_of_many(lambda _: self._get(space, key))

    def set(self, space: str, key: str, answer: bytes, seconds: float, age: float) -> Awaitable[None]:
        """See Shared."""
        values = answer, max(int(seconds * 1000), 1), int(age * 1_000_000), secrets.token_hex(8)
        return self._call_of_many(lambda _: self._run(SET, space, key, *values))

    def delete(self, space: str, key: str) -> Awaitable[None]:
        """See Shared."""
        return self._call_of_many(lambda _: self._run(DELETE, space, key))

    def flush(self, space: str) -> Awaitable[None]:
        """See Shared."""
        return self._call_of_many(lambda _: self._run(FLUSH, space, secrets.token_hex(8)))

    async def _get(self, space: str, key: str) -> bytes | None:
        data: bytes | None = await self._run(GET, space, key)
        return data[ASKED:] if data is not None else None

    async def _run(self, script: str, space: str, *values: "EncodableT") -> Any:
        return await self._scripts[script](keys=[_space(space)], args=values)

    async def _lease(self, call: "_Call", asks: Sequence[tuple[Limit, Ask]]) -> Sequence[Grant]:
        grants: list[Grant] = []
        for start in range(0, len(asks), KEYS):
            some = asks[start : start + KEYS]
            call.ticks = 0
            numbers = [value for limit, ask in some for value in (repr(float(limit.rate)), limit.burst, *ask)]
            answer = await self._scripts[LEASE](keys=[_bucket(limit.name) for limit, _ in some], args=numbers)
            grants += [Grant(answer[at], answer[at + 1] / 1e6) for at in range(0, len(answer), 2)]
        return grants

    async def _count(self, call: "_Call", asks: Sequence[UseAsk]) -> Sequence[Counted]:
        answers: list[Counted] = []
        for start in range(0, len(asks), KEYS):
            some = asks[start : start + KEYS]
            call.ticks = 0
            keys = [_usage(use.key_day.quota) for use in some]
            answer = await self._scripts[COUNT](keys=keys, args=[use_of(use) for use in some])
            answers += [counted(use, *one) for use, one in zip(some, answer, strict=True)]
        return answers

    async def _forget(self, quotas: Sequence[Quota]) -> None:
        await self._client.delete(*map(_usage, quotas))

    async def _used(self, quota: Quota) -> Known:
        fields: Any = await self._client.hgetall(_usage(quota))
        return known(fields)

    def _call_of_many(self, make: "Callable[[_Call], Awaitable[T]]") -> Pending[T]:
        """A call that may be large and one of many: it says nothing of limits."""
        call = _Call(make, loses=False)
        if len(self._calls) >= AT_ONCE and len(self._line) >= IN_LINE:
            call.pending.fail(SharedLost(BUSY))
        elif len(self._calls) >= AT_ONCE:
            self._line.append(call)
        else:
            self._start(call)
        return call.pending

    def _call(self, make: "Callable[[_Call], Awaitable[T]]") -> Pending[T]:
        self._asked = self._sweep.now
        call = _Call(make, loses=True)
        self._start(call)
        return call.pending

    def _start(self, call: "_Call") -> None:
        if not self.is_there:
            call.pending.fail(SharedLost(f"the server at {self._name} is lost"))
            return
        self._calls[call] = None
        call.ticks = 0
        call.task = asyncio.get_running_loop().create_task(self._answer(call))

    async def _answer(self, call: "_Call") -> None:
        try:
            answer = await call.make(call)
        except Exception as error:
            self._calls.pop(call, None)
            if call.loses or not _is_answer(error):
                self._lose(_reason(error))
            else:
                self._warn(_reason(error))
                self._call_next()
            call.pending.fail(SharedLost(_reason(error)))
        else:
            self._calls.pop(call, None)
            self._call_next()
            call.pending.complete(answer)

    def _call_next(self) -> None:
        if self._line and len(self._calls) < AT_ONCE:
            self._start(self._line.popleft())

    def _look(self, now: float) -> None:
        """Ticks are counted, not seconds: if it is this node that was late, the answer is read before the next one."""
        if self.is_there and now - self._asked >= QUIET:
            self._call(lambda _: self._client.ping())
        for call in (*self._calls, *self._line):
            call.ticks += 1
        late = [call for call in self._calls if call.ticks * TICK > self._timeout + TICK / 2]
        reason = f"no answer in {self._timeout * 1000:.0f} ms"
        if any(call.loses for call in late):
            self._lose(reason)
        self._fail(late, reason)
        while self._line and self._line[0].ticks * TICK > self._timeout + TICK / 2:
            self._line.popleft().pending.fail(SharedLost(BUSY))
        for _ in late:
            self._call_next()

    def _lose(self, reason: str) -> None:
        if self._probing is not None:
            return
        self.is_there = False
        self.losses += 1
        self._tell(reason)
        self._probing = asyncio.get_running_loop().create_task(self._probe_until_back())
        self._fail_all(reason)

    def _fail_all(self, reason: str) -> None:
        line, self._line = self._line, deque()
        self._fail(tuple(self._calls), reason)
        for call in line:
            call.pending.fail(SharedLost(reason))

    def _fail(self, calls: "Sequence[_Call]", reason: str) -> None:
        for call in calls:
            self._calls.pop(call, None)
        for call in calls:
            call.pending.fail(SharedLost(reason))
            call.task.cancel()

    def _tell(self, reason: str) -> None:
        now = time.monotonic()
        if now - self._told >= (TOLD_AGAIN if self._is_told else COMES_AND_GOES):
            self._told = now
            self._is_told = True
            _log.error("limits are NOT shared: the server at %s is lost (%s)", self._name, reason)

    def _warn(self, reason: str) -> None:
        now = time.monotonic()
        if now - self._warned >= TOLD_AGAIN:
            self._warned = now
            _log.warning("responses cannot be cached in the server at %s (%s)", self._name, reason)

    async def _probe_until_back(self) -> None:
        while True:
            await asyncio.sleep(AGAIN)
            reason = await self._probe()
            if not reason:
                break
            self._tell(reason)
        self._probing = None
        self.is_there = True
        if self._is_told:
            self._is_told = False
            _log.warning("limits are shared again: the server at %s is back", self._name)

    async def _probe(self) -> str:
        """Connect anew and lease a token, as a server can answer and refuse to write; why that failed, or ""."""
        try:
            async with asyncio.timeout(CONNECT):
                await self._client.connection_pool.disconnect()
                await self._client.ping()
            async with asyncio.timeout(self._timeout + TICK):
                await self._scripts[LEASE](keys=[_bucket("probe")], args=[1, 1, 0, 1, 0])
        except Exception as error:
            return _reason(error)
        return ""


class _Call:
    """One call: what makes it, whether the server is lost if it fails, and for how many ticks of the sweep it waits."""

    __slots__ = ("loses", "make", "pending", "task", "ticks")
    task: "asyncio.Task[None]"

    def __init__(self, make: "Callable[[_Call], Awaitable[Any]]", *, loses: bool) -> None:
        self.make = make
        self.loses = loses
        self.pending: Pending[Any] = Pending()
        self.ticks = 0


def _is_answer(error: Exception) -> bool:
    """Whether the server gave an error, rather than no answer."""
    from redis.exceptions import ResponseError  # noqa: PLC0415

    return isinstance(error, ResponseError)


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__).rstrip(".")


def _bucket(name: str) -> str:
    return f"{PREFIX}bucket:{name}"


def _space(space: str) -> str:
    return f"{PREFIX}answers:{space}"


def _usage(quota: Quota) -> str:
    return f"{PREFIX}usage:{quota.account}/{quota.region}/{quota.plan_id}/{quota.key_id}"
