"""What keys used: periods, quotas and their offset, grants, days told, and what the store is left with."""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.execute.limits.usage import DAYS_KEPT, LocalUsage, Quota, Used, began, day_of
from gatewright.store.sqlite import SqliteStore
from gatewright.values.pending import Drive
from gatewright.values.records import Change, Key, Store

QUOTA = Quota("123456789012", "eu-west-1", "plan", "key", limit=3, period="DAY")


def at(text: str) -> float:
    return datetime.fromisoformat(f"{text}+00:00").timestamp()


def day(text: str) -> int:
    return day_of(at(text))


@pytest.fixture
def store() -> Iterator[Store]:
    made = SqliteStore(Path(":memory:"))
    yield made
    made.close()


def take(usage: LocalUsage, now: float, quota: Quota = QUOTA) -> bool:
    return usage.take(quota, now) is None


def grant(usage: LocalUsage, remaining: int, now: float, quota: Quota = QUOTA) -> None:
    Drive(usage.grant(quota, remaining, now), lambda _, error: None).step()


def used(usage: LocalUsage, first: str, days: int, quota: Quota = QUOTA) -> list[Used]:
    ended: list[list[Used] | None] = []
    start = day(first)
    Drive(usage.used(quota, range(start, start + days)), lambda answer, error: ended.append(answer)).step()
    assert ended[0] is not None
    return ended[0]


def accepted(usage: LocalUsage, now: str, quota: Quota = QUOTA, asked: int = 20) -> int:
    return sum(take(usage, at(now), quota) for _ in range(asked))


@given(st.dates(date(1971, 1, 1), date(2999, 1, 1)))
def test_periods_begin_at_midnight_of_utc_on_sundays_and_on_first_days(of: date) -> None:
    def first(period: str) -> date:
        return date(1970, 1, 1) + timedelta(days=began(period, (of - date(1970, 1, 1)).days))

    assert (first("DAY"), first("MONTH")) == (of, of.replace(day=1))
    assert first("WEEK").isoweekday() == 7 and of - timedelta(days=6) <= first("WEEK") <= of


@pytest.mark.parametrize(
    ("period", "last", "next_one"),
    [
        ("DAY", "2026-01-31T23:59:59.999", "2026-02-01T00:00"),
        ("WEEK", "2026-01-10T23:59:59.999", "2026-01-11T00:00"),  # a Saturday, a Sunday
        ("MONTH", "2028-02-29T23:59:59.999", "2028-03-01T00:00"),
    ],
)
def test_a_quota_is_whole_again_when_its_period_ends(store: Store, period: str, last: str, next_one: str) -> None:
    usage, quota = LocalUsage(store), QUOTA._replace(period=period)
    assert [accepted(usage, last, quota), accepted(usage, next_one, quota)] == [3, 3]
    usage.flush()
    restarted = LocalUsage(store)
    assert [accepted(restarted, each, quota) for each in (last, next_one)] == [0, 0]
    assert accepted(restarted, "2028-04-05", quota) == 3


def test_the_offset_counts_in_the_first_period(store: Store) -> None:
    usage = LocalUsage(store)
    quota = QUOTA._replace(limit=8, period="WEEK", offset=6, since=day("2026-01-07"))
    assert [accepted(usage, f"2026-01-{each:02}", quota) for each in (7, 10, 11, 12, 18)] == [2, 0, 8, 0, 8]


def test_more_of_an_offset_than_there_is_leaves_nothing(store: Store) -> None:
    quota = QUOTA._replace(limit=2, period="WEEK", offset=6, since=day("2026-01-07"))
    assert [accepted(LocalUsage(store), now, quota) for now in ("2026-01-07", "2026-01-11")] == [0, 2]


def test_a_plan_without_a_quota_counts_all_the_same(store: Store) -> None:
    usage, quota = LocalUsage(store), QUOTA._replace(limit=None)
    assert accepted(usage, "2026-01-07", quota) == 20
    assert used(usage, "2026-01-06", 3, quota) == [(0, -1), (20, -1), (0, -1)]


def test_what_is_given_back_was_not_used(store: Store) -> None:
    usage, now = LocalUsage(store), at("2026-01-07")
    assert take(usage, now)
    usage.give_back(QUOTA, now)
    assert accepted(usage, "2026-01-07") == 3
    assert used(usage, "2026-01-07", 1) == [(3, 0)]


def test_days_tell_what_was_used_and_left_at_their_end(store: Store) -> None:
    usage, quota = LocalUsage(store), QUOTA._replace(limit=10, period="WEEK")
    for each, asked in (("2026-01-08", 4), ("2026-01-10", 3), ("2026-01-11", 1)):
        accepted(usage, each, quota, asked)
    assert used(usage, "2026-01-07", 6, quota) == [(0, 10), (4, 6), (0, 6), (3, 3), (1, 9), (0, 9)]


def test_a_grant_is_for_the_period_it_is_made_in(store: Store) -> None:
    usage, quota = LocalUsage(store), QUOTA._replace(period="MONTH")
    assert accepted(usage, "2026-01-07", quota) == 3
    grant(usage, 5, at("2026-01-08"), quota)
    assert used(usage, "2026-01-08", 1, quota) == [(0, 5)]
    assert [accepted(usage, now, quota) for now in ("2026-01-08", "2026-01-31", "2026-02-01")] == [5, 0, 3]
    grant(usage, 0, at("2026-03-01"), quota)
    assert [accepted(usage, now, quota) for now in ("2026-03-01", "2026-04-01")] == [0, 3]


