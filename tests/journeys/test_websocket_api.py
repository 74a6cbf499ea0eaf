"""A WebSocket API through a whole node: made with boto3, behind a real function, talked to by `websockets`."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.journeys.test_boto3 import create_function, lambda_uri
from tests.node import Node

CHAT = """
import json

def handler(event, context):
    context = event["requestContext"]
    if context["eventType"] == "CONNECT":
        query = event.get("queryStringParameters") or {}
        status = 200 if query.get("room") else 401
        return {"statusCode": status, "headers": {"Sec-WebSocket-Protocol": "chat"}}
    if context["eventType"] == "DISCONNECT":
        return {}
    if event["body"] == "break":
        raise Exception("broken")
    told = {name: context[name] for name in ("routeKey", "connectionId", "eventType")}
    return {"statusCode": 200, "body": json.dumps({**told, "said": event["body"]})}
"""
FORMAT = '{"id":"$context.requestId","type":"$context.eventType","key":"$context.routeKey","status":"$context.status"}'
ANSWERS = {"RouteResponseSelectionExpression": "$default"}


class Chat:
    """The API, deployed to `prod`."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.gateway = node.client("apigatewayv2")
        given = {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"}
        self.id: str = self.gateway.create_api(Name="chat", **given)["ApiId"]
        function = create_function(node, "chat", CHAT)
        node.client("lambda").add_permission(
            FunctionName="chat",
            StatementId="apigateway",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:us-east-1:000000000000:{self.id}/prod/*",
        )
        called = {"IntegrationType": "AWS_PROXY", "IntegrationUri": lambda_uri(function)}
        self.function = self.gateway.create_integration(ApiId=self.id, **called)["IntegrationId"]

    def route(self, key: str, integration: str = "", **members: Any) -> None:
        target = f"integrations/{integration or self.function}"
        made = self.gateway.create_route(ApiId=self.id, RouteKey=key, Target=target, **members)
        if members.get("RouteResponseSelectionExpression"):
            where = {"ApiId": self.id, "RouteId": made["RouteId"]}
            self.gateway.create_route_response(**where, RouteResponseKey="$default")

    def mock(self, template: str) -> str:
        """An integration that answers with a template."""
        made = self.gateway.create_integration(
            ApiId=self.id,
            IntegrationType="MOCK",
            RequestTemplates={"200": '{"statusCode":200}'},
            TemplateSelectionExpression="200",
        )
        self.gateway.create_integration_response(
            ApiId=self.id,
            IntegrationId=made["IntegrationId"],
            IntegrationResponseKey="$default",
            ResponseTemplates={"$default": template},
            TemplateSelectionExpression=r"\$default",
        )
        id: str = made["IntegrationId"]
        return id

    def deploy(self, **stage: Any) -> None:
        deployment = self.gateway.create_deployment(ApiId=self.id)["DeploymentId"]
        if stage:
            self.gateway.create_stage(ApiId=self.id, StageName="prod", DeploymentId=deployment, **stage)
        else:
            self.gateway.update_stage(ApiId=self.id, StageName="prod", DeploymentId=deployment)

    def client(self, query: str = "?room=1") -> ClientConnection:
        uri = f"ws://127.0.0.1:{self.node.port}/_aws/execute-api/{self.id}/prod{query}"
        return connect(uri, subprotocols=["soap", "chat"])  # type: ignore[list-item]

    def logged(self, count: int) -> list[dict[str, str]]:
        """What the access log has, as soon as it is so many lines."""
        path = self.node.data_dir / "logs" / "access" / self.id / "prod.log"
        until = time.monotonic() + 10
        while time.monotonic() < until:
            lines = path.read_text().splitlines() if path.exists() else []
            if len(lines) >= count:
                return [json.loads(line) for line in lines]
            time.sleep(0.05)
        raise AssertionError(f"no {count} lines in {path}")


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Node(Path(tmp_path_factory.mktemp("websocket")) / "data") as node:
        made = Chat(node)
        for key in ("$connect", "$disconnect"):
            made.route(key)
        made.route("say", **ANSWERS)
        log = {"DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:chat", "Format": FORMAT}
        node.client("apigateway").update_account(
            patchOperations=[
                {"op": "replace", "path": "/cloudwatchRoleArn", "value": "arn:aws:iam::000000000000:role/logs"}
            ]
        )
        made.deploy(AccessLogSettings=log)
        yield made


def test_a_conversation(chat: Chat) -> None:
    with chat.client() as client:
        assert client.subprotocol == "chat"
        message = json.dumps({"action": "say", "text": "é" * 1000})
        client.send(message)
        told = json.loads(client.recv(20))
        id = told["connectionId"]
        assert told == {"routeKey": "say", "connectionId": id, "eventType": "MESSAGE", "said": message}
        client.send("break")
        error = json.loads(client.recv(20))
        assert error == {"message": "Forbidden", "connectionId": id, "requestId": error["requestId"]}

        # The connection lives on as the stage is deployed anew.
        chat.route("$default", **ANSWERS)
        chat.route("who", chat.mock("$context.routeKey: $context.connectionId"), **ANSWERS)
        chat.deploy()
        client.send("break")
        error = json.loads(client.recv(20))
        assert error == {"message": "Internal server error", "connectionId": id, "requestId": error["requestId"]}
        client.send('{"action":"who"}')
        assert client.recv(20) == f"who: {id}"
    with pytest.raises(InvalidStatus) as refused:
        chat.client(query="")
    assert refused.value.response.status_code == 401
    lines = [(line["type"], line["key"], line["status"]) for line in chat.logged(7)]
    assert sorted(lines) == sorted(
        [
            *(("CONNECT", "$connect", "200"), ("CONNECT", "$connect", "401"), ("DISCONNECT", "$disconnect", "200")),
            *(("MESSAGE", "say", "200"), ("MESSAGE", "-", "403"), ("MESSAGE", "$default", "502")),
            ("MESSAGE", "who", "200"),
        ]
    )


def test_a_stage_that_is_deleted_sends_its_clients_away(chat: Chat) -> None:
    with chat.client() as client:
        chat.gateway.delete_stage(ApiId=chat.id, StageName="prod")
        with pytest.raises(ConnectionClosed, match="1001"):
            client.recv(10)
    chat.deploy(Description="again")
    with chat.client() as client:
        chat.gateway.delete_api(ApiId=chat.id)
        with pytest.raises(ConnectionClosed, match="1001"):
            client.recv(10)
