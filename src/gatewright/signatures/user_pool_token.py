"""Tokens of a Cognito user pool: read, then held against the pool's keys and the time. Nothing is fetched here.

A token is signed by RS256 and by nothing else, whatever it says itself: the algorithm is not the sender's to choose.
What `read_token` gives proves nothing yet; it tells which pool and which key to ask for. Other issuers than Cognito say
in other ways whether a token is for the client (`id`) or for APIs (`access`); `openid_use` reads them all.
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
RFC 7515, RFC 7517, RFC 7519; RFC 9068 for `at+jwt`.
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

ALGORITHM = "RS256"
LONGEST_TOKEN = 16_384  # characters: more than a request's headers may have
LARGEST_KEY_SET = 150_000  # bytes
MOST_KEYS = 50
KEY_BITS = range(2048, 8193)
LAST_SECOND = 253_402_300_799  # of the year 9999

_ACCESS_TYPES = ("at+jwt", "application/at+jwt")
_USES = {"ID": "id", "Bearer": "access"}

Claims = Mapping[str, Any]
Keys = Mapping[str, RSAKey]  # by key id

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class TokenRefused(Exception):
    """A token that lets nobody in: why, for a log and not for the client."""


class TokenExpired(TokenRefused):
    """A token that was good once."""


class MalformedKeys(ValueError):
    """A document that is no set of keys."""


class UnverifiedToken(NamedTuple):
    """A token that is well formed; `type` is its header's `typ`. All of it is the sender's word until `verified`."""

    signed: jws.CompactSignature
    key_id: str
    type: str
    claims: Claims


class _Key(msgspec.Struct):
    """What of a JSON Web Key verifies a signature; private parts, should there be any, are not even read."""

    kty: str
    kid: str = ""
    use: str = "sig"
    alg: str = ALGORITHM
    n: str = ""
    e: str = ""
    key_ops: tuple[str, ...] = ("verify",)


class _KeySet(msgspec.Struct):
    keys: list[msgspec.Raw]


_decode_set = msgspec.json.Decoder(_KeySet).decode
_decode_key = msgspec.json.Decoder(_Key).decode


def read_token(text: str) -> UnverifiedToken:
    """A token in compact form. Raises TokenRefused."""
    if len(text) > LONGEST_TOKEN:
        raise TokenRefused(f"it is longer than {LONGEST_TOKEN} characters")
    try:
        signed = jws.extract_compact(text.encode("ascii"))
        header, claims = signed.headers(), _decode(signed.payload)
    except (JoseError, ValueError, TypeError, RecursionError):  # some of these: a header that is no object
        raise TokenRefused("it is not a JSON Web Token") from None
    if not isinstance(header, dict) or header.get("alg") != ALGORITHM:
        raise TokenRefused(f"its algorithm is not {ALGORITHM}")
    key_id = header.get("kid")
    if not isinstance(key_id, str) or not key_id:
        raise TokenRefused("it names no key")
    kind = header.get("typ", "")
    return UnverifiedToken(signed, key_id, kind.lower() if isinstance(kind, str) else "", claims)


def read_keys(document: bytes) -> Keys:
    """The keys of a JSON Web Key Set that can verify tokens, the others left out as RFC 7517 section 5 has it.

    Raises MalformedKeys."""
    if len(document) > LARGEST_KEY_SET:
        raise MalformedKeys(f"larger than {LARGEST_KEY_SET} bytes")
    try:
        found = _decode_set(document).keys
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise MalformedKeys("not a JSON Web Key Set") from None
    if len(found) > MOST_KEYS:
        raise MalformedKeys(f"more than {MOST_KEYS} keys")
    keys = {key.kid: _rsa(key) for key in map(_read_key, found) if key is not None and _verifies(key)}
    return {id: key for id, key in keys.items() if key is not None}


def verified(token: UnverifiedToken, keys: Keys, issuer: str, now: float) -> tuple[float, float]:
    """From when until when a token is good that `issuer` signed with one of its `keys` and that is good at `now`.

    All in epoch seconds. Raises TokenRefused."""
    key = keys.get(token.key_id)
    if key is None:
        raise TokenRefused("its key is none of the user pool's")
    try:
        is_signed = jws.validate_compact(token.signed, key, algorithms=[ALGORITHM])
    except (JoseError, ValueError, TypeError):
        is_signed = False
    if not is_signed:
        raise TokenRefused("its signature is wrong")
    claims = token.claims
    if claims.get("iss") != issuer:
        raise TokenRefused("its issuer is another one")
    ends, begins = seconds(claims.get("exp")), seconds(claims.get("nbf", 0))
    if ends is None or begins is None:
        raise TokenRefused("it does not tell when it is good")
    if now >= ends:
        raise TokenExpired("it has expired")
    if now < begins:
        raise TokenRefused("it is not good yet")
    return begins, ends


def check_use(claims: Claims, use: str, scopes: Collection[str]) -> None:
    """Without `scopes` the caller's id token is asked for, and with them an access token that has any. TokenRefused.

    `use` is what the token with these `claims` is for."""
    wanted = "access" if scopes else "id"
    if use != wanted:
        raise TokenRefused(f"it is not an {wanted} token")
    if scopes and granted_scopes(claims).isdisjoint(scopes):
        raise TokenRefused("it has none of the scopes")


def cognito_use(token: UnverifiedToken) -> str:
    """What a token of Cognito is for: `id`, `access` or something else."""
    return str(token.claims.get("token_use"))


def openid_use(token: UnverifiedToken) -> str:
    """The same of another issuer's, by the first that tells: Cognito's claim, RFC 9068's header, Keycloak's `typ`; a
    token with scopes is for access, and only what tells nothing at all is taken for an id token."""
    claims = token.claims
    if "token_use" in claims:
        return cognito_use(token)
    if token.type in _ACCESS_TYPES:
        return "access"
    if "typ" in claims:
        return _USES.get(str(claims["typ"]), "")
    return "access" if "scope" in claims or "scp" in claims else "id"


def granted_scopes(claims: Claims) -> set[str]:
    """The scopes of a token: of `scope`, which is text with blanks, or else of `scp`, which may be a list."""
    if "scope" in claims:
        granted = claims["scope"]
    else:
        granted = claims.get("scp")
        if isinstance(granted, list):
            return {scope for scope in granted if isinstance(scope, str)}
    return set(granted.split(" ")) if isinstance(granted, str) else set()


def seconds(value: object) -> float | None:
    """A NumericDate as epoch seconds, None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LAST_SECOND:
        return None
    return value


def _read_key(written: msgspec.Raw) -> _Key | None:
    try:
        return _decode_key(written)
    except (msgspec.ValidationError, UnicodeError):
        return None


def _verifies(key: _Key) -> bool:
    is_for_it = key.use == "sig" and "verify" in key.key_ops and key.alg == ALGORITHM
    return key.kty == "RSA" and bool(key.kid) and is_for_it


def _rsa(key: _Key) -> RSAKey | None:
    """The key, None for one that is broken, too weak to trust or too long to compute with."""
    try:
        made = RSAKey.import_key({"kty": "RSA", "n": key.n, "e": key.e})
        bits = made.public_key.key_size
    except (JoseError, ValueError, TypeError):
        return None
    return made if bits in KEY_BITS else None
