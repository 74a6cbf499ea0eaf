"""WebSockets of a real node, and the management API of connections as boto3 calls it: every address, a broadcast, many
idle clients, a crash and a stop."""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.journeys.api import ACCOUNT, REGION
from tests.journeys.packages import package
from tests.journeys.test_boto3 import lambda_uri
from tests.node import Node

ARN = f"arn:aws:execute-api:{REGION}:{ACCOUNT}"
KEYS = {"aws_access_key_id": "AKIAANN", "aws_secret_access_key": "secret", "region_name": REGION}
STATEMENT = {
    "Effect": "Allow",
    "Action": "execute-api:ManageConnections",
    "Resource": [f"{ARN}:chat/prod/*/@connections/*", f"{ARN}:other/prod/*/@connections/*"],
}
PRINCIPALS = {
    "principals": [
        {
            "arn": f"arn:aws:iam::{ACCOUNT}:user/ann",
            "accessKeys": [{"accessKeyId": "AKIAANN", "secretAccessKey": "secret"}],
            "policies": [{"Version": "2012-10-17", "Statement": STATEMENT}],
        }
    ]
}
DOMAIN = "ws.example.com"
HOST = f"chat.execute-api.{REGION}.localhost"
WHO = '{"action": "who am I?"}'  # no route is for it: the error frame tells the id


