"""HTTP_PROXY: the bytes the backend gets, the response the client gets, and each fault."""

from typing import Any

import pytest

from gatewright.execute.world import Origin, Returned
from gatewright.values.faults import NetworkFault, NetworkFaultKind
from tests.execute.stage import CHOSEN_ID, REQUEST_ID, Scene, headers, method, one, plan, request, shown

OK = Returned(200, headers("Content-Type: text/plain"), b"hi")
TRACE = "X-Amzn-Trace-Id: Root=1-6553f100-aaaaaaaaaaaaaaaaaaaaaaaa;Parent=bbbbbbbbbbbbbbbb;Sampled=1"
OWN = [
    "X-Forwarded-For: 192.0.2.7",
    "X-Forwarded-Port: 80",
    "X-Forwarded-Proto: http",
    TRACE,
]
BOTH_DEFAULTS = ["Accept: application/json", "User-Agent: AmazonAPIGateway_abcdef1234"]
API_ID = "X-Amzn-Apigateway-Api-Id: abcdef1234"


def proxy(uri: str = "http://backend.test/base", **rest: Any) -> dict[str, Any]:
    return {"type": "HTTP_PROXY", "httpMethod": "ANY", "uri": uri, **rest}


def sent(integration: dict[str, Any], method: str = "GET", target: str = "/", *lines: str, **rest: Any) -> list[str]:
    """The head for a request to a stage with this one method at the root."""
    scene = Scene(OK)
    response = scene.serve(one(integration, verb="ANY", **rest), request(method, target, TRACE, *lines))
    assert response.status == 200, response
    return scene.backend.head


def test_a_whole_exchange():
    scene = Scene(Returned(201, headers("Content-Type: text/plain", "X-Two: 1", "x-two: 2"), b"made"))
    stage = one(proxy("https://backend.test:8443/base?k=1", timeoutInMillis=1500), verb="POST")
    lines = ["Host: abc.test:4566", "X-Own: A", "accept: */*", "Content-Length: 4", "x-own: b", "User-Agent: curl/8"]
    asked = request("POST", "/?q=%20&q=2", CHOSEN_ID, TRACE, *lines, body=b"data")
    assert shown(scene.serve(stage, asked)) == (
        201,
        [b"Content-Type: text/plain\r\n", b"X-Two: 1\r\n", b"x-two: 2\r\n"],
        b"made",
    )
    expected = [
        "POST /base?k=1&q=%20&q=2 HTTP/1.1",
        "Host: backend.test:8443",
        *("X-Forwarded-For: 192.0.2.7", "X-Forwarded-Port: 4566", "X-Forwarded-Proto: http"),
        TRACE,
        API_ID,
        "Content-Type: application/json",
        "Content-Length: 4",
        CHOSEN_ID,
        "X-Own: A",
        "accept: */*",
        "x-own: b",
        "User-Agent: curl/8",
        *("", ""),
    ]
    origin = Origin("backend.test", 8443, tls=True, verify=True)
    assert scene.backend.sent == [(origin, "POST", "\r\n".join(expected).encode(), b"data", 1.5)]


def test_the_least_request():
    assert sent(proxy("http://backend.test")) == [
        "GET / HTTP/1.1",
        "Host: backend.test",
        *OWN,
        *BOTH_DEFAULTS,
        API_ID,
    ]


def test_request_headers_that_do_not_pass():
    dropped = [
        *("Connection: close", "Keep-Alive: timeout=5", "Content-MD5: x", "Expect: 100-continue", "Max-Forwards: 1"),
        *("Proxy-Authenticate: x", "Server: x", "TE: trailers", "Trailer: x", "Upgrade: h2c", "WWW-Authenticate: x"),
        *("Transfer-Encoding: chunked", "Via: 1.1 x", "Content-Encoding: gzip", "Host: x", "Content-Length: 0"),
        "Authorization: AWS4-HMAC-SHA256 Credential=x",
    ]
    kept = ["Authorization: Bearer x", "Cookie: a=b", "Date: x", "Referer: x", "Range: bytes=0-1"]
    assert sent(proxy(), "GET", "/", *dropped, *kept)[-len(kept) :] == kept
    assert len(sent(proxy(), "GET", "/", *dropped)) == 2 + len(OWN) + len(BOTH_DEFAULTS) + 1


