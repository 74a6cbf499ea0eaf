"""Quotas that several nodes share: implements `usage.Usage` with requests leased from a server.

The node's own store is kept up with what the server says, so it knows what was used when the server is lost or has
forgotten, and tells it when it is back. See docs/decisions/shared-limits.md.
"""

from collections.abc import Callable, Mapping, Sequence

from gatewright.execute.leases import Leases
from gatewright.execute.shared import Ask, Counted, Grant, KeyDay, Known, Shared, SharedLost, UseAsk
from gatewright.execute.usage import LocalUsage, Quota, Used, began, day_of, limit_of

TOLD_EVERY = 1.0
"""Seconds between two messages about requests that the server has not counted."""
KEPT = 100_000  # keys of which something is remembered to save work
AT_ONCE = 200  # keys that the server is told of at one tick of the sweep
_NOTHING = Known({}, {})
_NEVER = -1  # was it told


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
        self._untold: list[KeyDay] = []
        self._looked = 0.0
        self.fallbacks = 0

    async def take(self, quota: Quota, now: float) -> bool:
        """See `Usage`. Without a limit nobody waits for the server: it is told later."""
        key_day = self._key_day(quota, now)
        if key_day.limit is not None:
            try:
                return await self.leases.take((key_day,)) is None
            except SharedLost:
                self.fallbacks += 1
                if self._denies:
                    return False
        is_taken = await self._local.take(quota, now)
        if is_taken:
            self._owe(key_day, 1)
        return is_taken

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
        try:
            known = await self._shared.used(quota)
        except SharedLost:
            return await self._local.used(quota, days)
        mine, _ = self._local.known(quota)
        self._local.learn(quota, {day: max(used, mine.get(day, 0)) for day, used in known.days.items()}, known.grants)
        return await self._local.used(quota, days)

    async def grant(self, quota: Quota, remaining: int, now: float) -> None:
        """See `Usage`. While the server is lost it is kept for it."""
        key_day = self._key_day(quota, now)
        losses = self._shared.losses
        use = self._use(key_day, Ask(0, 0, 0), losses)._replace(remaining=remaining)
        try:
            (counted,) = await self._shared.count([use])
        except SharedLost:
            await self._local.grant(quota, remaining, now)
            self._granted[key_day.name] = key_day
        else:
            self._learn(use, counted, losses)

    def flush(self) -> None:
        """See `Usage`."""
        self._local.flush()

    def look(self, now: float) -> None:
        """Called by the sweep, with monotonic seconds."""
        if not self._shared.is_there:
            return  # what is in hand is kept, as it is counted already
        self.leases.age(now)
        if self._losses != self._shared.losses:
            self._losses = self._shared.losses
            self._untold = [self._today[key] for key in self._lives if key in self._today]
        elif now - self._looked >= TOLD_EVERY:
            self._looked = now
            self._untold += (key_day for key_day, _ in self._owed.values())
            self._untold += self._granted.values()
        for key_day in self._untold[:AT_ONCE]:
            self.leases.tell(key_day)
        del self._untold[:AT_ONCE]

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
        name = "/".join((quota.account, quota.region, quota.plan_id, quota.key_id, str(day)))
        made = self._today[key] = KeyDay(name, quota, day, first, limit)
        return made

    def _owe(self, key_day: KeyDay, requests: int) -> None:
        _, before = self._owed.get(key_day.name, (key_day, 0))
        self._owed[key_day.name] = key_day, before + requests

    async def _ask(self, asks: Sequence[tuple[KeyDay, Ask]]) -> Sequence[Grant]:
        losses = self._shared.losses
        uses = [self._use(key_day, ask, losses) for key_day, ask in asks]
        answers = await self._shared.count(uses)
        for use, counted in zip(uses, answers, strict=True):
            self._learn(use, counted, losses)
        return [counted.grant for counted in answers]

    def _use(self, key_day: KeyDay, ask: Ask, losses: int) -> UseAsk:
        name = key_day.name
        _, owed = self._owed.get(name, (key_day, 0))
        days, grants = self._local.known(key_day.quota)
        remaining = None
        if name in self._granted:
            remaining = _remaining(key_day, days, grants)
        life, told_in = self._lives.get(key_day.quota[:4], ("", None))
        known = _NOTHING if told_in == losses else _known_of(key_day, days, grants, owed)
        return UseAsk(key_day, ask, known, life, owed, remaining)

    def _learn(self, use: UseAsk, counted: Counted, losses: int) -> None:
        """What the server says is so, but for what it has not been told yet."""
        key_day, days = use.key_day, counted.known.days
        name, day, key = key_day.name, key_day.day, key_day.quota[:4]
        _, owed = self._owed.pop(name, (key_day, 0))
        owed -= use.owed
        if owed:
            self._owe(key_day, owed)
        if use.remaining is not None:
            self._granted.pop(name, None)
        life, told_in = self._lives.get(key, ("", None))
        if told_in == losses and life != counted.life:  # it was emptied, and is told so with the next call
            self._lives[key] = life, _NEVER
            self._untold.append(key_day)
            return
        if len(self._lives) >= KEPT:
            self._lives.clear()
        self._lives[key] = counted.life, losses
        self._local.learn(key_day.quota, {**days, day: days.get(day, 0) + owed}, counted.known.grants)


def _known_of(key_day: KeyDay, days: Mapping[int, int], grants: Mapping[tuple[str, int], int], owed: int) -> Known:
    """What the node knows of the period, without what it owes."""
    used = {day: days.get(day, 0) for day in range(key_day.first, key_day.day + 1)}
    used[key_day.day] -= owed
    period = key_day.quota.period, key_day.first
    return Known(
        {day: requests for day, requests in used.items() if requests > 0},
        {period: grants[period]} if period in grants else {},
    )


def _remaining(key_day: KeyDay, days: Mapping[int, int], grants: Mapping[tuple[str, int], int]) -> int:
    used = sum(days.get(day, 0) for day in range(key_day.first, key_day.day + 1))
    return max(grants.get((key_day.quota.period, key_day.first), used) - used, 0)
