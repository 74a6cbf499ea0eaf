"""Lambda integrations of HTTP APIs: events of both payload formats, field by field, and what results become."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings, strategies

from gatewright.execute.domain import MappedDomain
from gatewright.execute.http.plan import HttpApiPlan
from gatewright.execute.http_api import serve
from gatewright.values.faults import FunctionFault
from gatewright.values.invocation import InvocationResponse
from gatewright.values.pending import Drive
from tests.execute.http_stage import http_compiled
from tests.execute.stage import request
from tests.execute_lambda.function import FUNCTION, LAMBDA_REQUEST_ID, Answer, LambdaScene
from tests.execute_lambda.http_stage import HOST, lambda_integration, one_route, route_with

LINES = (HOST, "User-Agent: curl/8.5.0", "Accept: */*", "X-Tag: 1", "Content-Type: text/plain", "x-tag: 2%")
COOKIES = ("Cookie: a=1; b=2", "Cookie: c=3")

# The order of keys is AWS's.
GOLDEN_1_0 = (
    '{"version":"1.0","resource":"/pets/{id}","path":"/dev/pets/a%2Bb","httpMethod":"POST",'
    '"headers":{"Content-Length":"3","Content-Type":"text/plain","Host":"abcdef1234.execute-api.eu-west-1.localhost",'
    '"User-Agent":"curl/8.5.0","X-Amzn-Trace-Id":"ROOT","X-Forwarded-For":"192.0.2.7","X-Forwarded-Port":"80",'
    '"X-Forwarded-Proto":"http","X-Tag":"2%","accept":"*/*","cookie":"c=3"},'
    '"multiValueHeaders":{"Content-Length":["3"],"Content-Type":["text/plain"],'
    '"Host":["abcdef1234.execute-api.eu-west-1.localhost"],"User-Agent":["curl/8.5.0"],"X-Amzn-Trace-Id":["ROOT"],'
    '"X-Forwarded-For":["192.0.2.7"],"X-Forwarded-Port":["80"],"X-Forwarded-Proto":["http"],'
    '"X-Tag":["1","2%"],"accept":["*/*"],"cookie":["a=1; b=2","c=3"]},'
    '"queryStringParameters":{"q":"3 4"},"multiValueQueryStringParameters":{"q":["1","3 4"]},'
    '"requestContext":{"accountId":"123456789012","apiId":"abcdef1234",'
    '"domainName":"abcdef1234.execute-api.eu-west-1.localhost","domainPrefix":"abcdef1234","extendedRequestId":"ID",'
    '"httpMethod":"POST","identity":{"accessKey":null,"accountId":null,"caller":null,"cognitoAmr":null,'
    '"cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,"cognitoIdentityId":null,'
    '"cognitoIdentityPoolId":null,"principalOrgId":null,"sourceIp":"192.0.2.7","user":null,"userAgent":"curl/8.5.0",'
    '"userArn":null},"path":"/dev/pets/a%2Bb","protocol":"HTTP/1.1","requestId":"ID",'
    '"requestTime":"14/Nov/2023:22:13:20 +0000","requestTimeEpoch":1700000000000,"resourceId":"POST /pets/{id}",'
    '"resourcePath":"/pets/{id}","stage":"dev"},"pathParameters":{"id":"a+b"},"stageVariables":{"table":"Pets"},'
    '"body":"h\u00e9","isBase64Encoded":false}'
)
GOLDEN_2_0 = (
    '{"version":"2.0","routeKey":"POST /pets/{id}","rawPath":"/dev/pets/a+b","rawQueryString":"q=1&q=3%204",'
    '"cookies":["a=1","b=2","c=3"],"headers":{"accept":"*/*","content-length":"3","content-type":"text/plain",'
    '"host":"abcdef1234.execute-api.eu-west-1.localhost","user-agent":"curl/8.5.0","x-amzn-trace-id":"ROOT",'
    '"x-forwarded-for":"192.0.2.7","x-forwarded-port":"80","x-forwarded-proto":"http","x-tag":"1,2%"},'
    '"queryStringParameters":{"q":"1,3 4"},"requestContext":{"accountId":"123456789012","apiId":"abcdef1234",'
    '"domainName":"abcdef1234.execute-api.eu-west-1.localhost","domainPrefix":"abcdef1234",'
    '"http":{"method":"POST","path":"/dev/pets/a+b","protocol":"HTTP/1.1","sourceIp":"192.0.2.7",'
    '"userAgent":"curl/8.5.0"},"requestId":"ID","routeKey":"POST /pets/{id}","stage":"dev",'
    '"time":"14/Nov/2023:22:13:20 +0000","timeEpoch":1700000000000},"pathParameters":{"id":"a+b"},'
    '"stageVariables":{"table":"Pets"},"body":"h\u00e9","isBase64Encoded":false}'
)


@pytest.mark.parametrize(("version", "golden"), [("1.0", GOLDEN_1_0), ("2.0", GOLDEN_2_0)])
def test_the_whole_event(version: str, golden: str) -> None:
    stage = {"stageName": "dev", "stageVariables": {"table": "Pets"}}
    plan = one_route("POST /pets/{id}", stage=stage, payloadFormatVersion=version)
    scene = LambdaScene(b'{"statusCode":200}')
    received = request("POST", "/pets/a%2Bb?q=1&q=3%204", *LINES, *COOKIES, body="hé".encode())
    assert scene.serve(plan, received).status == 200
    event = scene.functions.calls[0]["event"].decode()
    event = re.sub(r"Root=1-6553f100-[0-9a-f]{24}", "ROOT", event)
    assert re.sub(r'equestId":"[A-Za-z0-9_-]{15}="', 'equestId":"ID"', event) == golden


def seen(version: str, *lines: str, target: str = "/pets/7", body: bytes = b"", key: str = "ANY /pets/{id}") -> Any:
    scene = LambdaScene(b'{"statusCode":200}')
    plan = one_route(key, payloadFormatVersion=version)
    assert scene.serve(plan, request("POST", target, *lines, body=body)).status == 200
    return scene.event()


def test_what_is_absent() -> None:
    first, second = (seen(version, target="/", key="$default") for version in ("1.0", "2.0"))
    assert {name for name, value in first.items() if value is None} == {
        *("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "body")
    }
    assert list(second) == [
        *("version", "routeKey", "rawPath", "rawQueryString", "headers", "requestContext", "isBase64Encoded")
    ]
    assert (second["rawQueryString"], second["routeKey"], second["requestContext"]["stage"]) == ("", *["$default"] * 2)
    assert (first["resource"], first["requestContext"]["resourceId"], first["path"]) == ("$default", "$default", "/")
    assert second["headers"]["content-length"] == "0" and second["requestContext"]["http"]["userAgent"] == ""
    assert first["requestContext"]["identity"]["userAgent"] == ""
    assert "authorizer" not in first["requestContext"] and "authorizer" not in second["requestContext"]


@pytest.mark.parametrize(
    ("content_type", "is_text"),
    [
        ("text/html; charset=utf-8", True),
        ("application/json", True),
        ("APPLICATION/JSON;charset=utf-8", True),
        ("application/javascript", True),
        ("application/xml", True),
        ("application/vnd.api+json", True),
        ("image/svg+xml", True),
        ("application/x-www-form-urlencoded", False),
        ("multipart/form-data; boundary=x", False),
        ("image/png", False),
        (None, False),
    ],
)
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_which_bodies_are_base64(version: str, content_type: str | None, is_text: bool) -> None:
    lines = [f"Content-Type: {content_type}"] if content_type else []
    event = seen(version, *lines, body=b"a=b")
    assert (event["body"], event["isBase64Encoded"]) == (("a=b", False) if is_text else ("YT1i", True))


@pytest.mark.parametrize("value", ["%s", "100%", '"', "\\u0000", "\\", "é"])
def test_header_values_are_as_they_came(value: str) -> None:
    for version in ("1.0", "2.0"):
        assert seen(version, f"x-a: {value}")["headers"]["x-a"] == value


def test_the_case_of_header_names() -> None:
    lines = ("ACCEPT: 1", "Via: 1", "AUTHORIZATION: 1", "host: x", "user-agent: 1", "Postman-Token: 1", "x-ID: 1")
    theirs = {"accept", "via", "authorization", "Host", "User-Agent", "Postman-Token", "x-ID"}
    ours = {"Content-Length", "X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto"}
    event = seen("1.0", *lines)
    assert set(event["headers"]) == set(event["multiValueHeaders"]) == theirs | ours
    assert set(seen("2.0", *lines)["headers"]) == {name.lower() for name in theirs | ours}


def test_headers_that_a_function_does_not_see() -> None:
    hidden = ("Connection: close", "Transfer-Encoding: chunked", "TE: x", "Upgrade: x", "Keep-Alive: x")
    names = set(seen("2.0", *hidden, "Authorization: AWS4-HMAC-SHA256 x", "X-Forwarded-For: 10.0.0.1")["headers"])
    ours = {"x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto", "content-length"}
    assert names == ours | {"authorization"}
    assert seen("2.0", "X-Forwarded-For: 10.0.0.1")["headers"]["x-forwarded-for"] == "10.0.0.1, 192.0.2.7"


def test_a_custom_domain_name() -> None:
    """Format 1.0 shows the mapping's key in the path, 2.0 does not."""
    for version, path in (("1.0", "/v1/pets/7"), ("2.0", "/pets/7")):
        scene = LambdaScene(b'{"statusCode":200}')
        plan = one_route("GET /pets/{id}", payloadFormatVersion=version)
        domain = MappedDomain("api.example.com", "v1")
        received = request("GET", "/v1/pets/7", "Host: api.example.com")
        Drive(serve(plan, received, "/pets/7", scene.world, domain), lambda answer, error: None).step()
        event = scene.event()
        context = event["requestContext"]
        assert event["path" if version == "1.0" else "rawPath"] == path
        assert (context["domainName"], context["domainPrefix"]) == ("api.example.com", "api")
        assert context.get("customDomain") == ({"basePathMatched": "v1"} if version == "1.0" else None)


