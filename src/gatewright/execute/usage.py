"""What the keys of usage plans used: requests of every day, and how many a quota leaves them.

Days and periods are of UTC: a week begins on Sunday, a month on its first day. A day is a number, days since
1970-01-01. API reference: QuotaSettings, Usage; developer guide: "Usage plans and API keys for REST APIs".
"""

from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

DAYS_KEPT = 90
NO_QUOTA = -1  # what is left to a key of a plan without a quota
SECONDS = 86_400  # of a day
_SUNDAY = 4  # 1970-01-01 was a Thursday
_FIRST_DAY = datetime(1970, 1, 1, tzinfo=UTC)


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

    def take(self, quota: Quota, now: float) -> Awaitable[bool]:
        """Count one request; False, uncounted, when nothing is left. `now` in epoch seconds."""
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
