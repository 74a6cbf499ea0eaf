"""What the token of a JWT authorizer says of its bearer, once it is verified, as functions see it.

Apart from its authorizer because verifying loads the cryptography. Claims are text: numbers and booleans as they are
written, lists and objects as the language that AWS's authorizer is written in prints them (seen: `[a b]`).
"""

from typing import TYPE_CHECKING, Any

from gatewright.execute.authorizers.verified_tokens import VerifiedToken
from gatewright.execute.caller import Caller
from gatewright.execute.world import World
from gatewright.signatures.user_pool_token import (
    ALGORITHMS,
    MALFORMED,
    NOT_YET,
    Claims,
    TokenRefused,
    check_signature,
    good_at,
    granted_scopes,
    read_token,
    seconds,
)

if TYPE_CHECKING:
    from gatewright.execute.authorizers.jwt_authorizer import JwtAuthorizer


class NoScope(TokenRefused):
    """A good token without any of the scopes that its bearer needs."""


async def verify(text: str, authorizer: "JwtAuthorizer", world: World) -> VerifiedToken:
    """The token `text` of the authorizer's issuer, good now. Raises TokenRefused, and PoolUnreachable.

    In AWS's order: key, signature, issuer, audience, times, scopes."""
    token, trusted, issuer = read_token(text, ALGORITHMS), world.user_pools, authorizer.issuer
    keys = await trusted.of(issuer, token.key_id)
    check_signature(token, keys, trusted.issuer_of(issuer))
    _check_audience(token.claims, authorizer.audience)
    now = world.now()
    begins, ends = good_at(token.claims, now)
    begins = max(begins, _issued(token.claims, now))
    scopes = _scopes(token.claims, authorizer.scopes)
    try:
        claims = {name: _as_text(value) for name, value in token.claims.items() if value is not None}
    except RecursionError:
        raise TokenRefused("its claims are nested too deeply", MALFORMED) from None
    return VerifiedToken(Caller(authorizer={"claims": claims, "scopes": scopes}), issuer, keys, begins, ends)


def _check_audience(claims: Claims, audience: frozenset[str]) -> None:
    """`client_id` counts only where there is no `aud`."""
    claimed = claims["aud"] if "aud" in claims else claims.get("client_id")
    listed = claimed if isinstance(claimed, list) else [claimed]
    if audience.isdisjoint(each for each in listed if isinstance(each, str)):
        raise TokenRefused("it is for another audience", "the token does not have a valid audience")


def _issued(claims: Claims, now: float) -> float:
    issued = seconds(claims.get("iat", 0))
    if issued is None:
        raise TokenRefused("it does not tell when it was issued", MALFORMED)
    if now < issued:
        raise TokenRefused("it is issued in the future", NOT_YET)
    return issued


def _scopes(claims: Claims, wanted: tuple[str, ...]) -> list[str] | None:
    """Those that the route asks for and the token has; None for a route that asks for none. Raises NoScope."""
    if not wanted:
        return None
    granted = granted_scopes(claims)
    found = [scope for scope in wanted if scope in granted]
    if not found:
        raise NoScope("it has none of the scopes")
    return found


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "<nil>"}[value]
    if isinstance(value, list):
        return f"[{' '.join(map(_as_text, value))}]"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{name}:{_as_text(value[name])}' for name in sorted(value))}]"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
