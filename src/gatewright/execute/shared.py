"""What several nodes have together, in a server that all of them reach: tokens of buckets, quotas, cached answers.

`server/valkey.py` implements it with Valkey or Redis. A node leases a few tokens at a time (`leases.py`) and serves
them without asking again. See docs/decisions/shared-limits.md for what holds, and what when the server is lost.
"""

from collections.abc import Awaitable, Mapping, Sequence
from typing import NamedTuple, Protocol

from gatewright.execute.limits.throttle import Limit
from gatewright.execute.limits.usage import Quota

Period = tuple[str, int]  # DAY, WEEK or MONTH, and its first day


class SharedLost(Exception):
    """The server did not answer in time, or cannot be reached; the text says why. It is said at once until it is back:
    nobody waits for a server that is known to be lost."""


class Ask(NamedTuple):
    """How many tokens a lease gives back, how many callers wait for one, and how many more would be used soon."""

    back: int
    need: int
    more: int


class Grant(NamedTuple):
    """Tokens that are the node's now. `wait` in seconds: until the next one, when there were fewer than needed."""

    tokens: int
    wait: float


class KeyDay(NamedTuple):
    """What a key of a plan may use on a day: of a period that begins with the day `first` and has `limit` requests,
    None for as many as it likes. `name` is of the lease."""

    name: str
    quota: Quota
    day: int
    first: int
    limit: int | None


class Known(NamedTuple):
    """What of a key is known: its requests by day, and what was granted in place of the limit, by period."""

    days: Mapping[int, int]
    grants: Mapping[Period, int]


class UseAsk(NamedTuple):
    """A lease of requests. `known` is told to a server that may have forgotten it, with the `life` of its count from
    which it is, and `owed`: requests that the node let pass by itself, on that day.

    `remaining` is left in the period from now on, whatever was used, unless it is None."""

    key_day: KeyDay
    ask: Ask
    known: Known
    life: str
    owed: int
    remaining: int | None = None


class Counted(NamedTuple):
    """The answer: what all nodes used, leased requests included. A count that the server has forgotten begins anew with
    another `life`; what nodes know of former ones is added to it once, the most that any of them knows."""

    grant: Grant
    known: Known
    life: str


class Shared(Protocol):
    """The server. Everything raises SharedLost."""

    @property
    def is_there(self) -> bool:
        """Whether it is worth while to ask."""
        ...

    @property
    def losses(self) -> int:
        """How often it was lost since the node's start: whoever knows more than the server may then tells it again."""
        ...

    def lease(self, asks: Sequence[tuple[Limit, Ask]]) -> Awaitable[Sequence[Grant]]:
        """Tokens of buckets, by the server's clock: all that was ever leased and not given back is at most the burst
        and what came at the rate since the first lease."""
        ...

    def count(self, asks: Sequence[UseAsk]) -> Awaitable[Sequence[Counted]]:
        """Requests of quotas, and what was used in their periods."""
        ...

    def used(self, quota: Quota) -> Awaitable[Known]:
        """All that is known of a key."""
        ...

    def forget(self, quotas: Sequence[Quota]) -> Awaitable[None]:
        """Let keys begin anew."""
        ...

    def get(self, space: str, key: str) -> Awaitable[bytes | None]:
        """The answer that is kept under `key`, None without one."""
        ...

    def set(self, space: str, key: str, answer: bytes, seconds: float, age: float) -> Awaitable[None]:
        """Keep `answer` for so long, or shorter if the server lacks room; not at all if it was asked for, `age` seconds
        ago, before the space was emptied, or before the answer that is there."""
        ...

    def delete(self, space: str, key: str) -> Awaitable[None]:
        """Forget one answer."""
        ...

    def flush(self, space: str) -> Awaitable[None]:
        """Forget every answer of `space`, such as those of a stage."""
        ...
