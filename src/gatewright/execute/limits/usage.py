"""What the keys of usage plans used: requests of every day, and how many a quota leaves them.

Days and periods are of UTC: a week begins on Sunday, a month on its first day. A day is a number, days since
1970-01-01. API reference: QuotaSettings, Usage; developer guide: "Usage plans and API keys for REST APIs".
"""

import logging
from collections.abc import Awaitable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from math import inf
from typing import NamedTuple, Protocol

from gatewright.values.pending import completed
from gatewright.values.records import Change, Document, Key, Store

DAYS_KEPT = 90
COUNTERS_KEPT = 20_000  # in memory; the others are in the store
WRITTEN_AFTER_SECONDS = 1.0
WRITTEN_AT_ONCE = 200  # keys a tick of the sweep: requests wait for them
PATIENCE = 5.0  # seconds for a store that another process is writing to, where somebody waits for the result
NO_QUOTA = -1  # what is left to a key of a plan without a quota
SECONDS = 86_400  # of a day
_SUNDAY = 4  # 1970-01-01 was a Thursday
_FIRST_DAY = datetime(1970, 1, 1, tzinfo=UTC)
_log = logging.getLogger(__name__)
_Key = tuple[str, str, str, str]  # account, region, usage plan and key: the first four of a Quota


class Quota(NamedTuple):
    """What a key may use of a plan: `limit` requests in each period, None for as many as it likes.

    In its first period, the one with the day `since`, `offset` requests less (API reference: QuotaSettings)."""

    account: str
    region: str
    plan_id: str
    key_id: str
    limit: int | None = None
    period: str = "DAY"
    offset: int = 0
    since: int = 0


class Used(NamedTuple):
    """Requests of one day, and how many were left at its end."""

    used: int
    remaining: int


class Usage(Protocol):
    """What all keys used."""

    def take(self, quota: Quota, now: float) -> Awaitable[bool] | None:
        """Count one request. None when it is counted, which costs no coroutine; otherwise what gives whether it is, and
        False, uncounted, when nothing is left. `now` in epoch seconds."""
        ...

    def give_back(self, quota: Quota, now: float) -> None:
        """Undo `take` of the same arguments: the request went no further."""
        ...

    def used(self, quota: Quota, days: Sequence[int]) -> Awaitable[list[Used]]:
        """One pair for each day."""
        ...

    def grant(self, quota: Quota, remaining: int, now: float) -> Awaitable[None]:
        """Let the key make `remaining` more requests until the period of `now` ends, whatever it used."""
        ...

    def flush(self) -> None:
        """Write what is not written yet."""
        ...


