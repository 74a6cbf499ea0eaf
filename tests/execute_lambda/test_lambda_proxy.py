"""Lambda proxy: how the function is called, and what the client gets for each kind of result."""

from typing import Any

import pytest

from gatewright.values.faults import FunctionFault, FunctionFaultKind
from gatewright.values.invocation import InvocationResponse
from tests.execute.stage import CHOSEN_ID, compiled, method, one, request, shown, snapshot
from tests.execute_lambda.function import FUNCTION, LAMBDA_REQUEST_ID, LambdaScene, answered, proxy, stage, uri

TRACE = "X-Amzn-Trace-Id: Root=1-2-3;Parent=4;Sampled=0"
JSON = b"Content-Type: application/json\r\n"
TRACE_LINE = f"{TRACE}\r\n".encode()
REFUSED = [b"x-amzn-ErrorType: InternalServerErrorException\r\n", JSON]
BROKEN = b'{"message": "Internal server error"}'
LARGE = 6 * 1024 * 1024


def response(payload: bytes, *lines: str, **rest: Any) -> tuple[int, list[bytes], bytes]:
    return shown(answered(payload, stage(**rest), request("GET", "/users", CHOSEN_ID, TRACE, *lines)))


@pytest.mark.parametrize(
    ("payload", "status", "lines", "body"),
    [
        (b"{}", 200, [JSON, TRACE_LINE], b""),
        (b'{"statusCode":200}', 200, [JSON, TRACE_LINE], b""),
        (b'{"statusCode":"404","body":"x"}', 404, [JSON, TRACE_LINE], b"x"),
        (b'{"statusCode":201.0}', 201, [JSON, TRACE_LINE], b""),
        (
            b'{"statusCode":null,"headers":null,"multiValueHeaders":null,"body":null,"isBase64Encoded":null}',
            200,
            [JSON, TRACE_LINE],
            b"",
        ),
        ('{"body":"é","cookies":["a=b"]}'.encode(), 200, [JSON, TRACE_LINE], "é".encode()),
        (b'{"headers":{"content-type":"text/html"}}', 200, [b"content-type: text/html\r\n", TRACE_LINE], b""),
        (
            b'{"headers":{"a":true,"b":false,"c":12,"d":1.5,"e":null,"f":"","Content-Type":"x"}}',
            200,
            [
                b"a: true\r\n",
                b"b: false\r\n",
                b"c: 12\r\n",
                b"d: 1.5\r\n",
                b"f: \r\n",
                b"Content-Type: x\r\n",
                TRACE_LINE,
            ],
            b"",
        ),
        (
            b'{"headers":{"a":"3","B":"1","c":"4"},"multiValueHeaders":{"A":["1","2"],"b":["1"]}}',
            200,
            [b"A: 1\r\n", b"A: 2\r\n", b"A: 3\r\n", b"b: 1\r\n", b"c: 4\r\n", JSON, TRACE_LINE],
            b"",
        ),
        (b'{"headers":{"X-Amzn-Trace-Id":"mine"}}', 200, [b"X-Amzn-Trace-Id: mine\r\n", JSON], b""),
        (
            b'{"headers":{"Connection":"c","content-length":"9","Date":"d","Server":"s","Authorization":"a",'
            b'"User-Agent":"u","WWW-Authenticate":"w","Content-MD5":"m","Max-Forwards":"1"}}',
            200,
            [
                *(b"x-amzn-Remapped-Connection: c\r\n", b"x-amzn-Remapped-content-length: 9\r\n"),
                *(b"x-amzn-Remapped-Date: d\r\n", b"x-amzn-Remapped-Server: s\r\n"),
                *(b"x-amzn-Remapped-Authorization: a\r\n", b"x-amzn-Remapped-User-Agent: u\r\n"),
                *(b"x-amzn-Remapped-WWW-Authenticate: w\r\n", b"x-amzn-Remapped-Content-MD5: m\r\n"),
                *(b"x-amzn-Remapped-Max-Forwards: 1\r\n", JSON, TRACE_LINE),
            ],
            b"",
        ),
        (
            b'{"headers":{"Transfer-Encoding":"chunked","Expect":"x","Host":"h","Proxy-Authenticate":"p","TE":"t",'
            b'"Trailer":"t","Upgrade":"u","Via":"v","Content-Encoding":"gzip","Age":"1","Accept":"a"}}',
            200,
            [b"Content-Encoding: gzip\r\n", b"Age: 1\r\n", b"Accept: a\r\n", JSON, TRACE_LINE],
            b"",
        ),
    ],
)
def test_results(payload: bytes, status: int, lines: list[bytes], body: bytes):
    assert response(payload) == (status, lines, body)


