"""What a user pool's token says of its bearer, once it is verified, as templates and functions see it.

Apart from its authorizer because verifying loads the cryptography, which a node without user pools never needs.
Developer guide: "Control access to REST APIs using Amazon Cognito user pools as an authorizer".
"""

from typing import TYPE_CHECKING, Any

import msgspec

from gatewright.execute.authorizers.verified_tokens import VerifiedToken
from gatewright.execute.caller import Caller
from gatewright.execute.execution_log import timestamp
from gatewright.execute.world import World
from gatewright.signatures.user_pool_token import (
    TokenRefused,
    check_use,
    cognito_use,
    openid_use,
    read_token,
    seconds,
    verified,
)

if TYPE_CHECKING:
    from gatewright.execute.authorizers.user_pool_authorizer import UserPoolAuthorizer

_DATES = ("exp", "iat")  # the only claims that AWS gives as dates: auth_time stays a number
_encode = msgspec.json.Encoder().encode


async def verify(text: str, authorizer: "UserPoolAuthorizer", world: World) -> VerifiedToken:
    """The token `text` of one of the authorizer's pools, good now. Raises TokenRefused, and PoolUnreachable."""
    token, trusted = read_token(text), world.user_pools
    pool = next((pool for pool in authorizer.pools if trusted.issuer_of(pool) == token.claims.get("iss")), None)
    if pool is None:
        raise TokenRefused("its issuer is none of the authorizer's user pools")
    if not authorizer.audience(as_text(token.claims.get("aud") or "")):
        raise TokenRefused("its aud does not match the validation expression")
    keys = await trusted.of(pool, token.key_id)
    begins, ends = verified(token, keys, trusted.issuer_of(pool), world.now())
    use = openid_use(token) if trusted.is_replaced(pool) else cognito_use(token)
    check_use(token.claims, use, authorizer.scopes)
    shown = {name: _claim(name, value) for name, value in token.claims.items() if value is not None}
    return VerifiedToken(Caller(authorizer={"claims": shown}), pool, keys, begins, ends)


def as_text(value: Any) -> str:
    """A claim as AWS gives it to templates and functions: text, and of a list its elements with commas between.

    Raises TokenRefused for one that is nested too deeply."""
    if isinstance(value, str):
        return value
    try:
        elements = value if isinstance(value, list) else [value]
        return ",".join(each if isinstance(each, str) else _encode(each).decode() for each in elements)
    except RecursionError:
        raise TokenRefused("its claims are nested too deeply") from None


def _claim(name: str, value: Any) -> str:
    at = seconds(value) if name in _DATES else None
    return as_text(value) if at is None else timestamp(at)
