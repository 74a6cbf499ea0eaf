"""The event of a Lambda proxy integration, field by field."""

import re
from typing import Any

import pytest

from gatewright.execute.domain import MappedDomain
from gatewright.execute.plan import RestPlan
from tests.execute.stage import CHOSEN_ID, compiled, method, request, snapshot
from tests.execute_lambda.function import LambdaScene, proxy, stage

HOST = "Host: abcdef1234.execute-api.eu-west-1.localhost:4566"
TRACE = "Root=1-67891233-abcdef012345678912345678"

# The order of keys is AWS's.
GOLDEN = (
    '{"resource":"/users/{id}","path":"/users/a%2Bb/","httpMethod":"POST",'
    '"headers":{"Accept":"*/*","Content-Type":"text/plain","Host":"abcdef1234.execute-api.eu-west-1.localhost:4566",'
    '"User-Agent":"curl/8.5.0","x-amzn-RequestId":"11111111-2222-4333-8444-555555555555","X-Amzn-Trace-Id":"Root=1-6553f100-0",'
    '"X-Forwarded-For":"192.0.2.7","X-Forwarded-Port":"4566","X-Forwarded-Proto":"http"},'
    '"multiValueHeaders":{"Accept":["*/*"],"Content-Type":["text/plain"],'
    '"Host":["abcdef1234.execute-api.eu-west-1.localhost:4566"],"User-Agent":["curl/8.5.0"],'
    '"x-amzn-RequestId":["11111111-2222-4333-8444-555555555555"],"X-Amzn-Trace-Id":["Root=1-6553f100-0"],'
    '"X-Forwarded-For":["192.0.2.7"],"X-Forwarded-Port":["4566"],"X-Forwarded-Proto":["http"]},'
    '"queryStringParameters":{"id":"1 2"},"multiValueQueryStringParameters":{"id":["1 2"]},'
    '"pathParameters":{"id":"a%2Bb"},"stageVariables":{"table":"Users"},'
    '"requestContext":{"resourceId":"r0","resourcePath":"/users/{id}","operationName":"PutUser","httpMethod":"POST",'
    '"extendedRequestId":"EXTENDED=","requestTime":"14/Nov/2023:22:13:20 +0000","path":"/prod/users/a%2Bb/",'
    '"accountId":"123456789012","protocol":"HTTP/1.1","stage":"prod","domainPrefix":"abcdef1234",'
    '"requestTimeEpoch":1700000000000,"requestId":"11111111-2222-4333-8444-555555555555",'
    '"identity":{"cognitoIdentityPoolId":null,"accountId":null,"cognitoIdentityId":null,"caller":null,'
    '"sourceIp":"192.0.2.7","principalOrgId":null,"accessKey":null,"cognitoAuthenticationType":null,'
    '"cognitoAuthenticationProvider":null,"userArn":null,"userAgent":"curl/8.5.0","user":null},'
    '"domainName":"abcdef1234.execute-api.eu-west-1.localhost","deploymentId":"dep1","apiId":"abcdef1234"},'
    '"body":"h\u00e9","isBase64Encoded":false}'
)


def seen(plan: RestPlan, *lines: str, target: str = "/users", verb: str = "GET", body: bytes = b"") -> dict[str, Any]:
    """The event of a request with these header lines."""
    scene = LambdaScene()
    scene.serve(plan, request(verb, target, *lines, body=body))
    return scene.event()


def test_the_whole_event():
    put = method(proxy(), operationName="PutUser")
    plan = compiled(snapshot({"/users/{id}": {"POST": put}}), variables={"table": "Users"})
    lines = (HOST, "User-Agent: curl/8.5.0", "Accept: */*", "Content-Type: text/plain", "Content-Length: 3", CHOSEN_ID)
    scene = LambdaScene()
    scene.serve(plan, request("POST", "/users/a%2Bb/?id=1%202", *lines, body="hé".encode()))
    event = scene.functions.calls[0]["event"].decode()
    event = re.sub(r'"extendedRequestId":"[A-Za-z0-9_-]{15}="', '"extendedRequestId":"EXTENDED="', event)
    assert re.sub(r"Root=1-6553f100-[0-9a-f]{24}", "Root=1-6553f100-0", event) == GOLDEN


