"""HTTP_PROXY of HTTP APIs: the bytes a backend gets, the response a client gets, and each fault."""

from dataclasses import replace
from typing import Any

import pytest

from gatewright.execute.network import Address, Network
from gatewright.execute.world import Origin, Returned, ReturnedStream
from gatewright.values.faults import NetworkFault, NetworkFaultKind
from gatewright.values.headers import pairs
from gatewright.values.response import StreamedResponse
from gatewright.values.stream import Pipe
from tests.execute.http_stage import BACKEND, http_compiled, http_plan, http_snapshot, seen
from tests.execute.stage import Backend, Document, Scene, headers, request

OK = Returned(200, headers("Content-Type: text/plain"), b"hi")
TRACE = "X-Amzn-Trace-Id: Root=1-6553f100-aaaaaaaaaaaaaaaaaaaaaaaa;Parent=bbbbbbbbbbbbbbbb;Sampled=1"
HOST = "Host: abc.execute-api.eu-west-1.amazonaws.com"
FORWARDED = "Forwarded: by=unknown;for=192.0.2.7;host=abc.execute-api.eu-west-1.amazonaws.com;proto=http"
VIA = "Via: HTTP/1.1 AmazonAPIGateway"


def proxy(uri: str = "http://backend.test", **rest: Any) -> Document:
    return {**BACKEND, "integrationUri": uri, **rest}


def sent(key: str, integration: Document, target: str, *lines: str, method: str = "GET", **stage: Any) -> list[str]:
    """The head for a request to an API with this one route."""
    scene = Scene(OK)
    path = target.partition("?")[0].removeprefix(f"/{stage.get('stageName', '')}")
    asked = request(method, target, TRACE, HOST, *lines)
    response = scene.serve(http_plan({key: integration}, **stage), asked, path if stage.get("stageName") else None)
    assert response.status == 200, response
    return scene.backend.head


def test_a_whole_exchange():
    scene = Scene(
        Returned(
            201,
            headers(
                "Content-Type: text/plain",
                "Server: nginx",
                "WWW-Authenticate: Basic",
                "Date: x",
                "Via: 1.1 x",
                "x-two: 1",
                "X-Two: 2",
                "Content-Encoding: gzip",
                "Content-Length: 4",
            ),
            b"made",
        )
    )
    stage = http_plan({"POST /pets": proxy("https://backend.test:8443/base?k=1", timeoutInMillis=1500)})
    lines = [
        HOST,
        "X-Own: A",
        "accept: */*",
        "Content-Length: 4",
        "x-own: b",
        "User-Agent: curl/8",
        "Content-Encoding: gzip",
    ]
    response = scene.serve(stage, request("POST", "/pets?q=%20&q=2", TRACE, *lines, body=b"data"))
    assert seen(response) == (
        201,
        [
            b"Content-Type: text/plain\r\n",
            b"Server: nginx\r\n",
            b"WWW-Authenticate: Basic\r\n",
            b"Via: 1.1 x\r\n",
            b"x-two: 1\r\n",
            b"X-Two: 2\r\n",
            b"Content-Encoding: gzip\r\n",
        ],
        b"made",
    )
    expected = [
        "POST /base?k=1&q=%20&q=2 HTTP/1.1",
        "Host: backend.test:8443",
        FORWARDED,
        VIA,
        TRACE,
        "Content-Length: 4",
        "X-Own: A",
        "accept: */*",
        "x-own: b",
        "User-Agent: curl/8",
        "Content-Encoding: gzip",
        *("", ""),
    ]
    origin = Origin("backend.test", 8443, tls=True, verify=True)
    assert scene.backend.sent == [(origin, "POST", "\r\n".join(expected).encode(), b"data", 1.5)]


def test_the_least_request():
    assert sent("GET /", proxy(), "/") == ["GET / HTTP/1.1", "Host: backend.test", FORWARDED, VIA, TRACE]
    assert sent("PUT /", proxy(), "/", method="PUT")[-1] == "Content-Length: 0"
    scene = Scene(OK)
    scene.serve(http_plan({"GET /": {**proxy(), "integrationMethod": "POST", "timeoutInMillis": None}}), request())
    ((_, verb, _, _, timeout),) = scene.backend.sent
    assert (verb, timeout, scene.backend.head[0]) == ("POST", 30.0, "POST / HTTP/1.1")


