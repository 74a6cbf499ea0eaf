"""A stage of an HTTP API: ids, settings of its routes, its access log, what it counts, and what it says itself."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.execute.access_log_variables import HTTP
from gatewright.execute.gateway_response import (
    AUTHORIZER_CONFIGURATION_ERROR,
    BAD_REQUEST_BODY,
    FORBIDDEN,
    FUNCTION_FAILED,
    INTEGRATION_TIMEOUT,
    NETWORK_ERROR,
    REQUEST_TOO_LARGE,
    THROTTLED,
    UNAUTHORIZED,
    UNSUPPORTED_MEDIA_TYPE,
)
from gatewright.execute.http.plan import HttpApiPlan
from gatewright.execute.http.stage import not_found
from gatewright.execute.http_api import refuse_body
from gatewright.execute.registry import ApiStages, Registry
from gatewright.execute.world import Returned
from gatewright.values.headers import header_line
from gatewright.values.refusal import Refusal, Refused
from gatewright.values.request import Request
from gatewright.values.response import Response
from tests.execute.http_stage import BACKEND, http_compiled, http_plan, http_snapshot, seen
from tests.execute.stage import ARRIVED, Scene, headers, request

JSON = b"content-type: application/json\r\n"
OK = Returned(200, headers(), b"pets")


def said(status: int, message: str) -> tuple[int, list[bytes], bytes]:
    return status, [JSON], f'{{"message":"{message}"}}'.encode()


def statuses(plan: HttpApiPlan, *asked: tuple[str, str]) -> list[int]:
    """Of requests that come in the same moment."""
    scene = Scene(*[OK] * len(asked))
    return [scene.serve(plan, request(verb, path)).status for verb, path in asked]


def test_each_request_has_an_id_that_nobody_chooses():
    chosen = request("GET", "/", "x-amzn-RequestId: 11111111-2222-4333-8444-555555555555", "apigw-requestid: x")
    answer = Scene(OK).serve(http_plan({"GET /": BACKEND}), chosen)
    assert [line for line in answer.headers if line.lower().startswith((b"apigw", b"x-amz"))] == list(
        answer.headers[-1:]
    )
    assert re.fullmatch(rb"apigw-requestid: [A-Za-z0-9_-]{15}=\r\n", answer.headers[-1])


def test_an_id_of_another_gateway_is_not_passed_on():
    """A backend may be an HTTP API, too."""
    scene = Scene(Returned(200, headers("apigw-requestid: theirs="), b""))
    assert seen(scene.serve(http_plan({"GET /": BACKEND}), request())) == (200, [], b"")


def test_an_error_of_ours_is_500_logged_and_not_told(caplog: pytest.LogCaptureFixture):
    answer = Scene(ZeroDivisionError("secret")).serve(http_plan({"GET /": BACKEND}), request())
    assert seen(answer) == said(500, "Internal Server Error")
    assert "secret" in caplog.text


@pytest.mark.parametrize(
    ("row", "status", "message"),
    [
        (BAD_REQUEST_BODY, 400, "Bad Request"),
        (UNAUTHORIZED, 401, "Unauthorized"),
        (FORBIDDEN, 403, "Forbidden"),
        (REQUEST_TOO_LARGE, 413, "Request Entity Too Large"),
        (UNSUPPORTED_MEDIA_TYPE, 400, "Bad Request"),
        (THROTTLED, 429, "Too Many Requests"),
        (AUTHORIZER_CONFIGURATION_ERROR, 500, "Internal Server Error"),
        (FUNCTION_FAILED, 500, "Internal Server Error"),
        (NETWORK_ERROR, 503, "Service Unavailable"),
        (INTEGRATION_TIMEOUT, 503, "Service Unavailable"),
    ],
)
def test_what_an_api_says_itself(row: Refused, status: int, message: str):
    scene = Scene(Refusal(row, "not for clients"))
    assert seen(scene.serve(http_plan({"GET /": BACKEND}), request())) == said(status, message)


def test_a_body_that_is_too_large_is_told_of_like_any_other_refusal():
    scene = Scene()
    plan = http_compiled(
        http_snapshot({"POST /": BACKEND}, corsConfiguration={"allowOrigins": ["*"]}),
        accessLogSettings={"format": "$context.requestId $context.status $context.path $context.identity.sourceIp"},
    )
    answer = refuse_body(plan, request("POST", "/", "Origin: https://a.test"), "/", scene.world)
    body = b'{"message":"Request Entity Too Large"}'
    assert seen(answer) == (413, [JSON, b"access-control-allow-origin: *\r\n"], body)
    assert scene.lines == [("$default", answer.headers[-1].split()[1] + b" 413 / 192.0.2.7")]
    assert (plan.counters.requests, plan.counters.data_processed) == (1, len(body))


def test_what_has_no_route_and_no_stage():
    stage = http_plan({"GET /": BACKEND})
    registry = Registry(
        lambda api: ApiStages(frozenset({"test"}), not_found()) if api == "abcdef1234" else None, lambda *_: stage
    )
    scene = Scene(OK)
    for target, status in (("test/absent", 404), ("absent/", 404), ("", 404), ("test", 200)):
        answer = scene.find_and_serve(registry, request("GET", f"/_aws/execute-api/abcdef1234/{target}"))
        assert isinstance(answer, Response)
        assert answer.status == status, target
        if status == 404:
            assert seen(answer) == said(404, "Not Found")


def test_a_route_without_an_integration_lets_nobody_through():
    document = http_snapshot({"GET /": BACKEND, "GET /a": BACKEND})
    del document["routes"][0]["target"]
    document["routes"][1]["target"] = "integrations/deleted"
    plan = http_compiled(document)
    assert statuses(plan, ("GET", "/"), ("GET", "/a")) == [500, 500]


def test_an_authorization_that_is_not_served_lets_nobody_through():
    document = http_snapshot({"GET /": BACKEND}, {"authorizationType": "MAGIC"})
    assert statuses(http_compiled(document), ("GET", "/")) == [500]
    document = http_snapshot({"GET /": BACKEND}, {"apiKeyRequired": True})
    assert statuses(http_compiled(document), ("GET", "/")) == [500]


@pytest.mark.parametrize(
    ("settings", "passed"),
    [
        ({}, [200, 200, 200, 200, 200]),
        (
            {"defaultRouteSettings": {"throttlingBurstLimit": 1, "throttlingRateLimit": 0.001}},
            [200, 429, 200, 200, 429],
        ),
        (
            {
                "defaultRouteSettings": {"throttlingBurstLimit": 1, "throttlingRateLimit": 0.001},
                "routeSettings": {"GET /a": {"throttlingBurstLimit": 2, "detailedMetricsEnabled": False}},
            },
            [200, 200, 200, 200, 429],
        ),
        (
            {"routeSettings": {"$default": {"throttlingBurstLimit": 0, "throttlingRateLimit": 0.0}}},
            [200, 200, 200, 429, 429],
        ),
    ],
)
def test_limits_of_routes(settings: dict[str, Any], passed: list[int]):
    plan = http_plan({"GET /a": BACKEND, "ANY /b": BACKEND, "$default": BACKEND}, **settings)
    assert statuses(plan, ("GET", "/a"), ("GET", "/a"), ("POST", "/b"), ("GET", "/c"), ("GET", "/d")) == passed


def test_a_request_too_many_takes_nothing_of_the_account():
    plan = http_plan({"GET /": BACKEND}, defaultRouteSettings={"throttlingBurstLimit": 0, "throttlingRateLimit": 0.0})
    scene = Scene()
    assert seen(scene.serve(plan, request())) == said(429, "Too Many Requests")
    assert plan.counters.client_errors == 1


def test_what_a_stage_counts():
    plan = http_plan(
        {"GET /a/{b}": BACKEND, "$default": BACKEND},
        defaultRouteSettings={"detailedMetricsEnabled": True},
        routeSettings={"$default": {"detailedMetricsEnabled": False}},
    )
    scene = Scene(OK, OK, Returned(502, headers(), b""))
    scene.serve(plan, request("GET", "/a/1"))
    scene.serve(plan, request("POST", "/c", body=b"12345"))
    scene.serve(plan, request("GET", "/a/2"))
    scene.serve(http_plan({}), request())
    counted = plan.counters
    assert (counted.requests, counted.client_errors, counted.server_errors, counted.data_processed) == (3, 0, 1, 13)
    assert list(counted.by_method) == [("/a/{b}", "GET")]
    own = counted.by_method["/a/{b}", "GET"]
    assert (own.requests, own.server_errors, own.data_processed, own.integration_latency.count) == (2, 1, 4, 2)


def logged(path: str, answer: Returned | Exception, **stage: Any) -> dict[str, str]:
    """All variables of a request's line."""
    plan = http_plan(
        {"GET /a/{b}": BACKEND},
        accessLogSettings={"format": "\t".join(f"$context.{name}" for name in HTTP)},
        **stage,
    )
    scene = Scene(answer)
    lines = "Host: abcdef1234.execute-api.eu-west-1.amazonaws.com:443", "User-Agent: curl/8"
    response = scene.serve(plan, request("GET", f"{path}?q=1", *lines, body=b"12"), path)
    values = dict(zip(HTTP, scene.lines[0][1].decode().split("\t"), strict=True))
    request_id = response.headers[-1].split()[1].decode()
    assert values.pop("requestId") == values.pop("extendedRequestId") == request_id
    return {name: value for name, value in values.items() if value != "-"}


