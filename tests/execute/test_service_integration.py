"""First-class integrations of HTTP APIs: what a service gets of each subtype, and what its answer is for the client."""

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from gatewright.execute.http.plan import HttpApiPlan
from gatewright.execute.world import Returned, ServiceCall
from gatewright.values.faults import NetworkFault, RoleFault
from gatewright.values.response import Response
from tests.execute.http_stage import http_compiled
from tests.execute.stage import headers, request
from tests.execute.test_aws import FORM, ROLE, ServiceScene
from tests.execute_lambda.http_stage import route_with

JSON_1_0, JSON_1_1 = "application/x-amz-json-1.0", "application/x-amz-json-1.1"
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"
MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:Order"
TRACE = "Root=1-6553f100-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0"
BODY = b'{"id": 7, "text": "a b&c", "at": "2023-11-14T22:13:20Z"}'


def stage(subtype: str, parameters: dict[str, str], **members: Any) -> HttpApiPlan:
    integration = {
        "integrationType": "AWS_PROXY",
        "integrationSubtype": subtype,
        "payloadFormatVersion": "1.0",
        "credentialsArn": ROLE,
        "requestParameters": parameters,
        "timeoutInMillis": 30000,
        **members,
    }
    variables = {"region": "us-west-2"}
    return http_compiled(route_with("POST /{x}", integration), stageVariables=variables)


def called(subtype: str, parameters: dict[str, str]) -> ServiceCall:
    scene = ServiceScene()
    asked = request("POST", "/7?q=1", f"X-Amzn-Trace-Id: {TRACE}", body=BODY)
    assert scene.serve(stage(subtype, parameters), asked).status == 200
    [call] = scene.services.calls
    assert scene.services.timeouts == [30.0]
    assert (call.account, call.role, call.method) == ("123456789012", ROLE, "GET" if "AppConfig" in subtype else "POST")
    assert call.headers[:2] == (("User-Agent", "AmazonAPIGateway_abcdef1234"), ("X-Amzn-Trace-Id", TRACE))
    return call


@pytest.mark.parametrize(
    ("subtype", "parameters", "host", "target", "content_type", "body"),
    [
        ("EventBridge-PutEvents",
         {"Detail": "$request.body", "DetailType": "order", "Source": "shop.${request.path.x}",
          "Time": "$context.requestTimeEpoch", "EventBusName": "main", "Resources": "arn:a, arn:b"},
         "events.eu-west-1", "AWSEvents.PutEvents", JSON_1_1,
         {"Entries": [{"Detail": BODY.decode(), "DetailType": "order", "Source": "shop.7", "Time": 1700000000.0,
                       "EventBusName": "main", "Resources": ["arn:a", "arn:b"]}]}),
        ("EventBridge-PutEvents",
         {"Detail": "{}", "DetailType": "order", "Source": "shop", "Time": "$request.body.at",
          "Resources": '["arn:c"]'},
         "events.eu-west-1", "AWSEvents.PutEvents", JSON_1_1,
         {"Entries": [{"Detail": "{}", "DetailType": "order", "Source": "shop", "Time": 1700000000.0,
                       "Resources": ["arn:c"]}]}),
        ("Kinesis-PutRecord",
         {"StreamName": "clicks", "Data": "aGk=", "PartitionKey": "$request.querystring.q",
          "Region": "$stageVariables.region"},
         "kinesis.us-west-2", "Kinesis_20131202.PutRecord", JSON_1_1,
         {"StreamName": "clicks", "Data": "aGk=", "PartitionKey": "1"}),
        ("StepFunctions-StartExecution",
         {"StateMachineArn": MACHINE, "Name": "n$request.path.x", "Input": "$request.body"},
         "states.eu-west-1", "AWSStepFunctions.StartExecution", JSON_1_0,
         {"stateMachineArn": MACHINE, "name": "n$request.path.x", "input": BODY.decode()}),
        ("StepFunctions-StartSyncExecution", {"StateMachineArn": MACHINE, "TraceHeader": "x"},
         "sync-states.eu-west-1", "AWSStepFunctions.StartSyncExecution", JSON_1_0,
         {"stateMachineArn": MACHINE, "traceHeader": "x"}),
        ("StepFunctions-StopExecution", {"ExecutionArn": "arn:x", "Cause": "c", "Error": "e"},
         "states.eu-west-1", "AWSStepFunctions.StopExecution", JSON_1_0,
         {"executionArn": "arn:x", "cause": "c", "error": "e"}),
    ],
)  # fmt: skip
def test_json_services(
    subtype: str, parameters: dict[str, str], host: str, target: str, content_type: str, body: Any
) -> None:
    call = called(subtype, parameters)
    name, _, region = host.partition(".")
    assert (call.service, call.region) == (name.removeprefix("sync-"), region)
    assert (call.host, call.target) == (f"{host}.amazonaws.com", "/")
    assert call.headers[2:] == (("X-Amz-Target", target), ("Content-Type", content_type))
    assert json.loads(call.body) == body


