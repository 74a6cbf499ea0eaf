"""OpenID Connect issuers in the place of user pools: where their keys are from, what their tokens are taken for."""

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt

from gatewright.execute.authorizers.user_pool import Issuer, user_pool
from gatewright.execute.authorizers.user_pool_keys import KEPT_OF_FILE_SECONDS
from gatewright.execute.world import Origin, Returned
from gatewright.settings import DEFAULT_PORT, SettingError, settings_from
from tests.execute.test_user_pool_authorizer import (
    CLAIMS,
    GOOD,
    KEY,
    KEY_SET,
    OTHER,
    POOLS,
    UNAUTHORIZED,
    UNREACHABLE,
    Gate,
    token,
    unauthorized,
)

URL = "https://sso.example.com/realms/shop"
POOL = user_pool(POOLS[0])
DISCOVERY = {"issuer": URL, "jwks_uri": f"{URL}/certs?v=1", "token_endpoint": f"{URL}/token"}
OF_KEYCLOAK = {"iss": URL, "token_use": None, "typ": "ID"}
ACCESS = OF_KEYCLOAK | {"typ": "Bearer", "scope": "openid pets"}
CERTS = Returned(200, (), KEY_SET)


def told(document: Any = DISCOVERY, status: int = 200) -> Returned:
    return Returned(status, (), document if isinstance(document, bytes) else json.dumps(document).encode())


def gate_of(*answers: Returned, scopes: tuple[str, ...] = (), url: str = URL, keys: Path | None = None) -> Gate:
    gate = Gate(*scopes, issuers={POOL: Issuer(url, keys)})
    gate.backend.answers = list(answers)
    return gate


def test_keycloaks_tokens() -> None:
    gate = gate_of(told(), CERTS)
    text = token(**OF_KEYCLOAK)
    assert gate.get(text) == gate.get(text) == GOOD
    assert gate.get(token(**ACCESS)) == UNAUTHORIZED
    assert gate.cognito.asked == []
    origin = Origin("sso.example.com", 443, True)
    assert [(sent[0], sent[1], sent[2].decode()) for sent in gate.backend.sent] == [
        (
            origin,
            "GET",
            "GET /realms/shop/.well-known/openid-configuration HTTP/1.1\r\nHost: sso.example.com\r\n"
            "Accept: application/json\r\n\r\n",
        ),
        (
            origin,
            "GET",
            "GET /realms/shop/certs?v=1 HTTP/1.1\r\nHost: sso.example.com\r\nAccept: application/json\r\n\r\n",
        ),
    ]


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        (ACCESS, GOOD),
        (ACCESS | {"scope": "openid"}, UNAUTHORIZED),
        (OF_KEYCLOAK | {"scope": "pets"}, UNAUTHORIZED),
        (ACCESS | {"typ": "Refresh"}, UNAUTHORIZED),
        (ACCESS | {"typ": None, "scope": None, "scp": ["pets"]}, GOOD),
        (ACCESS | {"exp": CLAIMS["iat"]}, unauthorized("The incoming token has expired")),
        (ACCESS | {"iss": URL + "/"}, UNAUTHORIZED),
        # The pool's own issuer is no longer asked, and the other pool's still is.
        (ACCESS | {"iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab"}, UNAUTHORIZED),
        ({"token_use": "access", "scope": "pets"}, GOOD),
        ({"token_use": None, "typ": "Bearer", "scope": "pets"}, UNAUTHORIZED),
    ],
)
def test_scopes(claims: dict[str, Any], expected: Any) -> None:
    assert gate_of(told(), CERTS, scopes=("pets",)).get(token(**claims)) == expected


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [told(status=404)],
        [told(status=302)],
        [told(b"<html>")],
        [told({"issuer": URL})],
        [told(DISCOVERY | {"issuer": "https://attacker.example"}), CERTS],
        [told(DISCOVERY | {"jwks_uri": "http://sso.example.com/certs"}), CERTS],
        [told(DISCOVERY | {"jwks_uri": "file:///etc/passwd"}), CERTS],
        [told(DISCOVERY | {"jwks_uri": "https://sso.example.com/{certs}"}), CERTS],
        [told(), Returned(500, (), b"")],
        [told(), Returned(200, (), b"{}")],
        [told(), Returned(200, (), b"[" * 150_001)],
    ],
)
def test_an_issuer_that_gives_no_keys_lets_nobody_in(answers: list[Returned]) -> None:
    assert gate_of(*answers).get(token(**OF_KEYCLOAK)) == UNREACHABLE


def test_an_issuer_without_tls_may_have_its_keys_there_too() -> None:
    url = "http://127.0.0.1:8080/realms/shop"
    gate = gate_of(told({"issuer": url, "jwks_uri": f"{url}/certs"}), CERTS, url=url)
    assert gate.get(token(**OF_KEYCLOAK | {"iss": url})) == GOOD


def test_keys_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    gate = gate_of(keys=file)
    text = token(**OF_KEYCLOAK)
    assert gate.get(text) == UNREACHABLE
    file.write_bytes(KEY_SET)
    gate.clock += KEPT_OF_FILE_SECONDS
    assert gate.get(text) == GOOD
    file.write_text(json.dumps({"keys": [OTHER.as_dict(private=False, kid="two")]}))
    assert gate.get(text) == GOOD  # read a moment ago
    gate.clock += KEPT_OF_FILE_SECONDS
    assert gate.get(text) == UNAUTHORIZED
    assert gate.get(jwt.encode({"alg": "RS256", "kid": "two"}, {**CLAIMS, "iss": URL}, OTHER)) == GOOD
    assert gate.backend.sent == []


def test_a_file_with_the_pools_own_issuer(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(json.dumps({"keys": [KEY.as_dict(private=False, kid="one")]}).encode())
    gate = gate_of(url="", keys=file)
    assert gate.get(token(iss="https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab")) == GOOD
    assert gate.cognito.asked == []


def test_the_setting(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(KEY_SET)
    one, two = POOLS
    three = two.replace("_Ab", "_Cd")
    text = f"{one}={URL}, {two}={file}, {three}={URL}  {file}"
    settings = settings_from(DEFAULT_PORT, tmp_path, {"GATEWRIGHT_USER_POOLS": text})
    assert settings.user_pools == {
        user_pool(one): Issuer(URL),
        user_pool(two): Issuer("", file),
        user_pool(three): Issuer(URL, file),
    }
    for wrong in ("", "=", f"={URL} {URL}", f"={tmp_path}/none", "=ftp://x", f"={file} {URL}"):
        with pytest.raises(SettingError, match="GATEWRIGHT_USER_POOLS must be ARN=ISSUER, ARN=FILE or ARN=ISSUER FILE"):
            settings_from(DEFAULT_PORT, tmp_path, {"GATEWRIGHT_USER_POOLS": one + wrong})
    with pytest.raises(SettingError, match="there is no file '/none'"):
        settings_from(DEFAULT_PORT, tmp_path, {"GATEWRIGHT_USER_POOLS": f"{one}={URL} /none"})
    with pytest.raises(SettingError, match="Invalid Cognito User Pool ARN specified: arn:x"):
        settings_from(DEFAULT_PORT, tmp_path, {"GATEWRIGHT_USER_POOLS": f"arn:x={URL}"})
