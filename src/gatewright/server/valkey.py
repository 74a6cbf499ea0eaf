"""What several nodes share, in a Valkey or Redis server: implements `execute.shared.Shared` with Lua scripts.

A call that is not answered in time, or with an error, loses the server: all calls that wait fail, and the next ones at
once, until a probe in the background has been answered in time again. One line a minute in the log says so.
"""

import asyncio
import contextlib
import logging
import re
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import msgspec

from gatewright.execute.shared import Ask, Counted, Grant, Known, SharedLost, UseAsk
from gatewright.execute.throttle import Limit
from gatewright.execute.usage import DAYS_KEPT, SECONDS, Quota
from gatewright.server.sweep import TICK, Sweep
from gatewright.server.valkey_scripts import COUNT, DELETE, FLUSH, GET, LEASE, SET
from gatewright.values.pending import Pending

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.typing import EncodableT

PREFIX = "gatewright:"
VALKEY_MILLIS = 100
"""In which a call must be answered."""
CONNECT = 1.0  # seconds that a new connection, its TLS and its password may take, in the background
QUIET = 1.0  # seconds after which a server that nobody asks is asked whether it is there
AGAIN = 0.25  # seconds between two probes of a lost server
TOLD_AGAIN = 60.0  # seconds between two lines about a server that is lost
AT_ONCE = 32  # calls about answers; further ones stand in line, for as long as a call may take
IN_LINE = 1000  # of those; further ones are refused, and do without
EXHAUSTED = 1.0  # seconds for which a quota stays exhausted before the server is asked again, as more may be granted
BUSY = "too many calls wait for it"
KEYS = 256  # of one script call: the server does nothing else meanwhile

_FIELD = re.compile("([gsu])([A-Z]*)([0-9]+)")  # of COUNT's hashes
_SCHEME = re.compile("^valkey(s?)://")
_SCHEMES = re.compile("(redis|valkey)s?")
_DATABASE = re.compile("/?|/[0-9]{1,9}")
_OPTIONS = frozenset({"db", "ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname"})
T = TypeVar("T")
_log = logging.getLogger(__name__)


