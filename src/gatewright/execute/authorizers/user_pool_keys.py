"""The keys of Cognito user pools and of other issuers: asked for when they are first needed, and kept for a while.

Whom to ask is the cognito-idp endpoint, or the issuer that the settings put in a pool's place; the issuer of a JWT
authorizer, which is no pool, is asked itself. What is said of pools here is so for them, too. A pool that changes its
keys signs with one that is not known yet: then it is asked again, but not for every token that names a key, since
anybody can make those up. All that wait for one pool share one question. Keys that are in use are renewed when half of
their time is over, for which nobody waits: a pool that is slow or away for a while is not noticed.
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import TYPE_CHECKING
from urllib.parse import quote

from gatewright.aws.service_api import service_host
from gatewright.execute.authorizers.openid_issuer import IssuerFault, KeySetFault, OpenIdIssuers, document_of
from gatewright.execute.authorizers.user_pool import PATIENCE, SERVICE, Issuer, Trusted, UserPool
from gatewright.execute.world import ServiceCall, Services
from gatewright.values.faults import NetworkFault
from gatewright.values.least_recent import LeastRecent
from gatewright.values.pending import Pending
from gatewright.values.single_flight import SingleFlight

if TYPE_CHECKING:
    from gatewright.signatures.user_pool_token import Keys

KEPT_SECONDS = 7_200.0
AGAIN_SECONDS = 5.0  # between two questions to one pool, whatever tokens come
KEPT_OF_FILE_SECONDS = 10.0
MOST_POOLS = 500


class PoolUnreachable(Exception):
    """The keys of a pool cannot be had: why. `of_keys`: where they are is known."""

    def __init__(self, why: str, *, of_keys: bool = False) -> None:
        super().__init__(why)
        self.of_keys = of_keys


@dataclass(slots=True)
class _Pool:
    """What is known of one pool. `read` are the keys in `document`, the last one it gave: while it gives the same one,
    they stay the same object. `asked` is when the last question began; times are epoch."""

    keys: "Keys" = field(default_factory=dict)
    read: "Keys" = field(default_factory=dict)
    document: bytes = b""
    renew_from: float = inf
    good_until: float = inf
    asked: float = -inf
    fault: str = ""
    of_keys: bool = False
    flight: SingleFlight[None] = field(default_factory=SingleFlight)


class UserPoolKeys:
    """The keys of all pools that one node's authorizers trust; `now` gives epoch seconds."""

    def __init__(self, services: Services, now: Callable[[], float], issuers: OpenIdIssuers) -> None:
        self._services = services
        self._now = now
        self._issuers = issuers
        self._pools: LeastRecent[Trusted, _Pool] = LeastRecent(MOST_POOLS)

    def issuer_of(self, pool: Trusted) -> str:
        """The `iss` of the pool's tokens, as settings or AWS have it."""
        if isinstance(pool, Issuer):
            return pool.url
        issuer = self._issuers.of(pool)
        return pool.issuer if issuer is None else issuer.url or pool.issuer

    def is_replaced(self, pool: UserPool) -> bool:
        """Whether the settings put another issuer in the place of Cognito."""
        return self._issuers.of(pool) is not None

    def current(self, pool: Trusted) -> "Keys | None":
        """The keys that are good now, the same object while they stay the same; None when they must be asked for."""
        known = self._pools.peek(pool)
        now = self._now()
        if known is None or not known.asked <= now < known.good_until:
            return None
        if now >= known.renew_from:
            self._renew(pool, known, now)
        return known.keys

    async def of(self, pool: Trusted, key_id: str) -> "Keys":
        """The keys of `pool`, which are those of a moment ago unless `key_id` is not among them. PoolUnreachable."""
        known = self._pools.get_or_put(pool, _Pool)
        now = self._now()
        if not known.asked <= now < known.good_until:  # before `asked`: the clock was set back, and tells nothing
            known.keys, known.renew_from, known.good_until = {}, inf, inf
        if key_id not in known.keys and (known.flight or _may_ask(known, now)):
            await self._asked(pool, known)
        elif now >= known.renew_from:
            self._renew(pool, known, now)
        if not known.keys:
            raise PoolUnreachable(known.fault, of_keys=known.of_keys)
        return known.keys

    def _renew(self, pool: Trusted, known: _Pool, now: float) -> None:
        if not known.flight and _may_ask(known, now):
            self._asked(pool, known)

    def _asked(self, pool: Trusted, known: _Pool) -> Pending[None]:
        return known.flight.ask(partial(self._ask, pool, known))

    async def _ask(self, pool: Trusted, known: _Pool) -> None:
        """Learn the keys of `pool` anew. When that fails, those that are still good stay."""
        known.asked = self._now()
        issuer = self._replacing(pool)
        try:
            document = await (self._key_set(pool) if issuer is None else self._issuers.key_set(issuer))
            if document != known.document or not known.read:
                known.read, known.document = _keys(document), document
        except PoolUnreachable as fault:
            known.fault, known.of_keys = str(fault), True
        except (IssuerFault, NetworkFault) as fault:
            known.of_keys = isinstance(fault, KeySetFault)
            known.fault = f"its keys cannot be fetched: {fault.reason if isinstance(fault, NetworkFault) else fault}"
        else:
            now, kept = self._now(), KEPT_OF_FILE_SECONDS if issuer is not None and issuer.keys else KEPT_SECONDS
            known.keys, known.renew_from, known.good_until = known.read, now + kept / 2, now + kept

    def _replacing(self, pool: Trusted) -> Issuer | None:
        """Who is asked in place of Cognito."""
        return pool if isinstance(pool, Issuer) else self._issuers.of(pool)

    async def _key_set(self, pool: Trusted) -> bytes:
        assert isinstance(pool, UserPool)
        target = f"/{quote(pool.id)}/.well-known/jwks.json"
        host = service_host(SERVICE, pool.region)
        accept = (("Accept", "application/json"),)
        call = ServiceCall(SERVICE, pool.region, pool.account, "", "GET", host, target, accept, b"", anonymous=True)
        return document_of(await self._services.call(call, timeout=PATIENCE))


def _may_ask(known: _Pool, now: float) -> bool:
    return not 0 <= now - known.asked < AGAIN_SECONDS


def _keys(document: bytes) -> "Keys":
    """The keys in what a pool gave. Raises PoolUnreachable."""
    from gatewright.signatures.user_pool_token import MalformedKeys, read_keys  # noqa: PLC0415

    try:
        keys = read_keys(document)
    except MalformedKeys as malformed:
        raise PoolUnreachable(f"its keys cannot be used: {malformed}") from None
    if not keys:
        raise PoolUnreachable("its keys cannot be used: there are none")
    return keys
