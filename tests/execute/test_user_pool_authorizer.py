"""Cognito authorizers, tested and in the path of requests: tokens of our own keys, the keys from the test."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import OctKey, RSAKey

from gatewright.execute import test_invoke_authorizer as execution
from gatewright.execute.authorizers.openid_issuer import OpenIdIssuers
from gatewright.execute.authorizers.user_pool import Issuer, UserPool, user_pool
from gatewright.execute.authorizers.user_pool_claims import as_text
from gatewright.execute.authorizers.user_pool_keys import AGAIN_SECONDS, KEPT_SECONDS, UserPoolKeys
from gatewright.execute.plan import RestPlan
from gatewright.execute.world import Returned, ServiceCall, World
from gatewright.values.faults import NetworkFault
from gatewright.values.pending import Drive
from tests.execute.stage import ARRIVED, CHOSEN_ID, Scene, compiled, method, request, shown, snapshot

POOLS = [f"arn:aws:cognito-idp:{region}:123456789012:userpool/{region}_Ab" for region in ("eu-west-1", "us-east-1")]
DOCUMENT = {
    "id": "auth01",
    "type": "COGNITO_USER_POOLS",
    "providerARNs": POOLS,
    "identitySource": "method.request.header.X-Token",
}
KEY, OTHER = RSAKey.generate_key(2048), RSAKey.generate_key(2048)
KEY_SET = json.dumps({"keys": [KEY.as_dict(private=False, kid="one")]}).encode()
ANSWER = Returned(200, (), KEY_SET)
NOW = int(ARRIVED)
CLAIMS: dict[str, Any] = {
    "sub": "3f1c",
    "aud": "client1",
    "iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab",
    "token_use": "id",
    "exp": NOW + 3600,
    "iat": NOW,
    "auth_time": NOW,
    "email_verified": True,
    "cognito:groups": ["admins", "users"],
    "identities": [{"userId": "7", "primary": "true"}],
    "custom:nothing": None,
}
AS_TEXT = {
    "sub": "3f1c",
    "aud": "client1",
    "iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab",
    "token_use": "id",
    "exp": "Tue Nov 14 23:13:20 UTC 2023",
    "iat": "Tue Nov 14 22:13:20 UTC 2023",
    "auth_time": "1700000000",
    "email_verified": "true",
    "cognito:groups": "admins,users",
    "identities": '{"userId":"7","primary":"true"}',
}
BEGUN = ["Execution log for request REQUEST", "Starting authorizer: auth01 for request: REQUEST"]


class Cognito:
    """The keys of every pool, or a fault."""

    def __init__(self, answer: Returned | NetworkFault) -> None:
        self.answer = answer
        self.asked: list[str] = []

    async def call(self, call: ServiceCall, *, timeout: float) -> Returned:
        self.asked.append(f"{call.host}{call.target}")
        if isinstance(self.answer, NetworkFault):
            raise self.answer
        return self.answer


def world_with(cognito: Cognito) -> World:
    scene = Scene()
    return replace(scene.world, user_pools=UserPoolKeys(cognito, scene.now, OpenIdIssuers(scene.backend, {})))


def token(key: RSAKey = KEY, **claims: Any) -> str:
    """A token signed with `key`; a claim of None is left out."""
    said = {name: value for name, value in (CLAIMS | claims).items() if value is not None or name not in claims}
    return jwt.encode({"alg": "RS256", "kid": "one"}, said, key)


def ask(text: str | None, answer: Returned | NetworkFault = ANSWER, **members: Any) -> dict[str, Any]:
    """The operation's output, its log in lines; its ids and times are taken out."""
    given = {} if text is None else {"headers": {"X-Token": text}}
    ends: list[Any] = []
    call = execution.test_invoke_authorizer(
        world_with(Cognito(answer)), {"id": "api1", "name": "a"}, DOCUMENT | members, given, "123456789012", "eu-west-1"
    )
    Drive(call, lambda output, error: ends.append(error or output)).step()
    output: dict[str, Any] = ends[0]
    assert output.pop("latency") > 0
    log = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "REQUEST", output["log"])
    output["log"] = re.sub(r"\w{3} Nov 14 [\d:]+ UTC 2023 : ", "", log).removesuffix("\n").split("\n")
    return output