class Valkey:
    """A client of one server on the running event loop; `open` it first."""

    def __init__(self, url: str, sweep: Sweep, *, timeout: float = VALKEY_MILLIS / 1000) -> None:
        """`url` as redis-py takes it, or with the scheme valkey or valkeys; `timeout` in seconds. Raises ValueError."""
        self._client = _client(url)
        self._name = _name(url)
        self._sweep = sweep
        self._timeout = timeout
        self._scripts = {text: self._client.register_script(text) for text in (LEASE, COUNT, GET, SET, DELETE, FLUSH)}
        self._calls: dict[Pending[Any], _Call] = {}
        self._line: deque[_InLine] = deque()
        self._probing: asyncio.Task[None] | None = None
        self._told = float("-inf")
        self._is_told = False
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
            await asyncio.wait([call.task for call in self._calls.values()], timeout=self._timeout)
        self._sweep.leave(self._look)
        self.is_there = False
        self._fail_calls("the gateway stops")
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

    def get(self, space: str, key: str) -> Awaitable[bytes | None]:
        """See Shared."""
        return self._call_of_many(lambda _: self._run(GET, space, key))

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

    async def _run(self, script: str, space: str, *values: "EncodableT") -> Any:
        return await self._scripts[script](keys=[_space(space)], args=values)

    async def _lease(self, call: "_Call", asks: Sequence[tuple[Limit, Ask]]) -> Sequence[Grant]:
        grants: list[Grant] = []
        for start in range(0, len(asks), KEYS):
            some = asks[start : start + KEYS]
            call.ticks = 0
            numbers = [value for limit, ask in some for value in (repr(float(limit.rate)), limit.burst, *ask)]
            answer = await self._scripts[LEASE](
                keys=[f"{PREFIX}bucket:{limit.name}" for limit, _ in some], args=numbers
            )
            grants += [Grant(answer[at], answer[at + 1] / 1e6) for at in range(0, len(answer), 2)]
        return grants

    async def _count(self, call: "_Call", asks: Sequence[UseAsk]) -> Sequence[Counted]:
        answers: list[Counted] = []
        for start in range(0, len(asks), KEYS):
            some = asks[start : start + KEYS]
            call.ticks = 0
            keys = [_usage(use.key_day.quota) for use in some]
            answer = await self._scripts[COUNT](keys=keys, args=[_use(use) for use in some])
            answers += [_counted(use, *one) for use, one in zip(some, answer, strict=True)]
        return answers

    async def _used(self, quota: Quota) -> Known:
        fields: Any = await self._client.hgetall(_usage(quota))
        return _known(fields)

    def _call_of_many(self, call: "Callable[[_Call], Awaitable[T]]") -> Pending[T]:
        if len(self._calls) < AT_ONCE:
            return self._call(call)
        pending: Pending[T] = Pending()
        if len(self._line) < IN_LINE:
            self._line.append(_InLine(pending, call))
        else:
            pending.fail(SharedLost(BUSY))
        return pending

    def _call(self, call: "Callable[[_Call], Awaitable[T]]") -> Pending[T]:
        pending: Pending[T] = Pending()
        if self.is_there:
            self._start(pending, call)
        else:
            pending.fail(SharedLost(f"the server at {self._name} is lost"))
        return pending

    def _start(self, pending: Pending[T], call: "Callable[[_Call], Awaitable[T]]") -> None:
        self._asked = self._sweep.now
        made = self._calls[pending] = _Call()
        made.task = asyncio.get_running_loop().create_task(self._answer(pending, call(made)))

    async def _answer(self, pending: Pending[T], call: Awaitable[T]) -> None:
        try:
            answer = await call
        except Exception as error:
            self._calls.pop(pending, None)
            self._lose(_reason(error))
            pending.fail(SharedLost(_reason(error)))
        else:
            self._calls.pop(pending, None)
            if self._line and self.is_there:
                first = self._line.popleft()
                self._start(first.pending, first.call)
            pending.complete(answer)

    def _look(self, now: float) -> None:
        """Ticks are counted, not seconds: if it is this node that was late, the answer is read before the next one."""
        if self.is_there and not self._calls and now - self._asked >= QUIET:
            self._call(lambda _: self._client.ping())
        for call in self._calls.values():
            call.ticks += 1
            if call.ticks * TICK > self._timeout + TICK / 2:
                self._lose(f"no answer in {self._timeout * 1000:.0f} ms")
                break
        for one in self._line:
            one.ticks += 1
        while self._line and self._line[0].ticks * TICK > self._timeout + TICK / 2:
            self._line.popleft().pending.fail(SharedLost(BUSY))

    def _lose(self, reason: str) -> None:
        if self._probing is not None:
            return
        self.is_there = False
        self.losses += 1
        self._tell(reason)
        self._probing = asyncio.get_running_loop().create_task(self._probe_until_back())
        self._fail_calls(reason)

    def _fail_calls(self, reason: str) -> None:
        calls, self._calls = self._calls, {}
        line, self._line = self._line, deque()
        for pending, call in calls.items():
            pending.fail(SharedLost(reason))
            call.task.cancel()
        for one in line:
            one.pending.fail(SharedLost(reason))

    def _tell(self, reason: str) -> None:
        now = time.monotonic()
        if now - self._told >= TOLD_AGAIN:
            self._told = now
            self._is_told = True
            _log.error("limits are NOT shared: the server at %s is lost (%s)", self._name, reason)

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
        """Connect anew and write something, as a server can answer and refuse to write; why that failed, or ""."""
        try:
            async with asyncio.timeout(CONNECT):
                await self._client.connection_pool.disconnect()
                await self._client.ping()
            async with asyncio.timeout(self._timeout + TICK):
                await self._client.set(f"{PREFIX}probe", b"", px=1000)
        except Exception as error:
            return _reason(error)
        return ""