def test_headers_that_do_not_pass():
    dropped = [
        *("Connection: close", "Keep-Alive: timeout=5", "Expect: 100-continue", "TE: trailers", "Trailer: x"),
        *("Transfer-Encoding: chunked", "Upgrade: h2c", "Proxy-Authenticate: x", "Content-Length: 0"),
        *("X-Forwarded-Port: 1", "Authorization: AWS4-HMAC-SHA256 Credential=x"),
    ]
    kept = ["Authorization: Bearer x", "Cookie: a=b", "Date: x", "Origin: http://x", "Content-Encoding: br"]
    assert sent("GET /", proxy(), "/", *dropped, *kept)[5:] == kept


@pytest.mark.parametrize(
    ("lines", "before"),
    [
        (["Forwarded: for=203.0.113.9;proto=https"], "for=203.0.113.9;proto=https, "),
        (["X-Forwarded-For: 203.0.113.9, 198.51.100.1"], "for=203.0.113.9, for=198.51.100.1, "),
        (["X-Forwarded-For: 203.0.113.9", "X-Forwarded-For: 2001:db8::1"], 'for=203.0.113.9, for="[2001:db8::1]", '),
        (["X-Forwarded-Host: a.test", "X-Forwarded-Proto: https"], "host=a.test;proto=https, "),
        (
            ["X-Forwarded-For: 1.2.3.4, 5.6.7.8", "X-Forwarded-Host: a.test:81"],
            'for=1.2.3.4;host="a.test:81", for=5.6.7.8, ',
        ),
        (['X-Forwarded-For: a";proto=evil'], 'for="a\\";proto=evil", '),
        (["Forwarded: for=_x", "X-Forwarded-For: 1.2.3.4"], "for=_x, for=1.2.3.4, "),
        (['Forwarded: for="a\\"b, c";by=d'], 'for="a\\"b, c";by=d, '),
        (['Forwarded: for="_x'], ""),  # an open quote would hide the gateway's own element
        (['Forwarded: for="_x\\"'], ""),
    ],
)
def test_what_the_client_says_of_its_proxies_comes_first(lines: list[str], before: str):
    made = sent("GET /", proxy(), "/", *lines)
    assert made == ["GET / HTTP/1.1", "Host: backend.test", FORWARDED.replace("by=", before + "by="), VIA, TRACE]


def test_a_client_behind_another_gateway_and_a_host_with_a_port():
    scene = Scene(OK)
    asked = request("GET", "/", TRACE, "Host: [::1]:4566", "Via: 1.1 a", "Via: 1.0 b")._replace(source_ip="::1")
    scene.serve(http_plan({"GET /": proxy()}), asked)
    assert scene.backend.head[2:4] == [
        'Forwarded: by=unknown;for="[::1]";host="[::1]:4566";proto=http',
        "Via: 1.1 a, 1.0 b, HTTP/1.1 AmazonAPIGateway",
    ]


@pytest.mark.parametrize(
    ("key", "uri", "target", "made"),
    [
        ("GET /pets", "http://b.test", "/pets", "/"),
        ("GET /pets", "http://b.test/x/", "/pets?a=1", "/x/?a=1"),
        ("GET /pets/{id}", "http://b.test/p/{id}", "/pets/6", "/p/6"),
        ("GET /pets/{id}", "http://b.test/p?id={id}", "/pets/a%2Fb%26c?d=e", "/p?id=a%2Fb%26c&d=e"),
        ("GET /pets/{id}/{toy}", "http://b.test/{toy}/{id}", "/pets/1/2", "/2/1"),
        ("ANY /pets/{proxy+}", "http://b.test/all/{proxy}", "/pets/1/2/?x=y", "/all/1/2/?x=y"),
        ("ANY /{rest+}", "http://b.test/{rest}", "/a//b%20c", "/a//b%20c"),
        ("ANY /{rest+}", "http://b.test/fixed", "/a/b", "/fixed"),
        ("$default", "http://b.test", "/", "/"),
        ("$default", "http://b.test", "/a/b/?c=d", "/a/b/?c=d"),
        ("$default", "http://b.test/base/", "/a", "/base/a"),
        ("GET /v", "http://b.test/${stageVariables.where}", "/v", "/here"),
    ],
)
def test_where_a_request_goes(key: str, uri: str, target: str, made: str):
    assert sent(key, proxy(uri), target, stageVariables={"where": "here"})[0] == f"GET {made} HTTP/1.1"