@pytest.mark.parametrize(
    "payload",
    [
        *(b"", b"null", b"true", b"12", b'"text"', b"[]", b"{", b"not json", b"\xff", b'{"body":"\\ud800"}', b'"\xff"'),
        *(b'{"wrongValue":1}', b'{"statusCode":200,"Body":"x"}', b'{"status_code":200}'),
        *(b'{"statusCode":"ok"}', b'{"statusCode":""}', b'{"statusCode":" 200"}', b'{"statusCode":"+200"}'),
        *(b'{"statusCode":true}', b'{"statusCode":0}', b'{"statusCode":100}', b'{"statusCode":600}'),
        *(b'{"statusCode":-1}', b'{"statusCode":1e999}', b'{"statusCode":[200]}', b'{"statusCode":1e30}'),
        *(b'{"headers":[]}', b'{"headers":{"a":{}}}', b'{"headers":{"a":["b"]}}', b'{"headers":"a"}'),
        *(
            b'{"headers":{"a b":"c"}}',
            b'{"headers":{"":"c"}}',
            b'{"headers":{"a\\r\\nb":"c"}}',
            b'{"headers":{"a:":"c"}}',
        ),
        *(b'{"headers":{"a":"b\\r\\nc: d"}}', b'{"headers":{"a":"b\\u0000"}}', b'{"headers":{"a":"b\\nc"}}'),
        *(b'{"multiValueHeaders":{"a":"b"}}', b'{"multiValueHeaders":{"a":[["b"]]}}', b'{"multiValueHeaders":[]}'),
        *(b'{"body":{}}', b'{"body":1}', b'{"body":["x"]}', b'{"body":true}', b'{"isBase64Encoded":1}'),
        b'{"cookies":' + b"[" * 100_000,
        b'{"body":"' + b"x" * LARGE + b'"}',
    ],
)
def test_malformed_results(payload: bytes):
    scene = LambdaScene(payload)
    plan = stage(accessLogSettings={"format": "$context.requestId $context.integration.error"})
    assert shown(scene.serve(plan, request("GET", "/users"))) == (502, REFUSED, BROKEN)
    assert scene.lines[0][1].endswith(b" Execution failed due to configuration error: Malformed Lambda proxy response")


@pytest.mark.parametrize(
    ("types", "accept", "decoded"),
    [
        ([], "image/png", False),
        (["image/png"], "image/png", True),
        (["image/png"], "image/png;q=0.9", True),
        (["image/png"], "image/jpg", False),
        (["image/png"], "image/*", False),
        (["image/png"], "*/*", False),
        (["image/png"], "image/png,image/*,*/*;q=0.8", True),
        (["image/png"], "image/webp,image/png,*/*;q=0.8", False),
        (["image/png"], "application", False),
        (["image/png"], None, False),
        (["application/*"], "application/anything", True),
        (["application/*"], "application/*", True),
        (["*/test"], "random/test", False),
        (["*/test"], "*/test", False),
        (["*/*"], "text/html", True),
        (["*/*"], None, True),
    ],
)
def test_base64(types: list[str], accept: str | None, decoded: bool):
    lines = [] if accept is None else [f"Accept: {accept}"]
    api = {"binaryMediaTypes": types}
    assert response(b'{"body":"iVBORw==","isBase64Encoded":true}', *lines, api=api)[2] == (
        b"\x89PNG" if decoded else b"iVBORw=="
    )
    assert response(b'{"body":"iVBORw==","isBase64Encoded":false}', *lines, api=api)[2] == b"iVBORw=="


@pytest.mark.parametrize("body", ["%%%", "abc", "é", "aGk=\\n"])
def test_broken_base64(body: str):
    payload = f'{{"body":"{body}","isBase64Encoded":true}}'.encode()
    assert response(payload, api={"binaryMediaTypes": ["*/*"]}) == (500, REFUSED, BROKEN)


FAULT = (
    "$context.requestId $context.status $context.error.responseType $context.integrationStatus "
    "$context.integration.error"
)
CONFIGURATION = "Execution failed due to configuration error"


