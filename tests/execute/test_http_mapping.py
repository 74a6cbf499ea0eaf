"""Parameter mapping of HTTP APIs: what values are, and what they change, as backends and clients see it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.execute.context import RequestContext
from gatewright.execute.http.mapping import compile_request_mapping, compile_response_mapping
from gatewright.execute.http.parameter_mapping import compile_value
from gatewright.execute.http_api import begin
from gatewright.execute.parameter_mapping import MappingError
from gatewright.execute.world import Returned
from tests.execute.http_stage import BACKEND, http_plan, seen
from tests.execute.stage import Document, Scene, headers, request

TRACE = "X-Amzn-Trace-Id: Root=1-6553f100-aaaaaaaaaaaaaaaaaaaaaaaa;Parent=bbbbbbbbbbbbbbbb;Sampled=1"
BODY = '{"a": {"b": [1, 2]}, "n": 5, "t": true, "s": "ä", "z": null, "o": [{"k": "v"}]}'.encode()
LINES = (
    *("Host: abc.execute-api.eu-west-1.amazonaws.com", "X-One: 1", "x-two: a", "X-Two: b", "User-Agent: cu\trl"),
    *("Authorization: AWS4-HMAC-SHA256 x", "X-Forwarded-For: 203.0.113.9", TRACE),
)


def context(body: bytes = BODY) -> RequestContext:
    plan = http_plan({"ANY /pets/{id}": BACKEND}, stageName="test", stageVariables={"v": "value"})
    asked = request("POST", "/test/pets/6%2F7?q=1&q=a+b&Q=2&e", *LINES, body=body)
    made = begin(plan, asked, "/pets/6%2F7", None)
    made.method, made.path_parameters = plan.routes.find("POST", "/pets/6%2F7")
    return made


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain text", "plain text"),
        ("", ""),
        ("a $ sign, and $5", "a $ sign, and $5"),
        ("$request.header.x-one", "1"),
        ("$request.header.X-TWO", "a,b"),
        ("$request.header.absent", None),
        ("$request.header.authorization", None),  # a signature is for the gateway alone
        ("$request.header.x-forwarded-for", "203.0.113.9, 192.0.2.7"),
        ("$request.header.X-Forwarded-Proto", "http"),
        ("$request.querystring.q", "1,a b"),
        ("$request.querystring.Q", "2"),
        ("$request.querystring.e", ""),
        ("$request.querystring.none", None),
        ("$request.path", "/pets/6%2F7"),
        ("$request.path.id", "6%2F7"),
        ("$request.path.none", None),
        ("$request.body", BODY.decode()),
        ("$request.body.a.b[1]", "2"),
        ("$request.body.a", '{"b":[1,2]}'),
        ("$request.body.n", "5"),
        ("$request.body.t", "true"),
        ("$request.body.s", "ä"),
        ("$request.body.z", None),
        ("$request.body.none", None),
        ("$request.body.o[0].k", "v"),
        ("$context.stage", "test"),
        ("$context.routeKey", "ANY /pets/{id}"),
        ("$context.identity.sourceIp", "192.0.2.7"),
        ("$context.identity.userAgent", "cu\trl"),
        ("$context.path", "/test/pets/6%2F7"),
        ("$context.authorizer.none", None),
        ("$context.nothing", None),
        ("$context.resourcePath", None),  # of REST APIs only
        ("$stageVariables.v", "value"),
        ("$stageVariables.none", None),
        ("${request.path.id}", "6%2F7"),
        ("${request.path.id} ${context.stage}", "6%2F7 test"),
        ("[${request.header.absent}-${stageVariables.v}]", "[-value]"),
        ("Bearer ${request.querystring.Q}", "Bearer 2"),
    ],
)
def test_values(text: str, value: str | None):
    assert compile_value(text, {"v": "value"})(context()) == value


@pytest.mark.parametrize(
    "text",
    [
        *(
            "$request.nothing",
            "$request.header.",
            "$request.header.a b",
            "$response.body",
            "$request.body..a",
            "$nothing",
        ),
        *("$request.body.a[?(@.b)]", "${request.nothing}", "a ${b}", "$stageVariables.a-b", "$request.body.[", "$"),
    ],
)
def test_what_is_no_value(text: str):
    with pytest.raises(MappingError):
        compile_value(text, {})


@pytest.mark.parametrize(
    ("body", "whole", "member"),
    [
        (b"", None, None),
        (b"text", "text", None),
        (b'{"a": ', '{"a": ', None),
        (b"\xff", "\ufffd", None),
        (b'{"a": 1}' + b" " * 102_400, '{"a": 1}' + " " * 102_400, "1"),
        (b" " * 102_400 + b'{"a": 1}', " " * 102_400 + '{"a": 1}', None),  # 100 KB are looked at
    ],
)
def test_bodies(body: bytes, whole: str | None, member: str | None):
    asked = context(body)
    assert (compile_value("$request.body", {})(asked), compile_value("$request.body.a", {})(asked)) == (whole, member)


@given(st.text(max_size=40), st.binary(max_size=40))
def test_no_text_and_no_body_breaks_anything(text: str, body: bytes):
    for each in (text, f"$request.body.{text}", f"${{request.body.{text}}}", f"$context.{text}"):
        try:
            value = compile_value(each, {})
        except MappingError:
            continue
        assert isinstance(value(context(body)), str | None)


def mapped(
    parameters: dict[str, str], target: str = "/pets/6?q=1&r=2&q=3", *lines: str, uri: str = "http://b.test/x"
) -> list[str]:
    """The request line and the client's lines as a backend gets them."""
    scene = Scene(Returned(200, headers(), b""))
    stage = http_plan({"GET /pets/{id}": {**BACKEND, "integrationUri": uri, "requestParameters": parameters}})
    assert scene.serve(stage, request("GET", target, *lines)).status == 200
    first, *rest = scene.backend.head
    return [first, *(line for line in rest if line.partition(":")[0] not in ("Forwarded", "Via", "X-Amzn-Trace-Id"))]


