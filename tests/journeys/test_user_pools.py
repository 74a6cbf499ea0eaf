"""A Cognito authorizer asked about tokens that a user pool of the embedded neighbour gave its user."""

from typing import Any

import pytest

from tests.journeys.api import ACCOUNT, Api
from tests.node import Node

PASSWORD = "Secret-1234"


@pytest.fixture(scope="module")
def api(shared: Node) -> Api:
    return Api(shared, "user-pools")


class Pool:
    """A user pool with a client and a user."""

    def __init__(self, node: Node, name: str) -> None:
        cognito = node.client("cognito-idp")
        self.id: str = cognito.create_user_pool(PoolName=name)["UserPool"]["Id"]
        self.arn = f"arn:aws:cognito-idp:us-east-1:{ACCOUNT}:userpool/{self.id}"
        client = cognito.create_user_pool_client(
            UserPoolId=self.id,
            ClientName="web",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
            ReadAttributes=["email", "email_verified"],
        )
        self.client_id: str = client["UserPoolClient"]["ClientId"]
        attributes = [{"Name": "email", "Value": "ann@example.com"}, {"Name": "email_verified", "Value": "true"}]
        cognito.admin_create_user(UserPoolId=self.id, Username="ann", UserAttributes=attributes)
        cognito.admin_set_user_password(UserPoolId=self.id, Username="ann", Password=PASSWORD, Permanent=True)
        for group in ("admins", "users"):
            cognito.create_group(UserPoolId=self.id, GroupName=group)
            cognito.admin_add_user_to_group(UserPoolId=self.id, Username="ann", GroupName=group)
        self._cognito = cognito

    def tokens(self) -> dict[str, Any]:
        given = {"USERNAME": "ann", "PASSWORD": PASSWORD}
        answer = self._cognito.initiate_auth(
            ClientId=self.client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given
        )
        result: dict[str, Any] = answer["AuthenticationResult"]
        return result


def test_tokens_of_a_user_pool(shared: Node, api: Api) -> None:
    pool, other = Pool(shared, "ours"), Pool(shared, "theirs")
    made = api.gateway.create_authorizer(
        restApiId=api.id,
        name="pool",
        type="COGNITO_USER_POOLS",
        providerARNs=[pool.arn],
        identitySource="method.request.header.X-Token",
        identityValidationExpression=pool.client_id,
    )

    def asked(token: str, header: str = "X-Token") -> dict[str, Any]:
        answer: dict[str, Any] = api.gateway.test_invoke_authorizer(
            restApiId=api.id, authorizerId=made["id"], headers={header: token}
        )
        return answer

    tokens = pool.tokens()
    for text in (tokens["IdToken"], f"Bearer {tokens['IdToken']}"):
        answer = asked(text)
        assert answer["clientStatus"] == 0 and answer["latency"] >= 0
        assert answer["log"].endswith("Successfully completed authorizer execution\n")
        claims = answer["claims"]
        told = {name: claims[name] for name in ("aud", "iss", "token_use", "cognito:username")}
        assert told == {
            "aud": pool.client_id,
            "iss": f"https://cognito-idp.us-east-1.amazonaws.com/{pool.id}",
            "token_use": "id",
            "cognito:username": "ann",
        }
        assert (claims["email"], claims["email_verified"]) == ("ann@example.com", "true")
        assert sorted(claims["cognito:groups"].split(",")) == ["admins", "users"]
        assert claims["auth_time"].isdecimal()
        assert claims["exp"].split()[-2] == "UTC"
    refused = [
        asked(tokens["IdToken"], header="Authorization"),
        asked(tokens["AccessToken"]),
        asked(other.tokens()["IdToken"]),
        asked(tokens["IdToken"][:-8] + "AAAAAAAA"),
    ]
    assert [(answer["clientStatus"], "claims" in answer) for answer in refused] == [(401, False)] * 4
    assert all(answer["log"].endswith(" : Unauthorized\n") for answer in refused)
