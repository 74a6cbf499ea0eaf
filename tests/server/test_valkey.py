"""The shared server, a real one: what its scripts give, and how it is lost and comes back."""

import asyncio
import logging
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from math import inf
from pathlib import Path
from typing import Any, TypeVar

import pytest

from gatewright.execute.limits.throttle import Limit
from gatewright.execute.limits.usage import Quota
from gatewright.execute.shared import Ask, Grant, KeyDay, Known, SharedLost, UseAsk
from gatewright.server import valkey as valkey_module
from gatewright.server.sweep import Sweep
from gatewright.server.valkey import AT_ONCE, IN_LINE, Valkey
from gatewright.server.valkey_url import check_url
from gatewright.values.pending import Drive
from tests.redis_server import RedisServer

T = TypeVar("T")
LIMIT = Limit("plan/p/k", 100.0, 50)
NOTHING = Known({}, {})


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("redis") / "files") as server:
        yield server


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(valkey_module, "AGAIN", 0.05)


@pytest.fixture
def server(running: RedisServer) -> RedisServer:
    """Empty."""
    assert running.command("FLUSHALL") == b"+OK\r\n"
    return running


@asynccontextmanager
async def opened(url: str, timeout: float = 2.0) -> AsyncIterator[Valkey]:
    valkey = Valkey(url, Sweep(), timeout=timeout)
    await valkey.open()
    try:
        yield valkey
    finally:
        await valkey.close()


async def result(awaitable: Awaitable[T]) -> T:
    """Await a Pending in a task, where only futures are awaited."""
    future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    async def wait() -> T:
        return await awaitable

    def done(answer: T | None, error: BaseException | None) -> None:
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(answer)  # type: ignore[arg-type]

    Drive(wait(), done).step()
    return await future


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def test_tokens_of_a_bucket(server: RedisServer) -> None:
    async def test() -> None:
        async with opened(server.url) as valkey:
            slow = Limit("slow", 0.5, 50)
            # A quarter of the 47 that are left, and no more, is given ahead.
            assert await result(valkey.lease([(slow, Ask(0, 3, 100))])) == [Grant(14, 0.0)]
            assert await result(valkey.lease([(slow, Ask(4, 0, 0))])) == [Grant(0, 0.0)]
            ((tokens, wait),) = await result(valkey.lease([(slow, Ask(0, 100, 100))]))
            assert (tokens, wait) == (40, 1.0)  # the next one comes in 2 s: what is told is 1 s at most
            ((tokens, wait),) = await result(valkey.lease([(LIMIT, Ask(0, 51, 0))]))
            assert tokens == 50
            assert 0.0 < wait <= 0.01
            nothing = [(Limit("none", 0.0, 5), Ask(0, 1, 1)), (Limit("no burst", 5.0, 0), Ask(0, 1, 1))]
            assert [tokens for tokens, _ in await result(valkey.lease(nothing))] == [0, 0]

    run(test())


def test_a_limit_that_is_changed(server: RedisServer) -> None:
    async def test() -> None:
        async with opened(server.url) as valkey:
            was, higher, lower = Limit("b", 0.001, 20), Limit("b", 1000.0, 1000), Limit("b", 0.001, 4)
            assert (await result(valkey.lease([(was, Ask(0, 20, 0))])))[0].tokens == 20
            await asyncio.sleep(0.02)
            # What came until now came at the rate until now.
            assert (await result(valkey.lease([(higher, Ask(10, 100, 0))])))[0].tokens == 10
            assert (await result(valkey.lease([(lower, Ask(10, 100, 0))])))[0].tokens == 4

    run(test())


def test_a_full_bucket_is_forgotten(server: RedisServer) -> None:
    async def test() -> None:
        async with opened(server.url) as valkey:
            await result(valkey.lease([(LIMIT, Ask(0, 2, 0))]))
            assert server.command("EXISTS", "gatewright:bucket:plan/p/k") == b":1\r\n"
            await asyncio.sleep(0.05)
            assert server.command("EXISTS", "gatewright:bucket:plan/p/k") == b":0\r\n"

    run(test())


