"""Tokens of a user pool, signed here with keys of our own: what lets a caller in, and each reason that does not."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from gatewright.signatures.user_pool_token import (
    LARGEST_KEY_SET,
    LONGEST_TOKEN,
    MOST_KEYS,
    MalformedKeys,
    TokenExpired,
    TokenRefused,
    check_use,
    cognito_use,
    granted_scopes,
    openid_use,
    read_keys,
    read_token,
    verified,
)

ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI"
NOW = 1_700_000_000.0
KEY, OTHER = RSAKey.generate_key(2048), RSAKey.generate_key(2048)
PEM = b"".join(KEY.as_pem(private=False).split(b"\n")[1:-2])  # joserfc itself refuses a whole one as a secret
HEADER = {"kid": "one", "alg": "RS256"}
CLAIMS: dict[str, Any] = {
    "sub": "3f1c",
    "aud": "client",
    "iss": ISSUER,
    "token_use": "id",
    "exp": int(NOW) + 60,
    "iat": int(NOW) - 60,
}


def public(key: RSAKey, **rest: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), "kid": "one", "use": "sig", "alg": "RS256"} | rest


def key_set(*keys: Any) -> bytes:
    return json.dumps({"keys": keys}).encode()


KEYS = read_keys(key_set(public(KEY), public(OTHER, kid="two")))


def signed(claims: Any = CLAIMS, header: Any = HEADER, key: Any = KEY) -> str:
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return jws.serialize_compact(header, payload, key, algorithms=[header["alg"]])


def unsigned(header: bytes, signature: str = "") -> str:
    return f"{encoded(header)}.{encoded(json.dumps(CLAIMS).encode())}.{signature}"


def signed_by_hand(header: dict[str, Any]) -> str:
    """What no library signs."""
    text = unsigned(json.dumps(HEADER | header).encode()).rstrip(".")
    assert isinstance(KEY.private_key, RSAPrivateKey)
    return f"{text}.{encoded(KEY.private_key.sign(text.encode(), PKCS1v15(), SHA256()))}"


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def refusal(text: str, now: float = NOW) -> str:
    with pytest.raises(TokenRefused) as refused:
        verified(read_token(text), KEYS, ISSUER, now)
    return str(refused.value)


def test_a_token_that_is_good() -> None:
    good = read_token(signed())
    assert (good.claims, verified(good, KEYS, ISSUER, NOW)) == (CLAIMS, (0, NOW + 60))
    assert verified(read_token(signed(CLAIMS | {"nbf": int(NOW)})), KEYS, ISSUER, NOW) == (NOW, NOW + 60)
    other = read_token(signed(header={"kid": "two", "alg": "RS256"}, key=OTHER))
    assert verified(other, KEYS, ISSUER, NOW) == (0, NOW + 60)


NO_TOKEN = "it is not a JSON Web Token"


BAD = [
    ("", NO_TOKEN),
    ("a.b", NO_TOKEN),
    ("a.b.c", NO_TOKEN),
    ("a.b.c.d.e", NO_TOKEN),  # an encrypted one
    ("é.b.c", NO_TOKEN),
    (signed(b"[]"), NO_TOKEN),
    (signed(b"{"), NO_TOKEN),
    (signed(b"\xff"), NO_TOKEN),
    (unsigned(b"[]"), NO_TOKEN),
    (unsigned(b'["alg"]'), "its algorithm is not RS256"),
    (unsigned(b'["alg","b64"]'), NO_TOKEN),
    (unsigned(b'"alg"'), "its algorithm is not RS256"),
    (unsigned(b"5"), NO_TOKEN),
    (unsigned(b"[" * 300), NO_TOKEN),
    (unsigned(b'{"kid":"one"}'), NO_TOKEN),
    (unsigned(b'{"kid":"one","alg":["RS256"]}'), "its algorithm is not RS256"),
    (unsigned(b'{"kid":"one","alg":"none"}'), "its algorithm is not RS256"),
    (unsigned(b'{"kid":"one","alg":"None"}'), "its algorithm is not RS256"),
    (unsigned(b'{"kid":["one"],"alg":"RS256"}'), "it names no key"),
    (unsigned(b'{"alg":"RS256"}'), "it names no key"),
    # With what everybody knows of the key taken for a secret.
    (signed(header=HEADER | {"alg": "HS256"}, key=OctKey.import_key(PEM)), "its algorithm is not RS256"),
    (signed(header={"kid": "one", "alg": "RS512"}), "its algorithm is not RS256"),
    (signed(header={"kid": "one", "alg": "PS256"}), "its algorithm is not RS256"),
    (signed(header={"kid": "one", "alg": "ES256"}, key=ECKey.generate_key("P-256")), "its algorithm is not RS256"),
    (signed() + "A" * LONGEST_TOKEN, f"it is longer than {LONGEST_TOKEN} characters"),
    (signed(header={"kid": "three", "alg": "RS256"}), "its key is none of the issuer's"),
    (unsigned(b'{"kid":"one","alg":"RS256"}'), "its signature is wrong"),
    (unsigned(b'{"kid":"one","alg":"RS256"}', signature="!"), "its signature is wrong"),
    (signed(key=OTHER), "its signature is wrong"),
    (signed(header=HEADER | {"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}}, key=OTHER), "its signature is wrong"),
    (signed_by_hand({"b64": False}), NO_TOKEN),
    (signed_by_hand({"crit": ["x"], "x": 1}), "its signature is wrong"),
    (signed_by_hand({"x": 1}), "its signature is wrong"),
    (signed_by_hand({"x": "1" * 600}), NO_TOKEN),
    (signed(CLAIMS | {"iss": ISSUER + "2"}), "its issuer is another one"),
    (signed({name: value for name, value in CLAIMS.items() if name != "iss"}), "its issuer is another one"),
    (signed(CLAIMS | {"exp": int(NOW)}), "it has expired"),
    (signed(CLAIMS | {"exp": None}), "it does not tell when it is good"),
    (signed(CLAIMS | {"exp": True}), "it does not tell when it is good"),
    (signed(CLAIMS | {"exp": "1900000000"}), "it does not tell when it is good"),
    (signed(CLAIMS | {"exp": 1e300}), "it does not tell when it is good"),
    (signed({name: value for name, value in CLAIMS.items() if name != "exp"}), "it does not tell when it is good"),
    (signed(CLAIMS | {"nbf": "x"}), "it does not tell when it is good"),
    (signed(CLAIMS | {"nbf": int(NOW) + 1}), "it is not good yet"),
]


@pytest.mark.parametrize(("text", "why"), BAD, ids=range(len(BAD)))
def test_tokens_that_are_not(text: str, why: str) -> None:
    assert refusal(text) == why


def test_claims_nested_deep() -> None:
    # How deep JSON may be is the interpreter's: Python 3.13 reads this one.
    assert refusal(signed(b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}")) in (NO_TOKEN, "its issuer is another one")


def test_a_token_changed_on_the_way() -> None:
    header, _, signature = signed().split(".")
    _, claims, _ = signed(CLAIMS | {"sub": "somebody else"}).split(".")
    assert refusal(f"{header}.{claims}.{signature}") == "its signature is wrong"


def test_one_that_was_good_is_told_apart() -> None:
    with pytest.raises(TokenExpired):
        verified(read_token(signed()), KEYS, ISSUER, NOW + 60)


@pytest.mark.parametrize(
    ("claims", "scopes", "why"),
    [
        ({"token_use": "id"}, (), ""),
        ({"token_use": "access", "scope": "a b"}, (), "it is not an id token"),
        ({}, (), "it is not an id token"),
        ({"token_use": "access", "scope": "a b"}, ("b", "c"), ""),
        ({"token_use": "access", "scope": "ab"}, ("a",), "it has none of the scopes"),
        ({"token_use": "access", "scope": ["a"]}, ("a",), "it has none of the scopes"),
        ({"token_use": "access"}, ("a",), "it has none of the scopes"),
        ({"token_use": "id", "scope": "a"}, ("a",), "it is not an access token"),
    ],
)
def test_its_use(claims: dict[str, Any], scopes: tuple[str, ...], why: str) -> None:
    use = cognito_use(read_token(signed(claims)))
    if not why:
        check_use(claims, use, scopes)
        return
    with pytest.raises(TokenRefused) as refused:
        check_use(claims, use, scopes)
    assert str(refused.value) == why


@pytest.mark.parametrize(
    ("typ", "claims", "use", "scopes"),
    [
        ("JWT", {"token_use": "access", "typ": "ID"}, "access", set()),
        ("at+jwt", {}, "access", set()),
        ("application/AT+JWT", {"scope": "a b"}, "access", {"a", "b"}),
        ("JWT", {"typ": "Bearer", "scope": "a"}, "access", {"a"}),
        ("JWT", {"typ": "ID", "scope": "a"}, "id", {"a"}),
        ("JWT", {"typ": "Refresh"}, "", set()),
        ("JWT", {"typ": ["ID"]}, "", set()),
        ("", {"scp": ["a", 1, "b"]}, "access", {"a", "b"}),
        ("JWT", {"scp": "a b"}, "access", {"a", "b"}),
        ("JWT", {"scope": None, "scp": "a"}, "access", set()),
        ("JWT", {"sub": "1"}, "id", set()),
    ],
)
def test_what_other_issuers_say(typ: Any, claims: dict[str, Any], use: str, scopes: set[str]) -> None:
    token = read_token(signed(claims, HEADER | {"typ": typ}))
    assert (openid_use(token), granted_scopes(token.claims)) == (use, scopes)


def test_keys_that_verify_nothing_are_left_out() -> None:
    small = {"kty": "RSA", "kid": "small", "n": "t" * 171, "e": "AQAB"}  # some 1,024 bits
    huge = {"kty": "RSA", "kid": "huge", "n": "t" * 20_000, "e": "AQAB"}
    odd = [
        ECKey.generate_key("P-256").as_dict(private=False, kid="ec"),
        {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
        public(KEY, kid="encrypts", use="enc"),
        public(KEY, kid="other", alg="PS256"),
        public(KEY, kid=""),
        public(KEY, kid="even", e="Ag"),
        {"kty": "RSA", "kid": "broken", "n": "!", "e": "!"},
        {"kty": "RSA", "kid": "empty"},
        public(KEY, kid="wraps", key_ops=["wrapKey"]),
        public(KEY, kid="null", alg=None),
        public(KEY, kid=1),
        {"kty": 1, "kid": "odd"},
        {"kid": "none"},
        1,
        small,
        huge,
    ]
    assert list(read_keys(key_set(*odd, public(KEY, kid="good")))) == ["good"]
    private = read_keys(key_set({**KEY.as_dict(private=True), "kid": "one"}))
    assert not private["one"].key.is_private


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{}",
        b"[]",
        b'{"keys":{}}',
        b'{"keys":' + b"[" * 5000,
        key_set(*[public(KEY)] * (MOST_KEYS + 1)),
        key_set(public(KEY, x="x" * LARGEST_KEY_SET)),
    ],
    ids=range(7),
)
def test_no_set_of_keys(document: bytes) -> None:
    with pytest.raises(MalformedKeys):
        read_keys(document)
