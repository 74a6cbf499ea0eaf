"""The keys of Cognito user pools: asked of the cognito-idp endpoint when they are first needed, and kept for a while.

A pool that changes its keys signs with one that is not known yet: then it is asked again, but not for every token that
names a key, since anybody can make those up. All that wait for one pool share one question.
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from gatewright.aws.service_api import service_host
from gatewright.execute.world import Returned, ServiceCall, Services
from gatewright.values.faults import NetworkFault
from gatewright.values.pending import Drive, Pending

if TYPE_CHECKING:
    from gatewright.signatures.user_pool_token import Keys

SERVICE = "cognito-idp"
KEPT_SECONDS = 7_200.0
AGAIN_SECONDS = 5.0  # between two questions to one pool, whatever tokens come
PATIENCE = 10.0  # seconds; the embedded neighbour may have to be started
MOST_POOLS = 500


class UserPool(NamedTuple):
    """One user pool, by the parts of its ARN."""

    account: str
    region: str
    id: str

    @property
    def issuer(self) -> str:
        """The `iss` of its tokens."""
        return f"https://{service_host(SERVICE, self.region)}/{self.id}"


class PoolUnreachable(Exception):
    """The keys of a pool cannot be had: why."""


@dataclass(slots=True)
class _Pool:
    """What is known of one pool. `waiting` are those whom the answer to a question will wake; times are epoch."""

    keys: "Keys" = field(default_factory=dict)
    good_until: float = inf
    asked: float = -inf
    fault: str = ""
    waiting: list[Pending[None]] = field(default_factory=list)


class UserPoolKeys:
    """The keys of all pools that one node's authorizers trust; `now` gives epoch seconds."""

    def __init__(self, services: Services, now: Callable[[], float]) -> None:
        self._services = services
        self._now = now
        self._pools: dict[UserPool, _Pool] = {}

    async def of(self, pool: UserPool, key_id: str) -> "Keys":
        """The keys of `pool`, which are those of a moment ago unless `key_id` is not among them. PoolUnreachable."""
        known = self._known(pool)
        now = self._now()
        if now >= known.good_until:
            known.keys, known.good_until = {}, inf
        if key_id not in known.keys and (known.waiting or not 0 <= now - known.asked < AGAIN_SECONDS):
            await self._asked(pool, known, now)
        if not known.keys:
            raise PoolUnreachable(known.fault)
        return known.keys

    def _known(self, pool: UserPool) -> _Pool:
        """What is known of `pool`, now the last to be forgotten."""
        known = self._pools.pop(pool, None) or _Pool()
        self._pools[pool] = known
        if len(self._pools) > MOST_POOLS:
            del self._pools[next(iter(self._pools))]
        return known

    def _asked(self, pool: UserPool, known: _Pool, now: float) -> Pending[None]:
        answered: Pending[None] = Pending()
        known.waiting.append(answered)
        if len(known.waiting) == 1:
            known.asked = now
            Drive(self._ask(pool), lambda returned, error: self._answered(known, returned, error)).step()
        return answered

    async def _ask(self, pool: UserPool) -> Returned:
        target = f"/{quote(pool.id)}/.well-known/jwks.json"
        host = service_host(SERVICE, pool.region)
        accept = (("Accept", "application/json"),)
        call = ServiceCall(SERVICE, pool.region, pool.account, "", "GET", host, target, accept, b"", anonymous=True)
        return await self._services.call(call, timeout=PATIENCE)

    def _answered(self, known: _Pool, returned: Returned | None, error: BaseException | None) -> None:
        waiting, known.waiting = known.waiting, []
        try:
            keys = _keys(returned, error)
        except PoolUnreachable as fault:
            known.fault = str(fault)  # keys that are still good stay
        except BaseException as bug:
            for one in waiting:
                one.fail(bug)
            return
        else:
            known.keys, known.good_until = keys, self._now() + KEPT_SECONDS
        for one in waiting:
            one.complete(None)


def _keys(returned: Returned | None, error: BaseException | None) -> "Keys":
    """The keys in a pool's answer. Raises PoolUnreachable."""
    from gatewright.signatures.user_pool_token import MalformedKeys, read_keys  # noqa: PLC0415

    if isinstance(error, NetworkFault):
        raise PoolUnreachable(f"its keys cannot be fetched: {error.reason}")
    if error is not None or returned is None:
        raise error or AssertionError
    if returned.status != 200:
        raise PoolUnreachable(f"its keys cannot be fetched: the answer is {returned.status}")
    try:
        keys = read_keys(returned.body)
    except MalformedKeys as malformed:
        raise PoolUnreachable(f"its keys cannot be used: {malformed}") from None
    if not keys:
        raise PoolUnreachable("its keys cannot be used: there are none")
    return keys
