"""What the backend of a WebSocket API does with a connection: sends to it, asks about it, ends it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosedOK
from websockets.sync.client import connect

from tests.conformance.story import CONNECTIONS, NOTHING, NOW, ROUTES, Teller, tells
from tests.node import SIGNED_AS, Node

MANAGES = {"Effect": "Allow", "Action": "execute-api:ManageConnections", "Resource": "*"}
ACCEPT = {"IntegrationType": "MOCK", "RequestTemplates": {"200": '{"statusCode": 200}'}}


@pytest.fixture
def tellers(tmp_path: Path) -> Iterator[dict[str, Teller]]:
    """On a node that knows who signs: calls of this API are always signed."""
    key = {"accessKeyId": SIGNED_AS["aws_access_key_id"], "secretAccessKey": SIGNED_AS["aws_secret_access_key"]}
    policy = {"Version": "2012-10-17", "Statement": [MANAGES]}
    somebody = {"arn": "arn:aws:iam::000000000000:user/ann", "accessKeys": [key], "policies": [policy]}
    file = tmp_path / "principals.json"
    file.write_text(json.dumps({"principals": [somebody]}))
    with Node(tmp_path / "data", GATEWRIGHT_PRINCIPALS=str(file)) as node:
        yield {CONNECTIONS: Teller(CONNECTIONS, node.client)}


def stage(told: Teller) -> str:
    """The address of a deployed WebSocket API that tells a client who sends PING the id of its connection."""
    routes = told.client_of(ROUTES)
    given = {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"}
    where = {"ApiId": routes.create_api(Name="chat", **given)["ApiId"]}
    integration = routes.create_integration(**where, **ACCEPT, TemplateSelectionExpression="200")["IntegrationId"]
    answer = {"$default": '{"id": "$context.connectionId"}'}
    responded = where | {"IntegrationId": integration, "IntegrationResponseKey": "$default"}
    routes.create_integration_response(**responded, ResponseTemplates=answer, TemplateSelectionExpression=r"\$default")
    target = f"integrations/{integration}"
    route = routes.create_route(
        **where, RouteKey="$default", Target=target, RouteResponseSelectionExpression="$default"
    )
    routes.create_route_response(**where, RouteId=route["RouteId"], RouteResponseKey="$default")
    routes.create_stage(**where, StageName="prod", AutoDeploy=True)
    return f"{routes.meta.endpoint_url}/_aws/execute-api/{where['ApiId']}/prod".replace("http://", "ws://")


@tells("PostToConnection", "GetConnection", "DeleteConnection", service=CONNECTIONS)
def test_connections(told: Teller) -> None:
    with connect(stage(told), user_agent_header="story") as client:
        client.send("who am I?")
        where = {"ConnectionId": json.loads(client.recv(10))["id"]}
        told("PostToConnection", NOTHING, **where, Data=b"hello")
        assert client.recv(10) == "hello"
        there = {"ConnectedAt": NOW, "Identity": {"SourceIp": "127.0.0.1", "UserAgent": "story"}, "LastActiveAt": NOW}
        told("GetConnection", there, **where)
        told("DeleteConnection", NOTHING, **where)
        with pytest.raises(ConnectionClosedOK):
            client.recv(10)
    with pytest.raises(told.client.exceptions.GoneException):
        told.client.get_connection(**where)
