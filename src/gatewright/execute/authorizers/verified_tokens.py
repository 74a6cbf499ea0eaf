"""Tokens of user pools that were verified, so that a caller who comes again is not computed anew.

A token is known by a digest together with what its authorizer asks of it. It is good as long as it says itself, and as
long as the pool's keys are the ones that verified it: both are looked at each time.
"""

from typing import TYPE_CHECKING, NamedTuple

from gatewright.execute.authorizers.user_pool import Trusted
from gatewright.execute.authorizers.user_pool_keys import UserPoolKeys
from gatewright.execute.caller import Caller
from gatewright.values.least_recent import LeastRecent

if TYPE_CHECKING:
    from gatewright.signatures.user_pool_token import Keys

LARGEST = 32 * 1024 * 1024  # bytes, estimated
_COST = 4096  # bytes of a caller beside the claims
_COST_PER_BYTE = 4  # claims in Python are larger than in the token


class VerifiedToken(NamedTuple):
    """Whom a token lets in. It is good from `begins` until `ends`, in epoch seconds."""

    caller: Caller
    pool: Trusted
    keys: "Keys"
    begins: float
    ends: float


class VerifiedTokens:
    """The verified tokens of one node."""

    def __init__(self) -> None:
        self._known: LeastRecent[bytes, VerifiedToken] = LeastRecent(LARGEST)

    def find(self, digest: bytes, pools: UserPoolKeys, now: float) -> Caller | None:
        """Whom the token of that digest lets in now; None when that has to be found out (again)."""
        known = self._known.get(digest)
        if known is None:
            return None
        if known.begins <= now < known.ends and pools.current(known.pool) is known.keys:
            return known.caller
        self._known.drop(digest)
        return None

    def add(self, digest: bytes, token: VerifiedToken, size: int) -> None:
        """Remember a token of that many bytes."""
        self._known.put(digest, token, _COST + _COST_PER_BYTE * size)
