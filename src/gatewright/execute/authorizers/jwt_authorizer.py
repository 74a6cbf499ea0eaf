"""A JWT authorizer of an HTTP API: the token that lets a caller in, signed by the issuer that the authorizer names.

An issuer that is a Cognito user pool is asked as pools are, so that the settings may put another one in its place; any
other one tells where its keys are. What is refused is told to the client in `www-authenticate`, as far as it is known
in AWS's words: an invalid audience by the guide, expiry, segments, signing methods and unreachable issuers by published
answers. Headers that are repeated are joined by commas, as everywhere in HTTP APIs, and are no token then: a backend
gets all of them, and could believe another one. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

import logging
from dataclasses import dataclass
from hashlib import sha256
from typing import NoReturn

import msgspec

from gatewright.execute.access_log_variables import HTTP
from gatewright.execute.authorizers.identity_source import IdentitySource, compile_route_identity_source
from gatewright.execute.authorizers.user_pool import Issuer, Trusted, pool_of_issuer
from gatewright.execute.authorizers.user_pool_authorizer import without_scheme
from gatewright.execute.authorizers.user_pool_keys import PoolUnreachable
from gatewright.execute.caller import Caller
from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import ACCESS_DENIED, UNAUTHORIZED
from gatewright.execute.http.error import render
from gatewright.execute.plan import Document, Source
from gatewright.execute.world import World
from gatewright.languages.policy import Effect
from gatewright.values.headers import CONTROL
from gatewright.values.refusal import Refusal, Refused

PATIENCE = 1.5  # seconds, for each of discovery and keys
_UNREACHABLE = "OIDC discovery endpoint communication error"
_NO_KEYS = "JWKS communication error"
_encode = msgspec.json.Encoder().encode
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JwtAuthorizer:
    """The issuer, the audiences it may issue tokens for, and the route's scopes, one of which is enough.

    `challenge` is the scopes as clients are told of them. `seed` is the beginning of the digests by which verified
    tokens are known: of all that is asked of them here."""

    issuer: Trusted
    audience: frozenset[str]
    scopes: tuple[str, ...]
    identity: IdentitySource
    challenge: str
    seed: bytes

    async def decide(self, context: RequestContext, world: World) -> Effect:
        """ALLOW for the bearer of a good token, who is noted as the caller. Raises Refusal."""
        try:
            given = ",".join(self.identity.of(context)[0])
        except Refusal as refusal:
            _refuse(context, refusal.row, "Bearer", "")
        text = without_scheme(given)
        digest = sha256(self.seed + text.encode("utf-8", "replace")).digest()
        known = world.verified_tokens.find(digest, world.user_pools, world.now())
        context.caller = known or await self._verified(context, text, digest, world)
        return Effect.ALLOW

    async def _verified(self, context: RequestContext, text: str, digest: bytes, world: World) -> Caller:
        from gatewright.execute.authorizers.jwt_claims import NoScope, verify  # noqa: PLC0415
        from gatewright.signatures.user_pool_token import TokenRefused  # noqa: PLC0415

        try:
            token = await verify(text, self, world)
        except PoolUnreachable as error:
            plan = context.plan
            if plan.counters.may_tell(context.began):
                _log.warning("the issuer of stage %s/%s is not reached: %s", plan.api_id, plan.stage, error)
            self._refuse_token(context, _NO_KEYS if error.of_keys else _UNREACHABLE, str(error))
        except NoScope:
            challenge = f'Bearer scope="{self.challenge}" error="insufficient_scope"'
            _refuse(context, ACCESS_DENIED, challenge, "insufficient_scope")
        except TokenRefused as refused:
            self._refuse_token(context, refused.told, str(refused))
        world.verified_tokens.add(digest, token, len(text))
        return token.caller

    def _refuse_token(self, context: RequestContext, told: str, why: str) -> NoReturn:
        challenge = f'Bearer scope="{self.challenge}" error="invalid_token" error_description="{told}"'
        _refuse(context, UNAUTHORIZED, challenge, f"invalid_token: {told}" + (f" ({why})" if why != told else ""))


def compile_jwt_authorizer(source: Source, document: Document) -> JwtAuthorizer:
    """GetAuthorizer's output compiled for the route of `source`. Raises ValueError for one that cannot decide."""
    settings = document.get("jwtConfiguration") or {}
    url, audience = settings.get("issuer") or "", tuple(settings.get("audience") or ())
    if not url or not audience:
        raise ValueError(f"the authorizer {document['authorizerId']} lacks an issuer or an audience")
    if document.get("identityValidationExpression"):
        raise ValueError("no JWT authorizer has a validation expression")
    identity = compile_route_identity_source(document.get("identitySource") or (), source.variables, HTTP)
    if len(identity.expressions) != 1:
        raise ValueError(f"the authorizer {document['authorizerId']} has no token source")
    scopes = tuple(source.method.get("authorizationScopes") or ())
    challenge = " ".join(scopes)
    if CONTROL.search(challenge) or '"' in challenge or not challenge.isascii():
        raise ValueError("a scope has characters that no scope has")  # RFC 6749, section 3.3
    return JwtAuthorizer(
        issuer=trusted_issuer(url, source.account),
        audience=frozenset(audience),
        scopes=scopes,
        identity=identity,
        challenge=challenge,
        seed=sha256(_encode((source.account, url, sorted(audience), scopes))).digest(),
    )


def trusted_issuer(url: str, account: str) -> Trusted:
    """The issuer of that name: a user pool of the account, or whoever it says."""
    return pool_of_issuer(url, account) or Issuer(url, patience=PATIENCE)


def _refuse(context: RequestContext, row: Refused, challenge: str, cause: str) -> NoReturn:
    """End the request with a challenge. Raises Refusal."""
    refusal = Refusal(row, row.message, cause)
    response = render(refusal, context)
    headers = (f"www-authenticate: {challenge}\r\n".encode(), *response.headers)
    refusal.response = response._replace(headers=headers)
    raise refusal