ATTRIBUTES = '{"kind": {"DataType": "String", "StringValue": "${request.body.text}"}}'


@pytest.mark.parametrize(
    ("subtype", "parameters", "pairs"),
    [
        ("SQS-SendMessage",
         {"QueueUrl": QUEUE, "MessageBody": "$request.body.text", "DelaySeconds": "5", "MessageAttributes": ATTRIBUTES},
         [("MessageBody", "a b&c"), ("DelaySeconds", "5"), ("MessageAttribute.1.Name", "kind"),
          ("MessageAttribute.1.Value.DataType", "String"), ("MessageAttribute.1.Value.StringValue", "a b&c")]),
        ("SQS-ReceiveMessage",
         {"QueueUrl": QUEUE, "AttributeNames": "All", "MessageAttributeNames": '["a", "b"]',
          "MaxNumberOfMessages": "2"},
         [("AttributeName.1", "All"), ("MessageAttributeName.1", "a"), ("MessageAttributeName.2", "b"),
          ("MaxNumberOfMessages", "2")]),
        ("SQS-DeleteMessage", {"QueueUrl": QUEUE, "ReceiptHandle": "$request.path.x"}, [("ReceiptHandle", "7")]),
        ("SQS-PurgeQueue", {"QueueUrl": QUEUE}, []),
    ],
)  # fmt: skip
def test_sqs(subtype: str, parameters: dict[str, str], pairs: list[tuple[str, str]]) -> None:
    call = called(subtype, parameters)
    assert (call.service, call.host, call.target) == ("sqs", "sqs.eu-west-1.amazonaws.com", "/")
    assert call.headers[2:] == (("Content-Type", FORM),)
    action = [("Action", subtype.removeprefix("SQS-")), ("Version", "2012-11-05"), ("QueueUrl", QUEUE)]
    assert parse_qsl(call.body.decode()) == [*action, *pairs]


def test_appconfig() -> None:
    names = {"Application": "shop", "Environment": "pro d", "Configuration": "a/b", "ClientId": "$request.path.x"}
    call = called("AppConfig-GetConfiguration", names | {"ClientConfigurationVersion": "3"})
    assert (call.service, call.host, call.body) == ("appconfig", "appconfig.eu-west-1.amazonaws.com", b"")
    where = "/applications/shop/environments/pro%20d/configurations/a%2Fb"
    assert call.target == f"{where}?client_id=7&client_configuration_version=3"