def node_in(folder: Path, **environment: str) -> Node:
    file = folder / "principals.json"
    file.write_text(json.dumps(PRINCIPALS))
    return Node(folder / "data", GATEWRIGHT_PRINCIPALS=str(file), **environment)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with node_in(tmp_path_factory.mktemp("connections")) as running:
        deploy(running, "chat")
        deploy(running, "other")
        api = running.client("apigatewayv2")
        certificate = {"CertificateArn": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/c-1", "EndpointType": "REGIONAL"}
        api.create_domain_name(DomainName=DOMAIN, DomainNameConfigurations=[certificate])
        api.create_api_mapping(DomainName=DOMAIN, ApiMappingKey="live", ApiId="chat", Stage="prod")
        yield running


def deploy(node: Node, id: str) -> None:
    """An API that lets everybody in and has no route for messages."""
    api = node.client("apigatewayv2")
    given = {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"}
    api.create_api(Name=id, **given, Tags={"_custom_id_": id})
    integration = api.create_integration(ApiId=id, IntegrationType="MOCK")["IntegrationId"]
    api.create_route(ApiId=id, RouteKey="nobody", Target=f"integrations/{integration}")
    deployment = api.create_deployment(ApiId=id)["DeploymentId"]
    api.create_stage(ApiId=id, StageName="prod", DeploymentId=deployment)


def client(node: Node, api: str = "chat") -> ClientConnection:
    return connect(f"ws://127.0.0.1:{node.port}/_aws/execute-api/{api}/prod", max_queue=None)


def id_of(connection: ClientConnection) -> str:
    connection.send(WHO)
    told = json.loads(connection.recv(5))
    assert told["message"] == "Forbidden"
    id: str = told["connectionId"]
    return id


def manager(node: Node, address: str = "/_aws/execute-api/chat/prod") -> Any:
    return node.client("apigatewaymanagementapi", endpoint_url=node.url + address, **KEYS)


def test_every_operation_at_every_address(node: Node) -> None:
    named = (named_manager(node, HOST, "/prod"), named_manager(node, DOMAIN, "/live"))
    for calls in (manager(node), manager(node, ""), *named):
        with client(node) as connection:
            id = id_of(connection)
            assert calls.post_to_connection(ConnectionId=id, Data=b"hello")["ResponseMetadata"]["HTTPStatusCode"] == 200
            assert connection.recv(5) == "hello"
            told = calls.get_connection(ConnectionId=id)
            assert connection.request is not None
            agent = connection.request.headers["User-Agent"]
            assert told["Identity"] == {"SourceIp": "127.0.0.1", "UserAgent": agent}
            assert told["ConnectedAt"] <= told["LastActiveAt"]
            assert abs(told["ConnectedAt"].timestamp() - time.time()) < 60
            assert calls.delete_connection(ConnectionId=id)["ResponseMetadata"]["HTTPStatusCode"] == 204
            with pytest.raises(ConnectionClosed) as closed:
                connection.recv(5)
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1000, "Connection Closed Normally")
        assert [refused(calls, operation, id) for operation in OPERATIONS] == [(410, "GoneException")] * 3


OPERATIONS = {"post_to_connection": {"Data": b"x"}, "get_connection": {}, "delete_connection": {}}


def refused(calls: Any, operation: str, id: str) -> tuple[int, str]:
    with pytest.raises(ClientError) as error:
        getattr(calls, operation)(ConnectionId=id, **OPERATIONS[operation])
    return error.value.response["ResponseMetadata"]["HTTPStatusCode"], error.value.response["Error"]["Code"]


def named_manager(node: Node, host: str, path: str) -> Any:
    """By a host name, which only the header needs to have."""

    def to_loopback(request: Any, **_: object) -> None:
        request.headers["Host"] = f"{host}:{node.port}"
        request.url = request.url.replace(f"//{host}:", "//127.0.0.1:")

    calls = node.client("apigatewaymanagementapi", endpoint_url=f"http://{host}:{node.port}{path}", **KEYS)
    calls.meta.events.register("before-send.*", to_loopback)
    return calls


ANSWERS = """
import boto3

def handler(event, context):
    asked = event["requestContext"]
    connections = boto3.client("apigatewaymanagementapi", endpoint_url=event["body"] or None)
    try:
        connections.post_to_connection(ConnectionId=asked["connectionId"], Data=b"from the function")
    except connections.exceptions.ClientError as error:
        return {"statusCode": 200, "body": error.response["Error"]["Code"]}
    return {"statusCode": 200, "body": "sent"}
"""


def test_a_function_answers_with_the_session_of_its_role(shared: Node) -> None:
    iam, api, functions = (shared.client(service) for service in ("iam", "apigatewayv2", "lambda"))
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName="talks", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": trust})
    )
    function = functions.create_function(
        FunctionName="talks",
        Runtime=f"python3.{sys.version_info.minor}",
        Role=role["Role"]["Arn"],
        Handler="index.handler",
        Timeout=25,
        Code={"ZipFile": package(ANSWERS)},
    )["FunctionArn"]
    given = {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"}
    id = api.create_api(Name="talks", **given)["ApiId"]
    uri = lambda_uri(function)
    integration = api.create_integration(ApiId=id, IntegrationType="AWS_PROXY", IntegrationUri=uri)["IntegrationId"]
    made = api.create_route(
        ApiId=id,
        RouteKey="$default",
        Target=f"integrations/{integration}",
        RouteResponseSelectionExpression="$default",
    )
    api.create_route_response(ApiId=id, RouteId=made["RouteId"], RouteResponseKey="$default")
    api.create_stage(ApiId=id, StageName="prod", DeploymentId=api.create_deployment(ApiId=id)["DeploymentId"])
    functions.add_permission(
        FunctionName="talks",
        StatementId="chat",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"{ARN}:{id}/prod/$default",
    )
    own, node_s = f"{shared.url}/_aws/execute-api/{id}/prod", ""  # "" is what AWS_ENDPOINT_URL says
    with client(shared, id) as connection:
        connection.send(own)
        assert connection.recv(30) == "AccessDeniedException"
        statement = {
            "Effect": "Allow",
            "Action": "execute-api:ManageConnections",
            "Resource": f"{ARN}:{id}/prod/POST/@connections/*",
        }
        iam.put_role_policy(
            RoleName="talks",
            PolicyName="talks",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement}),
        )
        for address in (own, node_s):
            connection.send(address)
            assert [connection.recv(30), connection.recv(30)] == ["from the function", "sent"]


def test_a_connection_is_its_own_stage_s(node: Node) -> None:
    with client(node, "other") as connection:
        id = id_of(connection)
        assert refused(manager(node), "get_connection", id) == (410, "GoneException")
        assert manager(node, "").get_connection(ConnectionId=id)["Identity"]["SourceIp"] == "127.0.0.1"
        assert manager(node, "/_aws/execute-api/other/prod").get_connection(ConnectionId=id)