def day_of(now: float) -> int:
    """The day of a time in epoch seconds."""
    return int(now // SECONDS)


def began(period: str, day: int) -> int:
    """The first day of the period that has `day`."""
    if period == "MONTH":
        return day + 1 - (_FIRST_DAY + timedelta(days=day)).day
    return day - (day + _SUNDAY) % 7 if period == "WEEK" else day


def limit_of(quota: Quota, first: int) -> int:
    """What may be used in the period that begins with the day `first`. The quota has a limit."""
    assert quota.limit is not None
    is_initial = first == began(quota.period, quota.since)
    return max(quota.limit - quota.offset, 0) if is_initial else quota.limit


class LocalUsage:
    """Implements `Usage` for one node, over its store: what keys used outlives the node.

    Requests are counted in memory and written once a second and at stop, so a node that is killed forgets about the
    last second. What the store does not take is kept until it does."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counters: dict[_Key, _Counter] = {}
        self._unwritten: dict[_Key, None] = {}  # in the order in which they were changed
        self._due: list[_Key] = []  # of them, those to be written at the next ticks
        self._looked = 0.0
        self._is_failing = False

    def take(self, quota: Quota, now: float) -> Awaitable[bool] | None:
        """See `Usage`."""
        key = quota[:4]
        counter = self._counters.get(key) or self._opened(key)
        if not (counter.quota is quota and counter.start <= now < counter.end):
            counter.turn(quota, now)
        if counter.left < 1:
            return completed(False)
        counter.left -= 1
        counter.days[counter.day] += 1
        if not counter.is_unwritten:
            self._changed(key, counter)
        return None

    def give_back(self, quota: Quota, now: float) -> None:
        """See `Usage`."""
        key = quota[:4]
        counter = self._counters.get(key) or self._opened(key)
        counter.turn(quota, now)
        if counter.days[counter.day] > 0:  # or the key has left its plan meanwhile
            counter.left += 1
            counter.days[counter.day] -= 1
            self._changed(key, counter)

    async def used(self, quota: Quota, days: Sequence[int]) -> list[Used]:
        """See `Usage`."""
        counter = self._counters.get(quota[:4]) or self._read(quota[:4])
        return [Used(counter.days.get(day, 0), counter.remaining(quota, day)) for day in days]

    async def grant(self, quota: Quota, remaining: int, now: float) -> None:
        """See `Usage`."""
        key = quota[:4]
        counter = self._counters.get(key) or self._opened(key)
        counter.grant(quota, remaining, now)
        self._changed(key, counter)
        self._write([key], PATIENCE)

    def known(self, quota: Quota) -> tuple[Mapping[int, int], Mapping[tuple[str, int], int]]:
        """Requests by day, and what was granted in place of limits, by period and its first day."""
        counter = self._counters.get(quota[:4]) or self._opened(quota[:4])
        return counter.days, counter.grants

    def learn(self, quota: Quota, days: Mapping[int, int], grants: Mapping[tuple[str, int], int]) -> None:
        """Take over what others know better, in the shape of `known`."""
        key = quota[:4]
        counter = self._counters.get(key) or self._opened(key)
        counter.learn(days, grants)
        self._changed(key, counter)

    def flush(self) -> None:
        """See `Usage`. What cannot be written now is kept for the next time."""
        self._write(list(self._unwritten), PATIENCE)

    def look(self, now: float) -> None:
        """Called by the sweep, with monotonic seconds. Requests wait meanwhile, so nothing is waited for here."""
        if now - self._looked >= WRITTEN_AFTER_SECONDS:
            self._looked = now
            self._due = list(self._unwritten)
        if self._due:
            some = self._due[:WRITTEN_AT_ONCE]
            del self._due[:WRITTEN_AT_ONCE]
            self._write(some, 0.0)

    def drop_changed(self, changes: Sequence[Change]) -> None:
        """Forget what keys used of plans that they have left."""
        for change in changes:
            if change.key.kind == "UsagePlanKey" and change.deleted:
                key = (change.key.account, change.key.region, change.key.parent, change.key.id)
                self._counters.pop(key, None)
                self._unwritten.pop(key, None)

    def _changed(self, key: _Key, counter: "_Counter") -> None:
        counter.is_unwritten = True
        self._unwritten[key] = None

    def _write(self, keys: Sequence[_Key], patience: float) -> None:
        written = {key: self._counters[key] for key in keys if key in self._unwritten}
        if not written:
            return
        try:
            self._store.note({_record(key): each.document() for key, each in written.items()}, patience=patience)
        except Exception as error:
            self._due.clear()  # the others would fare the same
            if not self._is_failing:  # once is enough: the disk may be full
                _log.error("what keys used cannot be written now, and a restart would forget it: %s", error)
            self._is_failing = True
            return
        if self._is_failing:
            _log.warning("what keys used is written again")
        self._is_failing = False
        for key, counter in written.items():
            counter.is_unwritten = False
            del self._unwritten[key]

    def _opened(self, key: _Key) -> "_Counter":
        if len(self._counters) >= COUNTERS_KEPT:
            self._forget_written_ones()
        counter = self._counters[key] = self._read(key)
        return counter

    def _forget_written_ones(self) -> None:
        """Look at a few old ones for each that is opened, so that no more are kept than fit, or than are unwritten."""
        for key in list(islice(self._counters, 8)):
            counter = self._counters.pop(key)
            if counter.is_unwritten:
                self._counters[key] = counter

    def _read(self, key: _Key) -> "_Counter":
        with self._store.read() as tx:
            return _Counter(tx.get(_record(key)) or {})


def _record(key: _Key) -> Key:
    account, region, plan_id, key_id = key
    return Key(account, region, "Usage", plan_id, key_id)


class _Counter:
    """One key's requests by day, and what it was granted by period; `left` in the period of the day it is turned to."""

    __slots__ = ("day", "days", "end", "grants", "is_unwritten", "left", "quota", "start")

    def __init__(self, document: Document) -> None:
        self.days: dict[int, int] = {int(day): used for day, used in (document.get("days") or {}).items()}
        # (period, its first day) -> what may be used in it. JSON has no other keys than text.
        self.grants: dict[tuple[str, int], int] = {
            (period, first): limit for period, first, limit in document.get("grants") or ()
        }
        self.quota: Quota | None = None
        self.start = self.end = 0.0
        self.day = 0
        self.left: float = 0.0
        self.is_unwritten = False

    def document(self) -> Document:
        """The record."""
        days = {str(day): used for day, used in self.days.items() if used}
        return {"days": days, "grants": [[*period, limit] for period, limit in self.grants.items()]}

    def turn(self, quota: Quota, now: float) -> None:
        """To the day of `now` and a quota as it is configured now."""
        is_same, self.quota = quota == self.quota, quota
        if is_same and self.start <= now < self.end:
            return
        self.day = day_of(now)
        self.start, self.end = self.day * SECONDS, (self.day + 1) * SECONDS
        oldest = self.day - DAYS_KEPT
        self.days = {day: used for day, used in self.days.items() if day >= oldest}
        self.grants = {period: limit for period, limit in self.grants.items() if period[1] >= oldest}
        self.days.setdefault(self.day, 0)
        self.left = inf if quota.limit is None else self._left(quota, self.day)

    def grant(self, quota: Quota, remaining: int, now: float) -> None:
        """In place of the quota's limit, for the period of `now`."""
        day = day_of(now)
        first = began(quota.period, day)
        self.grants[quota.period, first] = self._used(first, day) + remaining
        self.quota = None

    def learn(self, days: Mapping[int, int], grants: Mapping[tuple[str, int], int]) -> None:
        """Requests of days, and limits granted for periods, in place of the ones here."""
        self.days.update(days)
        self.grants.update(grants)
        self.quota = None

    def remaining(self, quota: Quota, day: int) -> int:
        """What was left at the end of `day`, never less than 0."""
        return NO_QUOTA if quota.limit is None else max(self._left(quota, day), 0)

    def _left(self, quota: Quota, day: int) -> int:
        first = began(quota.period, day)
        granted = self.grants.get((quota.period, first))
        return (limit_of(quota, first) if granted is None else granted) - self._used(first, day)

    def _used(self, first: int, last: int) -> int:
        return sum(self.days.get(day, 0) for day in range(first, last + 1))