HEAD = ["Host: b.test", "X-A: 1", "x-a: 2", "X-B: 3"]


@pytest.mark.parametrize(
    ("parameters", "lines"),
    [
        ({"append:header.x-a": "n"}, [*HEAD, "x-a: n"]),
        ({"append:header.New": "$request.header.x-b"}, [*HEAD, "New: 3"]),
        ({"overwrite:header.X-a": "$request.path.id"}, ["Host: b.test", "X-B: 3", "X-a: 6"]),
        ({"overwrite:header.x-c": "c"}, [*HEAD, "x-c: c"]),
        ({"remove:header.x-a": "''"}, ["Host: b.test", "X-B: 3"]),
        ({"remove:header.none": ""}, HEAD),
        ({"overwrite:header.x-a": "$request.header.absent"}, HEAD),  # what cannot be had changes nothing
        ({"overwrite:header.x-a": "$request.body"}, HEAD),
        ({"append:header.x-a": "ä"}, [*HEAD, "x-a: ä"]),
        ({"append:header.x-a": "a\r\nEvil: 1"}, HEAD),
        ({"overwrite:header.x-a": "a\r\nEvil: 1"}, ["Host: b.test", "X-B: 3"]),  # nor does the client's own pass for it
        ({"append:header.x-a": "a" * 10_241}, HEAD),
        (
            {"overwrite:header.x-a": "$request.header.x-b", "overwrite:header.x-b": "$request.header.x-a"},
            ["Host: b.test", "x-a: 3", "x-b: 1,2"],
        ),  # all values are read first
        ({"overwrite:header.Host": "other.test"}, ["Host: other.test", *HEAD[1:]]),
        ({"overwrite:header.Host": "$request.header.host"}, ["Host: abc.test", *HEAD[1:]]),
        ({"overwrite:header.host": "$request.header.absent"}, HEAD),
        ({"remove:header.host": ""}, HEAD),
    ],
)
def test_headers_of_a_request(parameters: dict[str, str], lines: list[str]):
    assert mapped(parameters, "/pets/6", "Host: abc.test", *HEAD[1:])[1:] == lines


def test_a_mapped_host_is_not_the_one_that_the_client_called():
    scene = Scene(Returned(200, headers(), b""))
    parameters = {"overwrite:header.host": "other.execute-api.test"}
    log = {"format": "$context.requestId $context.domainName"}
    stage = http_plan({"GET /": {**BACKEND, "requestParameters": parameters}}, accessLogSettings=log)
    scene.serve(stage, request("GET", "/", "Host: a.execute-api.b"))
    assert b"Forwarded: by=unknown;for=192.0.2.7;host=a.execute-api.b;proto=http\r\n" in scene.backend.sent[0][2]
    assert scene.lines[0][1].endswith(b" a.execute-api.b")