def test_a_changed_quota_counts_at_once(store: Store) -> None:
    usage, now = LocalUsage(store), "2026-01-07"
    assert [accepted(usage, now, QUOTA._replace(limit=limit)) for limit in (3, 5, 4, 6)] == [3, 2, 0, 1]
    assert accepted(usage, now, QUOTA._replace(limit=10, period="MONTH")) == 4  # what the day used is the month's, too


def test_a_clock_set_back_finds_the_days_as_they_were(store: Store) -> None:
    usage = LocalUsage(store)
    assert [accepted(usage, f"2026-01-{each:02}") for each in (7, 8, 7, 8)] == [3, 3, 0, 0]


def test_what_was_written_is_there_after_a_restart_and_the_feed_tells_nothing(store: Store) -> None:
    told: list[Change] = []
    store.subscribe(told.extend)
    usage = LocalUsage(store)
    accepted(usage, "2026-01-07", asked=2)
    grant(usage, 2, at("2026-01-07"))
    assert accepted(usage, "2026-01-07", asked=1) == 1
    usage.look(0.5)
    assert accepted(LocalUsage(store), "2026-01-07") == 2  # as a killed node left it: of the last second nothing
    usage.look(1.0)
    assert accepted(LocalUsage(store), "2026-01-07") == 1
    assert used(LocalUsage(store), "2026-01-07", 1) == [(3, 1)]
    assert (told, list(store.changes(0))) == ([], [])


def test_no_more_days_are_kept_than_can_be_asked_for(store: Store) -> None:
    usage, start = LocalUsage(store), datetime(2026, 1, 1, tzinfo=UTC)
    for days in range(DAYS_KEPT + 30):
        take(usage, (start + timedelta(days=days)).timestamp())
    usage.flush()
    with store.read() as tx:
        record = tx.get(Key("123456789012", "eu-west-1", "Usage", "plan", "key"))
    assert record is not None and len(record["days"]) == DAYS_KEPT + 1


def test_no_more_counters_are_kept_than_fit(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatewright.execute.limits.usage.COUNTERS_KEPT", 10)
    usage = LocalUsage(store)
    quotas = [QUOTA._replace(key_id=f"k{number}") for number in range(25)]
    for second in range(50):
        assert take(usage, at("2026-01-07"), quotas[second % 25])
        assert len(usage._counters) <= 10
        usage.look(second)
    assert [used(usage, "2026-01-07", 1, quota) for quota in quotas] == [[(2, 1)]] * 25


def test_what_a_key_used_is_forgotten_when_it_leaves_its_plan(store: Store) -> None:
    usage = LocalUsage(store)
    store.subscribe(usage.drop_changed)
    place = Key("123456789012", "eu-west-1", "UsagePlanKey", "plan", "key")
    with store.transaction() as tx:
        tx.put(place, {"id": "key"})
    assert accepted(usage, "2026-01-07") == 3
    with store.transaction() as tx:
        tx.delete(place)
    usage.flush()
    assert used(usage, "2026-01-07", 1) == [(0, 3)]


def test_what_is_given_back_by_a_key_that_has_left_is_nothing(store: Store) -> None:
    usage, now = LocalUsage(store), at("2026-01-07")
    usage.give_back(QUOTA, now)
    assert accepted(usage, "2026-01-07") == 3


@pytest.fixture
def file(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "store.db")
    yield made
    made.close()


def test_nobody_waits_for_a_store_that_is_busy(file: SqliteStore, tmp_path: Path) -> None:
    usage = LocalUsage(file)
    with contextlib.closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        for second in range(5):
            assert accepted(usage, "2026-01-07", asked=1, quota=QUOTA._replace(limit=9)) == 1
            usage.look(second)
        assert time.monotonic() - began < 1
        assert used(LocalUsage(file), "2026-01-07", 1) == [(0, 3)]
    usage.look(6)
    assert used(LocalUsage(file), "2026-01-07", 1, QUOTA._replace(limit=9)) == [(5, 4)]


def test_a_full_disk_loses_nothing_and_is_told_once(file: SqliteStore, caplog: pytest.LogCaptureFixture) -> None:
    usage = LocalUsage(file)
    quotas = [QUOTA._replace(key_id=f"{number}" * 100) for number in range(1000)]
    (pages,) = file._connection.execute("PRAGMA page_count").fetchone()
    file._connection.execute(f"PRAGMA max_page_count = {pages}")
    for tick in range(100):
        assert all(take(usage, at("2026-01-07"), quota) for quota in quotas[10 * tick : 10 * tick + 10])
        usage.look(tick)
    assert [record.message for record in caplog.records] == [
        "what keys used cannot be written now, and a restart would forget it: database or disk is full"
    ]
    file._connection.execute("PRAGMA max_page_count = 1000000")
    for tick in range(5):  # in parts, as requests wait for each
        usage.look(100 + tick / 20)
    assert caplog.records[-1].message == "what keys used is written again" and len(caplog.records) == 2
    assert [used(LocalUsage(file), "2026-01-07", 1, quota) for quota in quotas] == [[(1, 2)]] * 1000