@pytest.mark.parametrize(
    ("key", "method", "target", "source"),
    [
        ("GET /pets/{id}", "GET", "/pets/7", "$default/GET/pets/{id}"),
        ("ANY /pets/{id}", "PUT", "/pets/7", "$default/PUT/pets/{id}"),
        ("$default", "GET", "/x/y", "$default/$default"),
    ],
)
def test_how_the_function_is_called(key: str, method: str, target: str, source: str) -> None:
    scene = LambdaScene(b'{"statusCode":200}')
    scene.serve(one_route(key), request(method, target))
    [call] = scene.functions.calls
    here = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234"
    assert (call["arn"], call["source"], call["timeout"]) == (FUNCTION, f"{here}/{source}", 30.0)


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"integrationUri": FUNCTION}, 200),
        ({"integrationUri": FUNCTION.replace("GetUser", "${stageVariables.f}")}, 200),
        ({"integrationUri": "https://example.com"}, 500),
        ({"integrationMethod": None}, 200),
        ({"integrationMethod": "GET"}, 500),
        ({"payloadFormatVersion": "3.0"}, 500),
        ({"payloadFormatVersion": None}, 500),
        ({"credentialsArn": "arn:aws:iam::123456789012:role/caller"}, 200),
        ({"credentialsArn": "somebody"}, 500),
    ],
)
def test_configurations(members: dict[str, Any], status: int) -> None:
    plan = one_route("GET /", stage={"stageVariables": {"f": "GetUser"}}, **members)
    scene = LambdaScene(b"{}")
    assert scene.serve(plan, request()).status == status
    assert [call["arn"] for call in scene.functions.calls] == [FUNCTION][: status == 200]
    if "credentialsArn" in members and scene.functions.calls:
        assert scene.functions.calls[0]["source"] is None