@pytest.mark.parametrize(
    ("parameters", "target"),
    [
        ({"append:querystring.q": "$request.path.id"}, "/x?q=1&r=2&q=3&q=6"),
        ({"overwrite:querystring.q": "a b&c"}, "/x?r=2&q=a%20b%26c"),
        ({"overwrite:querystring.q": "a\r\nb"}, "/x?r=2&q=a%0D%0Ab"),
        ({"remove:querystring.q": "''"}, "/x?r=2"),
        ({"remove:querystring.q": "", "remove:querystring.r": ""}, "/x"),
        ({"overwrite:querystring.q": "$request.querystring.none"}, "/x?q=1&r=2&q=3"),
        ({"overwrite:path": "$request.path"}, "/pets/6?q=1&r=2&q=3"),
        ({"overwrite:path": "fixed/${request.path.id}"}, "/fixed/6?q=1&r=2&q=3"),
        ({"overwrite:path": "/a\r\nHost: x"}, "/a%0D%0AHost:%20x?q=1&r=2&q=3"),
        ({"overwrite:path": "/a b?c#"}, "/a%20b%3Fc%23?q=1&r=2&q=3"),
        ({"overwrite:path": "$request.header.none"}, "/x?q=1&r=2&q=3"),
    ],
)
def test_query_and_path_of_a_request(parameters: dict[str, str], target: str):
    assert mapped(parameters)[0] == f"GET {target} HTTP/1.1"


def answered(parameters: dict[str, dict[str, str]], status: int = 200, **rest: Any) -> tuple[int, list[bytes], bytes]:
    integration: Document = {**BACKEND, "responseParameters": parameters, **rest}
    answer = Returned(status, headers("X-A: 1", "x-a: 2", "X-B: 3"), b'{"a": "in"}')
    scene = Scene(answer)
    return seen(scene.serve(http_plan({"GET /": integration}, stageVariables={"v": "value"}), request()))


SAME = [b"X-A: 1\r\n", b"x-a: 2\r\n", b"X-B: 3\r\n"]
SAID = b'{"a": "in"}'


@pytest.mark.parametrize(
    ("parameters", "answer"),
    [
        ({"500": {"overwrite:statuscode": "403"}}, (200, SAME, SAID)),
        ({"200": {"overwrite:statuscode": "403"}}, (403, SAME, SAID)),
        ({"200": {"overwrite:statuscode": "204"}}, (204, SAME, b"")),
        ({"200": {"overwrite:statuscode": "$response.header.x-b"}}, (200, SAME, SAID)),
        ({"200": {"overwrite:statuscode": "99"}}, (200, SAME, SAID)),
        ({"200": {"overwrite:header.x-a": "$response.header.X-A"}}, (200, [b"X-B: 3\r\n", b"x-a: 1,2\r\n"], SAID)),
        ({"200": {"append:header.x-c": "$response.body.a"}}, (200, [*SAME, b"x-c: in\r\n"], SAID)),
        ({"200": {"append:header.x-c": "$response.body"}}, (200, [*SAME, b'x-c: {"a": "in"}\r\n'], SAID)),
        (
            {"200": {"append:header.x-c": "${stageVariables.v}/${context.stage}"}},
            (200, [*SAME, b"x-c: value/$default\r\n"], SAID),
        ),
        ({"200": {"remove:header.x-a": ""}}, (200, [b"X-B: 3\r\n"], SAID)),
        ({"200": {"append:header.x-c": "$response.header.none"}}, (200, SAME, SAID)),
        ({"200": {"overwrite:header.Date": "x", "append:header.trailer": "x"}}, (200, SAME, SAID)),  # the server's own
    ],
)
def test_responses(parameters: dict[str, dict[str, str]], answer: tuple[int, list[bytes], bytes]):
    assert answered(parameters) == answer


@pytest.mark.parametrize(
    "target",
    [
        *("header.x", "append:path", "overwrite:body", "append:header.", "append:header.a b", "remove:header.Host:"),
        *("overwrite:header.Access-Control-Allow-Origin", "append:header.x-amzn-trace-id", "append:header.Connection"),
        *("overwrite:header.apigw-x", "overwrite:header.X-Forwarded-For", "remove:header.Transfer-Encoding"),
    ],
)
def test_what_cannot_be_mapped(target: str):
    with pytest.raises(MappingError):
        compile_request_mapping({target: "x"}, {})
    with pytest.raises(MappingError):
        compile_response_mapping({"200": {target: "x"}}, {})


def test_no_mapping_is_none():
    assert (compile_request_mapping({}, {}), compile_response_mapping({}, {})) == (None, {})


def test_what_is_mapped_is_no_part_of_the_log():
    form = "$context.requestId $context.identity.userAgent $context.path"
    parameters = {"overwrite:header.user-agent": "mapped", "overwrite:path": "/mapped"}
    stage = http_plan({"GET /": {**BACKEND, "requestParameters": parameters}}, accessLogSettings={"format": form})
    scene = Scene(Returned(200, headers(), b""))
    scene.serve(stage, request("GET", "/", "User-Agent: curl"))
    assert scene.lines[0][1].split(b" ", 1)[1] == b"curl /"