def test_who_has_no_key_is_no_manager(node: Node) -> None:
    with client(node) as connection:
        id = id_of(connection)
        stranger = node.client("apigatewaymanagementapi", endpoint_url=f"{node.url}/_aws/execute-api/chat/prod")
        assert refused(stranger, "post_to_connection", id) == (403, "UnrecognizedClientException")
        for address in ("/_aws/execute-api/chat/prod", ""):
            assert node.request("POST", f"{address}/@connections/{id}", body=b"x")[0] == 403
        # The node's own address is not for pages of others, signed or not.
        status, _, body = node.request("POST", f"/@connections/{id}", host="example.com", body=b"x")
        assert (status, b"GATEWRIGHT_HOSTS" in body) == (403, True)
        with pytest.raises(TimeoutError):
            connection.recv(0.1)


def test_what_is_no_handshake_is_refused_in_http(node: Node) -> None:
    status, headers, _ = node.request("GET", "/_aws/execute-api/chat/prod")
    assert (status, headers["upgrade"]) == (426, "websocket")
    with pytest.raises(InvalidStatus) as refusal, connect(f"ws://127.0.0.1:{node.port}/_aws/execute-api/chat/nowhere"):
        pass
    assert refusal.value.response.status_code == 403


def test_a_broadcast_reaches_everybody_once_and_in_order(node: Node) -> None:
    clients, messages = 100, 20
    calls = manager(node)
    with ExitStack() as stack:
        connections = [stack.enter_context(client(node)) for _ in range(clients)]
        ids = [id_of(connection) for connection in connections]
        assert len(set(ids)) == clients
        for number in range(messages):
            for id in ids:
                calls.post_to_connection(ConnectionId=id, Data=b"%d" % number)
        for connection in connections:
            assert [connection.recv(5) for _ in range(messages)] == [str(number) for number in range(messages)]
            connection.send(WHO)  # the next thing that comes is its answer: nothing came twice
            assert json.loads(connection.recv(5))["message"] == "Forbidden"


def test_idle_clients_cost_little_memory(node: Node) -> None:
    assert node.process is not None
    statm = Path(f"/proc/{node.process.pid}/statm")

    async def held() -> int:
        streams = []
        before = int(statm.read_text().split()[1]) * 4096
        for _ in range(400):
            reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
            writer.write(
                b"GET /_aws/execute-api/chat/prod HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            )
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
            streams.append(writer)
        after = int(statm.read_text().split()[1]) * 4096
        for writer in streams:
            writer.close()
        return after - before

    assert asyncio.run(held()) < 400 * 15_000  # 150 MB for ten thousand


def test_after_a_crash_clients_come_back_at_once_and_old_ids_are_gone(tmp_path: Path) -> None:
    node = node_in(tmp_path)
    node.start()
    try:
        deploy(node, "chat")
        with client(node) as connection:
            old = id_of(connection)
            node.kill()
            with pytest.raises(ConnectionClosed) as closed:
                connection.recv(5)
            assert closed.value.rcvd is None
        node.start()
        with client(node) as connection:
            new = id_of(connection)
            assert new != old
            assert refused(manager(node), "post_to_connection", old) == (410, "GoneException")
            assert refused(manager(node, ""), "post_to_connection", old) == (410, "GoneException")
            manager(node).post_to_connection(ConnectionId=new, Data=b"welcome back")
            assert connection.recv(5) == "welcome back"
    finally:
        node.stop()


def test_a_node_that_stops_sends_its_clients_away_and_settings_say_how_long_they_stay(tmp_path: Path) -> None:
    with node_in(tmp_path, GATEWRIGHT_WEBSOCKET_IDLE="1", GATEWRIGHT_WEBSOCKET_AGE="60") as node:
        deploy(node, "chat")
        with client(node) as idle:
            with pytest.raises(ConnectionClosed) as closed:
                idle.recv(5)
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1001, "Going away")
        with client(node) as connection:
            began = time.monotonic()
            node.stop()
            assert time.monotonic() - began < 5
            with pytest.raises(ConnectionClosed) as closed:
                connection.recv(5)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1001
