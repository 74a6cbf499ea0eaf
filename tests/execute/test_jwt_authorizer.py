"""JWT authorizers of HTTP APIs: tokens of our own keys, an issuer that the test plays, and what clients are told."""

import json
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from gatewright.execute.authorizers.jwt_authorizer import PATIENCE
from gatewright.execute.authorizers.openid_issuer import OpenIdIssuers
from gatewright.execute.authorizers.user_pool import Issuer, UserPool
from gatewright.execute.authorizers.user_pool_keys import AGAIN_SECONDS, KEPT_SECONDS, UserPoolKeys
from gatewright.execute.http.plan import HttpApiPlan
from gatewright.execute.world import Returned
from gatewright.values.faults import NetworkFault
from gatewright.values.response import Response
from tests.execute.http_stage import http_compiled
from tests.execute.stage import ARRIVED, request
from tests.execute.test_user_pool_authorizer import Cognito
from tests.execute_lambda.function import LambdaScene
from tests.execute_lambda.http_stage import HOST, lambda_integration, route_with

KEY, OTHER = RSAKey.generate_key(2048), RSAKey.generate_key(2048)
EC = ECKey.generate_key("P-256")
NOW = int(ARRIVED)
URL = "https://sso.example.com/realms/shop"
DISCOVERY = Returned(200, (), json.dumps({"issuer": URL, "jwks_uri": f"{URL}/certs"}).encode())
POOL_URL = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab"
AUTHORIZER = {
    "authorizerId": "auth01",
    "authorizerType": "JWT",
    "name": "ours",
    "identitySource": ["$request.header.Authorization"],
    "jwtConfiguration": {"issuer": URL, "audience": ["shop", "admin"]},
}
CLAIMS: dict[str, Any] = {"iss": URL, "aud": "shop", "exp": NOW + 3600, "iat": NOW, "sub": "7", "scope": "read write"}
LOG = "$context.requestId $context.authorizer.error|$context.authorizer.claims.sub $context.status"


def certs(*keys: RSAKey, **members: Any) -> Returned:
    listed = [key.as_dict(private=False, kid=f"k{number}") | members for number, key in enumerate(keys)]
    return Returned(200, (), json.dumps({"keys": listed}).encode())


def token(key: Any = KEY, kid: str = "k0", algorithm: str = "RS256", **claims: Any) -> str:
    """A token; a claim of None is left out."""
    said = {name: value for name, value in (CLAIMS | claims).items() if value is not None}
    return jwt.encode({"alg": algorithm, "kid": kid}, said, key, algorithms=[algorithm])


class Gate(LambdaScene):
    """A route that the authorizer guards, and its issuer, who answers with these."""

    def __init__(self, *answers: Returned | Exception, scopes: tuple[str, ...] = (), **members: Any) -> None:
        super().__init__(b"{}")
        self.backend.answers = list(answers or (DISCOVERY, certs(KEY)))
        self.plan = guarded(scopes, **members)

    def get(self, text: str | None) -> tuple[int, str | None]:
        """The status, and the challenge if there is one."""
        lines = [] if text is None else [f"Authorization: {text}"]
        response = self.serve(self.plan, request("GET", "/", HOST, *lines))
        assert isinstance(response, Response)
        assert response.body == {200: b"{}", 401: b'{"message":"Unauthorized"}', 403: b'{"message":"Forbidden"}'}.get(
            response.status, b'{"message":"Internal Server Error"}'
        )
        name = b"www-authenticate: "
        told = [line[len(name) : -2].decode() for line in response.headers if line.startswith(name)]
        return response.status, told[0] if told else None


def guarded(scopes: tuple[str, ...] = (), version: str = "2.0", **members: Any) -> HttpApiPlan:
    route: dict[str, Any] = {"authorizationType": "JWT", "authorizerId": "auth01"}
    route |= {"authorizationScopes": list(scopes)} if scopes else {}
    integration = lambda_integration(payloadFormatVersion=version)
    snapshot = route_with("GET /", integration, AUTHORIZER | members, **route)
    return http_compiled(snapshot, accessLogSettings={"format": LOG})


def refused(told: str, scopes: str = "") -> tuple[int, str]:
    return 401, f'Bearer scope="{scopes}" error="invalid_token" error_description="{told}"'


GOOD = (200, None)
NO_AUDIENCE = refused("the token does not have a valid audience")
EXPIRED = refused("the token has expired")
NOT_YET = refused("the token is not yet valid")
MALFORMED = refused("the token is malformed")
NO_KEY = refused("unable to find the key id")


@pytest.mark.parametrize("scheme", ["", "Bearer ", "bearer  "])
@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_a_good_token(scheme: str, algorithm: str) -> None:
    assert Gate().get(scheme + token(algorithm=algorithm)) == GOOD


