"""Tokens in hand: what a node has leased of shared buckets and quotas, and how it asks for more.

A request that finds a token of each of its buckets in hand takes them and asks nobody. Otherwise its needs go with the
next call of the server, one call at a time for all who wait. A lease grows while its tokens are used up soon; what is
not used in LIFE seconds is given back. An exhausted bucket refuses without asking until its next token is due, LIFE
seconds at most: another node may give back what it has in hand.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Generic, Protocol, TypeVar

from gatewright.execute.shared import Ask, Grant, SharedLost
from gatewright.values.pending import Drive, Pending

LIFE = 0.25
"""Seconds that tokens may be in hand unused: the shorter, the less one node holds while another one refuses."""
MORE = 500  # tokens ahead of demand at most; the server gives no more than a fraction of what is left
WAITING = 16_384  # callers that wait for tokens at a time; a connection is one caller
_NEVER = float("-inf")
_log = logging.getLogger(__name__)


class Named(Protocol):
    """What tokens are leased of."""

    @property
    def name(self) -> str: ...


S = TypeVar("S", bound=Named)
AskFor = Callable[[Sequence[tuple[S, Ask]]], Awaitable[Sequence[Grant]]]


class Lease(Generic[S]):
    """Of one source: `tokens` in hand, `back` to be given back, `need` callers that wait; times are monotonic."""

    __slots__ = ("back", "had_left", "more", "need", "refused_until", "since", "source", "tokens")

    def __init__(self, source: S) -> None:
        self.source = source
        self.tokens = 0
        self.back = 0
        self.need = 0
        self.more = 0
        self.had_left = False  # when it was given back last
        self.since = _NEVER  # when tokens were last asked for
        self.refused_until = _NEVER

    def ask(self, now: float) -> Ask:
        """What to send now, after which nothing is left to be sent. More is asked for, twice as much each time, while
        what there was went soon, and half as much after some was left."""
        if self.need and not self.had_left:
            self.more = min(2 * self.more + 1, MORE) if now - self.since < LIFE else 0
        self.had_left = self.had_left and not self.need
        asked = Ask(self.back, self.need, self.more if self.need else 0)
        self.back = self.need = 0
        self.since = now
        return asked

    def add(self, asked: Ask, grant: Grant, now: float) -> None:
        """The answer to `asked`."""
        self.tokens += grant.tokens
        if grant.tokens < asked.need:
            self.refused_until = now + min(grant.wait, LIFE)


class Leases(Generic[S]):
    """All leases of a node from one kind of source. `clock` gives monotonic seconds."""

    def __init__(self, ask_for: AskFor[S], clock: Callable[[], float]) -> None:
        self._ask_for = ask_for
        self._clock = clock
        self._leases: dict[str, Lease[S]] = {}  # those in use lately: clients cannot make up names
        self._aging: dict[Lease[S], None] = {}  # in the order in which they were asked for
        self._wanted: dict[Lease[S], None] = {}  # go with the next call
        self._waiting: list[Pending[bool]] = []  # for the next call
        self._is_asking = False
        self.calls = 0
        self.granted = 0
        self.returned = 0

    @property
    def in_hand(self) -> int:
        """Tokens that are leased and unused."""
        return sum(lease.tokens for lease in self._leases.values())

    def took(self, sources: Sequence[S]) -> bool:
        """A token of each, if those in hand do; otherwise none."""
        leases = self._leases
        for source in sources:
            lease = leases.get(source.name)
            if lease is None or lease.tokens < 1 or lease.source != source:
                return False
        for source in sources:
            leases[source.name].tokens -= 1
        return True

    def put_back(self, source: S) -> None:
        """A token that was taken and not used."""
        self._return(self._of(source))

    def tell(self, source: S) -> None:
        """Let the next call speak of `source`, though nobody waits for its tokens."""
        self._wanted[self._of(source)] = None
        self._send()

    def drop(self, start: str) -> None:
        """Forget the sources whose names begin so: nothing of them is given back."""
        for name in [name for name in self._leases if name.startswith(start)]:
            lease = self._leases.pop(name)
            lease.tokens = lease.back = 0

    def age(self, now: float) -> None:
        """Give back what was not used in time, and forget leases that nobody uses. `now` in monotonic seconds."""
        for lease in list(self._aging):
            if now - lease.since < LIFE:
                break
            del self._aging[lease]
            if lease.tokens > 0:
                lease.back += lease.tokens
                lease.tokens = 0
                lease.more //= 2
                lease.had_left = True
                self._wanted[lease] = None
            elif now < lease.refused_until:
                self._aging[lease] = None
            elif lease not in self._wanted and self._leases.get(lease.source.name) is lease:
                del self._leases[lease.source.name]
        self._send()

    async def take(self, sources: Sequence[S]) -> S | None:
        """A token of each, or of none: the first source that is exhausted, None when all were taken.

        Raises SharedLost when tokens in hand did not do and the server cannot be asked."""
        now = self._clock()
        leases = [self._of(source) for source in sources]
        missing = [lease for lease in leases if lease.tokens < 1]
        for lease in missing:
            if now < lease.refused_until or len(self._waiting) >= WAITING:
                return lease.source
        taken = [lease for lease in leases if lease.tokens > 0]
        for lease in taken:  # now, as others might while this one waits
            lease.tokens -= 1
        if missing:
            is_answered = await self._more_of(missing)
            for lease in missing:
                if not is_answered or lease.tokens < 1:
                    for other in taken:
                        self._return(other)
                    if not is_answered:
                        raise SharedLost
                    return lease.source
                lease.tokens -= 1
                taken.append(lease)
        return None

    def _of(self, source: S) -> Lease[S]:
        lease = self._leases.get(source.name)
        if lease is None:
            lease = self._leases[source.name] = Lease(source)
            self._aging[lease] = None
        elif lease.source != source:  # its limit was changed: what was leased under the other one is not used
            lease.source = source
            lease.refused_until = _NEVER
            lease.back += lease.tokens
            lease.tokens = 0
            self._wanted[lease] = None
        return lease

    def _return(self, lease: Lease[S]) -> None:
        lease.tokens += 1
        self._aging.setdefault(lease)

    def _more_of(self, leases: Sequence[Lease[S]]) -> Pending[bool]:
        """True when the server has answered, False when it was lost."""
        pending: Pending[bool] = Pending()
        self._waiting.append(pending)
        for lease in leases:
            lease.need += 1
            self._wanted[lease] = None
        self._send()
        return pending

    def _send(self) -> None:
        """Make the next call, unless one is under way: its end makes it then."""
        if self._is_asking or not self._wanted:
            return
        self._is_asking = True
        waiting, self._waiting = self._waiting, []
        wanted, self._wanted = list(self._wanted), {}
        Drive(self._exchange(wanted), partial(self._answered, wanted, waiting)).step()

    async def _exchange(self, wanted: Sequence[Lease[S]]) -> bool:
        now = self._clock()
        for lease in wanted:
            self._aging.pop(lease, None)
        asks = [(lease.source, lease.ask(now)) for lease in wanted]
        try:
            grants = await self._ask_for(asks)
        except SharedLost:  # what was to be given back is lost: too little is leased then, never too much
            return False
        self.calls += 1
        now = self._clock()
        for lease, (_, asked), grant in zip(wanted, asks, grants, strict=True):
            lease.add(asked, grant, now)
            self.granted += grant.tokens
            self.returned += asked.back
        return True

    def _answered(
        self,
        wanted: Sequence[Lease[S]],
        waiting: Sequence[Pending[bool]],
        is_answered: bool | None,
        error: BaseException | None,
    ) -> None:
        if error is not None:
            _log.error("leases could not be asked for", exc_info=error)
        for lease in wanted:
            self._aging[lease] = None
        self._is_asking = False
        for pending in waiting:
            pending.complete(bool(is_answered))
        self._send()