ALWAYS = {
    "accountId": "123456789012",
    "apiId": "abcdef1234",
    "domainName": "abcdef1234.execute-api.eu-west-1.amazonaws.com",
    "domainPrefix": "abcdef1234",
    "httpMethod": "GET",
    "identity.sourceIp": "192.0.2.7",
    "identity.userAgent": "curl/8",
    "protocol": "HTTP/1.1",
    "requestTime": "14/Nov/2023:22:13:20 +0000",
    "requestTimeEpoch": "1700000000000",
}


def test_every_variable_of_a_served_request():
    assert logged("/a/1", OK, stageName="test") == ALWAYS | {
        "dataProcessed": "6",
        "integration.integrationStatus": "200",
        "integration.latency": "3",
        "integration.status": "200",
        "integrationLatency": "3",
        "integrationStatus": "200",
        "path": "/test/a/1",
        "responseLatency": "9",
        "responseLength": "4",
        "routeKey": "GET /a/{b}",
        "stage": "test",
        "status": "200",
    }


def test_every_variable_of_a_refused_request():
    assert logged("/b", OK) == ALWAYS | {
        "dataProcessed": "25",
        "error.message": "Not Found",
        "error.messageString": '"Not Found"',
        "error.responseType": "RESOURCE_NOT_FOUND",
        "path": "/b",
        "responseLatency": "3",
        "responseLength": "23",
        "stage": "$default",
        "status": "404",
    }


