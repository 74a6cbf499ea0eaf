"""JSON Web Tokens, of user pools and of other issuers: read, then held against the issuer's keys and the time. Nothing
is fetched here.

A token is signed by RS256, or by what else whoever asks takes, and by nothing else, whatever it says itself: the
algorithm is not the sender's to choose.
What `read_token` gives proves nothing yet; it tells which pool and which key to ask for. Other issuers than Cognito say
in other ways whether a token is for the client (`id`) or for APIs (`access`); `openid_use` reads them all.
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
RFC 7515, RFC 7517, RFC 7519; RFC 9068 for `at+jwt`.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

ALGORITHM = "RS256"  # the only one of Cognito
ALGORITHMS = ("RS256", "RS384", "RS512")  # those of JWT authorizers
LONGEST_TOKEN = 16_384  # characters: more than a request's headers may have
LARGEST_KEY_SET = 150_000  # bytes
MOST_KEYS = 50
KEY_BITS = range(2048, 8193)
LAST_SECOND = 253_402_300_799  # of the year 9999

MALFORMED = "the token is malformed"
NO_KEY = "unable to find the key id"
NOT_YET = "the token is not yet valid"

_ALGORITHM = re.compile(r"[A-Za-z0-9-]{1,16}")
_ACCESS_TYPES = ("at+jwt", "application/at+jwt")
_USES = {"ID": "id", "Bearer": "access"}

Claims = Mapping[str, Any]


class SigningKey(NamedTuple):
    """A public key, and the algorithm that it is for, "" for any."""

    key: RSAKey
    algorithm: str


Keys = Mapping[str, SigningKey]  # by key id

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class TokenRefused(Exception):
    """A token that lets nobody in: why, for a log. `told` is what a JWT authorizer tells the client, in AWS's words."""

    def __init__(self, why: str, told: str = "") -> None:
        super().__init__(why)
        self.told = told


class TokenExpired(TokenRefused):
    """A token that was good once."""


class MalformedKeys(ValueError):
    """A document that is no set of keys."""


class UnverifiedToken(NamedTuple):
    """A token that is well formed; `type` is its header's `typ`. All of it is the sender's word until `verified`."""

    signed: jws.CompactSignature
    algorithm: str
    key_id: str
    type: str
    claims: Claims


class _Key(msgspec.Struct):
    """What of a JSON Web Key verifies a signature; private parts, should there be any, are not even read."""

    kty: str
    kid: str = ""
    use: str = "sig"
    alg: str = ""
    n: str = ""
    e: str = ""
    key_ops: tuple[str, ...] = ("verify",)


class _KeySet(msgspec.Struct):
    keys: list[msgspec.Raw]


_decode_set = msgspec.json.Decoder(_KeySet).decode
_decode_key = msgspec.json.Decoder(_Key).decode


def read_token(text: str, algorithms: Collection[str] = (ALGORITHM,)) -> UnverifiedToken:
    """A token in compact form, signed by one of these algorithms. Raises TokenRefused."""
    if len(text) > LONGEST_TOKEN:
        raise TokenRefused(f"it is longer than {LONGEST_TOKEN} characters", MALFORMED)
    try:
        signed = jws.extract_compact(text.encode("ascii"))
        header, claims = signed.headers(), _decode(signed.payload)
    except (JoseError, ValueError, TypeError, RecursionError):  # some of these: a header that is no object
        told = MALFORMED if text.count(".") == 2 else "token contains an invalid number of segments"
        raise TokenRefused("it is not a JSON Web Token", told) from None
    algorithm = header.get("alg") if isinstance(header, dict) else None
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        shown = algorithm if isinstance(algorithm, str) and _ALGORITHM.fullmatch(algorithm) else "none"
        raise TokenRefused(f"its algorithm is not {' or '.join(algorithms)}", f"signing method {shown} is invalid")
    key_id = header.get("kid")
    if not isinstance(key_id, str) or not key_id:
        raise TokenRefused("it names no key", NO_KEY)
    kind = header.get("typ", "")
    return UnverifiedToken(signed, algorithm, key_id, kind.lower() if isinstance(kind, str) else "", claims)


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
    check_signature(token, keys, issuer)
    return good_at(token.claims, now)


def check_signature(token: UnverifiedToken, keys: Keys, issuer: str) -> None:
    """That `issuer` signed a token with one of its `keys`. Raises TokenRefused."""
    known = keys.get(token.key_id)
    if known is None or known.algorithm not in ("", token.algorithm):
        raise TokenRefused("its key is none of the issuer's", NO_KEY)
    try:
        is_signed = jws.validate_compact(token.signed, known.key, algorithms=[token.algorithm])
    except (JoseError, ValueError, TypeError):
        is_signed = False
    if not is_signed:
        raise TokenRefused("its signature is wrong", "crypto/rsa: verification error")
    if token.claims.get("iss") != issuer:
        raise TokenRefused("its issuer is another one", "the token does not have a valid issuer")


def good_at(claims: Claims, now: float) -> tuple[float, float]:
    """From when until when a token with these claims is good, which it is at `now`. Raises TokenRefused."""
    ends, begins = seconds(claims.get("exp")), seconds(claims.get("nbf", 0))
    if ends is None or begins is None:
        raise TokenRefused("it does not tell when it is good", MALFORMED)
    if now >= ends:
        raise TokenExpired("it has expired", "the token has expired")
    if now < begins:
        raise TokenRefused("it is not good yet", NOT_YET)
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
    is_for_it = key.use == "sig" and "verify" in key.key_ops and key.alg in ("", *ALGORITHMS)
    return key.kty == "RSA" and bool(key.kid) and is_for_it


def _rsa(key: _Key) -> SigningKey | None:
    """The key, None for one that is broken, too weak to trust or too long to compute with."""
    try:
        made = RSAKey.import_key({"kty": "RSA", "n": key.n, "e": key.e})
        bits = made.public_key.key_size
    except (JoseError, ValueError, TypeError):
        return None
    return SigningKey(made, key.alg) if bits in KEY_BITS else None
