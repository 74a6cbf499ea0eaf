"""TestInvokeMethod: the response and the execution log, as recorded test invocations show them."""

import json
import re
from typing import Any

import pytest

from gatewright.aws.errors import ServiceError
from gatewright.execute import test_invoke as execution
from gatewright.execute.network import NETWORK
from gatewright.execute.world import Returned
from gatewright.values.faults import FunctionFault
from gatewright.values.pending import Drive
from tests.execute.stage import MOCK, Scene, headers, method, snapshot
from tests.execute_lambda.function import FUNCTION, LAMBDA_REQUEST_ID, LambdaScene, proxy

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
URI = f"https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/{FUNCTION}/invocations"


def invoke(scene: Scene, document: dict[str, Any], verb: str = "GET", **given: Any) -> dict[str, Any]:
    """The operation's output for the first resource; ids and times in it replaced by fixed ones."""
    answers: list[Any] = []
    here = ("123456789012", "eu-west-1")
    call = execution.test_invoke(scene.world, lambda *_: NETWORK, document, "r0", verb, given, *here)
    Drive(call, lambda answer, error: answers.append(error or answer)).step()
    if isinstance(answers[0], Exception):
        raise answers[0]
    text = json.dumps(answers[0])
    for pattern, fixed in (
        (rf"(?!{LAMBDA_REQUEST_ID}){UUID}", "REQUEST"),
        (r"Root=1-6553f100-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0", "TRACE"),
        (r"(?<=extendedRequestId)(\W+)[A-Za-z0-9_-]{15}=", r"\1EXTENDED="),
        (r"Tue Nov 14 22:13:20 UTC 2023 : ", ""),
    ):
        text = re.sub(pattern, fixed, text)
    output: dict[str, Any] = json.loads(text)
    return output


def test_a_function():
    scene = LambdaScene(b'{"statusCode":201,"headers":{"A":"b"},"body":"made"}')
    output = invoke(
        scene,
        snapshot({"/users/{id}": {"POST": method(proxy())}}),
        "POST",
        pathWithQueryString="/users/7?a=b c",
        headers={"Accept": "*/*", "X": "lost"},
        multiValueHeaders={"X": ["1", "2"]},
        stageVariables={"table": "Users"},
        body="{}",
    )
    event = scene.functions.calls[0]["event"].decode()
    event = re.sub(r"[A-Za-z0-9_-]{15}=", "EXTENDED=", re.sub(UUID, "REQUEST", event))
    logged = f"Endpoint request body after transformations: {event}"
    response_headers = {"A": "b", "Content-Type": "application/json", "X-Amzn-Trace-Id": "TRACE"}
    log = output.pop("log").split("\n")
    cut = log.index(next(line for line in log if line.startswith("Endpoint request body after")))
    assert log[cut].startswith(logged[:900])
    assert log.pop(cut).endswith(" [TRUNCATED]") and len(logged) > 1024
    assert log == [
        "Execution log for request REQUEST",
        "Starting execution for request: REQUEST",
        "HTTP Method: POST, Resource Path: /users/{id}",
        "Method request path: {id=7}",
        "Method request query string: {a=b c}",
        "Method request headers: {Accept=*/*, X=1, X=2}",
        "Method request body before transformations: {}",
        f"Endpoint request URI: {URI}",
        "Endpoint request headers: {x-amzn-lambda-integration-tag=REQUEST, x-amzn-apigateway-api-id=abcdef1234, "
        "X-Amz-Source-Arn=arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/test-invoke-stage/POST/users/{id}, "
        "Accept=application/json, User-Agent=AmazonAPIGateway_abcdef1234, X-Amzn-Trace-Id=TRACE}",
        f"Sending request to {URI}",
        "Received response. Status: 200, Integration latency: 3 ms",
        f"Endpoint response headers: {{Content-Type=application/json, Content-Length=52, "
        f"x-amzn-RequestId={LAMBDA_REQUEST_ID}, x-amzn-Remapped-Content-Length=0, X-Amz-Executed-Version=$LATEST}}",
        'Endpoint response body before transformations: {"statusCode":201,"headers":{"A":"b"},"body":"made"}',
        'Method response body after transformations: {"statusCode":201,"headers":{"A":"b"},"body":"made"}',
        "Method response headers: {A=b, Content-Type=application/json, X-Amzn-Trace-Id=TRACE}",
        "Successfully completed execution",
        "Method completed with status: 201",
        "",
    ]
    assert output == {
        "status": 201,
        "body": "made",
        "headers": response_headers,
        "multiValueHeaders": {name: [value] for name, value in response_headers.items()},
        "latency": output["latency"],
    }


