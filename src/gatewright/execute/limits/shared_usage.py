"""Quotas that several nodes share: implements `usage.Usage` with requests leased from a server.

The node's own store is kept up with what the server says, so it knows what was used when the server is lost or has
forgotten, and tells it when it is back. See docs/decisions/shared-limits.md.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from math import inf
from typing import Any

from gatewright.execute.limits.leases import Leases
from gatewright.execute.limits.usage import SECONDS, LocalUsage, Quota, Used, began, day_of, limit_of
from gatewright.execute.shared import Ask, Counted, Grant, KeyDay, Known, Shared, SharedLost, UseAsk
from gatewright.values.pending import Drive
from gatewright.values.records import Change

TOLD_EVERY = 1.0
"""Seconds between two messages about requests that the server has not counted."""
KEPT = 100_000  # keys of which something is remembered to save work
AT_ONCE = 200  # keys that the server is told of at one tick of the sweep
_NOTHING = Known({}, {})
_NEVER = -1  # was it told
_log = logging.getLogger(__name__)


class SharedUsage:
    """What all keys used at all nodes. `fallbacks` counts the requests that were decided without the server."""

    def __init__(self, shared: Shared, local: LocalUsage, *, denies: bool, clock: Callable[[], float]) -> None:
        """`local` counts what the server cannot be asked about; `denies` lets nothing with a quota pass then.

        `clock` in monotonic seconds."""
        self._shared = shared
        self._local = local
        self._denies = denies
        self.leases: Leases[KeyDay] = Leases(self._ask, clock)
        self._today: dict[tuple[object, ...], KeyDay] = {}
        # By name of the lease, what the server does not know yet:
        self._owed: dict[str, tuple[KeyDay, int]] = {}  # requests that passed without it
        self._granted: dict[str, KeyDay] = {}  # remaining ones were set without it
        # By key: the life of the server's count that is known here, and its losses then. After another loss it may have
        # forgotten, and is told.
        self._lives: dict[tuple[object, ...], tuple[str, int]] = {}
        self._losses = 0
        self._untold: dict[str, KeyDay] = {}
        self._left: dict[tuple[object, ...], Quota] = {}  # keys that left their plan, of which the server is not told
        self._departures = 0  # what was asked before one of these may tell of the key that left
        self._looked = 0.0
        self.fallbacks = 0

    def take(self, quota: Quota, now: float) -> Awaitable[bool] | None:
        """See `Usage`. Without a limit nobody waits for the server: it is told later."""
        key_day = self._key_day(quota, now)
        if key_day.limit is None:
            return self._counted_here(key_day, now)
        return None if self.leases.took((key_day,)) else self._asked(key_day, now)

    async def _asked(self, key_day: KeyDay, now: float) -> bool:
        try:
            return await self.leases.take((key_day,)) is None
        except SharedLost:
            self.fallbacks += 1
        if self._denies:
            return False
        counting = self._counted_here(key_day, now)
        return counting is None or await counting

    def _counted_here(self, key_day: KeyDay, now: float) -> Awaitable[bool] | None:
        counting = self._local.take(key_day.quota, now)
        if counting is None:
            self._owe(key_day, 1)
        return counting

    def give_back(self, quota: Quota, now: float) -> None:
        """See `Usage`."""
        key_day = self._key_day(quota, now)
        if key_day.limit is not None:
            self.leases.put_back(key_day)
        else:
            self._local.give_back(quota, now)
            self._owe(key_day, -1)

    async def used(self, quota: Quota, days: Sequence[int]) -> list[Used]:
        """See `Usage`."""
        asks = [(self._today.get(quota[:4]) or self._key_day(quota, days[-1] * SECONDS), Ask(0, 0, 0))]
        try:
            await self._ask(asks)  # the server knows then what is known here
            if not self._is_told(quota):
                await self._ask(asks)
            departures = self._departures
            known = await self._shared.used(quota)
        except SharedLost:
            return await self._local.used(quota, days)
        if departures == self._departures:
            self._local_learns(quota, known)
        return await self._local.used(quota, days)

    async def grant(self, quota: Quota, remaining: int, now: float) -> None:
        """See `Usage`. While the server is lost it is kept for it."""
        key_day = self._key_day(quota, now)
        try:
            await self._count([self._use(key_day, Ask(0, 0, 0))._replace(remaining=remaining)])
        except SharedLost:
            await self._local.grant(quota, remaining, now)
            self._granted[key_day.name] = key_day

    def flush(self) -> None:
        """See `Usage`."""
        self._local.flush()

    def drop_changed(self, changes: Sequence[Change]) -> None:
        """Forget what keys used of plans that they have left. Another node that has them still tells what it knows."""
        self._local.drop_changed(changes)
        for change in changes:
            if change.key.kind == "UsagePlanKey" and change.deleted:
                self._forget(Quota(change.key.account, change.key.region, change.key.parent, change.key.id))
        if self._left:
            Drive(self._tell_left(), _told).step()

    def _forget(self, quota: Quota) -> None:
        key, start = quota[:4], _name(quota, "")
        self._today.pop(key, None)
        self._lives.pop(key, None)
        told: tuple[dict[str, Any], ...] = self._owed, self._granted, self._untold
        for by_name in told:
            for name in [name for name in by_name if name.startswith(start)]:
                del by_name[name]
        self.leases.drop(start)
        self._left[key] = quota
        self._departures += 1

    async def _tell_left(self) -> None:
        while self._left:
            some = dict(islice(self._left.items(), AT_ONCE))
            await self._shared.forget(tuple(some.values()))
            for key in some:
                self._left.pop(key, None)

    def look(self, now: float) -> None:
        """Called by the sweep, with monotonic seconds; at the end of all time everything is told at once."""
        if not self._shared.is_there:
            return  # what is in hand is kept, as it is counted already
        if self._left:
            Drive(self._tell_left(), _told).step()
        self.leases.age(now)
        if self._losses != self._shared.losses:
            self._losses = self._shared.losses
            known = (self._today[key] for key in self._lives if key in self._today)
            self._untold.update({key_day.name: key_day for key_day in known})
        if now - self._looked >= TOLD_EVERY:
            self._looked = now
            self._untold |= {name: key_day for name, (key_day, _) in self._owed.items()} | self._granted
        for name in tuple(islice(self._untold, AT_ONCE if now < inf else None)):
            self.leases.tell(self._untold.pop(name))

    def _key_day(self, quota: Quota, now: float) -> KeyDay:
        key = quota[:4]
        day = day_of(now)
        found = self._today.get(key)
        if found is not None and found.day == day and found.quota == quota:
            return found
        if len(self._today) >= KEPT:
            self._today.clear()
        first = began(quota.period, day)
        limit = None if quota.limit is None else limit_of(quota, first)
        made = self._today[key] = KeyDay(_name(quota, day), quota, day, first, limit)
        return made

    def _owe(self, key_day: KeyDay, requests: int) -> None:
        owed = self._owing(key_day.quota, key_day.day) + requests
        if owed:
            self._owed[key_day.name] = key_day, owed
        else:
            self._owed.pop(key_day.name, None)

    def _owing(self, quota: Quota, day: int) -> int:
        _, owed = self._owed.get(_name(quota, day), (None, 0))
        return owed

    def _is_told(self, quota: Quota) -> bool:
        """Whether the server knows what is known here, but for what is owed."""
        _, losses = self._lives.get(quota[:4], ("", _NEVER))
        return losses == self._shared.losses

    async def _ask(self, asks: Sequence[tuple[KeyDay, Ask]]) -> Sequence[Grant]:
        return [counted.grant for counted in await self._count([self._use(*one) for one in asks])]

    async def _count(self, uses: Sequence[UseAsk]) -> Sequence[Counted]:
        if self._left:
            await self._tell_left()
        losses, departures = self._shared.losses, self._departures
        for use in uses:
            self._owe(use.key_day, -use.owed)  # or it would be told by another call, too
        try:
            answers = await self._shared.count(uses)
        except SharedLost:
            for use in uses:
                self._owe(use.key_day, use.owed)
            raise
        if departures == self._departures:
            for use, counted in zip(uses, answers, strict=True):
                self._learn(use, counted, losses)
        return answers

    def _use(self, key_day: KeyDay, ask: Ask) -> UseAsk:
        quota = key_day.quota
        life, _ = self._lives.get(quota[:4], ("", _NEVER))
        owed = self._owing(quota, key_day.day)
        days, grants = self._local.known(quota)
        known = _NOTHING
        if not self._is_told(quota):
            own = {day: used - self._owing(quota, day) for day, used in days.items()}
            known = Known({day: used for day, used in own.items() if used > 0}, grants)
        remaining = None
        if key_day.name in self._granted:
            used = sum(days.get(day, 0) for day in range(key_day.first, key_day.day + 1))
            remaining = max(grants.get((quota.period, key_day.first), used) - used, 0)
        return UseAsk(key_day, ask, known, life, owed, remaining)

    def _learn(self, use: UseAsk, counted: Counted, losses: int) -> None:
        quota = use.key_day.quota
        if use.remaining is not None:
            self._granted.pop(use.key_day.name, None)
        life, _ = self._lives.get(quota[:4], ("", _NEVER))
        if use.known is _NOTHING and life not in ("", counted.life):  # it was emptied, and is told with the next call
            self._lives[quota[:4]] = life, _NEVER
            self._untold[use.key_day.name] = use.key_day
            return
        if len(self._lives) >= KEPT:
            self._lives.clear()
        self._lives[quota[:4]] = counted.life, losses
        self._local_learns(quota, counted.known)

    def _local_learns(self, quota: Quota, known: Known) -> None:
        """What the server says is so, but for what it has not been told yet."""
        days = {day: requests + self._owing(quota, day) for day, requests in known.days.items()}
        self._local.learn(quota, days, known.grants)


def _told(_: None, error: BaseException | None) -> None:
    if error is not None and not isinstance(error, SharedLost):
        _log.error("the shared server cannot be told of a key that left its plan", exc_info=error)


def _name(quota: Quota, day: int | str) -> str:
    return f"{quota.account}/{quota.region}/{quota.plan_id}/{quota.key_id}/{day}"