def test_forwarded_headers_are_the_gateways_own():
    lines = ["X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: gopher", "x-forwarded-port: 1", "Host: [::1]:4566"]
    assert sent(proxy(), "GET", "/", *lines)[2:5] == [
        "X-Forwarded-For: 203.0.113.9, 192.0.2.7",
        "X-Forwarded-Port: 4566",
        "X-Forwarded-Proto: http",
    ]


def test_a_body_method_without_body_says_so():
    assert sent(proxy(httpMethod="PUT"))[-1] == "Content-Length: 0"
    assert sent(proxy(httpMethod="PUT"))[0] == "PUT /base HTTP/1.1"


def test_path_parameters_and_stage_variables_in_the_uri():
    scene = Scene(OK)
    integration = proxy(
        "http://${stageVariables.host}/v1/{id}/x/{rest}?tag={id}",
        requestParameters={
            "integration.request.path.id": "method.request.path.id",
            "integration.request.path.rest": "method.request.path.proxy",
        },
    )
    stage = one(integration, "/u/{id}/{proxy+}", variables={"host": "10.0.0.1:81"})
    assert scene.serve(stage, request("GET", "/u/a%2Fb/c//d/?n=1", TRACE)).status == 200
    assert scene.backend.head[:2] == ["GET /v1/a%2Fb/x/c//d?tag=a%2Fb&n=1 HTTP/1.1", "Host: 10.0.0.1:81"]


def test_mapped_queries_are_added():
    mapping = {"integration.request.querystring.many": "method.request.multivaluequerystring.a"}
    lines = sent(proxy(requestParameters=mapping), "GET", "/?a=1&a=%26%0d%0a")
    assert lines[0] == "GET /base?a=1&a=%26%0d%0a&many=1&many=%26%0D%0A HTTP/1.1"


def test_a_mapped_header_cannot_smuggle_a_line():
    mapping = {"integration.request.header.x-given": "method.request.querystring.a"}
    scene = Scene(OK)
    response = scene.serve(one(proxy(requestParameters=mapping)), request("GET", "/?a=1%0d%0aX-Evil:%201", CHOSEN_ID))
    assert shown(response) == internal_error()
    assert scene.backend.sent == []


def test_mapped_headers_replace_those_of_the_same_name():
    mapping = {
        "integration.request.header.Host": "'other.test'",
        "integration.request.header.X-Api": "context.apiId",
        "integration.request.header.x-given": "method.request.querystring.a",
        "integration.request.header.x-none": "method.request.header.absent",
        "integration.request.header.Expect": "'dropped'",
    }
    lines = sent(proxy(requestParameters=mapping), "GET", "/?a=1&a=2", "X-Given: client", "X-None: client", "X-API: c")
    assert lines == [
        "GET /base?a=1&a=2 HTTP/1.1",
        *OWN,
        *BOTH_DEFAULTS,
        API_ID,
        "X-None: client",
        *("Host: other.test", "X-Api: abcdef1234", "x-given: 2"),
    ]


def internal_error() -> tuple[int, list[bytes], bytes]:
    lines = [b"x-amzn-ErrorType: InternalServerErrorException\r\n", b"Content-Type: application/json\r\n"]
    return 500, lines, b'{"message": "Internal server error"}'


@pytest.mark.parametrize(
    "integration",
    [
        proxy("http://backend.test/{id}"),
        proxy("http://${stageVariables.absent}/"),
        proxy("ftp://backend.test/"),
        proxy("http://user@backend.test/"),
        proxy("http://backend.test:0/"),
        proxy("http://backend.test:99999/"),
        proxy(""),
        proxy(requestParameters={"integration.request.header.Content-Length": "'1'"}),
        proxy(requestParameters={"integration.request.header.X-Amzn-Trace-Id": "'1'"}),
        proxy(requestParameters={"integration.request.header.x": "method.request.cookie.x"}),
    ],
)
def test_what_cannot_be_sent_is_500_and_never_sent(integration: dict[str, Any]):
    scene = Scene(OK)
    assert shown(scene.serve(one(integration), request("GET", "/", CHOSEN_ID))) == internal_error()
    assert scene.backend.sent == []