def test_the_event_of_a_test():
    scene = LambdaScene()
    invoke(scene, snapshot({"/users": {"GET": method(proxy())}}))
    event = scene.event()
    identity = event["requestContext"].pop("identity")
    assert {key: value for key, value in identity.items() if value is not None} == {
        "accountId": "123456789012",
        "apiKey": "test-invoke-api-key",
        "apiKeyId": "test-invoke-api-key-id",
        "sourceIp": "test-invoke-source-ip",
    }
    context = event.pop("requestContext")
    assert context | {"requestId": "", "extendedRequestId": "", "requestTimeEpoch": 0} == {
        "resourceId": "r0",
        "resourcePath": "/users",
        "httpMethod": "GET",
        "path": "/users",
        "accountId": "123456789012",
        "apiId": "abcdef1234",
        "stage": "test-invoke-stage",
        "protocol": "HTTP/1.1",
        "domainName": "testPrefix.testDomainName",
        "domainPrefix": "testPrefix",
        "requestTime": "14/Nov/2023:22:13:20 +0000",
        "requestTimeEpoch": 0,
        "requestId": "",
        "extendedRequestId": "",
    }
    absent = {"headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters"}
    absent |= {"pathParameters", "stageVariables", "body"}
    assert event == dict.fromkeys(absent) | {
        "resource": "/users",
        "path": "/users",
        "httpMethod": "GET",
        "isBase64Encoded": False,
    }


def test_a_function_that_fails():
    scene = LambdaScene(FunctionFault("not_permitted", ""))
    output = invoke(scene, snapshot({"/": {"ANY": method(proxy())}}), "ANY")
    assert output["log"].split("\n")[-4:] == [
        f"Sending request to {URI}",
        "Execution failed due to configuration error: Invalid permissions on Lambda function",
        "Method completed with status: 500",
        "",
    ]
    assert (output["status"], output["body"]) == (500, '{"message": "Internal server error"}')
    assert output["headers"]["x-amzn-ErrorType"] == "InternalServerErrorException"


def test_an_http_backend():
    scene = Scene(Returned(200, headers("Via: x", "Content-Type: text/plain"), b"hello"))
    integration = {"type": "HTTP_PROXY", "httpMethod": "GET", "uri": "http://backend.test:8080/a"}
    output = invoke(scene, snapshot({"/": {"GET": method(integration)}}), pathWithQueryString="/?x=1")
    log = output["log"].split("\n")
    assert log[7] == "Endpoint request URI: http://backend.test:8080/a?x=1"
    assert log[8].startswith(
        "Endpoint request headers: {Host=backend.test:8080, X-Forwarded-For=test-invoke-source-ip, "
    )
    assert log[9:] == [
        "Endpoint request body after transformations: ",
        "Sending request to http://backend.test:8080/a?x=1",
        "Received response. Status: 200, Integration latency: 3 ms",
        "Endpoint response headers: {Via=x, Content-Type=text/plain}",
        "Endpoint response body before transformations: hello",
        "Method response body after transformations: hello",
        "Method response headers: {Content-Type=text/plain}",
        "Successfully completed execution",
        "Method completed with status: 200",
        "",
    ]
    assert (output["status"], output["body"], output["headers"]) == (200, "hello", {"Content-Type": "text/plain"})


def test_a_mock():
    output = invoke(Scene(), snapshot({"/": {"GET": method(MOCK)}}), pathWithQueryString="")
    assert output["log"].split("\n")[6:] == [
        "Method request body before transformations: ",
        "Method response body after transformations: ",
        "Method response headers: {Content-Type=application/json}",
        "Successfully completed execution",
        "Method completed with status: 200",
        "",
    ]


def test_a_validator():
    checked = method(MOCK, requestValidatorId="v1", requestModels={"application/json": "Empty"})
    document = snapshot({"/": {"POST": checked}}) | {"requestValidators": [{"id": "v1", "validateRequestBody": True}]}
    output = invoke(Scene(), document, "POST", body="")
    assert (output["status"], output["body"]) == (400, '{"message": "Invalid request body"}')
    assert output["log"].split("\n")[-3:] == [
        "Request body does not match model schema for content type application/json: "
        "[Unknown error parsing request body]",
        "Method completed with status: 400",
        "",
    ]
    assert invoke(Scene(), document, "POST", body="{}")["status"] == 200


def test_a_path_of_another_resource_and_one_with_odd_characters():
    scene = LambdaScene()
    document = snapshot({"/users/{id}": {"GET": method(proxy())}})
    invoke(scene, document, pathWithQueryString="other//x y\r\n#z")
    assert (scene.event()["path"], scene.event()["pathParameters"]) == ("/other//x%20y%0D%0A%23z", None)


@pytest.mark.parametrize("given", [{"headers": {"A": "b\r\nC: d"}}, {"headers": {"A B": "c"}}, {"headers": {"é": "€"}}])
def test_headers_that_are_none(given: dict[str, Any]):
    with pytest.raises(ServiceError) as refused:
        invoke(Scene(), snapshot({"/": {"GET": method(MOCK)}}), **given)
    assert refused.value.code == "BadRequestException"


def test_a_long_line_is_cut():
    backend = Scene(Returned(200, headers(), b""))
    integration = {"type": "HTTP_PROXY", "httpMethod": "GET", "uri": "http://backend.test/"}
    given = {"X": "a" * 2000}
    log = invoke(backend, snapshot({"/": {"GET": method(integration)}}), headers=given)["log"].split("\n")
    words = "Endpoint request headers: "
    line = next(line for line in log if line.startswith(words))
    assert line.endswith("a [TRUNCATED]")
    assert line.startswith(words + "{Host=backend.test, ")