def test_a_mapped_request_is_what_the_function_sees() -> None:
    mapping = {
        "append:header.x-stage": "$context.stage",
        "overwrite:querystring.q": "$request.path.id",
        "overwrite:path": "/changed/${request.path.id}",
    }
    scene = LambdaScene(b"{}")
    plan = one_route("GET /pets/{id}", requestParameters=mapping)
    assert scene.serve(plan, request("GET", "/pets/7?q=1")).status == 200
    event = scene.event()
    assert (event["headers"]["x-stage"], event["rawQueryString"], event["queryStringParameters"]) == (
        "$default",
        "q=7",
        {"q": "7"},
    )
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/changed/7"


PLAIN, JSON = b"content-type: text/plain; charset=utf-8\r\n", b"content-type: application/json\r\n"
ERROR = (500, [JSON], b'{"message":"Internal Server Error"}')
BOTH: list[tuple[Answer, Any]] = [
    (b'{"statusCode":200}', (200, [PLAIN], b"")),
    (b'{"statusCode":"201","body":"x"}', (201, [PLAIN], b"x")),
    (b'{"statusCode":200,"headers":{"X-A":true,"x-n":1,"content-type":"text/html"},"body":"<p>"}',
     (200, [b"X-A: true\r\n", b"x-n: 1\r\n", b"content-type: text/html\r\n"], b"<p>")),
    (b'{"statusCode":200,"headers":{"www-authenticate":"Basic","Date":"x","Connection":"x","Content-Length":"9"}}',
     (200, [b"www-authenticate: Basic\r\n", PLAIN], b"")),
    (b'{"statusCode":200,"body":"aGk=","isBase64Encoded":true}', (200, [PLAIN], b"hi")),
    (b'{"statusCode":200,"body":"!","isBase64Encoded":true}', ERROR),
    (b'{"statusCode":200,"body":{"a":1}}', ERROR),
    (b'{"statusCode":404,"body":"\\ud800"}', ERROR),  # half of a pair is no text, and no reason to lose a status
    (b'{"statusCode":404,"body":"\xff"}', ERROR),
    (b'{"statusCode":"abc"}', ERROR),
    (b'{"statusCode":null}', ERROR),
    (b'{"statusCode":99}', ERROR),
    (b'{"statusCode":200,"headers":{"a b":"x"}}', ERROR),
    (b'{"statusCode":200,"headers":{"a":"x\\r\\ny: z"}}', ERROR),
    (InvocationResponse(b'{"errorMessage":"x"}', "Unhandled", "1", LAMBDA_REQUEST_ID), ERROR),
    (FunctionFault("not_found", "x"), ERROR),
    (FunctionFault("not_permitted", "x"), ERROR),
    (FunctionFault("throttled", "x"), ERROR),
    (FunctionFault("timeout", "x"), (503, [JSON], b'{"message":"Service Unavailable"}')),
]  # fmt: skip
FIRST: list[tuple[Answer, Any]] = [
    *[(payload, ERROR) for payload in (b"{}", b"null", b'"text"', b"[1]", b"", b'{"statusCode":200,"other":1}')],
    (b'{"statusCode":200,"multiValueHeaders":{"set-cookie":["a=1","b=2"]},"cookies":["c=3"]}',
     (200, [b"set-cookie: a=1\r\n", b"set-cookie: b=2\r\n", PLAIN], b"")),
]  # fmt: skip
SECOND: list[tuple[Answer, Any]] = [
    (b'{"a": 1}', (200, [JSON], b'{"a": 1}')),
    (b'"Hello \\u00e9"', (200, [JSON], "Hello é".encode())),
    (b"7", (200, [JSON], b"7")),
    (b"[1, 2]", (200, [JSON], b"[1, 2]")),
    (b"null", (200, [JSON], b"null")),
    (b"", (200, [JSON], b"")),
    (b'{"name":"x","age":', (200, [JSON], b'{"name":"x","age":')),  # no JSON at all
    (b'{"inner":{"statusCode":404}}', (200, [JSON], b'{"inner":{"statusCode":404}}')),
    (b'{"statusCode":200,"other":1}', (200, [PLAIN], b"")),
    (b'{"statusCode":204,"cookies":["a=1; Path=/","b=2"],"multiValueHeaders":{"x":["1"]}}',
     (204, [PLAIN, b"Set-Cookie: a=1; Path=/\r\n", b"Set-Cookie: b=2\r\n"], b"")),
    (b'{"statusCode":200,"cookies":"a=1"}', ERROR),
    (b'{"statusCode":200,"cookies":["a\\r\\nb: c"]}', ERROR),
]  # fmt: skip