def test_how_the_issuer_is_asked() -> None:
    gate = Gate()
    assert [gate.get(token()), gate.get(token()), gate.get(token(sub="8"))] == [GOOD] * 3
    asked = [(sent[2].split(b" ")[1], sent[4]) for sent in gate.backend.sent]
    assert asked == [(b"/realms/shop/.well-known/openid-configuration", PATIENCE), (b"/realms/shop/certs", PATIENCE)]
    gate.clock += KEPT_SECONDS - 60
    gate.backend.answers = [DISCOVERY, certs(KEY)]
    assert gate.get(token(sub="9", exp=NOW + 36_000)) == GOOD  # and the keys are renewed
    assert len(gate.backend.sent) == 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, (401, "Bearer")),
        ("", (401, "Bearer")),
        ("Bearer", refused("token contains an invalid number of segments")),
        ("Basic YTpi", refused("token contains an invalid number of segments")),
        ("a.b.c", MALFORMED),
        ("x" * 20_000, MALFORMED),
        (token(EC, algorithm="ES256"), refused("signing method ES256 is invalid")),
        (token(kid=""), NO_KEY),
        (token(kid="k1"), NO_KEY),
        (token(OTHER), refused("crypto/rsa: verification error")),
        (token(iss=URL + "/"), refused("the token does not have a valid issuer")),
        (token(iss=None), refused("the token does not have a valid issuer")),
        (token(aud="other"), NO_AUDIENCE),
        (token(aud=["other", "admin"]), GOOD),
        (token(aud=[]), NO_AUDIENCE),
        (token(aud=7), NO_AUDIENCE),
        (token(aud=None), NO_AUDIENCE),
        (token(aud=None, client_id="admin"), GOOD),
        (token(aud="other", client_id="admin"), NO_AUDIENCE),
        (token(exp=NOW), EXPIRED),
        (token(exp=None), MALFORMED),
        (token(exp="1900000000"), MALFORMED),
        (token(nbf=NOW + 60), NOT_YET),
        (token(nbf=NOW - 60), GOOD),
        (token(iat=NOW + 60), NOT_YET),
        (token(iat="x"), MALFORMED),
        (token(iat=None), GOOD),
    ],
)
def test_tokens(text: str | None, expected: tuple[int, str | None]) -> None:
    gate = Gate()
    assert gate.get(text) == expected
    assert len(gate.functions.calls) == (expected == GOOD)


def test_nobody_signs_with_no_algorithm_or_a_secret() -> None:
    head, payload, _ = token().split(".")
    assert Gate().get(f"eyJhbGciOiJub25lIiwia2lkIjoiazAifQ.{payload}.") == refused("signing method none is invalid")
    assert Gate().get(f"eyJhbGciOiJIUzI1NiIsImtpZCI6ImswIn0.{payload}.eA") == refused("signing method HS256 is invalid")
    assert Gate().get(f"{head}.{payload}.") != GOOD


