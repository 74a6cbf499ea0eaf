"""Two nodes that share limits through a real server, with stores of their own: while it is there, lost, and back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TypeVar

import pytest

from gatewright.execute.limits import shared_usage
from gatewright.execute.limits.leases import LIFE
from gatewright.execute.limits.throttle import Limit
from gatewright.execute.limits.usage import LocalUsage, Quota, Used, day_of
from gatewright.server import valkey
from gatewright.server.sharing import Sharing
from gatewright.server.sweep import Sweep
from gatewright.server.valkey import Valkey
from gatewright.store.sqlite import SqliteStore
from gatewright.values.records import Change, Key
from tests.redis_server import RedisServer
from tests.server.test_valkey import result, run, until

T = TypeVar("T")
NOW = 1_700_000_000.0
QUOTA = Quota("123456789012", "eu-west-1", "plan", "key", limit=60, period="WEEK")  # below 64 nothing is leased ahead
LARGE = QUOTA._replace(key_id="large", limit=10_000)
FREE = QUOTA._replace(key_id="free", limit=None)
LIMIT = Limit("plan/plan/key", 0.001, 10)


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody here waits for a second because a node would tell something once a second."""
    monkeypatch.setattr(shared_usage, "TOLD_EVERY", 0.1)
    monkeypatch.setattr(valkey, "QUIET", 0.1)
    monkeypatch.setattr(valkey, "AGAIN", 0.05)


@asynccontextmanager
async def node(server: RedisServer, *, denies: bool = False, store: Path = Path(":memory:")) -> AsyncIterator[Sharing]:
    sweep = Sweep()
    with closing(SqliteStore(store)) as opened:
        usage = LocalUsage(opened)
        sharing = Sharing(Valkey(server.url, sweep, timeout=2.0), usage, sweep, denies=denies)
        await sharing.open()
        try:
            yield sharing
        finally:
            await sharing.close()
            usage.flush()


async def used_up(sharing: Sharing, requests: int, quota: Quota = QUOTA) -> int:
    """How many of so many requests may pass."""
    return sum([await at_once_or_later(sharing.usage.take(quota, NOW)) is not False for _ in range(requests)])


async def passed(sharing: Sharing, requests: int) -> int:
    return [await at_once_or_later(sharing.throttles.take([LIMIT], NOW)) for _ in range(requests)].count(None)


async def at_once_or_later(waiting: Awaitable[T] | None) -> T | None:
    """What `take` gives, None when the request passes at once."""
    return None if waiting is None else await result(waiting)


async def told(sharing: Sharing, quota: Quota = QUOTA) -> Used:
    (pair,) = await result(sharing.usage.used(quota, [day_of(NOW)]))
    return pair


async def is_told(sharing: Sharing, quota: Quota, used: int) -> None:
    """Wait until `sharing` says that so many were used."""
    async with asyncio.timeout(20):
        while (await told(sharing, quota)).used != used:
            await asyncio.sleep(0.01)


async def lost(*nodes: Sharing) -> None:
    await until(lambda: not any(one.valkey.is_there for one in nodes))


async def back(*nodes: Sharing) -> None:
    await until(lambda: all(one.valkey.is_there for one in nodes))


def test_a_bucket_and_a_quota_of_two_nodes(tmp_path: Path) -> None:
    async def test() -> None:
        with RedisServer(tmp_path / "files") as server:
            async with node(server) as one, node(server) as other:
                # What one has leased ahead the other lacks, until it is given back.
                assert await passed(one, 4) == 4
                assert 4 <= await passed(other, 10) <= 6
                await until(lambda: one.throttles.leases.in_hand + other.throttles.leases.in_hand == 0)
                assert await used_up(one, 40) == 40
                assert await used_up(other, 40) == 20
                assert await told(one) == await told(other) == Used(60, 0)
                one.usage.give_back(QUOTA, NOW)
                await is_told(other, QUOTA, 59)
                # With much left few requests ask the server, and what is leased too much is given back.
                assert await used_up(one, 500, LARGE) == 500
                assert one.usage.leases.calls < 60
                await is_told(other, LARGE, 500)
                # Granted at one node, and had at the other one, as soon as it asks again.
                await result(one.usage.grant(QUOTA, 5, NOW))
                await asyncio.sleep(LIFE)
                assert await used_up(other, 10) == 5
                # Nobody waits for the server where there is no quota: it is told.
                assert (await used_up(one, 3, FREE), await used_up(other, 4, FREE)) == (3, 4)
                await is_told(one, FREE, 7)
                await is_told(other, FREE, 7)
                assert (one.usage.fallbacks, other.throttles.fallbacks) == (0, 0)

    run(test())