def test_the_stage_is_no_part_of_the_path_of_a_public_endpoint():
    assert sent("$default", proxy(), "/test/a", stageName="test")[0] == "GET /a HTTP/1.1"
    assert sent("$default", proxy(), "/test", stageName="test")[0] == "GET / HTTP/1.1"
    assert sent("$default", proxy("http://b.test/base"), "/test", stageName="test")[0] == "GET /base HTTP/1.1"


def test_an_answer_to_head_keeps_its_length():
    scene = Scene(Returned(200, headers("Content-Length: 5", "X-Own: 1"), b""))
    answer = scene.serve(http_plan({"HEAD /": proxy()}), request("HEAD", "/"))
    assert seen(answer) == (200, [b"X-Own: 1\r\n", b"Content-Length: 5\r\n"], b"")


def test_a_length_of_head_is_none_of_get():
    scene = Scene(Returned(200, headers("Content-Length: 5"), b""))
    answer = scene.serve(http_plan({"GET /": proxy(integrationMethod="HEAD")}), request())
    assert seen(answer) == (200, [], b"")


@pytest.mark.parametrize(
    ("integration", "cause"),
    [
        (proxy("http://b.test/{nothing}"), "Invalid endpoint address: the route has no variable nothing"),
        (proxy("ftp://b.test"), "Invalid endpoint address: not an http or https address: ftp://b.test"),
        (proxy(tlsConfig={"serverNameToVerify": "in.test"}), "no certificate to verify for in.test"),
        (proxy("http://${stageVariables.no}"), "Invalid endpoint address: the stage has no variable no"),
        (proxy(requestParameters={"overwrite:header.x": "$request.nothing"}), "$request.nothing"),
        (proxy(requestParameters={"overwrite:header.Via": "x"}), "Operations on header Via are restricted"),
        (proxy(requestParameters={"integration.request.header.x": "'x'"}), "integration.request.header.x"),
        (proxy(responseParameters={"200": {"overwrite:querystring.x": "x"}}), "overwrite:querystring.x"),
        (proxy(connectionType="VPC_LINK", connectionId="v1"), "there is no working VPC link v1"),
    ],
)
def test_what_is_misconfigured_is_500_for_that_route_alone(
    integration: Document, cause: str, caplog: pytest.LogCaptureFixture
):
    scene = Scene(OK)
    stage = http_plan({"GET /bad": integration, "GET /good": proxy()})
    answer = scene.serve(stage, request("GET", "/bad"))
    assert seen(answer) == (500, [b"content-type: application/json\r\n"], b'{"message":"Internal Server Error"}')
    assert cause in caplog.text
    assert scene.serve(stage, request("GET", "/good")).status == 200


@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        ("timeout", 503, "Service Unavailable"),
        ("connect", 503, "Service Unavailable"),
        ("tls", 503, "Service Unavailable"),
        ("closed", 503, "Service Unavailable"),
        ("malformed", 503, "Service Unavailable"),
        ("too_large", 500, "Internal Server Error"),
    ],
)
def test_faults(kind: NetworkFaultKind, status: int, message: str):
    form = "$context.requestId $context.status $context.error.message"
    scene = Scene(NetworkFault(kind, "why"))
    answer = scene.serve(http_plan({"GET /": proxy()}, accessLogSettings={"format": form}), request())
    assert seen(answer) == (status, [b"content-type: application/json\r\n"], f'{{"message":"{message}"}}'.encode())
    ((_, line),) = scene.lines
    assert line.decode().split(" ", 1)[1] == f"{status} {message}"


# What comes in pieces