@pytest.mark.parametrize("scheme", ["", "Bearer ", "bearer  "])
def test_claims(scheme: str) -> None:
    text = scheme + token()
    assert ask(text, identityValidationExpression="client[0-9]") == {
        "clientStatus": 0,
        "claims": AS_TEXT,
        "log": [
            *BEGUN,
            f"Incoming identity: {'*' * (len(text) - 6)}{text[-6:]}"[:1024] + " [TRUNCATED]" * (len(text) > 1005),
            "Successfully completed authorizer execution",
        ],
    }


@pytest.mark.parametrize(
    ("text", "members", "reason", "message"),
    [
        (token(exp=NOW), {}, "it has expired", "The incoming token has expired"),
        (token(OTHER), {}, "its signature is wrong", "Unauthorized"),
        (token(token_use="access", scope="a"), {}, "it is not an id token", "Unauthorized"),
        (token(iss="https://else"), {}, "its issuer is none of the authorizer's user pools", "Unauthorized"),
        (token(iss=[1]), {}, "its issuer is none of the authorizer's user pools", "Unauthorized"),
        (
            token(),
            {"providerARNs": POOLS[:1]},
            "its issuer is none of the authorizer's user pools",
            "Unauthorized",
        ),
        (
            token(aud="client1x"),
            {"identityValidationExpression": "client[0-9]"},
            "its aud does not match the validation expression",
            "Unauthorized",
        ),
        ("Bearer", {}, "it is not a JSON Web Token", "Unauthorized"),
        ("Basic dXNlcjpwYXNz", {}, "it is not a JSON Web Token", "Unauthorized"),
    ],
    ids=["expired", "forged", "access", "issuer", "no issuer", "pool", "audience", "scheme", "basic"],
)
def test_tokens_that_let_nobody_in(text: str, members: dict[str, Any], reason: str, message: str) -> None:
    output = ask(text, **members)
    log = output.pop("log")
    assert output == {"clientStatus": 401}
    assert log[3:] == [f"Invalid token: {reason}", "Unauthorized request: REQUEST", message]


@pytest.mark.parametrize("text", [None, ""])
def test_no_token(text: str | None) -> None:
    log = [*BEGUN, "Unauthorized request: REQUEST", "Unauthorized"]
    assert ask(text) == {"clientStatus": 401, "log": log}


def test_a_pool_that_cannot_be_asked() -> None:
    output = ask(token(), NetworkFault("connect", "nothing listens"))
    log = output.pop("log")
    assert output == {"clientStatus": 500}
    assert log[3:] == [
        "Execution failed due to configuration error: User pool: its keys cannot be fetched: nothing listens",
        "Execution failed due to configuration error: Authorizer error",
        "AuthorizerConfigurationException",
    ]


METHOD_LOG = "$context.requestId $context.authorizer.status $context.authorizer.error|$context.authorizer.claims.sub"
SHOWING = '{"statusCode": 200, "sub": "$context.authorizer.claims.sub", "all": "$context.authorizer.claims", \
"groups": "$context.authorizer.claims[\'cognito:groups\']", "none": "$context.authorizer.claims.none"}'
SHOWN = {
    "type": "MOCK",
    "requestTemplates": {"application/json": SHOWING},
    "integrationResponses": {
        "200": {
            "statusCode": "200",
            "responseParameters": {"method.response.header.X-Groups": "context.authorizer.claims.cognito:groups"},
            "responseTemplates": {"application/json": SHOWING},
        }
    },
}
PLAIN = b"Content-Type: application/json\r\n"
GOOD = (
    200,
    [b"X-Groups: admins,users\r\n", PLAIN],
    b'{"statusCode": 200, "sub": "3f1c", "all": "", "groups": "admins,users", "none": ""}',
)
EXPIRED = "The incoming token has expired"


def unauthorized(message: str = "Unauthorized") -> tuple[int, list[bytes], bytes]:
    return 401, [b"x-amzn-ErrorType: UnauthorizedException\r\n", PLAIN], b'{"message":"%b"}' % message.encode()


UNAUTHORIZED = unauthorized()
UNREACHABLE = (500, [b"x-amzn-ErrorType: AuthorizerConfigurationException\r\n", PLAIN], b'{"message":null}')


