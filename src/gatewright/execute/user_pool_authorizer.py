"""A COGNITO_USER_POOLS authorizer: the token that lets a caller in, and its claims as templates and functions see them.

Developer guide: "Control access to REST APIs using Amazon Cognito user pools as an authorizer".
API reference: CreateAuthorizer, `identityValidationExpression` (held against `aud`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from gatewright.execute.execution_log import timestamp
from gatewright.execute.plan import Document
from gatewright.execute.user_pool_keys import UserPool
from gatewright.execute.world import World
from gatewright.languages.full_match import FullMatch, compile_full_match
from gatewright.signatures.user_pool_token import TokenRefused, check_use, read_token, seconds, verified

_SCHEME = "bearer "
_DATES = ("exp", "iat")  # the only claims that AWS gives as dates: auth_time stays a number
_ANY = compile_full_match(".*", "s")
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class UserPoolAuthorizer:
    """The pools whose tokens are taken, by issuer, and what an `aud` must be like."""

    pools: Mapping[str, UserPool]
    audience: FullMatch

    async def admit(self, world: World, given: str, scopes: Collection[str]) -> dict[str, str]:
        """The claims of the token `given` in the identity source, with or without `Bearer`; `scopes` are the method's.

        Raises TokenRefused, of which TokenExpired is one, and PoolUnreachable."""
        token = read_token(given[len(_SCHEME) :].strip() if given[: len(_SCHEME)].lower() == _SCHEME else given)
        issuer = token.claims.get("iss")
        pool = self.pools.get(issuer) if isinstance(issuer, str) else None
        if pool is None:
            raise TokenRefused("its issuer is none of the authorizer's user pools")
        if not self.audience(as_text(token.claims.get("aud", ""))):
            raise TokenRefused("its aud does not match the validation expression")
        claims = verified(token, await world.user_pools.of(pool, token.key_id), pool.issuer, world.now())
        check_use(claims, scopes)
        return {name: _claim(name, value) for name, value in claims.items() if value is not None}


def compile_user_pool_authorizer(document: Document) -> UserPoolAuthorizer:
    """GetAuthorizer's output compiled. Raises PatternError, which no authorizer has that was saved here."""
    pools = []
    for arn in document["providerARNs"]:
        _, _, _, region, account, resource = arn.split(":", 5)
        pools.append(UserPool(account, region, resource.removeprefix("userpool/")))
    expression = document.get("identityValidationExpression")
    audience = _ANY if expression is None else compile_full_match(expression)
    return UserPoolAuthorizer({pool.issuer: pool for pool in pools}, audience)


def as_text(value: Any) -> str:
    """A claim as AWS gives it to templates and functions: text, and of a list its elements with commas between."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join(map(as_text, value))
    return _encode(value).decode()


def _claim(name: str, value: Any) -> str:
    at = seconds(value) if name in _DATES else None
    return as_text(value) if at is None else timestamp(at)