@pytest.mark.parametrize(
    ("kind", "status", "body", "logged"),
    [
        (
            "not_found",
            502,
            BROKEN,
            f"INTEGRATION_FAILURE 404 {CONFIGURATION}: Function not found",
        ),
        (
            "not_permitted",
            500,
            BROKEN,
            f"INTEGRATION_FAILURE 403 {CONFIGURATION}: Invalid permissions on Lambda function",
        ),
        (
            "throttled",
            500,
            BROKEN,
            "INTEGRATION_FAILURE 429 Execution failed due to an integration error: Lambda throttled the invocation",
        ),
        (
            "timeout",
            504,
            b'{"message": "Endpoint request timed out"}',
            "INTEGRATION_TIMEOUT - Execution failed due to a timeout error",
        ),
        (
            "request_too_large",
            413,
            b'{"message": "Request Too Long"}',
            "REQUEST_TOO_LARGE 413 Execution failed: the event is larger than Lambda accepts",
        ),
        (
            "unavailable",
            502,
            BROKEN,
            "INTEGRATION_FAILURE 500 Execution failed due to an internal error of the Lambda service",
        ),
    ],
)
def test_faults_of_the_service(kind: FunctionFaultKind, status: int, body: bytes, logged: str):
    scene = LambdaScene(FunctionFault(kind, "secret reason"))
    plan = stage(accessLogSettings={"format": FAULT})
    got = scene.serve(plan, request("GET", "/users", CHOSEN_ID))
    assert (got.status, got.body) == (status, body)
    assert scene.lines[0][1].decode().partition(" ")[2] == f"{status} {logged}"


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b'{"errorMessage":"division by zero","errorType":"ZeroDivisionError","stackTrace":[]}', "division by zero"),
        (b"not json", "not json"),
        (b'{"errorMessage":"caf\xe9"}', '{\\"errorMessage\\":\\"caf\ufffd\\"}'),
    ],
)
def test_an_error_of_the_function(payload: bytes, message: str):
    scene = LambdaScene(InvocationResponse(payload, "Unhandled", "$LATEST", LAMBDA_REQUEST_ID))
    plan = stage(
        accessLogSettings={"format": "$context.integration.error $context.integration.requestId $context.requestId"}
    )
    assert shown(scene.serve(plan, request("GET", "/users", CHOSEN_ID))) == (502, REFUSED, BROKEN)
    assert scene.lines[0][1].decode() == (
        f"Lambda execution failed with status 200 due to customer function error: {message}. Lambda request id: "
        f"{LAMBDA_REQUEST_ID} {LAMBDA_REQUEST_ID} 11111111-2222-4333-8444-555555555555"
    )


def test_an_event_larger_than_lambda_accepts():
    scene = LambdaScene()
    got = scene.serve(stage(verb="POST"), request("POST", "/users", body=b"x" * LARGE))
    assert (got.status, got.body, scene.functions.calls) == (413, b'{"message": "Request Too Long"}', [])


def test_how_the_function_is_called():
    scene = LambdaScene()
    any_verb = method(proxy(uri=uri(f"{FUNCTION}:${{stageVariables.alias}}"), timeoutInMillis=1500))
    plan = compiled(snapshot({"/users/{id}": {"ANY": any_verb}}), variables={"alias": "live"})
    scene.serve(plan, request("PUT", "/users/1", TRACE))
    call = scene.functions.calls[0]
    assert {name: value for name, value in call.items() if name != "event"} == {
        "arn": f"{FUNCTION}:live",
        "source": "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/prod/PUT/users/{id}",
        "timeout": 1.5,
        "trace": TRACE.partition(": ")[2],
    }


@pytest.mark.parametrize(
    "broken",
    [
        {"httpMethod": "GET"},
        {"uri": uri("${stageVariables.missing}")},
        {"uri": uri("GetUser")},
        {"uri": uri() + "/"},
        {"uri": uri().replace("2015-03-31", "2021-11-15").replace("invocations", "response-streaming-invocations")},
        {"uri": ""},
        {"requestParameters": {"integration.request.header.Authorization": "'x'"}},
        {"requestParameters": {"integration.request.header.X-Amz-Invocation-Type": "'Event'"}},
    ],
)
def test_integrations_that_cannot_be_called(broken: dict[str, Any]):
    scene = LambdaScene()
    assert shown(scene.serve(one(proxy(**broken)), request("GET", "/"))) == (500, REFUSED, BROKEN)
    assert scene.functions.calls == []
