"""Who may call the routes of an HTTP API, through a whole node: a function and a user pool decide; and what its
first-class integrations do in the embedded services."""

import http.client
import json
from contextlib import closing
from typing import Any

import pytest

from tests.journeys.api import ACCOUNT, REGION, ROLE
from tests.journeys.test_boto3 import create_function
from tests.journeys.test_user_pools import Pool
from tests.node import Node

CODE = """
def handler(event, context):
    if event.get("type") == "REQUEST":
        return {"isAuthorized": event["identitySource"] == ["let-me-in"], "context": {"route": event["routeKey"]}}
    return {"key": event["routeKey"], "authorizer": event["requestContext"].get("authorizer")}
"""
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:routes"
INVOKE = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


class Routes:
    """An HTTP API with a `$default` stage, and a function that is its integration and its authorizer."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.gateway = node.client("apigatewayv2")
        self.id: str = self.gateway.create_api(Name="routes", ProtocolType="HTTP")["ApiId"]
        self.gateway.create_stage(ApiId=self.id, StageName="$default", AutoDeploy=True)

    def integration(self, **members: Any) -> str:
        made = self.gateway.create_integration(ApiId=self.id, IntegrationType="AWS_PROXY", **members)
        return f"integrations/{made['IntegrationId']}"

    def authorizer(self, **members: Any) -> str:
        return str(self.gateway.create_authorizer(ApiId=self.id, **members)["AuthorizerId"])

    def route(self, key: str, target: str, **members: Any) -> None:
        self.gateway.create_route(ApiId=self.id, RouteKey=key, Target=target, **members)

    def call(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, Any, str | None]:
        """Status, body, and the challenge if there is one."""
        host = f"{self.id}.execute-api.localhost:{self.node.port}"
        with closing(http.client.HTTPConnection("127.0.0.1", self.node.port, timeout=60)) as connection:
            connection.request(method, path, body or None, {"Host": host, **headers})
            response = connection.getresponse()
            text = response.read()
        answer = json.loads(text) if text.startswith(b"{") else text.decode()
        return response.status, answer, response.headers["WWW-Authenticate"]


@pytest.fixture(scope="module")
def routes(shared: Node) -> Routes:
    return Routes(shared)


def test_functions_and_user_pools_let_callers_in(shared: Node, routes: Routes) -> None:
    create_function(shared, "routes", CODE)
    for source in ("*", "authorizers/*"):
        shared.client("lambda").add_permission(
            FunctionName="routes",
            StatementId=f"api-{len(source)}",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{routes.id}/{source}",
        )
    target = routes.integration(IntegrationUri=FUNCTION, PayloadFormatVersion="2.0")
    asked = routes.authorizer(
        Name="function",
        AuthorizerType="REQUEST",
        AuthorizerUri=INVOKE,
        AuthorizerPayloadFormatVersion="2.0",
        EnableSimpleResponses=True,
        IdentitySource=["$request.header.X-Token"],
    )
    pool = Pool(shared, "routes")
    issuer = f"https://cognito-idp.{REGION}.amazonaws.com/{pool.id}"
    by_token = routes.authorizer(
        Name="pool",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": issuer, "Audience": [pool.client_id]},
    )
    routes.route("GET /open", target)
    routes.route("GET /function", target, AuthorizationType="CUSTOM", AuthorizerId=asked)
    routes.route("GET /pool", target, AuthorizationType="JWT", AuthorizerId=by_token)
    scoped = ["aws.cognito.signin.user.admin"]
    routes.route("GET /scoped", target, AuthorizationType="JWT", AuthorizerId=by_token, AuthorizationScopes=scoped)
    routes.route("GET /signed", target, AuthorizationType="AWS_IAM")

    assert routes.call("GET", "/open") == (200, {"key": "GET /open", "authorizer": None}, None)
    unauthorized, forbidden = {"message": "Unauthorized"}, {"message": "Forbidden"}
    assert routes.call("GET", "/function") == (401, unauthorized, None)
    assert routes.call("GET", "/function", **{"X-Token": "no"}) == (403, forbidden, None)
    said = {"lambda": {"route": "GET /function"}}
    assert routes.call("GET", "/function", **{"X-Token": "let-me-in"}) == (
        *(200, {"key": "GET /function", "authorizer": said}, None),
    )
    assert routes.call("GET", "/signed") == (403, forbidden, None)
    assert routes.call("GET", "/pool") == (401, unauthorized, "Bearer")
    tokens = pool.tokens()
    status, answer, _ = routes.call("GET", "/pool", Authorization=f"Bearer {tokens['IdToken']}")
    claims = answer["authorizer"]["jwt"]["claims"]
    assert (status, claims["iss"], claims["aud"]) == (200, issuer, pool.client_id)
    assert sorted(claims["cognito:groups"][1:-1].split()) == ["admins", "users"]
    status, answer, _ = routes.call("GET", "/pool", Authorization=tokens["AccessToken"])  # by its client_id
    assert (status, answer["authorizer"]["jwt"]["scopes"]) == (200, None)
    assert routes.call("GET", "/scoped", Authorization=tokens["IdToken"]) == (
        *(403, forbidden, 'Bearer scope="aws.cognito.signin.user.admin" error="insufficient_scope"'),
    )
    status, answer, _ = routes.call("GET", "/scoped", Authorization=tokens["AccessToken"])
    assert (status, answer["authorizer"]["jwt"]["scopes"]) == (200, scoped)
    spoiled = tokens["IdToken"][:-8] + "AAAAAAAA"
    assert routes.call("GET", "/pool", Authorization=spoiled) == (
        *(401, unauthorized),
        'Bearer scope="" error="invalid_token" error_description="crypto/rsa: verification error"',
    )


def test_services_are_called(shared: Node, routes: Routes) -> None:
    queue = shared.client("sqs").create_queue(QueueName="route-orders")["QueueUrl"]
    shared.client("kinesis").create_stream(StreamName="route-clicks", ShardCount=1)

    def service(key: str, subtype: str, **parameters: str) -> None:
        members = {"PayloadFormatVersion": "1.0", "CredentialsArn": ROLE, "RequestParameters": parameters}
        routes.route(key, routes.integration(IntegrationSubtype=subtype, **members))

    attributes = '{"kind":{"DataType":"String","StringValue":"${request.header.x-kind}"}}'
    sent = {"MessageBody": "$request.body.text", "MessageAttributes": attributes}
    service("POST /orders", "SQS-SendMessage", QueueUrl=queue, **sent)
    service("GET /orders", "SQS-ReceiveMessage", QueueUrl=queue, MessageAttributeNames="All", VisibilityTimeout="0")
    service("DELETE /orders", "SQS-PurgeQueue", QueueUrl=queue)
    service(
        "POST /clicks",
        "Kinesis-PutRecord",
        StreamName="route-clicks",
        Data="aGk=",
        PartitionKey="$request.header.x-kind",
    )
    service("POST /none", "Kinesis-PutRecord", StreamName="none", Data="aGk=", PartitionKey="x")
    service("POST /events", "EventBridge-PutEvents", Detail="$request.body", DetailType="order", Source="shop")

    status, answer, _ = routes.call("POST", "/orders", '{"text": "two & more"}', **{"x-kind": "new"})
    assert status == 200 and "<MessageId>" in answer
    status, answer, _ = routes.call("GET", "/orders")
    assert status == 200 and "<Body>two &amp; more</Body>" in answer and "<StringValue>new</StringValue>" in answer
    assert routes.call("DELETE", "/orders")[0] == 200
    assert "<Body>" not in routes.call("GET", "/orders")[1]
    status, answer, _ = routes.call("POST", "/clicks", **{"x-kind": "a"})
    assert (status, answer["ShardId"]) == (200, "shardId-000000000000")
    assert routes.call("POST", "/clicks") == (400, {"message": "Bad Request"}, None)
    assert routes.call("POST", "/none") == (500, {"message": "Internal Server Error"}, None)
    status, answer, _ = routes.call("POST", "/events", '{"id": 1}')
    assert (status, answer["FailedEntryCount"]) == (200, 0)