class _Call:
    """One call that waits, and for how many ticks of the sweep."""

    __slots__ = ("task", "ticks")
    task: "asyncio.Task[None]"

    def __init__(self) -> None:
        self.ticks = 0


class _InLine:
    """A call that is not made yet, and for how many ticks of the sweep."""

    __slots__ = ("call", "pending", "ticks")

    def __init__(self, pending: Pending[Any], call: Callable[[_Call], Awaitable[Any]]) -> None:
        self.pending = pending
        self.call = call
        self.ticks = 0


def _client(url: str) -> "Redis":
    """Nothing is tried twice: the callers do not wait for that. RESP2 is what every version of both servers speaks."""
    from redis.asyncio import Redis  # noqa: PLC0415 - as long as half a start, for nodes that share nothing
    from redis.asyncio.retry import Retry  # noqa: PLC0415
    from redis.backoff import NoBackoff  # noqa: PLC0415

    return Redis.from_url(
        _SCHEME.sub(r"redis\1://", url),
        protocol=2,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=None,  # the sweep looks at that
        socket_connect_timeout=CONNECT,
        max_connections=2 * AT_ONCE,
        client_name="gatewright",
        driver_info=None,
    )


def check_url(url: str) -> None:
    """Raises ValueError, which says nothing of a password in it, for what redis-py would refuse late or overlook."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        is_good = parts.path.startswith("/") and not parts.netloc
    else:
        is_good = bool(_SCHEMES.fullmatch(parts.scheme) and parts.hostname and _DATABASE.fullmatch(parts.path))
    options = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))}
    if not is_good or parts.port == 0 or parts.fragment or not options <= _OPTIONS:
        raise ValueError


def _name(url: str) -> str:
    """Host and port, without user and password."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 6379}" if parts.hostname else parts.path


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__).rstrip(".")


def _space(space: str) -> str:
    return f"{PREFIX}answers:{space}"


def _usage(quota: Quota) -> str:
    return f"{PREFIX}usage:{quota.account}/{quota.region}/{quota.plan_id}/{quota.key_id}"


def _use(use: UseAsk) -> bytes:
    """What COUNT reads."""
    key_day, (back, need, more), known, life, owed, remaining = use
    ask: dict[str, Any] = {
        "day": key_day.day,
        "first": key_day.first,
        "period": key_day.quota.period,
        "limit": key_day.limit if key_day.limit is not None else 0,
        "back": back,
        "need": need,
        "more": more,
        "days": known.days,
        "grants": {f"{period}{first}": limit for (period, first), limit in known.grants.items()},
        "life": life,
        "new": secrets.token_hex(8),
        "owed": owed,
        "kept": DAYS_KEPT * SECONDS * 1000,
    }
    if remaining is not None:
        ask["remaining"] = remaining
    return msgspec.json.encode(ask)


def _counted(use: UseAsk, granted: int, limit: int, life: bytes, days: Sequence[int]) -> Counted:
    """What COUNT answers."""
    key_day = use.key_day
    grants = {(key_day.quota.period, key_day.first): limit} if limit >= 0 else {}
    by_day = dict(zip(days[::2], days[1::2], strict=True))
    return Counted(Grant(granted, EXHAUSTED), Known(by_day, grants), life.decode())


def _known(fields: Mapping[bytes, bytes]) -> Known:
    """A whole hash of COUNT."""
    days: dict[int, int] = {}
    grants: dict[tuple[str, int], int] = {}
    for field, value in fields.items():
        match = _FIELD.fullmatch(field.decode())
        if match is None:
            continue
        kind, period, first = match.groups()
        if kind == "g":
            grants[period, int(first)] = int(value)
        else:
            days[int(first)] = days.get(int(first), 0) + int(value)
    return Known(days, grants)