def test_many_clients_at_once_get_no_more_than_there_is(server: RedisServer) -> None:
    async def test() -> None:
        async with opened(server.url) as one, opened(server.url) as other:
            began = time.monotonic()
            asks = [result(valkey.lease([(LIMIT, Ask(0, 3, 2))])) for valkey in (one, other) for _ in range(30)]
            tokens = sum([grant.tokens for (grant,) in await asyncio.gather(*asks)])
            assert 50 <= tokens <= 50 + 100 * (time.monotonic() - began)

    run(test())


def test_a_lease_of_many_buckets(server: RedisServer) -> None:
    async def test() -> None:
        async with opened(server.url) as valkey:
            asks = [(Limit(f"{number}", 1.0, number), Ask(0, 1000, 0)) for number in range(1, 600)]
            assert [grant.tokens for grant in await result(valkey.lease(asks))] == list(range(1, 600))

    run(test())


QUOTA = Quota("1", "r", "p", "k", 100, "WEEK")
DAY = KeyDay("1/r/p/k/20003", QUOTA, 20003, 20000, 100)


def counted(tokens: int, days: dict[int, int], limit: int | None = None) -> tuple[Grant, Known]:
    return Grant(tokens, inf), Known(days, {("WEEK", 20000): limit} if limit is not None else {})


def test_requests_of_a_quota(server: RedisServer) -> None:
    async def test() -> None:
        async with opened(server.url) as valkey:

            async def count(use: UseAsk) -> tuple[Grant, Known]:
                ((grant, known, seen),) = await result(valkey.count([use]))
                lives.add(seen)
                return grant, known

            lives: set[str] = set()
            told = Known({20001: 5}, {})
            assert await count(UseAsk(DAY, Ask(0, 3, 8), told, "", 0)) == counted(4, {20001: 5, 20003: 4})
            (life,) = lives
            # Known in the same life: it is in the count already. What is owed is not.
            assert await count(UseAsk(DAY, Ask(1, 0, 0), told, life, 2)) == counted(0, {20001: 5, 20003: 5})
            # Known in a former life: the highest of all counts, once.
            former = UseAsk(DAY, Ask(0, 0, 0), Known({20001: 7, 20003: 10}, {}), "former", 0)
            assert await count(former) == counted(0, {20001: 7, 20003: 15})
            assert await count(former) == counted(0, {20001: 7, 20003: 15})
            # What is granted stands in place of the limit.
            granting = UseAsk(DAY, Ask(0, 0, 0), NOTHING, life, 0, 3)
            assert await count(granting) == counted(0, {20001: 7, 20003: 15}, limit=25)
            last = UseAsk(DAY, Ask(0, 9, 9), NOTHING, life, 0)
            assert await count(last) == counted(3, {20001: 7, 20003: 18}, limit=25)
            assert lives == {life}
            assert await result(valkey.used(QUOTA)) == Known({20001: 7, 20003: 18}, {("WEEK", 20000): 25})

    run(test())


def test_a_key_that_begins_anew_and_days_that_are_over(server: RedisServer) -> None:
    async def test() -> None:
        async with opened(server.url) as valkey:
            old = DAY._replace(day=DAY.day - 91, first=DAY.first - 91)
            await result(valkey.count([UseAsk(old, Ask(0, 1, 0), NOTHING, "", 0, 7)]))
            assert await result(valkey.used(QUOTA)) == Known({old.day: 1}, {("WEEK", old.first): 7})
            await result(valkey.count([UseAsk(DAY, Ask(0, 2, 0), NOTHING, "", 0)]))
            assert await result(valkey.used(QUOTA)) == Known({DAY.day: 2}, {})
            await result(valkey.forget([QUOTA]))
            assert await result(valkey.used(QUOTA)) == NOTHING

    run(test())


