"""A COGNITO_USER_POOLS authorizer: the token that lets a caller in.

The same code reads tokens for requests and for TestInvokeAuthorizer, which has no method whose scopes would ask for an
access token. Developer guide: "Control access to REST APIs using Amazon Cognito user pools as an authorizer".
API reference: CreateAuthorizer, `identityValidationExpression` (held against `aud`).
"""

from dataclasses import dataclass
from hashlib import sha256

import msgspec

from gatewright.execute.authorizers.identity_source import Identity, IdentitySource, compile_identity_source
from gatewright.execute.authorizers.user_pool import UserPool, user_pool
from gatewright.execute.authorizers.user_pool_keys import PoolUnreachable
from gatewright.execute.caller import Caller
from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import AUTHORIZER_CONFIGURATION_ERROR, CONFIGURATION_FAILURE, UNAUTHORIZED
from gatewright.execute.method_arn import method_arn
from gatewright.execute.plan import Document, Source
from gatewright.execute.world import World
from gatewright.languages.full_match import FullMatch, compile_full_match
from gatewright.languages.policy import Effect
from gatewright.values.refusal import refuse

EXPIRED = "The incoming token has expired"
_SCHEME = "bearer "
_ANY = compile_full_match(".*", "s")
_USUAL_SOURCE = "method.request.header.Authorization"
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class UserPoolAuthorizer:
    """The pools whose tokens are taken, what an `aud` must be like, and the method's scopes, one of which is enough.

    `seed` is the beginning of the digests by which verified tokens are known: of all that is asked of them here."""

    pools: tuple[UserPool, ...]
    audience: FullMatch
    scopes: tuple[str, ...]
    identity: IdentitySource
    seed: bytes

    async def decide(self, context: RequestContext, world: World) -> Effect:
        """ALLOW for the bearer of a good token, who is noted as the caller. Raises Refusal."""
        method_arn(context)  # AWS lets nobody through where it is too long
        context.caller = await self.admit(self.identity.of(context), world)
        return Effect.ALLOW

    async def admit(self, identity: Identity, world: World) -> Caller:
        """Whom the token lets in, with or without `Bearer` before it. Raises Refusal."""
        text = without_scheme(identity[0][-1])
        digest = sha256(self.seed + text.encode("utf-8", "replace")).digest()
        return world.verified_tokens.find(digest, world.user_pools, world.now()) or await self._verified(
            text, digest, world
        )

    async def _verified(self, text: str, digest: bytes, world: World) -> Caller:
        from gatewright.execute.authorizers.user_pool_claims import verify  # noqa: PLC0415
        from gatewright.signatures.user_pool_token import TokenExpired, TokenRefused  # noqa: PLC0415

        try:
            token = await verify(text, self, world)
        except PoolUnreachable as error:
            refuse(AUTHORIZER_CONFIGURATION_ERROR, cause=f"{CONFIGURATION_FAILURE}User pool: {error}")
        except TokenRefused as refused:
            # Our own words: AWS does not tell.
            message = EXPIRED if isinstance(refused, TokenExpired) else None
            refuse(UNAUTHORIZED, message, cause=f"Invalid token: {refused}")
        world.verified_tokens.add(digest, token, len(text))
        return token.caller


def without_scheme(given: str) -> str:
    """A token, which may have come with `Bearer` before it."""
    return given[len(_SCHEME) :].strip() if given[: len(_SCHEME)].lower() == _SCHEME else given


def compile_user_pool_authorizer(source: Source, document: Document) -> UserPoolAuthorizer:
    """GetAuthorizer's output compiled for the method of `source`. Raises ValueError, which no authorizer has that was
    saved here."""
    arns = tuple(document.get("providerARNs") or ())
    if not arns:
        raise ValueError(f"the authorizer {document['id']} has no user pool")
    expression = document.get("identityValidationExpression")
    scopes = tuple(source.method.get("authorizationScopes") or ())
    identity = compile_identity_source(document.get("identitySource") or _USUAL_SOURCE, source.variables)
    if len(identity.expressions) != 1:
        raise ValueError(f"the authorizer {document['id']} has no token source")
    return UserPoolAuthorizer(
        pools=tuple(map(user_pool, arns)),
        audience=_ANY if expression is None else compile_full_match(expression),
        scopes=scopes,
        identity=identity,
        seed=sha256(_encode((arns, expression, scopes))).digest(),
    )