def test_each_node_decides_while_the_server_is_lost_and_tells_it_later(tmp_path: Path) -> None:
    async def test() -> None:
        with RedisServer(tmp_path / "files") as server:
            async with node(server) as one, node(server) as other:
                assert await used_up(one, 20) == await used_up(other, 20) == 20
                server.kill()
                await lost(one, other)
                assert (await used_up(one, 8), await used_up(other, 12)) == (8, 12)
                assert (await passed(one, 20), await passed(other, 20)) == (10, 10)  # each of its own bucket
                assert one.throttles.fallbacks == 20
                assert await used_up(one, 2, FREE) == 2
                server.start()  # it has forgotten everything
                await back(one, other)
                await is_told(one, QUOTA, 60)
                await is_told(other, QUOTA, 60)
                await is_told(other, FREE, 2)
                assert await used_up(other, 50) == 0
                assert await passed(one, 10) + await passed(other, 10) <= 10

    run(test())


def test_nothing_passes_while_the_server_is_lost_if_so_set(tmp_path: Path) -> None:
    async def test() -> None:
        with RedisServer(tmp_path / "files") as server:
            server.kill()
            async with node(server, denies=True) as sharing:
                assert await passed(sharing, 2) == 0
                assert await used_up(sharing, 2) == 0
                assert await used_up(sharing, 2, FREE) == 2
                server.start()
                await back(sharing)
                assert await passed(sharing, 2) == 2
                assert await used_up(sharing, 2) == 2
                await is_told(sharing, FREE, 2)

    run(test())


def test_a_quota_outlives_the_nodes_and_the_server(tmp_path: Path) -> None:
    async def test() -> None:
        with RedisServer(tmp_path / "files", keeps=True) as server:
            async with node(server, store=tmp_path / "store") as sharing:
                assert await used_up(sharing, 30) == 30
                assert await passed(sharing, 6) == 6
            server.kill()
            server.start()
            async with node(server) as another:  # which has never heard of the key
                assert await told(another) == Used(30, 30)
                assert await passed(another, 10) == 4
        with RedisServer(tmp_path / "empty") as forgetful:
            async with node(forgetful, store=tmp_path / "store") as sharing:
                assert await used_up(sharing, 100) == 30

    run(test())


def test_a_node_that_stops_tells_everything(tmp_path: Path) -> None:
    keys = [FREE._replace(key_id=f"free{number}") for number in range(300)]

    async def test() -> None:
        with RedisServer(tmp_path / "files") as server:
            async with node(server) as one:
                for key in keys:
                    assert await used_up(one, 1, key) == 1
            async with node(server) as another:
                assert {await told(another, key) for key in keys} == {Used(1, -1)}

    run(test())


def test_a_grant_without_the_server_is_kept_for_it(tmp_path: Path) -> None:
    async def test() -> None:
        with RedisServer(tmp_path / "files") as server:
            async with node(server) as one, node(server) as other:
                assert await used_up(one, 20) == 20
                server.kill()
                await lost(one, other)
                await result(one.usage.grant(QUOTA, 7, NOW))
                assert await used_up(one, 3) == 3
                server.start()
                await back(one, other)
                await is_told(other, QUOTA, 23)
                assert await used_up(other, 10) == 4

    run(test())


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_key_that_left_its_plan_begins_anew(tmp_path: Path, is_lost: bool) -> None:
    async def test() -> None:
        with RedisServer(tmp_path / "files", keeps=True) as server:
            async with node(server) as one, node(server) as other:
                assert await used_up(one, 30, LARGE) == 30
                assert await used_up(other, 5, QUOTA) == 5
                if is_lost:
                    server.kill()
                    await lost(one, other)
                    assert await used_up(one, 4, LARGE) == 4
                is_on_its_way = asyncio.ensure_future(used_up(one, 1, LARGE))
                await asyncio.sleep(0)
                key = Key(LARGE.account, LARGE.region, "UsagePlanKey", LARGE.plan_id, LARGE.key_id)
                for sharing in (one, other):
                    sharing.usage.drop_changed([Change(1, key, deleted=True)])
                assert await is_on_its_way == 1
                if is_lost:
                    server.start()
                    await back(one, other)
                base = (await told(other, LARGE)).used
                assert base <= 1
                assert await used_up(one, 2, LARGE) == 2
                await is_told(other, LARGE, base + 2)
                await is_told(one, QUOTA, 5)

    run(test())


def test_a_server_that_was_emptied_is_told(tmp_path: Path) -> None:
    async def test() -> None:
        with RedisServer(tmp_path / "files") as server:
            async with node(server) as sharing:
                assert await used_up(sharing, 30) == 30
                server.command("FLUSHALL")
                assert await used_up(sharing, 1) == 1
                await is_told(sharing, QUOTA, 31)

    run(test())