def test_a_full_memory_stops_the_cache_but_no_limit(server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        async with opened(server.url) as valkey:
            await result(valkey.set("api/prod", "k", b"kept", 60, 0))
            server.command("CONFIG", "SET", "maxmemory", "1")
            try:
                for _ in range(2):
                    with pytest.raises(SharedLost, match="maxmemory"):
                        await result(valkey.set("api/prod", "l", b"more", 60, 0))
                assert await result(valkey.get("api/prod", "k")) == b"kept"
                await result(valkey.flush("api/prod"))
                assert await result(valkey.get("api/prod", "k")) is None
                assert (await result(valkey.lease([(LIMIT, Ask(0, 60, 0))])))[0].tokens == 50
                ((grant, _, _),) = await result(valkey.count([UseAsk(DAY, Ask(0, 3, 0), NOTHING, "", 0)]))
                assert grant.tokens == 3
                async with opened(server.url) as another:
                    assert another.is_there
            finally:
                server.command("CONFIG", "SET", "maxmemory", "0")
            assert valkey.losses == 0

    run(test())
    (message,) = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert message.startswith(f"responses cannot be cached in the server at 127.0.0.1:{server.port} (")


def test_whatever_is_written_expires(server: RedisServer) -> None:
    async def test() -> None:
        async with opened(server.url) as valkey:
            await result(valkey.lease([(Limit("b", 0.001, 20), Ask(0, 1, 0))]))
            await result(valkey.count([UseAsk(DAY, Ask(0, 1, 0), NOTHING, "", 0)]))
            await result(valkey.set("api/prod", "k", b"kept", 60, 0))
            await result(valkey.flush("api/test"))
            names = [line.decode() for line in server.command("KEYS", "*").split() if b"gatewright:" in line]
            assert len(names) == 6  # with the bucket of the probe, and the name of each space
            for name in names:
                assert 0 < int(server.command("PTTL", name)[1:]) <= 90 * 86_400_000

    run(test())


def test_a_late_answer_is_no_loss(server: RedisServer) -> None:
    async def test() -> None:
        async with opened(server.url, timeout=0.1) as valkey:
            slow = valkey._call_of_many(lambda _: asyncio.sleep(9))
            with pytest.raises(SharedLost, match="no answer in 100 ms"):
                await result(slow)
            assert await result(valkey.lease([(LIMIT, Ask(0, 1, 0))])) == [Grant(1, 0.0)]
            assert valkey.losses == 0

    run(test())


def test_cached_answers(server: RedisServer) -> None:
    async def test() -> None:
        async with opened(server.url) as valkey:
            assert await result(valkey.get("api/prod", "k")) is None
            for space in ("api/prod", "api/test"):
                await result(valkey.set(space, "k", b"\x00\xff" * 500_000, 60, 0))
                await result(valkey.set(space, "gone", b"soon", 0.001, 0))
            assert await result(valkey.get("api/prod", "k")) == b"\x00\xff" * 500_000
            await result(valkey.delete("api/test", "k"))
            assert await result(valkey.get("api/test", "k")) is None
            await result(valkey.flush("api/prod"))
            assert await result(valkey.get("api/prod", "k")) is None
            await result(valkey.set("api/prod", "k", b"asked for before", 60, 5))
            assert await result(valkey.get("api/prod", "k")) is None
            await result(valkey.set("api/prod", "k", b"new", 60, 0))
            assert await result(valkey.get("api/prod", "k")) == b"new"
            await asyncio.sleep(0.01)
            assert await result(valkey.get("api/test", "gone")) is None
            await result(valkey.set("api/test", "k", b"asked for last", 60, 0))
            await result(valkey.set("api/test", "k", b"answered last", 60, 5))
            assert await result(valkey.get("api/test", "k")) == b"asked for last"
            many = [result(valkey.get("api/prod", "k")) for _ in range(AT_ONCE + IN_LINE + 1)]
            *served, refused = await asyncio.gather(*many, return_exceptions=True)
            assert served == [b"new"] * (AT_ONCE + IN_LINE)
            assert isinstance(refused, SharedLost)
            assert valkey.is_there

    run(test())


def test_scripts_that_the_server_forgot_are_sent_again(server: RedisServer) -> None:
    async def test() -> None:
        async with opened(server.url) as valkey:
            assert await result(valkey.lease([(LIMIT, Ask(0, 1, 0))])) == [Grant(1, 0.0)]
            server.command("SCRIPT", "FLUSH")
            assert await result(valkey.lease([(LIMIT, Ask(0, 1, 0))])) == [Grant(1, 0.0)]
            assert valkey.losses == 0

    run(test())


def test_a_server_that_stands_still_is_lost_soon_and_only_once(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async def lease(valkey: Valkey) -> float:
        began = time.monotonic()
        with pytest.raises(SharedLost):
            await result(valkey.lease([(LIMIT, Ask(0, 1, 0))]))
        return time.monotonic() - began

    async def test() -> None:
        async with opened(server.url, timeout=0.1) as valkey:
            server.send(signal.SIGSTOP)
            try:
                assert 0.1 <= await lease(valkey) < 1.0
                assert await lease(valkey) < 0.05
                assert (valkey.is_there, valkey.losses) == (False, 1)
                await asyncio.sleep(0.2)
                assert await lease(valkey) < 0.05
            finally:
                server.send(signal.SIGCONT)
            await until(lambda: valkey.is_there)
            assert await result(valkey.lease([(LIMIT, Ask(0, 1, 0))])) == [Grant(1, 0.0)]

    caplog.set_level(logging.INFO)
    run(test())
    name = f"127.0.0.1:{server.port}"
    assert [record.message for record in caplog.records if record.name == "gatewright.server.valkey"] == [
        f"limits are shared through the server at {name}",
        f"limits are NOT shared: the server at {name} is lost (no answer in 100 ms)",
        f"limits are shared again: the server at {name} is back",
    ]


def test_a_pause_of_the_node_is_no_loss(server: RedisServer) -> None:
    async def test() -> None:
        async with opened(server.url, timeout=0.1) as valkey:
            answer = asyncio.ensure_future(result(valkey.lease([(LIMIT, Ask(0, 1, 0))])))
            await asyncio.sleep(0)
            time.sleep(0.3)
            assert await answer == [Grant(1, 0.0)]

    run(test())


def test_a_server_that_cannot_write_is_lost(server: RedisServer) -> None:
    async def test() -> None:
        async with opened(server.url) as valkey:
            server.command("REPLICAOF", "127.0.0.1", "1")
            try:
                with pytest.raises(SharedLost, match="read only replica"):
                    await result(valkey.lease([(LIMIT, Ask(0, 1, 0))]))
                await asyncio.sleep(0.2)
                assert (valkey.is_there, valkey.losses) == (False, 1)  # it answers the probe, but with an error
            finally:
                server.command("REPLICAOF", "NO", "ONE")
            await until(lambda: valkey.is_there)

    run(test())


@pytest.mark.parametrize(("seconds", "last"), [(0.0, "NOT shared"), (60.0, "shared again")])
def test_a_server_that_comes_and_goes(
    server: RedisServer,
    seconds: float,
    last: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def test() -> None:
        async with opened(server.url) as valkey:
            for _ in range(2):
                await until(lambda: valkey.is_there)
                server.command("REPLICAOF", "127.0.0.1", "1")
                with pytest.raises(SharedLost):
                    await result(valkey.lease([(LIMIT, Ask(0, 1, 0))]))
                if valkey.losses == 1:
                    server.command("REPLICAOF", "NO", "ONE")

    monkeypatch.setattr(valkey_module, "COMES_AND_GOES", seconds)
    try:
        run(test())
    finally:
        server.command("REPLICAOF", "NO", "ONE")
    assert f"limits are {last}" in caplog.records[-1].message


def test_a_server_that_nobody_asks_is_missed_and_found(tmp_path: Path) -> None:
    async def test() -> None:
        with RedisServer(tmp_path / "files") as server:
            async with opened(server.url) as valkey:
                server.kill()
                await until(lambda: not valkey.is_there)
                server.start()
                await until(lambda: valkey.is_there)

    run(test())


def test_no_server_and_a_wrong_password(caplog: pytest.LogCaptureFixture, server: RedisServer) -> None:
    async def test() -> None:
        for url in ("valkey://127.0.0.1:1", server.url.replace("://", "://user:s3cret@")):
            async with opened(url) as valkey:
                with pytest.raises(SharedLost):
                    await result(valkey.get("s", "k"))

    run(test())
    messages = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert len(messages) == 2
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost",
        "valkeys://user:pass%20word@[::1]:6380/3?ssl_ca_certs=/etc/ca.pem",
        "unix:///run/valkey.sock",
    ],
)
def test_urls(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:6379",
        "http://localhost",
        "redis://",
        "redis://localhost/db",
        "redis://localhost:0",
        "redis://localhost:99999",
        "redis://localhost?ssl_cert_reqs=none",
        "redis://localhost?db",
        "redis://localhost#1",
        "unix://relative.sock",
    ],
)
def test_urls_that_are_none(url: str) -> None:
    with pytest.raises(ValueError):
        check_url(url)