class Gate(Scene):
    """A stage whose `GET /` asks for a token of the pools; `scopes` are the method's, `members` the authorizer's."""

    def __init__(self, *scopes: str, issuers: dict[UserPool, Issuer] | None = None, **members: Any) -> None:
        super().__init__()
        self.cognito = Cognito(ANSWER)
        pools = UserPoolKeys(self.cognito, self.now, OpenIdIssuers(self.backend, issuers or {}))
        self.world = replace(self.world, user_pools=pools)
        self.plan = self.stage(*scopes, **members)

    def stage(self, *scopes: str, **members: Any) -> RestPlan:
        asking = method(SHOWN, authorizationType="COGNITO_USER_POOLS", authorizerId="auth01")
        asking["methodResponses"]["200"]["responseParameters"] = {"method.response.header.X-Groups": False}
        if scopes:
            asking["authorizationScopes"] = list(scopes)
        document = snapshot({"/": {"GET": asking}}) | {"authorizers": [DOCUMENT | members]}
        return compiled(document, accessLogSettings={"format": METHOD_LOG})

    def get(self, text: str | None, plan: RestPlan | None = None) -> tuple[int, list[bytes], bytes]:
        lines = [] if text is None else [f"X-Token: {text}"]
        return shown(self.serve(plan or self.plan, request("GET", "/", CHOSEN_ID, *lines)))

    def told(self) -> str:
        """What the access log says of the last request, without its id."""
        return self.lines[-1][1].decode().partition(" ")[2]


ACCESS = {"token_use": "access", "scope": "pets/read pets/write", "client_id": "client1", "aud": None}


@pytest.mark.parametrize("scheme", ["", "Bearer ", "bearer  "])
def test_a_good_token_lets_in(scheme: str) -> None:
    gate = Gate(identityValidationExpression="client[0-9]")
    text = scheme + token()
    assert gate.get(text) == gate.get(text) == GOOD
    assert gate.told() == "200 -|3f1c"
    assert gate.cognito.asked == ["cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab/.well-known/jwks.json"]


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        (None, UNAUTHORIZED, "Unauthorized"),
        ("", UNAUTHORIZED, "Unauthorized"),
        ("Bearer", UNAUTHORIZED, "it is not a JSON Web Token"),
        ("a.b.c", UNAUTHORIZED, "it is not a JSON Web Token"),
        (token().rpartition(".")[0] + ".", UNAUTHORIZED, "its signature is wrong"),
        (jwt.encode({"alg": "HS256", "kid": "one"}, CLAIMS, OctKey.import_key("s" * 32)), UNAUTHORIZED, None),
        (token(OTHER), UNAUTHORIZED, "its signature is wrong"),
        (jwt.encode({"alg": "RS256", "kid": "two"}, CLAIMS, KEY), UNAUTHORIZED, "its key is none of the issuer's"),
        (token(exp=NOW), unauthorized(EXPIRED), "it has expired"),
        (token(exp=None), UNAUTHORIZED, "it does not tell when it is good"),
        (token(exp="never"), UNAUTHORIZED, "it does not tell when it is good"),
        (token(nbf=NOW + 60), UNAUTHORIZED, "it is not good yet"),
        (token(iss="https://else"), UNAUTHORIZED, "its issuer is none of the authorizer's user pools"),
        (token(iss=POOLS[0]), UNAUTHORIZED, "its issuer is none of the authorizer's user pools"),
        (token(aud="clientX"), UNAUTHORIZED, "its aud does not match the validation expression"),
        (token(aud=["client1", "client2"]), UNAUTHORIZED, "its aud does not match the validation expression"),
        (token(**ACCESS | {"aud": "client1"}), UNAUTHORIZED, "it is not an id token"),
        (token(token_use="refresh"), UNAUTHORIZED, "it is not an id token"),
        (token(token_use=None), UNAUTHORIZED, "it is not an id token"),
    ],
)
def test_others_do_not(text: str | None, expected: Any, why: str | None) -> None:
    gate = Gate(identityValidationExpression="client[0-9]")
    assert gate.get(text) == gate.get(text) == expected
    if why is not None:
        told = why if why == "Unauthorized" else f"Invalid token: {why}"
        assert gate.told() == f"401 {told}|-"


@pytest.mark.parametrize(
    ("claims", "expected", "why"),
    [
        (ACCESS, GOOD, ""),
        (ACCESS | {"scope": "pets/write"}, GOOD, ""),
        (ACCESS | {"scope": "pets/read"}, UNAUTHORIZED, "it has none of the scopes"),
        (ACCESS | {"scope": "pets/writer"}, UNAUTHORIZED, "it has none of the scopes"),
        (ACCESS | {"scope": None}, UNAUTHORIZED, "it has none of the scopes"),
        (ACCESS | {"scope": ""}, UNAUTHORIZED, "it has none of the scopes"),
        ({}, UNAUTHORIZED, "it is not an access token"),
        ({"scope": "pets/write"}, UNAUTHORIZED, "it is not an access token"),
        (ACCESS | {"exp": NOW}, unauthorized(EXPIRED), "it has expired"),
    ],
)
def test_scopes_ask_for_an_access_token_with_any_of_them(claims: dict[str, Any], expected: Any, why: str) -> None:
    gate = Gate("pets/write", "pets/admin")
    assert gate.get(token(**claims)) == expected
    assert not why or gate.told() == f"401 Invalid token: {why}|-"