def test_response_headers_are_remapped_and_dropped():
    returned = headers(
        *("Date: d", "Server: s", "Content-Length: 2", "Connection: close", "x-amzn-RequestId: r", "User-Agent: u"),
        *("Authorization: a", "WWW-Authenticate: w", "Max-Forwards: 1", "Content-MD5: m"),
        *("Transfer-Encoding: chunked", "Via: v", "Keep-Alive: 5", "Host: h", "TE: t", "Trailer: t", "Upgrade: u"),
        *("Content-Encoding: gzip", "Set-Cookie: a=1", "set-cookie: b=2", "ETag: e", "X-Amzn-Trace-Id: t"),
    )
    scene = Scene(Returned(200, returned, b"hi"))
    assert shown(scene.serve(one(proxy()), request("GET", "/", CHOSEN_ID))) == (
        200,
        [
            *(
                b"x-amzn-Remapped-Date: d\r\n",
                b"x-amzn-Remapped-Server: s\r\n",
                b"x-amzn-Remapped-Content-Length: 2\r\n",
            ),
            *(b"x-amzn-Remapped-Connection: close\r\n", b"x-amzn-Remapped-x-amzn-RequestId: r\r\n"),
            *(b"x-amzn-Remapped-User-Agent: u\r\n", b"x-amzn-Remapped-Authorization: a\r\n"),
            *(b"x-amzn-Remapped-WWW-Authenticate: w\r\n", b"x-amzn-Remapped-Max-Forwards: 1\r\n"),
            b"x-amzn-Remapped-Content-MD5: m\r\n",
            *(b"Content-Encoding: gzip\r\n", b"Set-Cookie: a=1\r\n", b"set-cookie: b=2\r\n", b"ETag: e\r\n"),
            b"X-Amzn-Trace-Id: t\r\n",
        ],
        b"hi",
    )


@pytest.mark.parametrize(
    ("kind", "status", "message", "error_type"),
    [
        ("connect", 504, "Network error communicating with endpoint", "INTEGRATION_FAILURE"),
        ("tls", 504, "Network error communicating with endpoint", "INTEGRATION_FAILURE"),
        ("closed", 504, "Network error communicating with endpoint", "INTEGRATION_FAILURE"),
        ("malformed", 504, "Network error communicating with endpoint", "INTEGRATION_FAILURE"),
        ("timeout", 504, "Endpoint request timed out", "INTEGRATION_TIMEOUT"),
        ("too_large", 500, "Internal server error", "API_CONFIGURATION_ERROR"),
    ],
)
def test_faults(kind: NetworkFaultKind, status: int, message: str, error_type: str):
    scene = Scene(NetworkFault(kind, "because"))
    log_format = "$context.requestId $context.status $context.error.responseType $context.integrationLatency"
    stage = one(proxy(), accessLogSettings={"format": log_format})
    assert shown(scene.serve(stage, request("GET", "/", CHOSEN_ID))) == (
        status,
        [b"x-amzn-ErrorType: InternalServerErrorException\r\n", b"Content-Type: application/json\r\n"],
        f'{{"message": "{message}"}}'.encode(),
    )
    assert scene.lines == [("prod", f"{REQUEST_ID} {status} {error_type} 3".encode())]
    assert stage.counters.server_errors == 1 and stage.counters.integration_latency.count == 1


def test_insecure_skip_verification_reaches_the_client():
    scene = Scene(OK)
    scene.serve(one(proxy("https://backend.test", tlsConfig={"insecureSkipVerification": True})), request())
    assert scene.backend.sent[0][0] == Origin("backend.test", 443, tls=True, verify=False)


@pytest.mark.parametrize(("millis", "seconds"), [(None, 29.0), (50, 0.05), (29_000, 29.0)])
def test_time_limits(millis: int | None, seconds: float):
    scene = Scene(OK)
    scene.serve(one(proxy(timeoutInMillis=millis)), request())
    assert scene.backend.sent[0][4] == seconds


def test_methods_of_one_api_fail_alone():
    stage = plan({"/": {"GET": method(proxy()), "PUT": method(proxy("x"))}})
    scene = Scene(OK)
    assert [scene.serve(stage, request(verb)).status for verb in ("GET", "PUT")] == [200, 500]
