"""TestInvokeAuthorizer: what the function is asked, what its answer means, and the execution log as recorded."""

import json
import re
from typing import Any

import pytest

from gatewright.execute import test_invoke_authorizer as execution
from gatewright.values.faults import FunctionFault
from gatewright.values.invocation import InvocationResponse
from gatewright.values.pending import Drive
from tests.execute_lambda.function import FUNCTION, Answer, LambdaScene, uri

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
URI = f"https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/{FUNCTION}/invocations"
HERE = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234"
API = {"id": "abcdef1234", "name": "users"}
TOKEN = {
    "id": "auth01",
    "type": "TOKEN",
    "authorizerUri": uri(),
    "identitySource": "method.request.header.Authorization",
    "authorizerResultTtlInSeconds": 300,
}
REQUEST = TOKEN | {
    "type": "REQUEST",
    "identitySource": "method.request.header.Who, method.request.querystring.q, stageVariables.v, context.stage",
}
STATEMENT = {"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": "*"}
POLICY = {"Version": "2012-10-17", "Statement": [STATEMENT]}
RESULT = {"principalId": "user-12345678", "policyDocument": POLICY, "context": {"a": "x", "b": 1, "c": True, "d": None}}
BEGUN = ["Execution log for request REQUEST", "Starting authorizer: auth01 for request: REQUEST"]
UNAUTHORIZED = ["Unauthorized request: REQUEST", "Unauthorized", ""]
CONFIGURATION = "Execution failed due to configuration error: "
FAILED = [f"{CONFIGURATION}Authorizer error", "AuthorizerConfigurationException", ""]
HEADER = {"headers": {"Authorization": "Bearer 123456"}}


def ask(scene: LambdaScene, document: dict[str, Any], **given: Any) -> dict[str, Any]:
    """The operation's output; ids and times in it replaced by fixed ones, its log in lines."""
    answers: list[Any] = []
    call = execution.test_invoke_authorizer(scene.world, API, document, given, "123456789012", "eu-west-1")
    Drive(call, lambda answer, error: answers.append(error or answer)).step()
    if isinstance(answers[0], Exception):
        raise answers[0]
    text = json.dumps(answers[0])
    for pattern, fixed in (
        (UUID, "REQUEST"),
        (r"Root=1-6553f100-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0", "TRACE"),
        (r"Tue Nov 14 22:13:20 UTC 2023 : ", ""),
    ):
        text = re.sub(pattern, fixed, text)
    output: dict[str, Any] = json.loads(text)
    output["log"] = output["log"].split("\n")
    return output


def test_a_token() -> None:
    answer = json.dumps(RESULT)
    scene = LambdaScene(answer.encode())
    event = {"type": "TOKEN", "methodArn": f"{HERE}/ESTestInvoke-stage/GET/", "authorizationToken": "Bearer 123456"}
    text = json.dumps(event, separators=(",", ":"))
    output = ask(scene, TOKEN | {"identityValidationExpression": "Bearer [0-9]+"}, **HEADER)
    latency = output.pop("latency")
    assert latency > 0
    assert output == {
        "clientStatus": 0,
        "principalId": "user-12345678",
        "policy": json.dumps(POLICY, separators=(",", ":")),
        "authorization": {"a": ["x"], "b": ["1"], "c": ["true"]},
        "log": [
            *BEGUN,
            "Incoming identity: *******123456",
            f"Endpoint request URI: {URI}",
            "Endpoint request headers: {x-amzn-lambda-integration-tag=REQUEST, x-amzn-apigateway-api-id=abcdef1234, "
            f"X-Amz-Source-Arn={HERE}/authorizers/auth01, "
            "Accept=application/json, User-Agent=AmazonAPIGateway_abcdef1234, X-Amzn-Trace-Id=TRACE}",
            f"Endpoint request body after transformations: {text}",
            f"Sending request to {URI}",
            f"Authorizer result body before parsing: {answer}",
            "Using valid authorizer policy for principal: *******345678",
            "Successfully completed authorizer execution",
            "",
        ],
    }
    [call] = scene.functions.calls
    assert call["event"].decode() == text
    assert (call["arn"], call["source"], call["timeout"]) == (FUNCTION, f"{HERE}/authorizers/auth01", 29.0)


def test_a_request() -> None:
    scene = LambdaScene(json.dumps(RESULT).encode())
    output = ask(
        scene,
        REQUEST | {"authorizerCredentials": "arn:aws:iam::123456789012:role/asker"},
        pathWithQueryString="/users/7?q=1&q=2",
        headers={"Who": "me-and-you"},
        multiValueHeaders={"X": ["1", "2"]},
        stageVariables={"v": "blue"},
        additionalContext={"stage": "prod"},
        body="not for authorizers",
    )
    assert output["clientStatus"] == 0
    assert output["log"][2] == (
        "Incoming identity: {method.request.header.Who=****nd-you, method.request.querystring.q=*, "
        "stageVariables.v=****, context.stage=****}"
    )
    [call] = scene.functions.calls
    assert call["source"] is None
    event = json.loads(call["event"])
    context = event.pop("requestContext")
    assert event == {
        "type": "REQUEST",
        "methodArn": f"{HERE}/ESTestInvoke-stage/GET/users/7",
        "resource": "/",
        "path": "/users/7",
        "httpMethod": "GET",
        "headers": {"Who": "me-and-you", "X": "2"},
        "multiValueHeaders": {"Who": ["me-and-you"], "X": ["1", "2"]},
        "queryStringParameters": {"q": "2"},
        "multiValueQueryStringParameters": {"q": ["1", "2"]},
        "pathParameters": {},
        "stageVariables": {"v": "blue"},
    }
    del context["extendedRequestId"], context["requestId"]
    identity = context.pop("identity")
    assert identity["apiKey"] == "test-invoke-api-key" and identity["sourceIp"] == "test-invoke-source-ip"
    assert context == {
        "resourceId": "test-invoke-resource-id",
        "resourcePath": "/",
        "httpMethod": "GET",
        "requestTime": "14/Nov/2023:22:13:20 +0000",
        "path": "/users/7",
        "accountId": "123456789012",
        "protocol": "HTTP/1.1",
        "stage": "test-invoke-stage",
        "domainPrefix": "testPrefix",
        "requestTimeEpoch": context["requestTimeEpoch"],
        "domainName": "testPrefix.testDomainName",
        "apiId": "abcdef1234",
    }


