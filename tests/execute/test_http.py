"""HTTP: the bytes the backend gets, and the response the client gets of its answer."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.execute.world import Origin, Returned
from gatewright.values.faults import NetworkFault, NetworkFaultKind
from tests.execute.stage import CHOSEN_ID, Scene, headers, method, one, plan, request, shown

TRACE = "X-Amzn-Trace-Id: Root=1-6553f100-aaaaaaaaaaaaaaaaaaaaaaaa;Parent=bbbbbbbbbbbbbbbb;Sampled=1"
TRACED = TRACE.encode() + b"\r\n"
JSON = b"Content-Type: application/json\r\n"
DEFAULTS = ["Accept: application/json", "User-Agent: AmazonAPIGateway_abcdef1234"]
OWN = [TRACE, "X-Amzn-Apigateway-Api-Id: abcdef1234"]
OK = Returned(200, headers("Content-Type: text/plain", "X-Dropped: 1"), b"hi")


def http(uri: str = "http://backend.test/base", **rest: Any) -> dict[str, Any]:
    return {"type": "HTTP", "httpMethod": "POST", "uri": uri, "integrationResponses": {"200": {}}, **rest}


def sent(integration: dict[str, Any], target: str = "/", *lines: str, body: bytes = b"") -> tuple[list[str], bytes]:
    """The head and the body that the backend got."""
    scene = Scene(OK)
    response = scene.serve(one(integration, verb="ANY"), request("POST", target, TRACE, *lines, body=body))
    assert response.status == 200, response
    return scene.backend.head, scene.backend.sent[0][3]


def answer(integration: dict[str, Any], returned: Returned | Exception, *lines: str) -> tuple[int, list[bytes], bytes]:
    return shown(Scene(returned).serve(one(integration), request("GET", "/", CHOSEN_ID, TRACE, *lines)))


def internal_error(kind: bytes = b"InternalServerErrorException") -> tuple[int, list[bytes], bytes]:
    return 500, [b"x-amzn-ErrorType: " + kind + b"\r\n", JSON], b'{"message": "Internal server error"}'


def test_only_what_is_mapped_reaches_the_backend():
    client = ["Host: api.test", "Accept: */*", "User-Agent: curl", "X-Client: 1", "Cookie: a=1"]
    assert sent(http(httpMethod="GET"), "/?a=1", *client, body=b"text") == (
        ["GET /base HTTP/1.1", "Host: backend.test", *DEFAULTS, *OWN],
        b"",  # a body for GET is not sent
    )
    assert sent(http(), "/?a=1", *client, body=b"text") == (
        [
            *("POST /base HTTP/1.1", "Host: backend.test", *DEFAULTS, "Content-Type: application/json", *OWN),
            "Content-Length: 4",
        ],
        b"text",
    )
    assert sent(http(httpMethod="ANY"), "/", "Content-Type: image/png")[0][-4:] == [
        *("Content-Type: image/png", *OWN),
        "Content-Length: 0",
    ]


def test_a_type_that_is_no_ascii_goes_on_as_it_came():
    assert "Content-Type: text/é" in sent(http(), "/", "Content-Type: text/\xc3\xa9")[0]


def test_mapped_parameters():
    mapping = {
        "integration.request.path.id": "method.request.body.user.id",
        "integration.request.querystring.q": "method.request.multivaluequerystring.q",
        "integration.request.querystring.stage": "context.stage",
        "integration.request.querystring.none": "method.request.querystring.none",
        "integration.request.header.X-Many": "method.request.multivalueheader.X-Many",
        "integration.request.header.accept": "'text/plain'",
        "integration.request.header.Content-Type": "'text/csv'",
        "integration.request.header.Via": "'dropped'",
        "integration.request.header.Host": "'other.test'",
        "integration.request.header.Authorization": "method.request.header.X-Auth",
    }
    given = ["X-Many: 1", "X-Many: 2", "X-Auth: secret"]
    body = b'{"user": {"id": "a/b ?"}}'
    head, passed = sent(
        http("http://backend.test/u/{id}?k=v", requestParameters=mapping), "/?q=1&q=%26", *given, body=body
    )
    assert head == [
        "POST /u/a/b%20%3F?k=v&q=1&q=%26&stage=prod HTTP/1.1",
        *("X-Many: 1,2", "accept: text/plain", "Content-Type: text/csv", "Host: other.test", "Authorization: secret"),
        *("User-Agent: AmazonAPIGateway_abcdef1234", *OWN, "Content-Length: 25"),
    ]
    assert passed == body


def test_broken_json_that_is_mapped_from_is_the_clients_fault():
    mapping = {"integration.request.header.x": "method.request.body.a"}
    scene = Scene(OK)
    stage = one(http(requestParameters=mapping), verb="POST")
    assert shown(scene.serve(stage, request("POST", "/", CHOSEN_ID, body=b"{broken"))) == (
        400,
        [b"x-amzn-ErrorType: BadRequestException\r\n", JSON],
        b'{"message": "Invalid JSON in request body"}',
    )
    assert scene.backend.sent == []


@pytest.mark.parametrize(
    "integration",
    [
        http("http://backend.test/{id}"),
        http("http://${stageVariables.absent}/"),
        http("ftp://backend.test/"),
        *(
            http(requestParameters={f"integration.request.header.{name}": "'x'"})
            for name in ("Content-Length", "transfer-encoding", "X-Amzn-Trace-Id", "X-Amzn-Apigateway-Api-Id")
        ),
        http(requestParameters={"integration.request.header.x": "method.request.querystring.evil"}),
    ],
)
def test_what_cannot_be_sent_is_500_and_never_sent(integration: dict[str, Any]):
    scene = Scene(OK)
    response = scene.serve(one(integration), request("GET", "/?evil=1%0d%0aX-Evil:%201", CHOSEN_ID))
    assert shown(response) == internal_error()
    assert scene.backend.sent == []


def test_the_status_selects_the_response_and_headers_are_mapped():
    parameters = {
        "method.response.header.Location": "integration.response.header.location",
        "method.response.header.X-All": "integration.response.multivalueheader.X-Two",
        "method.response.header.X-Body": "integration.response.body.a[0].b",
        "method.response.header.X-None": "integration.response.body.none",
        "method.response.header.X-Static": "'s'",
        "method.response.header.X-Id": "context.requestId",
        "method.response.header.Date": "integration.response.header.Date",
    }
    integration = http(
        integrationResponses={"200": {}, "302": {"selectionPattern": r"3\d\d", "responseParameters": parameters}}
    )
    returned = Returned(301, headers("Location: /a", "X-Two: 1", "x-two: 2", "Date: d"), b'{"a": [{"b": 7}]}')
    assert answer(integration, returned) == (
        302,
        [
            *(b"Location: /a\r\n", b"X-All: 1,2\r\n", b"X-Body: 7\r\n", b"X-Static: s\r\n"),
            *(b"X-Id: 11111111-2222-4333-8444-555555555555\r\n", b"x-amzn-Remapped-Date: d\r\n", JSON, TRACED),
        ],
        b'{"a": [{"b": 7}]}',
    )
    assert answer(integration, OK) == (200, [JSON, TRACED], b"hi")
    only = http(integrationResponses={"302": {"selectionPattern": r"3\d\d"}})
    assert answer(only, OK) == internal_error()


def test_broken_json_that_a_backend_returned_is_500():
    integration = http(
        integrationResponses={
            "200": {"responseParameters": {"method.response.header.x": "integration.response.body.a"}}
        }
    )
    assert answer(integration, Returned(200, (), b"{broken")) == internal_error(b"InternalFailureException")
    assert answer(integration, Returned(200, (), b"text")) == (200, [JSON, TRACED], b"text")


REMAPPED = [
    *("authorization", "connection", "content-length", "content-md5", "date", "expect", "host", "keep-alive"),
    *("max-forwards", "proxy-authenticate", "server", "trailer", "upgrade", "user-agent", "www-authenticate"),
    "x-amzn-RequestId",
]
KEPT = [
    *("Accept", "Accept-Charset", "Accept-Encoding", "Age", "Content-Encoding", "Content-Type", "Pragma", "Range"),
    *("Referer", "TE", "Via", "Warn", "Set-Cookie", "X-Any"),
]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        *((name, f"x-amzn-Remapped-{name}: v\r\n".encode()) for name in REMAPPED),
        *((name, f"{name}: v\r\n".encode()) for name in KEPT),
        ("Transfer-Encoding", None),
        ("x-amz-apigw-id", None),
    ],
)
def test_the_names_of_mapped_headers(name: str, line: bytes | None):
    """The table of remapped headers, as recorded for HTTP and AWS."""
    parameters = {f"method.response.header.{name}": "'v'"}
    _, lines, _ = answer(http(integrationResponses={"200": {"responseParameters": parameters}}), OK)
    typed = [] if name == "Content-Type" else [JSON]
    assert lines == [*([line] if line else []), *typed, TRACED]


def test_a_trace_that_is_mapped_takes_the_place_of_the_gateway_s():
    parameters = {"method.response.header.X-Amzn-Trace-Id": "integration.response.header.X-Amzn-Trace-Id"}
    integration = http(integrationResponses={"200": {"responseParameters": parameters}})
    theirs = Returned(200, headers("X-Amzn-Trace-Id: Root=theirs"), b"")
    assert answer(integration, theirs)[1] == [b"X-Amzn-Trace-Id: Root=theirs\r\n", JSON]
    assert answer(integration, OK)[1] == [JSON, TRACED]


@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        ("connect", 504, b"Network error communicating with endpoint"),
        ("tls", 504, b"Network error communicating with endpoint"),
        ("timeout", 504, b"Endpoint request timed out"),
        ("too_large", 500, b"Internal server error"),
    ],
)
def test_faults(kind: NetworkFaultKind, status: int, message: bytes):
    assert answer(http(), NetworkFault(kind, "because")) == (
        status,
        [b"x-amzn-ErrorType: InternalServerErrorException\r\n", JSON],
        b'{"message": "%b"}' % message,
    )


def test_where_it_goes_and_for_how_long():
    insecure = {"insecureSkipVerification": True}
    scene = Scene(OK)
    stage = plan(
        {"/": {"GET": method(http("https://${stageVariables.host}/", tlsConfig=insecure, timeoutInMillis=50))}},
        variables={"host": "b.test:8443"},
    )
    scene.serve(stage, request())
    ((origin, verb, _, _, timeout),) = scene.backend.sent
    assert (origin, verb, timeout) == (Origin("b.test", 8443, tls=True, verify=False), "POST", 0.05)


@settings(deadline=None)
@given(st.binary(max_size=60), st.text(max_size=20), st.sampled_from(["application/json", "text/plain", "image/png"]))
def test_whatever_a_client_sends_makes_whole_requests_or_is_refused(body: bytes, value: str, content_type: str):
    mapping = {
        "integration.request.header.X-Query": "method.request.querystring.q",
        "integration.request.header.X-Body": "method.request.body.a",
        "integration.request.querystring.q": "method.request.multivaluequerystring.q",
        "integration.request.path.id": "method.request.querystring.q",
    }
    returned = {"method.response.header.X-Body": "integration.response.body..a"}
    integration = http(
        "http://backend.test/{id}",
        requestParameters=mapping,
        integrationResponses={"200": {"responseParameters": returned}},
        requestTemplates={"text/plain": "$input.json('$')$input.params()$util.escapeJavaScript($input.body)"},
    )
    scene = Scene(Returned(200, headers(f"Content-Type: {content_type}"), body))
    lines = [f"Content-Type: {content_type}", CHOSEN_ID]
    target = f"/?q={quote(value)}&q={quote(value, safe='')}"
    status, answered, _ = shown(scene.serve(one(integration, verb="POST"), request("POST", target, *lines, body=body)))
    assert status in (200, 400, 500)
    for line in answered:
        assert re.fullmatch(rb"[A-Za-z0-9-]+: [^\x00-\x08\x0a-\x1f\x7f]*\r\n", line)
    for _, _, head, _, _ in scene.backend.sent:
        request_line, *fields = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        assert re.fullmatch(rb"POST /[!-~]* HTTP/1\.1", request_line)
        assert all(re.fullmatch(rb"[A-Za-z0-9-]+: [^\x00-\x08\x0a-\x1f\x7f]*", field) for field in fields)