def test_a_body_without_its_length_goes_on_as_it_comes():
    pipe = Pipe()
    scene = Scene(ReturnedStream(200, headers("Content-Type: text/event-stream", "Transfer-Encoding: chunked"), pipe))
    form = "$context.requestId $context.responseLength $context.integration.latency $context.dataProcessed"
    plan = http_plan({"GET /events": proxy(timeoutInMillis=20000)}, accessLogSettings={"format": form})
    response = scene.serve(plan, request("GET", "/events"))
    assert isinstance(response, StreamedResponse)
    assert (response.status, response.length, response.pace.idle) == (200, None, 20.0)
    assert pairs(response.headers)[0] == ("Content-Type", "text/event-stream")
    assert plan.counters.requests == 0
    pipe.push(b"data: 1\n\n")
    assert drained(response) == b"data: 1\n\n"
    pipe.end_with(b"data: 2\n\n")
    assert drained(response) == b"data: 2\n\n"
    response.body.close()
    assert plan.counters.requests == 1
    assert scene.lines[0][1].split()[1] == b"18"


def test_a_body_that_mapping_reads_is_waited_for():
    class Both(Backend):
        async def forward(self, *_: Any) -> ReturnedStream:
            raise AssertionError

    scene = Scene()
    scene.world = replace(scene.world, http=Both(Returned(200, headers(), b'{"a": 1}')))
    mapped = {"200": {"overwrite:header.x-a": "$response.body.a"}}
    answer = scene.serve(http_plan({"GET /": proxy(responseParameters=mapped)}), request())
    assert seen(answer) == (200, [b"x-a: 1\r\n"], b'{"a": 1}')


def drained(response: StreamedResponse) -> bytes:
    """The next piece of a body whose piece is there."""
    reading = response.body.read().__await__()
    try:
        next(reading)
    except StopIteration as end:
        return end.value
    raise AssertionError("nothing is there")


# Private integrations

LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/my-lb/1/2"
SERVICE = "arn:aws:servicediscovery:eu-west-1:123456789012:service/srv-id?stage=prod"
NETWORK = Network(
    links={"v1": {"vpcLinkId": "v1", "vpcLinkStatus": "AVAILABLE"}, "v2": {"vpcLinkStatus": "FAILED"}},
    targets={LISTENER: Address("10.0.0.5", 8080), SERVICE: Address("10.0.0.6", 8081)},
)


def private(uri: str = LISTENER, **rest: Any) -> Document:
    return proxy(uri, connectionType="VPC_LINK", connectionId="v1", **rest)


def reached(integration: Document, key: str = "GET /pets/{id}", **stage: Any) -> tuple[Origin, list[str]]:
    scene = Scene(OK)
    plan = http_compiled(http_snapshot({key: integration}), NETWORK, **stage)
    assert scene.serve(plan, request("GET", "/pets/1?a=b", TRACE, HOST)).status == 200
    return scene.backend.sent[0][0], scene.backend.head


def test_a_private_integration_gets_the_path_with_its_stage_and_the_clients_host():
    assert reached(private(), stageName="test") == (
        Origin("10.0.0.5", 8080, tls=False),
        ["GET /test/pets/1?a=b HTTP/1.1", HOST, FORWARDED, VIA, TRACE],
    )
    assert reached(private())[1][0] == "GET /pets/1?a=b HTTP/1.1"
    assert reached(private(SERVICE), "$default")[0] == Origin("10.0.0.6", 8081, tls=False)


def test_a_private_integration_may_have_another_path_and_tls():
    mapped = private(requestParameters={"overwrite:path": "$request.path"}, tlsConfig={"serverNameToVerify": "in.test"})
    origin, lines = reached(mapped, stageName="test")
    assert origin == Origin("10.0.0.5", 8080, tls=True, name="in.test")
    assert lines[0] == "GET /pets/1?a=b HTTP/1.1"


@pytest.mark.parametrize(
    "integration", [private("arn:aws:x:y"), private(SERVICE.partition("?")[0]), {**private(), "connectionId": "v2"}]
)
def test_what_a_node_does_not_know_is_not_reached(integration: Document):
    plan = http_compiled(http_snapshot({"GET /": integration}), NETWORK)
    assert Scene(OK).serve(plan, request()).status == 500