def test_a_key_is_for_its_own_algorithm() -> None:
    assert Gate(DISCOVERY, certs(KEY, alg="RS512")).get(token()) == NO_KEY
    assert Gate(DISCOVERY, certs(KEY, alg="RS512")).get(token(algorithm="RS512")) == GOOD


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ((NetworkFault("connect", "x"),), "OIDC discovery endpoint communication error"),
        ((NetworkFault("timeout", "x"),), "OIDC discovery endpoint communication error"),
        ((Returned(404, (), b""),), "OIDC discovery endpoint communication error"),
        ((Returned(200, (), b"{}"),), "OIDC discovery endpoint communication error"),
        ((Returned(200, (), DISCOVERY.body.replace(b"realms", b"others", 1)),),
         "OIDC discovery endpoint communication error"),
        ((DISCOVERY, NetworkFault("timeout", "x")), "JWKS communication error"),
        ((DISCOVERY, Returned(500, (), b"")), "JWKS communication error"),
        ((DISCOVERY, Returned(200, (), b"[]")), "JWKS communication error"),
        ((DISCOVERY, Returned(200, (), b" " * 150_001)), "JWKS communication error"),
    ],
)  # fmt: skip
def test_an_issuer_that_does_not_answer(
    answers: tuple[Returned | Exception, ...], told: str, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate(*answers)
    assert gate.get(token()) == refused(told)
    assert caplog.messages[0].startswith("the issuer of stage abcdef1234/$default is not reached: its keys cannot be ")
    [(_, line)] = gate.lines
    assert line.partition(b" ")[2].startswith(b"invalid_token: " + told.encode())
    gate.clock += AGAIN_SECONDS
    gate.backend.answers = [DISCOVERY, certs(KEY)]
    assert gate.get(token()) == GOOD


def test_scopes() -> None:
    asked = ("write", "admin")
    assert Gate(scopes=asked).get(token()) == GOOD
    assert Gate(scopes=asked).get(token(scope=None, scp=["admin"])) == GOOD
    assert Gate(scopes=asked).get(token(scope=None, scp="x admin")) == GOOD
    missing = (403, 'Bearer scope="write admin" error="insufficient_scope"')
    for claims in ({"scope": "read"}, {"scope": None}, {"scope": "writer"}, {"scope": ["write"]}):
        assert Gate(scopes=asked).get(token(**claims)) == missing
    assert Gate(scopes=asked).get(token(exp=NOW, scope="read")) == refused("the token has expired", "write admin")


def test_two_tokens_are_none() -> None:
    gate, text = Gate(), token()
    lines = [f"Authorization: Bearer {each}" for each in (token(OTHER, sub="admin"), text)]
    two = gate.serve(gate.plan, request("GET", "/", HOST, *lines))
    assert (two.status, gate.get(text)) == (401, GOOD)


def test_a_token_that_is_remembered_ends() -> None:
    gate = Gate()
    text = token(exp=NOW + 60)
    assert gate.get(text) == GOOD
    gate.clock += 60
    assert gate.get(text) == EXPIRED


def test_a_token_is_remembered_for_what_was_asked_of_it() -> None:
    gate, text = Gate(), token()
    assert gate.get(text) == GOOD
    gate.plan = guarded(("admin",))
    assert gate.get(text)[0] == 403
    gate.plan = guarded(jwtConfiguration={"issuer": URL, "audience": ["others"]})
    assert gate.get(text) == NO_AUDIENCE


def test_what_functions_see() -> None:
    claims = {
        "n": 1.5,
        "whole": 2.0,
        "yes": True,
        "no": False,
        "groups": ["a", "b"],
        "nested": [["a"], {"b": 1}, None],
        "empty": [],
        "object": {"b": None, "a": "x"},
    }
    shown = {name: str(value) for name, value in CLAIMS.items()} | {
        "n": "1.5",
        "whole": "2",
        "yes": "true",
        "no": "false",
        "groups": "[a b]",
        "nested": "[[a] map[b:1] <nil>]",
        "empty": "[]",
        "object": "map[a:x b:<nil>]",
    }
    for scopes, listed in (((), None), (("write", "x"), ["write"])):
        for version in ("1.0", "2.0"):
            gate = Gate(scopes=scopes)
            gate.functions.answer = b'{"statusCode":200,"body":"{}"}'
            gate.plan = guarded(scopes, version)
            assert gate.get(token(**claims)) == GOOD
            authorizer = gate.event()["requestContext"]["authorizer"]
            assert (authorizer if version == "1.0" else authorizer["jwt"]) == {"claims": shown, "scopes": listed}
    assert gate.lines[-1][1].endswith(b" -|7 200")


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"identitySource": ["$request.querystring.token"]}, "Bearer"),
        ({"identitySource": []}, None),
        ({"identitySource": ["$request.header.a", "$request.header.b"]}, None),
        ({"identitySource": ["$request.body"]}, None),
        ({"jwtConfiguration": {"issuer": URL, "audience": []}}, None),
        ({"jwtConfiguration": {"audience": ["x"]}}, None),
        ({"jwtConfiguration": None}, None),
        ({"identityValidationExpression": "x"}, None),
        ({"authorizerType": "REQUEST"}, None),
    ],
)
def test_configurations(members: dict[str, Any], told: str | None) -> None:
    assert Gate(**members).get(token()) == ((401, told) if told else (500, None))


def test_a_scope_that_would_break_the_challenge() -> None:
    assert Gate(scopes=('a" x="y',)).get(token()) == (500, None)


@pytest.mark.parametrize("issuer", [None, Issuer("https://pools.example.com")])
def test_the_issuer_may_be_a_user_pool(issuer: Issuer | None) -> None:
    """Which is asked as pools are, and may have another issuer in its place."""
    gate = Gate(jwtConfiguration={"issuer": POOL_URL, "audience": ["shop"]})
    cognito = Cognito(certs(KEY))
    pool = UserPool("123456789012", "eu-west-1", "eu-west-1_Ab")
    issuers = {} if issuer is None else {pool: issuer}
    told = {"issuer": "https://pools.example.com", "jwks_uri": "https://pools.example.com/certs"}
    gate.backend.answers = [Returned(200, (), json.dumps(told).encode()), certs(KEY)]
    keys = UserPoolKeys(cognito, gate.now, OpenIdIssuers(gate.backend, issuers))
    gate.world = replace(gate.world, user_pools=keys)
    assert gate.get(token(iss=POOL_URL if issuer is None else issuer.url)) == GOOD
    assert gate.get(token(iss=URL)) == refused("the token does not have a valid issuer")
    host = "cognito-idp.eu-west-1.amazonaws.com"
    assert cognito.asked == ([f"{host}/eu-west-1_Ab/.well-known/jwks.json"] if issuer is None else [])


def test_an_issuer_without_tls_is_for_development() -> None:
    url = "http://localhost:8080/realms/dev"
    told = Returned(200, (), json.dumps({"issuer": url, "jwks_uri": f"{url}/certs"}).encode())
    gate = Gate(told, certs(KEY), jwtConfiguration={"issuer": url, "audience": ["shop"]})
    assert gate.get(token(iss=url)) == GOOD
    assert {(sent[0].host, sent[0].port, sent[0].tls) for sent in gate.backend.sent} == {("localhost", 8080, False)}