def test_a_verified_token_is_good_until_it_ends() -> None:
    gate, text = Gate(), token(nbf=NOW - 1, exp=NOW + 60)
    assert [gate.get(text)[0] for _ in range(2)] == [200, 200]
    gate.clock += 58
    assert gate.get(text) == GOOD
    gate.clock += 2
    assert gate.get(text) == unauthorized(EXPIRED)
    gate.clock -= 3600
    assert gate.get(text) == UNAUTHORIZED  # the clock was set back before it begins


def test_a_verified_token_is_verified_for_what_was_asked_of_it() -> None:
    gate, text = Gate("pets/write"), token(**ACCESS)
    assert gate.get(text) == GOOD
    for other in (
        gate.stage("pets/admin"),
        gate.stage(),
        gate.stage("pets/write", providerARNs=POOLS[:1]),
        gate.stage("pets/write", identityValidationExpression="client1"),
    ):
        assert gate.get(text, other) == UNAUTHORIZED
    assert gate.get(text) == GOOD


def test_a_key_that_is_revoked_takes_its_tokens_along() -> None:
    gate, text = Gate(), token()
    assert gate.get(text) == GOOD
    gate.clock += AGAIN_SECONDS
    changed = jwt.encode({"alg": "RS256", "kid": "two"}, CLAIMS, OTHER)
    gate.cognito.answer = Returned(200, (), json.dumps({"keys": [OTHER.as_dict(private=False, kid="two")]}).encode())
    assert gate.get(changed) == GOOD
    assert gate.get(text) == UNAUTHORIZED


def test_a_made_up_key_does_not_make_verified_tokens_forgotten() -> None:
    gate, text = Gate(), token()
    gate.get(text)
    known = gate.world.user_pools.current(user_pool(POOLS[1]))
    gate.clock += AGAIN_SECONDS
    gate.get(jwt.encode({"alg": "RS256", "kid": "made up"}, CLAIMS, OTHER))
    assert len(gate.cognito.asked) == 2
    assert gate.world.user_pools.current(user_pool(POOLS[1])) is known


def test_a_pool_that_gives_no_keys() -> None:
    gate = Gate()
    gate.cognito.answer = NetworkFault("connect", "nothing listens")
    assert gate.get(token()) == UNREACHABLE
    assert gate.told().startswith("500 Execution failed due to configuration error: User pool: its keys cannot be ")
    gate.clock += AGAIN_SECONDS
    gate.cognito.answer = ANSWER
    assert gate.get(token()) == GOOD
    gate.cognito.answer = NetworkFault("connect", "nothing listens")
    gate.clock += KEPT_SECONDS
    assert gate.get(token(exp=NOW + 9999)) == UNREACHABLE  # a doubt is a denial


def test_a_token_of_another_pool_asks_nobody() -> None:
    gate = Gate()
    assert gate.get(token(iss="https://attacker.example/keys")) == UNAUTHORIZED
    assert gate.cognito.asked == []


@pytest.mark.parametrize("claim", ["aud", "deep"])
def test_claims_may_be_nested(claim: str) -> None:
    """Before anything is verified, too: whatever depth a reader of JSON may stop at, nobody is let in by it."""
    said = json.dumps(CLAIMS | {claim: 0})
    for depth in (100, 300, 500, 700, 900, 950, 1000, 5000):
        payload = said.replace(f'"{claim}": 0', f'"{claim}": {"[" * depth}{"]" * depth}').encode()
        for key in (KEY, OTHER):
            text = jws.serialize_compact({"alg": "RS256", "kid": "one"}, payload, key)
            status, _, body = Gate().get(text)
            assert (status, body) in ((GOOD[0], GOOD[2]), (401, b'{"message":"Unauthorized"}'))
            assert status == 401 or key is KEY


def test_claims_as_text() -> None:
    assert [as_text(value) for value in (1, 1.5, False, "é", [], [1, "a", ["b"]], {"a": [1]})] == [
        *("1", "1.5", "false", "é", "", '1,a,["b"]', '{"a":[1]}')
    ]