def test_a_format_that_cannot_be_read_closes_the_stage():
    plan = http_plan({"GET /": BACKEND}, accessLogSettings={"format": "without an id"})
    assert statuses(plan, ("GET", "/")) == [500]


# Whatever a client sends

ANYTHING = {
    **BACKEND,
    "integrationUri": "http://backend.test/{p}",
    "requestParameters": {
        "overwrite:path": "$request.path.p",
        "append:header.x": "$request.querystring.a",
        "overwrite:header.host": "$request.header.X",
        "overwrite:querystring.y": "${request.header.X}${request.body.a}",
        "remove:querystring.z": "",
    },
    "responseParameters": {"200": {"append:header.y": "$context.path", "overwrite:statuscode": "$response.body.a"}},
}
# No control characters: the wire refuses them.
texts = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=20)
names = st.sampled_from(["X", "Host", "Origin", "Access-Control-Request-Method", "Forwarded", "X-Forwarded-For", "Via"])


@settings(max_examples=150, deadline=None)
@given(
    verb=st.sampled_from(["GET", "POST", "OPTIONS", "TRACE", "x"]),
    path=texts,
    query=texts,
    lines=st.lists(st.tuples(names, texts), max_size=5),
    body=st.binary(max_size=40),
)
def test_serve_never_raises(verb: str, path: str, query: str, lines: list[tuple[str, str]], body: bytes):
    document = http_snapshot({"ANY /{p+}": ANYTHING, "GET /": ANYTHING | {"integrationUri": "http://backend.test"}})
    document["api"]["corsConfiguration"] = {"allowOrigins": ["https://*"], "allowMethods": ["*"], "allowHeaders": ["*"]}
    form = " ".join(f"$context.{name}" for name in HTTP)
    stage = http_compiled(document, accessLogSettings={"format": form}, stageName="test")
    asked = Request(
        verb, "/" + path, "/" + path, query, [header_line(*line) for line in lines], body, "::1", "https", ARRIVED
    )
    scene = Scene(Returned(200, headers("Date: x"), body))
    response = scene.serve(stage, asked)
    assert 200 <= response.status < 600
    assert not any(b"\n" in line[:-2] or b"\r" in line[:-2] for line in response.headers)
    assert len(scene.lines) == stage.counters.requests == 1
    for _, _, head, _, _ in scene.backend.sent:
        first, *rest = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        assert len(first.split(b" ")) == 3 or b" " in path.encode() + query.encode()
        assert all(b":" in line for line in rest)