def test_credentials_are_not_logged():
    scene = Scene(Returned(200, headers(), b""))
    integration = {"type": "HTTP_PROXY", "httpMethod": "GET", "uri": "http://backend.test/"}
    given = {"Authorization": "Bearer secret-token", "X-Api-Key": "key", "X-Amz-Security-Token": "secret"}
    log = invoke(scene, snapshot({"/": {"GET": method(integration)}}), headers=given)["log"]
    assert (
        "Method request headers: {Authorization=*************-token, X-Api-Key=***, X-Amz-Security-Token=******}\n"
        in log
    )
    assert "Authorization=*************-token" in log.partition("Endpoint request headers")[2]
    assert "secret" not in log
    assert b"Authorization: Bearer secret-token\r\n" in scene.backend.sent[0][2]


def http(request_template: str, response_template: str) -> dict[str, Any]:
    return {
        "type": "HTTP",
        "httpMethod": "POST",
        "uri": "http://backend.test/{id}",
        "requestParameters": {"integration.request.path.id": "method.request.path.id"},
        "requestTemplates": {"application/json": request_template},
        "integrationResponses": {"200": {"responseTemplates": {"application/json": response_template}}},
    }


def test_templates_both_ways():
    scene = Scene(Returned(200, headers("Content-Type: application/json", "X: 1"), b'{"name": "Ada"}'))
    integration = http('{"id": "$input.params("id")", "in": $input.json("$")}', 'Hello $input.path("$.name")')
    document = snapshot({"/users/{id}": {"POST": method(integration)}})
    output = invoke(scene, document, "POST", pathWithQueryString="/users/7", body='{"a": 1}')
    assert output["log"].split("\n") == [
        "Execution log for request REQUEST",
        "Starting execution for request: REQUEST",
        "HTTP Method: POST, Resource Path: /users/{id}",
        "Method request path: {id=7}",
        "Method request query string: {}",
        "Method request headers: {}",
        'Method request body before transformations: {"a": 1}',
        "Endpoint request URI: http://backend.test/7",
        "Endpoint request headers: {Host=backend.test, Accept=application/json, "
        "User-Agent=AmazonAPIGateway_abcdef1234, Content-Type=application/json, X-Amzn-Trace-Id=TRACE, "
        "X-Amzn-Apigateway-Api-Id=abcdef1234, Content-Length=26}",
        'Endpoint request body after transformations: {"id": "7", "in": {"a":1}}',
        "Sending request to http://backend.test/7",
        "Received response. Status: 200, Integration latency: 3 ms",
        "Endpoint response headers: {Content-Type=application/json, X=1}",
        'Endpoint response body before transformations: {"name": "Ada"}',
        "Method response body after transformations: Hello Ada",
        "Method response headers: {Content-Type=application/json, X-Amzn-Trace-Id=TRACE}",
        "Successfully completed execution",
        "Method completed with status: 200",
        "",
    ]
    assert (output["status"], output["body"]) == (200, "Hello Ada")


@pytest.mark.parametrize(
    ("integration", "last_lines"),
    [
        (http("#if(", ""), ["Execution failed due to configuration error: Unable to transform request"]),
        (http("{}", "#if("), ["Execution failed due to configuration error: Unable to transform response"]),
        (
            http("{}", "") | {"integrationResponses": {"404": {"selectionPattern": "404"}}},
            [
                "Execution failed due to configuration error: No match for output mapping and no default output "
                "mapping configured. Endpoint Response Status Code: 200"
            ],
        ),
        (
            http('#set($context.requestOverride.header.Content-Length = "1")', ""),
            ["Execution failed due to configuration error: Content-Length header already present"],
        ),
    ],
)
def test_what_cannot_be_transformed(
    integration: dict[str, Any], last_lines: list[str], caplog: pytest.LogCaptureFixture
):
    scene = Scene(Returned(200, headers(), b"{}"))
    document = snapshot({"/users/{id}": {"POST": method(integration)}})
    output = invoke(scene, document, "POST", pathWithQueryString="/users/7")
    assert output["log"].split("\n")[-len(last_lines) - 2 :] == [*last_lines, "Method completed with status: 500", ""]
    assert (output["status"], output["body"]) == (500, '{"message": "Internal server error"}')
    assert last_lines[0] in caplog.text


def test_the_context_of_a_test():
    names = ["stage", "path", "identity.sourceIp", "identity.apiKey", "deploymentId", "domainName"]
    mock = MOCK | {
        "integrationResponses": {
            "200": {"responseTemplates": {"application/json": "|".join(f"$context.{name}" for name in names)}}
        }
    }
    output = invoke(Scene(), snapshot({"/a": {"GET": method(mock)}}))
    assert output["body"] == (
        "test-invoke-stage|/a|test-invoke-source-ip|test-invoke-api-key||testPrefix.testDomainName"
    )
