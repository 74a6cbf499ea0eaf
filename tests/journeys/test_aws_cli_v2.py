"""HTTP and WebSocket APIs by hand with the AWS CLI alone: all that it says, and what curl and clients are answered."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close
from websockets.sync.client import connect

from tests.journeys.packages import HELLO, package
from tests.journeys.test_aws_cli import Shell
from tests.node import Node

CORS = {"AllowMethods": ["GET"], "AllowOrigins": ["https://app.example.com"], "MaxAge": 60}
ARN = "arn:aws:execute-api:us-east-1:000000000000"
DATES = ("CreatedDate", "LastUpdatedDate", "ConnectedAt", "LastActiveAt")
IDS = ("ApiId", "DeploymentId", "IntegrationId", "IntegrationResponseId", "RouteId", "RouteResponseId")


class Session(Shell):
    """What one types: `aws`, whose answers are shown without dates and with names for ids."""

    def __init__(self, node: Node, cli: Path) -> None:
        super().__init__(node)
        self.aws_command = str(cli / "aws")
        self.names: dict[str, str] = {}

    def v2(self, operation: str, *arguments: str) -> Any:
        return self.shown(self.aws("apigatewayv2", operation, *arguments))

    def shown(self, answer: Any) -> Any:
        """An id is told by its member's name, the first time and ever after."""
        match answer:
            case dict():
                for member in IDS:
                    if member in answer:
                        self.names.setdefault(answer[member], member)
                return {name: self.shown(value) for name, value in answer.items() if name not in DATES}
            case list():
                return [self.shown(item) for item in answer]
            case str():
                for id, name in self.names.items():
                    answer = answer.replace(id, name)
        return answer

    def becomes(self, user: str, statement: dict[str, str]) -> None:
        """A user who may do what the statement allows."""
        self.aws("iam", "create-user", "--user-name", user)
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.aws("iam", "put-user-policy", "--user-name", user, "--policy-name", user, "--policy-document", policy)
        key = self.aws("iam", "create-access-key", "--user-name", user)["AccessKey"]
        self.environment |= {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    def id(self, member: str) -> str:
        """The one that was told last."""
        return next(id for id, name in reversed(self.names.items()) if name == member)


@pytest.fixture
def session(node: Node, aws_cli: Path) -> Session:
    return Session(node, aws_cli)


def quickly_made(function: str) -> dict[str, Any]:
    integration = {
        "ConnectionType": "INTERNET",
        "IntegrationId": "IntegrationId",
        "IntegrationMethod": "POST",
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": function,
        "PayloadFormatVersion": "2.0",
        "TimeoutInMillis": 30000,
    }
    route = {
        "ApiKeyRequired": False,
        "AuthorizationType": "NONE",
        "RouteId": "RouteId",
        "RouteKey": "$default",
        "Target": "integrations/IntegrationId",
    }
    stage = {
        "AutoDeploy": True,
        "DefaultRouteSettings": {"DetailedMetricsEnabled": False},
        "DeploymentId": "DeploymentId",
        "LastDeploymentStatusMessage": "Successfully deployed stage with deployment ID 'DeploymentId'",
        "RouteSettings": {},
        "StageName": "$default",
        "StageVariables": {},
        "Tags": {},
    }
    managed = {"ApiGatewayManaged": True}
    return {"integrations": [managed | integration], "routes": [managed | route], "stages": [managed | stage]}


def test_an_http_api_in_one_command(session: Session, tmp_path: Path) -> None:
    bundle = tmp_path / "function.zip"
    bundle.write_bytes(package(HELLO))
    function = session.aws(
        *("lambda", "create-function", "--function-name", "quick", "--timeout", "25"),
        *("--runtime", f"python3.{sys.version_info.minor}", "--role", "arn:aws:iam::000000000000:role/any"),
        *("--handler", "index.handler", "--zip-file", f"fileb://{bundle}"),
    )["FunctionArn"]
    made = {
        "ApiEndpoint": "https://ApiId.execute-api.us-east-1.amazonaws.com",
        "ApiId": "ApiId",
        "ApiGatewayManaged": True,
        "ApiKeySelectionExpression": "$request.header.x-api-key",
        "DisableExecuteApiEndpoint": False,
        "IpAddressType": "ipv4",
        "Name": "quick",
        "ProtocolType": "HTTP",
        "RouteSelectionExpression": "$request.method $request.path",
        "Tags": {},
    }
    assert session.v2("create-api", "--name", "quick", "--protocol-type", "HTTP", "--target", function) == made
    api = session.id("ApiId")
    of_it = ("--api-id", api)
    told = {noun: session.v2(f"get-{noun}", *of_it)["Items"] for noun in ("integrations", "routes", "stages")}
    assert told == quickly_made(function)
    address = f"{session.node.url}/_aws/execute-api/{api}"
    assert session.curl(f"{address}/?name=nobody") == '{"message":"Internal Server Error"}'
    source = f"arn:aws:execute-api:us-east-1:000000000000:{api}/*/$default"
    allowed = session.aws(
        *("lambda", "add-permission", "--function-name", "quick", "--statement-id", "gateway", "--source-arn", source),
        *("--action", "lambda:InvokeFunction", "--principal", "apigateway.amazonaws.com"),
    )
    assert json.loads(allowed["Statement"]) == {
        "Sid": "gateway",
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": function,
        "Condition": {"ArnLike": {"AWS:SourceArn": source}},
    }
    host = f"http://{api}.execute-api.us-east-1.localhost:{session.node.port}"
    assert [session.curl(f"{at}/any/path?name=ada") for at in (address, host)] == ["hello ada"] * 2

    cors = ("--cors-configuration", json.dumps(CORS))
    assert session.v2("update-api", *of_it, "--name", "slow", *cors) == made | {
        "Name": "slow",
        "CorsConfiguration": CORS,
    }
    asked = ("-i", "-X", "OPTIONS", "-H", "Origin: https://app.example.com", "-H", "Access-Control-Request-Method: GET")
    head = session.curl(*asked, address + "/").splitlines()
    assert (head[0], [line for line in head if line.startswith("access-control")]) == (
        "HTTP/1.1 204 No Content",
        [
            "access-control-allow-origin: https://app.example.com",
            "access-control-allow-methods: GET",
            "access-control-max-age: 60",
        ],
    )
    assert session.v2("delete-cors-configuration", *of_it) is None
    assert session.v2("get-apis") == {"Items": [made | {"Name": "slow"}]}
    assert session.v2("delete-api", *of_it) is None
    assert session.curl(f"{address}/") == '{"message":"Forbidden"}'  # as any id that is no API's


def make_echo(session: Session) -> str:
    """An API in stage `prod` whose route `who` answers with the connection's id."""
    selection = ("--route-selection-expression", "$request.body.action")
    assert session.v2("create-api", "--name", "chat", "--protocol-type", "WEBSOCKET", *selection) == {
        "ApiEndpoint": "wss://ApiId.execute-api.us-east-1.amazonaws.com",
        "ApiId": "ApiId",
        "ApiKeySelectionExpression": "$request.header.x-api-key",
        "DisableExecuteApiEndpoint": False,
        "IpAddressType": "ipv4",
        "Name": "chat",
        "ProtocolType": "WEBSOCKET",
        "RouteSelectionExpression": "$request.body.action",
        "Tags": {},
    }
    api = session.id("ApiId")
    of_it = ("--api-id", api)
    mock = ("--integration-type", "MOCK", "--template-selection-expression", "200")
    templates = {"200": '{"statusCode": 200}'}
    assert session.v2("create-integration", *of_it, *mock, "--request-templates", json.dumps(templates)) == {
        "ConnectionType": "INTERNET",
        "IntegrationId": "IntegrationId",
        "IntegrationResponseSelectionExpression": "${integration.response.statuscode}",
        "IntegrationType": "MOCK",
        "PassthroughBehavior": "WHEN_NO_MATCH",
        "PayloadFormatVersion": "1.0",
        "RequestTemplates": templates,
        "TemplateSelectionExpression": "200",
        "TimeoutInMillis": 29000,
    }
    integration = session.id("IntegrationId")
    key = ("--integration-response-key", "$default", "--template-selection-expression", "\\$default")
    answered = ("--response-templates", json.dumps({"$default": "$context.connectionId"}))
    assert session.v2("create-integration-response", *of_it, "--integration-id", integration, *key, *answered) == {
        "IntegrationResponseId": "IntegrationResponseId",
        "IntegrationResponseKey": "$default",
        "ResponseTemplates": {"$default": "$context.connectionId"},
        "TemplateSelectionExpression": "\\$default",
    }
    two_way = ("--route-response-selection-expression", "$default", "--target", f"integrations/{integration}")
    assert session.v2("create-route", *of_it, "--route-key", "who", *two_way) == {
        "ApiKeyRequired": False,
        "AuthorizationType": "NONE",
        "RouteId": "RouteId",
        "RouteKey": "who",
        "RouteResponseSelectionExpression": "$default",
        "Target": "integrations/IntegrationId",
    }
    response = ("--route-id", session.id("RouteId"), "--route-response-key", "$default")
    assert session.v2("create-route-response", *of_it, *response) == {
        "RouteResponseId": "RouteResponseId",
        "RouteResponseKey": "$default",
    }
    assert session.v2("create-deployment", *of_it, "--description", "first") == {
        "AutoDeployed": False,
        "DeploymentId": "DeploymentId",
        "DeploymentStatus": "DEPLOYED",
        "Description": "first",
    }
    stage = ("--stage-name", "prod", "--deployment-id", session.id("DeploymentId"))
    assert session.v2("create-stage", *of_it, *stage) == {
        "AutoDeploy": False,
        "DefaultRouteSettings": {"DataTraceEnabled": False, "DetailedMetricsEnabled": False, "LoggingLevel": "OFF"},
        "DeploymentId": "DeploymentId",
        "RouteSettings": {},
        "StageName": "prod",
        "StageVariables": {},
        "Tags": {},
    }
    return api


def test_a_websocket_api(session: Session) -> None:
    api = make_echo(session)
    session.becomes("ann", {"Effect": "Allow", "Action": "execute-api:ManageConnections", "Resource": f"{ARN}:{api}/*"})
    address = f"{session.node.url}/_aws/execute-api/{api}/prod"

    ids: list[str] = []

    def ask(operation: str, *arguments: str) -> Any:
        there = ("--endpoint-url", address, "--connection-id", ids[0])
        return session.shown(session.aws("apigatewaymanagementapi", operation, *there, *arguments))

    with connect(address.replace("http:", "ws:"), user_agent_header="by hand") as client:
        client.send('{"action": "who"}')
        ids.append(str(client.recv(10)))
        assert ask("post-to-connection", "--data", "hello") is None
        assert client.recv(10) == "hello"
        assert ask("get-connection") == {"Identity": {"SourceIp": "127.0.0.1", "UserAgent": "by hand"}}
        assert ask("delete-connection") is None
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(10)
        assert closed.value.rcvd == Close(1000, "Connection Closed Normally")
    for operation, *arguments in (("post-to-connection", "--data", "hello"), ("get-connection",)):
        with pytest.raises(AssertionError, match=r"An error occurred \(GoneException\) when calling the"):
            ask(operation, *arguments)
    assert session.v2("delete-api", "--api-id", api) is None
    assert session.v2("get-apis") == {"Items": []}