def test_what_is_absent_is_null():
    event = seen(stage())
    assert {name for name, value in event.items() if value is None} == {
        *("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "body")
    }
    assert event["requestContext"]["identity"]["userAgent"] is None
    assert "operationName" not in event["requestContext"]


@pytest.mark.parametrize(
    ("lines", "headers"),
    [
        (["X-A: 1", "X-A: 2"], {"X-A": ["1", "2"]}),
        (["x-a: 1", "X-A: 2"], {"x-a": ["1", "2"]}),
        (["tEsT-HEADeR: aValUE"], {"tEsT-HEADeR": ["aValUE"]}),
        (
            ["authorization: t", "user-agent: u", "host: h"],
            {"Authorization": ["t"], "User-Agent": ["u"], "Host": ["h"]},
        ),
        (["Authorization: AWS4-HMAC-SHA256 Credential=AKID"], {}),
        (['X-A: "\\%s%'], {"X-A": ['"\\%s%']}),
        (
            [
                *("Connection: close", "Content-MD5: x", "Expect: x", "Max-Forwards: 1", "Server: x", "TE: x"),
                *("Transfer-Encoding: chunked", "Trailer: x", "Upgrade: x", "WWW-Authenticate: x", "Keep-Alive: x"),
            ],
            {},
        ),
        (["X-Amzn-Trace-Id: Root=1-2-3;Parent=4;Sampled=1"], {"X-Amzn-Trace-Id": ["Root=1-2-3;Parent=4;Sampled=1"]}),
        (["X-Forwarded-For: 10.1.1.1", "X-Forwarded-Port: 1"], {"X-Forwarded-For": ["10.1.1.1, 192.0.2.7"]}),
    ],
)
def test_headers(lines: list[str], headers: dict[str, list[str]]):
    event = seen(stage(), *lines)
    trace = event["multiValueHeaders"]["X-Amzn-Trace-Id"]
    ours = {
        "X-Amzn-Trace-Id": trace,
        "X-Forwarded-For": ["192.0.2.7"],
        "X-Forwarded-Port": ["80"],
        "X-Forwarded-Proto": ["http"],
    }
    assert event["multiValueHeaders"] == ours | headers
    assert event["headers"] == {name: values[-1] for name, values in (ours | headers).items()}
    assert list(event["headers"]) == sorted(event["headers"], key=str.lower)


def test_a_trace_begun_by_the_gateway_shows_its_root_and_the_function_gets_all_of_it():
    scene = LambdaScene()
    scene.serve(stage(), request("GET", "/users"))
    root = scene.event()["headers"]["X-Amzn-Trace-Id"]
    assert re.fullmatch(r"Root=1-6553f100-[0-9a-f]{24}", root)
    assert re.fullmatch(re.escape(root) + r";Parent=[0-9a-f]{16};Sampled=0", scene.functions.calls[0]["trace"])


def test_a_head_that_comes_again_keeps_nothing_of_the_request_before():
    first = request("GET", "/users", "X-A: 1")
    scene, plan = LambdaScene(), stage()
    events = []
    for received in (first, first, first._replace(source_ip="192.0.2.8"), first._replace(scheme="https"), first):
        scene.serve(plan, received)
        events.append(scene.event()["headers"])
    assert [(event["X-Forwarded-For"], event["X-Forwarded-Proto"], event["X-A"]) for event in events] == [
        ("192.0.2.7", "http", "1"),
        ("192.0.2.7", "http", "1"),
        ("192.0.2.8", "http", "1"),
        ("192.0.2.7", "https", "1"),
        ("192.0.2.7", "http", "1"),
    ]
    assert len({event["X-Amzn-Trace-Id"] for event in events}) == len(events)


def test_a_trace_with_only_a_root_gets_a_parent():
    trace = seen(stage(), f"X-Amzn-Trace-Id: {TRACE}")["headers"]["X-Amzn-Trace-Id"]
    assert re.fullmatch(re.escape(TRACE) + r";Parent=[0-9a-f]{16};Sampled=0", trace)


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("a", {"a": [""]}),
        ("a=", {"a": [""]}),
        ("a=1&a=2", {"a": ["1", "2"]}),
        ("a=1&&b=x=y", {"a": ["1"], "b": ["x=y"]}),
        ("a=1;b=2", {"a": ["1"], "b": ["2"]}),
        ("a+b=%2B+%20c", {"a b": ["+  c"]}),
        ("%E2%82%AC=%FF", {"€": ["�"]}),
        ("", None),
        ("&", None),
    ],
)
def test_query_strings(query: str, values: dict[str, list[str]] | None):
    event = seen(stage(), target=f"/users?{query}")
    assert event["multiValueQueryStringParameters"] == values
    assert event["queryStringParameters"] == (values and {name: listed[-1] for name, listed in values.items()})


