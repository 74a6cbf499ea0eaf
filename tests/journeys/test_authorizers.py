"""Methods behind real authorizers: Lambda functions that allow, deny, fail and time out, user pools, an issuer."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.journeys.api import ACCOUNT, REGION, Api
from tests.journeys.backend import Backend, serving
from tests.journeys.packages import ECHO, package
from tests.journeys.test_boto3 import ROLE, allow, create_function, lambda_uri
from tests.journeys.test_user_pools import Pool
from tests.node import Node

AUTHORIZER = """
import time

def handler(event, context):
    word, _, resource = event["authorizationToken"].partition(" ")
    if word == "unauthorized":
        raise Exception("Unauthorized")
    if word == "crash":
        import os
        os._exit(1)
    if word == "slow":
        time.sleep(30)
    if word == "odd":
        return {"principalId": "ann", "policyDocument": "all"}
    statement = {"Action": "execute-api:Invoke", "Effect": word, "Resource": resource or event["methodArn"]}
    return {
        "principalId": "ann",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"count": 3, "asked": str(time.time())},
    }
"""
HERE = f"arn:aws:execute-api:{REGION}:{ACCOUNT}"


class Guarded(Api):
    """An API whose methods ask authorizers."""

    def guard(self, path: str, authorizer: str, integration: dict[str, Any], **more: Any) -> None:
        """`GET path` asks that authorizer; `more` are members of the method."""
        where = {"restApiId": self.id, "resourceId": self.resource(path), "httpMethod": "GET"}
        kind = self.gateway.get_authorizer(restApiId=self.id, authorizerId=authorizer)["type"]
        asks = kind if kind == "COGNITO_USER_POOLS" else "CUSTOM"
        self.gateway.put_method(**where, authorizationType=asks, authorizerId=authorizer, **more)
        self.gateway.put_integration(**where, **integration)

    def authorizer(self, name: str, **members: Any) -> str:
        members = {"identitySource": "method.request.header.Auth"} | members
        return str(self.gateway.create_authorizer(restApiId=self.id, name=name, **members)["id"])

    def get(self, path: str, token: str | None) -> tuple[int, str | None, bytes]:
        sent = {} if token is None else {"auth": token}  # in lower case, as browsers send it
        status, headers, body = self.call("GET", path, headers=sent)
        return status, headers.get("x-amzn-errortype"), body


def permit(node: Node, function: str, api: str, authorizer: str) -> None:
    node.client("lambda").add_permission(
        FunctionName=function,
        StatementId=f"authorizer-{authorizer}",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"{HERE}:{api}/authorizers/{authorizer}",
    )


class Functions:
    """An API with two methods on an echo behind one Lambda authorizer, which may run for a second."""

    def __init__(self, node: Node) -> None:
        self.api = Guarded(node, "guarded")
        node.client("lambda").create_function(
            FunctionName="guard",
            Runtime=f"python3.{sys.version_info.minor}",
            Role=ROLE,
            Handler="index.handler",
            Timeout=1,
            Code={"ZipFile": package(AUTHORIZER)},
        )
        self.function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:guard"
        echo = create_function(node, "guarded-echo", ECHO)
        allow(node, "guarded-echo", self.api.id)
        proxy = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": lambda_uri(echo)}
        self.guard = self.api.authorizer("guard", type="TOKEN", authorizerUri=lambda_uri(self.function))
        alone = self.api.authorizer("alone", type="TOKEN", authorizerUri=lambda_uri(self.function))
        role = "arn:aws:iam::000000000000:role/asker"
        trusted = {"type": "TOKEN", "authorizerUri": lambda_uri(self.function), "authorizerCredentials": role}
        for path, authorizer in (
            *(("/pets", self.guard), ("/dogs", self.guard), ("/not-permitted", alone)),
            ("/by-role", self.api.authorizer("trusted", **trusted)),
        ):
            self.api.guard(path, authorizer, proxy)
        permit(node, "guard", self.api.id, self.guard)
        self.api.deploy()

    def get(self, token: str | None, path: str = "/pets") -> tuple[int, str | None, bytes]:
        return self.api.get(path, token)

    def shown(self, token: str) -> dict[str, Any]:
        """What the backend is shown of the caller."""
        status, _, body = self.get(token)
        assert status == 200
        shown: dict[str, Any] = json.loads(body)["requestContext"]["authorizer"]
        return shown


@pytest.fixture(scope="module")
def functions(shared: Node) -> Functions:
    return Functions(shared)


def test_who_is_let_in_is_shown_to_the_backend(functions: Functions) -> None:
    first, second = functions.shown("Allow"), functions.shown("Allow")
    assert (first["principalId"], first["count"], list(first)[-1]) == ("ann", "3", "integrationLatency")
    assert second == first | {"integrationLatency": 0}
    assert functions.get("Allow", "/dogs") == (
        *(403, "AccessDeniedException"),
        b'{"Message":"User is not authorized to access this resource"}',
    )
    api = functions.api
    api.gateway.flush_stage_authorizers_cache(restApiId=api.id, stageName="prod")
    assert functions.shown("Allow")["asked"] != first["asked"]
    assert functions.get("Allow *", "/by-role")[0] == 200


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (None, (401, "UnauthorizedException", b'{"message":"Unauthorized"}')),
        ("unauthorized", (401, "UnauthorizedException", b'{"message":"Unauthorized"}')),
        (
            "Deny",
            (
                *(403, "AccessDeniedException"),
                b'{"Message":"User is not authorized to access this resource with an explicit deny"}',
            ),
        ),
        (
            f"Allow {HERE}:*/prod/POST/*",
            (403, "AccessDeniedException", b'{"Message":"User is not authorized to access this resource"}'),
        ),
        ("crash", (500, "AuthorizerConfigurationException", b'{"message":null}')),
        ("slow", (500, "AuthorizerConfigurationException", b'{"message":null}')),
        ("odd", (500, "AuthorizerConfigurationException", b'{"message":null}')),
    ],
    ids=["none", "unauthorized", "deny", "silent", "crash", "timeout", "malformed"],
)
def test_who_is_not(functions: Functions, token: str | None, expected: Any) -> None:
    assert functions.get(token) == expected


def test_a_function_that_does_not_permit_it(functions: Functions) -> None:
    assert functions.get("Allow", "/not-permitted") == (500, "AuthorizerConfigurationException", b'{"message":null}')


MOCK = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}


def test_a_user_pool(shared: Node) -> None:
    """Of the embedded server, whose access tokens have the scope of a signed-in user."""
    api, pool = Guarded(shared, "pooled"), Pool(shared, "pooled")
    guard = api.authorizer("pool", type="COGNITO_USER_POOLS", providerARNs=[pool.arn])
    for path, more in (
        ("/id", {}),
        ("/access", {"authorizationScopes": ["aws.cognito.signin.user.admin", "pets/read"]}),
        ("/admin", {"authorizationScopes": ["pets/admin"]}),
    ):
        api.guard(path, guard, MOCK, **more)
        api.gateway.put_method_response(
            restApiId=api.id, resourceId=api.resource(path), httpMethod="GET", statusCode="200"
        )
        api.gateway.put_integration_response(
            restApiId=api.id,
            resourceId=api.resource(path),
            httpMethod="GET",
            statusCode="200",
            responseTemplates={"application/json": "$context.authorizer.claims['cognito:username']$context.authorizer"},
        )
    api.deploy()
    tokens = pool.tokens()
    answers = {
        (path, kind): api.get(path, f"Bearer {tokens[kind]}")
        for path in ("/id", "/access", "/admin")
        for kind in ("IdToken", "AccessToken")
    }
    refused = (401, "UnauthorizedException", b'{"message":"Unauthorized"}')
    assert answers == {
        ("/id", "IdToken"): (200, None, b"ann"),
        ("/id", "AccessToken"): refused,
        ("/access", "IdToken"): refused,
        ("/access", "AccessToken"): (200, None, b""),
        ("/admin", "IdToken"): refused,
        ("/admin", "AccessToken"): refused,
    }
    assert api.get("/id", None) == refused


KEY = RSAKey.generate_key(2048)


class Keycloak(Backend):
    """Discovery and keys of one realm."""

    def do_GET(self) -> None:
        url = f"http://{self.headers['Host']}/realms/shop"
        if self.path == "/realms/shop/.well-known/openid-configuration":
            told: Any = {"issuer": url, "jwks_uri": f"{url}/certs", "response_types_supported": ["code"]}
        else:
            assert self.path == "/realms/shop/certs"
            told = {"keys": [KEY.as_dict(private=False, kid="one", use="sig", alg="RS256")]}
        self.answer(json.dumps(told).encode(), content_type="application/json")


@pytest.fixture
def issuer() -> Iterator[str]:
    with serving(Keycloak) as port:
        yield f"http://127.0.0.1:{port}/realms/shop"


def test_an_issuer_in_the_place_of_a_pool(tmp_path: Path, issuer: str) -> None:
    arn = f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{REGION}_Keycloak1"
    with Node(tmp_path / "data", GATEWRIGHT_USER_POOLS=f"{arn}={issuer}") as node:
        api = Guarded(node, "single sign-on")
        api.guard("/pets", api.authorizer("sso", type="COGNITO_USER_POOLS", providerARNs=[arn]), MOCK)
        where = {"restApiId": api.id, "resourceId": api.resource("/pets"), "httpMethod": "GET", "statusCode": "200"}
        api.gateway.put_method_response(**where)
        api.gateway.put_integration_response(**where)
        api.deploy()

        def token(**claims: Any) -> str:
            now = int(time.time())
            said = {"iss": issuer, "sub": "7", "aud": "shop", "typ": "ID", "iat": now, "exp": now + 60, **claims}
            return jwt.encode({"alg": "RS256", "kid": "one"}, said, KEY)

        assert api.get("/pets", token()) == (200, None, b"")
        assert api.get("/pets", token(typ="Bearer"))[0] == 401
        assert api.get("/pets", token(iss="https://elsewhere"))[0] == 401
        assert api.get("/pets", token(exp=int(time.time()) - 1)) == (
            *(401, "UnauthorizedException"),
            b'{"message":"The incoming token has expired"}',
        )
