"""Tokens of every kind of wrongness: none lets anybody in that the pool's keys did not sign, for now and for this use.

What is right is told here a second time, by other means.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import event, given, settings
from hypothesis import strategies as st
from joserfc.jwk import RSAKey

from gatewright.signatures.user_pool_token import TokenRefused, check_use, cognito_use, read_keys, read_token, verified

ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI"
NOW = 1_790_000_000
SIGNERS = {name: generate_private_key(65537, 2048) for name in ("one", "two", "stranger")}
POOLS = ("one", "two")
HEADER = {"kid": "one", "alg": "RS256"}
CLAIMS = {"iss": ISSUER, "token_use": "id", "exp": NOW + 60, "iat": NOW - 60}
ABSENT = object()


def _key_set() -> bytes:
    keys = []
    for name in POOLS:
        spki = SIGNERS[name].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        keys.append(RSAKey.import_key(spki).as_dict(private=False) | {"kid": name, "use": "sig", "alg": "RS256"})
    return json.dumps({"keys": keys}).encode()


KEYS = read_keys(_key_set())


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def made(header: dict[str, Any], claims: dict[str, Any], signer: str) -> str:
    parts = [encoded(json.dumps(part).encode()) for part in (header, claims)]
    text = ".".join(parts).encode()
    if signer in SIGNERS:
        signature = SIGNERS[signer].sign(text, PKCS1v15(), SHA256())
    elif signer == "its public key":  # as a secret: what a verifier computes that lets the token choose HS256
        pem = SIGNERS["one"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        signature = hmac.digest(pem, text, "sha256")
    else:
        signature = b""
    return ".".join((*parts, encoded(signature)))


def accepted(text: str, scopes: tuple[str, ...] = ()) -> bool:
    try:
        token = read_token(text)
        verified(token, KEYS, ISSUER, NOW)
        check_use(token.claims, cognito_use(token), scopes)
    except TokenRefused:
        return False
    return True


def is_right(text: str, scopes: tuple[str, ...] = ()) -> bool:
    head, body, signature = text.split(".")
    header, claims = json.loads(decoded(head)), json.loads(decoded(body))
    # RFC 7797: a verifier may know `b64`, and true says nothing.
    critical = set(header.get("crit", [])) - {"b64"}
    if header["alg"] != "RS256" or header["kid"] not in POOLS or critical or header.get("b64") is False:
        return False
    signer = SIGNERS[header["kid"]]
    assert isinstance(signer, RSAPrivateKey)
    try:
        signer.public_key().verify(decoded(signature), f"{head}.{body}".encode(), PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    begins, ends = claims.get("nbf", 0), claims["exp"]
    if not all(type(value) in (int, float) for value in (begins, ends)) or not begins <= NOW < ends:
        return False
    if claims["iss"] != ISSUER or claims["token_use"] != ("access" if scopes else "id"):
        return False
    return not scopes or any(scope in claims["scope"].split(" ") for scope in scopes)


JUNK = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4) | st.just(["one"])
TIMES = st.sampled_from([NOW - 1, NOW, NOW + 1, NOW + 0.5, -1, 1e300, str(NOW + 60), ABSENT])
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "alg": st.sampled_from(["RS256", "none", "None", "HS256", "RS384", "PS256", "rs256", ABSENT]) | JUNK,
        "kid": st.sampled_from(["one", "two", "stranger", "", ABSENT]) | JUNK,
        "crit": st.sampled_from([["b64"], ["exp"], []]),
        "b64": st.booleans(),
        "jwk": st.just({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
        "typ": st.just("JWT"),
    },
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "iss": st.sampled_from([ISSUER, ISSUER + "/", ISSUER.upper(), [ISSUER], ABSENT]) | JUNK,
        "exp": TIMES | JUNK,
        "nbf": TIMES | JUNK,
        "token_use": st.sampled_from(["id", "access", "ID", ["id"], ABSENT]) | JUNK,
        "scope": st.sampled_from(["a", "a b", "ab", "", ["a"]]) | JUNK,
    },
)
EDITS = (
    st.none()
    | st.none()
    | st.tuples(st.integers(0, 2**16), st.sampled_from(["drop", "put", "flip"]), st.integers(0, 6))
)


def edited(text: str, edit: tuple[int, str, int] | None) -> str:
    if edit is None:
        return text
    place, kind, bit = edit
    at = place % len(text)
    return text[:at] + {"drop": "", "put": text[at] * 2, "flip": chr(ord(text[at]) ^ 1 << bit)}[kind] + text[at + 1 :]


def over(usual: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (usual | changes).items() if value is not ABSENT}


@settings(max_examples=400, deadline=None)
@given(
    header=st.just({}) | HEADERS,
    claims=st.just({}) | CHANGES,
    signer=st.sampled_from(["one", "one", "two", "stranger", "its public key", "nobody"]),
    edit=EDITS,
    scopes=st.sampled_from([(), ("a",), ("a", "c")]),
)
def test_none_is_taken_that_is_not_right(
    header: dict[str, Any],
    claims: dict[str, Any],
    signer: str,
    edit: tuple[int, str, int] | None,
    scopes: tuple[str, ...],
) -> None:
    text = edited(made(over(HEADER, header), over(CLAIMS, claims), signer), edit)
    taken = accepted(text, scopes)
    event(f"taken: {taken}")
    if taken:
        assert is_right(text, scopes)


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_=-]{0,40}(\.[A-Za-z0-9_=-]{0,40}){0,5}", fullmatch=True))
def test_nothing_else_is_a_token(text: str) -> None:
    assert not accepted(text)


def test_the_right_ones_are_taken() -> None:
    access = CLAIMS | {"token_use": "access", "scope": "b a"}
    assert accepted(made(HEADER, CLAIMS, "one"))
    assert accepted(made(HEADER | {"kid": "two", "typ": "JWT"}, CLAIMS | {"nbf": NOW}, "two"))
    assert accepted(made(HEADER, access, "one"), ("a", "c"))
    assert is_right(made(HEADER, access, "one"), ("a", "c"))


def test_one_bit() -> None:
    text = made(HEADER, CLAIMS, "one")
    spare = 0
    for at, character in enumerate(text):
        for bit in range(8):
            other = f"{text[:at]}{chr(ord(character) ^ 1 << bit)}{text[at + 1 :]}"
            if accepted(other):
                # The last character of 256 bytes in Base64 has bits that stand for nothing.
                assert at == len(text) - 1
                assert decoded(other.rpartition(".")[2]) == decoded(text.rpartition(".")[2])
                spare += 1
    assert spare <= 4