@pytest.mark.parametrize(
    ("target", "path", "context_path", "parameters"),
    [
        ("/a/b", "/a/b", "/prod/a/b", {"proxy": "a/b"}),
        ("/a/b/", "/a/b/", "/prod/a/b/", {"proxy": "a/b"}),
        ("//a//b", "/a//b", "/prod//a//b", {"proxy": "a//b"}),
        ("/test%2Balias@x", "/test%2Balias@x", "/prod/test%2Balias@x", {"proxy": "test%2Balias@x"}),
    ],
)
def test_paths(target: str, path: str, context_path: str, parameters: dict[str, str]):
    event = seen(stage("/{proxy+}"), target=target)
    assert (event["path"], event["requestContext"]["path"], event["pathParameters"]) == (path, context_path, parameters)


def test_the_stage_alone_is_the_root():
    scene = LambdaScene()
    scene.serve(stage("/"), request("GET", "/prod"), "")
    assert (scene.event()["path"], scene.event()["requestContext"]["path"]) == ("/", "/prod")


@pytest.mark.parametrize(
    ("types", "content_type", "body", "expected"),
    [
        ((), "image/png", b"\x89PNG", ("�PNG", False)),
        (("image/png",), "image/png", b"\x89PNG", ("iVBORw==", True)),
        (("image/*",), "IMAGE/gif; a=b", b"GIF", ("R0lG", True)),
        (("image/png",), "text/plain", b"t", ("t", False)),
        (("*/*",), "application/json", b"{}", ("e30=", True)),
        (("*/*",), "application/json", b"", (None, False)),
        (("*/test",), "random/test", b"t", ("t", False)),
    ],
)
def test_bodies(types: tuple[str, ...], content_type: str, body: bytes, expected: tuple[str | None, bool]):
    plan = stage(verb="POST", api={"binaryMediaTypes": list(types)})
    event = seen(plan, f"Content-Type: {content_type}", verb="POST", body=body)
    assert (event["body"], event["isBase64Encoded"]) == expected


@pytest.mark.parametrize(
    ("host", "domain", "port"),
    [
        ("abcdef1234.execute-api.eu-west-1.amazonaws.com", "abcdef1234.execute-api.eu-west-1.amazonaws.com", "80"),
        ("127.0.0.1:4566", "abcdef1234.execute-api.eu-west-1.localhost", "4566"),
        ("[::1]", "abcdef1234.execute-api.eu-west-1.localhost", "80"),
    ],
)
def test_domains(host: str, domain: str, port: str):
    event = seen(stage(), f"Host: {host}")
    context = event["requestContext"]
    assert (context["domainName"], context["domainPrefix"]) == (domain, "abcdef1234")
    assert (event["headers"]["Host"], event["headers"]["X-Forwarded-Port"]) == (host, port)


@pytest.mark.parametrize(
    ("domain", "custom"),
    [
        (MappedDomain("api.example.com", "v1"), {"basePathMatched": "v1"}),
        (MappedDomain("api.example.com"), {"basePathMatched": "(none)"}),
        (MappedDomain("api.example.com", rule_id="abc123"), {"routingRuleIdMatched": "abc123"}),
    ],
)
def test_custom_domain_names(domain: MappedDomain, custom: dict[str, str]):
    scene = LambdaScene()
    scene.serve(stage(), request("GET", "/v1//users", "Host: api.example.com"), "/users", domain)
    event, context = scene.event(), scene.event()["requestContext"]
    assert (event["resource"], event["path"], context["path"]) == ("/users", "/v1//users", "/v1//users")
    assert (context["domainName"], context["domainPrefix"]) == ("api.example.com", "api")
    assert context["customDomain"] == custom
    names = list(context)
    assert names[names.index("customDomain") - 1 :][:3] == ["extendedRequestId", "customDomain", "requestTime"]


def test_a_stage_named_like_that_of_test_invocations_is_a_stage():
    scene = LambdaScene()
    scene.serve(stage(stageName="test-invoke-stage"), request("GET", "/users", "Host: 127.0.0.1"))
    event = scene.event()
    shown = event["requestContext"]
    assert (shown["path"], shown["deploymentId"], shown["identity"]["accountId"]) == (
        "/test-invoke-stage/users",
        "dep1",
        None,
    )
    assert shown["domainName"] == "abcdef1234.execute-api.eu-west-1.localhost"
    assert event["headers"]["X-Forwarded-For"] == "192.0.2.7"