STATES = {"StateMachineArn": MACHINE, "Input": "$request.body"}
ERROR = (500, b'{"message":"Internal Server Error"}')


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Returned(200, (), b"{}"), (200, b"{}")),
        (Returned(400, (), b'{"__type":"StateMachineDoesNotExist"}'), ERROR),
        (Returned(500, (), b""), ERROR),
        (RoleFault("denied"), ERROR),
        (NetworkFault("timeout", "x"), (503, b'{"message":"Service Unavailable"}')),
        (NetworkFault("connect", "x"), (503, b'{"message":"Service Unavailable"}')),
        (Returned(200, (), b" " * 10_485_761), ERROR),
    ],
)
def test_answers(answer: Returned | Exception, expected: tuple[int, bytes]) -> None:
    response = ServiceScene(answer).serve(
        stage("StepFunctions-StartExecution", STATES), request("POST", "/7", body=BODY)
    )
    assert isinstance(response, Response)
    assert (response.status, response.body) == expected


def test_what_the_client_gets_of_an_answer() -> None:
    lines = headers("x-amzn-RequestId: r-1", f"Content-Type: {JSON_1_0}", "Server: x", "Content-Length: 2", "Date: x")
    mapping = {"responseParameters": {"200": {"append:header.x-status": "$context.integration.status"}}}
    scene = ServiceScene(Returned(200, lines, b"{}"))
    response = scene.serve(stage("StepFunctions-StartExecution", STATES, **mapping), request("POST", "/7", body=BODY))
    assert isinstance(response, Response)
    sent = [b"x-amzn-RequestId: r-1\r\n", f"Content-Type: {JSON_1_0}\r\n".encode(), b"x-status: 200\r\n"]
    assert response.headers[:-1] == (*sent,)


@pytest.mark.parametrize(
    ("subtype", "parameters"),
    [
        ("StepFunctions-StartExecution", {"StateMachineArn": "$request.header.x"}),
        ("StepFunctions-StartExecution", {"StateMachineArn": MACHINE, "Name": "$request.header.x"}),
        ("StepFunctions-StartExecution", {"StateMachineArn": MACHINE, "Name": "$request.body.none"}),
        ("EventBridge-PutEvents", {"Detail": "{}", "DetailType": "x", "Source": "x", "Time": "noon"}),
        ("EventBridge-PutEvents", {"Detail": "{}", "DetailType": "x", "Source": "x", "Resources": "[1"}),
        ("SQS-SendMessage", {"QueueUrl": QUEUE, "MessageBody": "x", "MessageAttributes": "$request.body.text"}),
        ("AppConfig-GetConfiguration",
         {"Application": "..", "Environment": "x", "Configuration": "x", "ClientId": "x"}),
    ],
)  # fmt: skip
def test_values_that_cannot_be_had(subtype: str, parameters: dict[str, str]) -> None:
    scene = ServiceScene()
    response = scene.serve(stage(subtype, parameters), request("POST", "/7", body=BODY))
    assert isinstance(response, Response)
    assert (response.status, response.body) == (400, b'{"message":"Bad Request"}')
    assert scene.services.calls == []


@pytest.mark.parametrize(
    ("subtype", "parameters", "members"),
    [
        ("DynamoDB-PutItem", {}, {}),
        ("StepFunctions-StartExecution", {}, {}),
        ("StepFunctions-StartExecution", STATES | {"Other": "x"}, {}),
        ("StepFunctions-StartExecution", STATES | {"Region": "$request.header.region"}, {}),
        ("StepFunctions-StartExecution", STATES | {"Region": "$stageVariables.none"}, {}),
        ("StepFunctions-StartExecution", STATES | {"Input": "$nothing.x"}, {}),
        ("StepFunctions-StartExecution", STATES, {"credentialsArn": None}),
        ("StepFunctions-StartExecution", STATES, {"credentialsArn": "arn:aws:iam::*:user/*"}),
    ],
)
def test_configurations_that_are_not_served(subtype: str, parameters: dict[str, str], members: dict[str, Any]) -> None:
    scene = ServiceScene()
    response = scene.serve(stage(subtype, parameters, **members), request("POST", "/7", body=BODY))
    assert isinstance(response, Response)
    assert (response.status, response.body) == ERROR
    assert scene.services.calls == []
