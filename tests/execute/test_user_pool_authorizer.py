"""TestInvokeAuthorizer of a Cognito authorizer: tokens of our own keys, and the keys from an endpoint of the test."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from gatewright.execute import test_invoke_authorizer as execution
from gatewright.execute.user_pool_authorizer import as_text, compile_user_pool_authorizer
from gatewright.execute.user_pool_keys import UserPoolKeys
from gatewright.execute.world import Returned, ServiceCall, World
from gatewright.signatures.user_pool_token import TokenRefused
from gatewright.values.faults import NetworkFault
from gatewright.values.pending import Drive
from tests.execute.stage import ARRIVED, Scene

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
    return replace(scene.world, user_pools=UserPoolKeys(cognito, scene.now))


def token(key: RSAKey = KEY, **claims: Any) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"}, CLAIMS | claims, key)


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


def test_a_token_of_another_pool_asks_nobody() -> None:
    cognito = Cognito(ANSWER)
    authorizer, world = compile_user_pool_authorizer(DOCUMENT), world_with(cognito)
    ends: list[Any] = []
    for text in (token(iss="https://attacker.example/keys"), token(), token()):
        Drive(authorizer.admit(world, text, ()), lambda claims, error: ends.append(claims or error)).step()
    assert isinstance(ends[0], TokenRefused)
    assert ends[1:] == [AS_TEXT, AS_TEXT]
    assert cognito.asked == ["cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab/.well-known/jwks.json"]


def test_scopes_ask_for_an_access_token() -> None:
    authorizer, world = compile_user_pool_authorizer(DOCUMENT), world_with(Cognito(ANSWER))
    ends: list[Any] = []
    for text in (token(token_use="access", scope="pets/read pets/write"), token()):
        Drive(authorizer.admit(world, text, ("pets/write",)), lambda claims, error: ends.append(claims or error)).step()
    assert ends[0]["scope"] == "pets/read pets/write"
    assert str(ends[1]) == "it is not an access token"


def test_claims_as_text() -> None:
    assert [as_text(value) for value in (1, 1.5, False, "é", [], [1, "a"], {"a": [1]})] == [
        *("1", "1.5", "false", "é", "", "1,a", '{"a":[1]}')
    ]