def test_a_request_without_anything() -> None:
    scene = LambdaScene(json.dumps(RESULT).encode())
    bare = {name: value for name, value in REQUEST.items() if name != "identitySource"}
    assert ask(scene, bare)["log"][2] == "Incoming identity: {}"
    event = scene.event()
    assert event["headers"] == event["queryStringParameters"] == event["stageVariables"] == {}


@pytest.mark.parametrize(
    ("document", "given"),
    [
        (TOKEN, {}),
        (TOKEN, {"headers": {"Authorization": ""}}),
        (REQUEST, {"headers": {"Who": "me"}, "stageVariables": {"v": "1"}}),
        (REQUEST, {"headers": {"Who": "me"}, "pathWithQueryString": "/?q=1"}),
    ],
)
def test_a_source_that_is_missing(document: dict[str, Any], given: dict[str, Any]) -> None:
    scene = LambdaScene()
    output = ask(scene, document, **given)
    assert output == {"clientStatus": 401, "log": [*BEGUN, *UNAUTHORIZED], "latency": output["latency"]}
    assert scene.functions.calls == []


def test_a_token_that_does_not_match() -> None:
    scene = LambdaScene()
    output = ask(scene, TOKEN | {"identityValidationExpression": "Bearer [0-9]{3}"}, **HEADER)
    log = [*BEGUN, "Incoming identity: *******123456", *UNAUTHORIZED]
    assert output == {"clientStatus": 401, "log": log, "latency": output["latency"]}
    assert scene.functions.calls == []


@pytest.mark.parametrize(
    ("answer", "status", "end"),
    [
        (InvocationResponse(b'{"errorMessage":"Unauthorized"}', "Unhandled", "$LATEST", "id"), 401, UNAUTHORIZED),
        (
            InvocationResponse(b'{"errorMessage":"Boom","errorType":"Error"}', "Unhandled", "$LATEST", "id"),
            500,
            [
                'Authorizer result body before parsing: {"errorMessage":"Boom","errorType":"Error"}',
                f'{CONFIGURATION}Invalid JSON in response: Unrecognized field "errorMessage" , not marked as ignorable',
                *FAILED[1:],
            ],
        ),
        (
            InvocationResponse(b'{"errorMessage":null}', "Unhandled", "$LATEST", "id"),
            500,
            [
                'Authorizer result body before parsing: {"errorMessage":null}',
                f'{CONFIGURATION}Invalid JSON in response: Unrecognized field "errorMessage" , not marked as ignorable',
                *FAILED[1:],
            ],
        ),
        (
            b'"Allow"',
            500,
            [
                'Authorizer result body before parsing: "Allow"',
                f"{CONFIGURATION}Invalid JSON in response: Expected `object`, got `str`",
                *FAILED[1:],
            ],
        ),
        (
            b'{"policyDocument":{}}',
            500,
            [
                'Authorizer result body before parsing: {"policyDocument":{}}',
                f"{CONFIGURATION}Invalid JSON in response: principalId is missing",
                *FAILED[1:],
            ],
        ),
        (
            b'{"principalId":"me"}',
            500,
            [
                'Authorizer result body before parsing: {"principalId":"me"}',
                f"{CONFIGURATION}Invalid policy document: Statement is missing",
                *FAILED[1:],
            ],
        ),
        (
            FunctionFault("not_permitted", "no"),
            500,
            [f"{CONFIGURATION}Invalid permissions on Lambda function", *FAILED],
        ),
    ],
)
def test_answers_that_let_nobody_in(answer: Answer, status: int, end: list[str]) -> None:
    output = ask(LambdaScene(answer), TOKEN, **HEADER)
    assert output["log"][7:] == end
    assert {name: value for name, value in output.items() if name not in ("log", "latency")} == {"clientStatus": status}


def test_a_context_that_is_nested() -> None:
    answer = json.dumps(RESULT | {"context": {"a": {"b": 1}}}).encode()
    output = ask(LambdaScene(answer), TOKEN, **HEADER)
    assert output["clientStatus"] == 500
    assert output["log"][8].startswith(f"{CONFIGURATION}Invalid JSON in response: Expected ")


def test_a_uri_that_leads_nowhere() -> None:
    scene = LambdaScene()
    document = TOKEN | {"authorizerUri": uri("${stageVariables.f}")}
    output = ask(scene, document, **HEADER)
    assert output["clientStatus"] == 500
    assert output["log"][3:] == [
        f"{CONFIGURATION}Invalid endpoint address: the stage has no variable f",
        *FAILED,
    ]
    scene = LambdaScene(json.dumps(RESULT).encode())
    assert ask(scene, document, **HEADER, stageVariables={"f": FUNCTION})["clientStatus"] == 0


def test_credentials_that_are_none() -> None:
    output = ask(LambdaScene(), TOKEN | {"authorizerCredentials": "${stageVariables.role}"}, **HEADER)
    assert output["clientStatus"] == 500
    assert output["log"][2:] == [f"{CONFIGURATION}Invalid endpoint address: the stage has no variable role", *FAILED]