def answered(plan: HttpApiPlan, answer: Answer) -> tuple[int, list[bytes], bytes]:
    status, headers, body = LambdaScene(answer).serve(plan, request("GET", "/", "Accept: */*"))
    *lines, request_id = headers
    assert re.fullmatch(rb"apigw-requestid: \S{16}\r\n", request_id)
    return status, lines, body


@pytest.mark.parametrize(("answer", "expected"), [*BOTH, *FIRST], ids=str)
def test_results_of_format_1_0(answer: Answer, expected: Any) -> None:
    assert answered(one_route("GET /", payloadFormatVersion="1.0"), answer) == expected


@pytest.mark.parametrize(("answer", "expected"), [*BOTH, *SECOND], ids=str)
def test_results_of_format_2_0(answer: Answer, expected: Any) -> None:
    assert answered(one_route("GET /"), answer) == expected


def test_an_event_that_is_too_large_for_lambda() -> None:
    scene = LambdaScene(b"{}")
    response = scene.serve(one_route("POST /"), request("POST", "/", body=b"x" * (6 * 1024 * 1024)))
    assert (response.status, response.body) == (413, b'{"message":"Request Entity Too Large"}')
    assert scene.functions.calls == []


def test_a_response_is_mapped() -> None:
    mapping = {"200": {"overwrite:statuscode": "201", "append:header.x-from": "$response.body.a"}}
    plan = http_compiled(route_with("GET /", lambda_integration(responseParameters=mapping)))
    response = LambdaScene(b'{"a": 1}').serve(plan, request())
    assert (response.status, response.body) == (201, b'{"a": 1}') and b"x-from: 1\r\n" in response.headers
    assert json.loads(response.body) == {"a": 1}


PIECES = strategies.lists(
    strategies.sampled_from(
        [*b'{}[]",:\\', b'"statusCode":200', b'"headers":', b'"cookies":', b'"body":', b"1", b"\xff"]
    )
).map(lambda pieces: b"".join(bytes([piece]) if isinstance(piece, int) else piece for piece in pieces))


OF_BOTH = [one_route("GET /", payloadFormatVersion=version) for version in ("1.0", "2.0")]


@settings(max_examples=150, deadline=None)
@given(payload=PIECES | strategies.binary(max_size=50))
def test_any_bytes_are_a_result_or_an_error(payload: bytes) -> None:
    for plan in OF_BOTH:
        response = LambdaScene(payload).serve(plan, request())
        assert response.status == 200 or (response.status, response.body) == (ERROR[0], ERROR[2])
