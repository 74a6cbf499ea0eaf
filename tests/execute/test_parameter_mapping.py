"""Parameter mapping: what is refused when it is configured, and what each source gives."""

import pytest

from gatewright.execute.context import RequestContext
from gatewright.execute.parameter_mapping import (
    MappingError,
    check_request_parameters,
    check_response_parameters,
    compile_request_parameters,
    compile_request_source,
)
from gatewright.values.refusal import Refusal
from tests.execute.stage import MOCK, one, request

BODY = b'{"user": {"name": "Ada", "tags": ["x", "y"]}, "n": 1.50, "ok": true, "nil": null, "a b": "sp"}'
LINES = ["X-Many: 1", "X-Many: 2", "x-many: 3", "Content-MD5: hidden", "X-Utf: caf\xc3\xa9", 'User-Agent: a"b']
LINES += ["Host: api.test:81", "X-Forwarded-For: 1.2.3.4", "Authorization: AWS4-HMAC-SHA256 Credential=x"]


def values(source: str, body: bytes = BODY) -> list[str]:
    plan = one(MOCK, variables={"colour": "blue"})
    context = RequestContext(plan, request("GET", "/p?q=1&q=a+b%26&e=&Q=3;s=4", *LINES, body=body), "/p", 0.0)
    context.path_parameters = {"id": "a%20b"}
    context.request_id = "the-id"
    parameters = {"integration.request.header.x": source}
    (parameter,) = compile_request_parameters(parameters, plan.variables)
    return parameter.values(context)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("'static text'", ["static text"]),
        ("''", [""]),
        ("stageVariables.colour", ["blue"]),
        ("stageVariables.absent", []),
        ("context.requestId", ["the-id"]),
        ("context.stage", ["prod"]),
        ("context.path", ["/prod/p"]),
        ("context.identity.userAgent", ['a"b']),
        ("context.protocol", ["HTTP/1.1"]),
        ("context.resourceId", []),
        ("context.unknown", []),
        ("method.request.path.id", ["a%20b"]),
        ("method.request.path.other", []),
        ("method.request.querystring.q", ["a b&"]),
        ("method.request.querystring.e", [""]),
        ("method.request.querystring.s", ["4"]),
        ("method.request.multivaluequerystring.q", ["1", "a b&"]),
        ("method.request.header.X-Many", ["2"]),
        ("method.request.header.X-MANY", []),
        ("method.request.header.Content-MD5", []),
        ("method.request.header.X-Utf", ["café"]),
        ("method.request.header.Host", ["api.test:81"]),
        ("method.request.header.X-Forwarded-For", ["1.2.3.4, 192.0.2.7"]),
        ("method.request.multivalueheader.X-Forwarded-Port", ["81"]),
        ("method.request.header.Authorization", []),
        ("method.request.multivalueheader.X-Many", ["1,2"]),
        ("method.request.multivalueheader.absent", []),
        ("method.request.body", [BODY.decode()]),
        ("method.request.body.user.name", ["Ada"]),
        ("method.request.body.user.tags[1]", ["y"]),
        ("method.request.body.user.tags[2]", []),
        ("method.request.body.user", ['{"name":"Ada","tags":["x","y"]}']),
        ("method.request.body['a b']", ["sp"]),
        ("method.request.body.n", ["1.50"]),
        ("method.request.body.ok", ["true"]),
        ("method.request.body.nil", []),
        ("method.request.body.user.tags[*]", ['["x","y"]']),
        ("method.request.body..name", ['["Ada"]']),
    ],
)
def test_sources(source: str, expected: list[str]):
    assert values(source) == expected


def test_names_that_front_layers_write_in_one_way():
    stage = one(MOCK)
    lines = ["authorization: Bearer x", "USER-AGENT: curl", "x-other: 1", "X-Upper: 1"]
    context = RequestContext(stage, request("GET", "/", *lines), "/", 0.0)
    names = {"Authorization": ["Bearer x"], "User-Agent": ["curl"], "X-Other": [], "x-other": ["1"], "x-upper": []}
    for name, expected in names.items():
        assert compile_request_source(f"method.request.header.{name}", {})(context) == expected


def test_bodies_that_are_not_json():
    assert values("method.request.body", b"") == ["{}"]
    assert values("method.request.body.a", b"") == []
    assert values("method.request.body", b"plain") == ["plain"]
    assert values("method.request.body.a", b"plain") == []
    for source in ("method.request.body", "method.request.body.a"):
        with pytest.raises(Refusal) as refused:
            values(source, b' {"broken"')
        assert (refused.value.row.status, refused.value.message) == (400, "Invalid JSON in request body")


def refusal(expression: str, what: str = "specified") -> str:
    return (
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
        f"[Invalid mapping expression {what}: {expression}]"
    )


@pytest.mark.parametrize(
    ("target", "source", "wrong"),
    [
        ("integration.request.header.x", "method.request.path.id", None),
        ("integration.request.header.x", "method.request.multivalueheader.h", None),
        ("integration.request.querystring.x", "'any text'", None),
        ("integration.request.path.x", "context.requestId", None),
        ("integration.request.path.x", "method.request.body", None),
        ("integration.request.path.x", "method.request.body.a.b[0]", None),
        ("integration.request.path.x", "method.request.body.a..b", None),
        ("integration.request.path.x", "method.request.body.a[*]", None),
        ("integration.request.path.x", "method.request.body.a[", "method.request.body.a["),
        ("integration.request.body.x", "'a'", "integration.request.body.x"),
        ("integration.request.header.a b", "'a'", "integration.request.header.a b"),
        ("integration.request.header.x", "static", "static"),
        ("integration.request.header.x", "", ""),
        ("integration.request.header.x", "$context.requestId", "$context.requestId"),
        ("integration.request.header.x", "method.request.cookie.x", "method.request.cookie.x"),
        ("integration.request.header.x", "integration.response.header.x", "integration.response.header.x"),
    ],
)
def test_what_put_integration_refuses(target: str, source: str, wrong: str | None):
    declared = {"method.request.path.id": True, "method.request.header.h": False}
    assert check_request_parameters({target: source}, declared) == (None if wrong is None else refusal(wrong))


def test_an_undeclared_method_parameter_is_refused():
    expression = "method.request.path.proxy"
    assert check_request_parameters({"integration.request.path.proxy": expression}, {}) == refusal(
        expression, "parameter specified"
    )


@pytest.mark.parametrize(
    ("target", "source", "expected"),
    [
        ("method.response.header.A", "'*'", None),
        ("method.response.header.A", "integration.response.header.Location", None),
        ("method.response.header.A", "integration.response.multivalueheader.Location", None),
        ("method.response.header.A", "integration.response.body.a[0].b", None),
        ("method.response.header.A", "context.requestId", None),
        ("method.response.header.A", "method.request.header.x", refusal("method.request.header.x")),
        ("method.response.header.B", "'*'", refusal("method.response.header.B", "parameter specified")),
        ("method.response.body.A", "'*'", refusal("method.response.body.A")),
    ],
)
def test_what_put_integration_response_refuses(target: str, source: str, expected: str | None):
    assert check_response_parameters({target: source}, {"method.response.header.A": True}) == expected


def test_what_was_not_checked_is_not_compiled():
    with pytest.raises(MappingError):
        compile_request_parameters({"integration.request.header.x": "nonsense"}, {})
