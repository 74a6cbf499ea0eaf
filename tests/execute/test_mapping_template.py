"""Templates of requests and responses: which one applies, what it sees, what it overrides. Mostly recorded on AWS."""

from typing import Any

import pytest

from gatewright.execute.world import Returned
from tests.execute.stage import CHOSEN_ID, REQUEST_ID, Scene, compiled, headers, method, one, request, shown, snapshot

TRACE = "X-Amzn-Trace-Id: Root=1-6553f100-aaaaaaaaaaaaaaaaaaaaaaaa;Parent=bbbbbbbbbbbbbbbb;Sampled=1"
JSON = b"Content-Type: application/json\r\n"
TRACED = TRACE.encode() + b"\r\n"
INTERNAL = (500, [b"x-amzn-ErrorType: InternalServerErrorException\r\n", JSON], b'{"message": "Internal server error"}')
UNSUPPORTED = (415, [b"x-amzn-ErrorType: BadRequestException\r\n", JSON], b'{"message": "Unsupported Media Type"}')
KEY = "application/json"


def http(template: str | None = None, response: str | None = None, **rest: Any) -> dict[str, Any]:
    return {
        "type": "HTTP",
        "httpMethod": "POST",
        "uri": "http://backend.test/base",
        "requestTemplates": {KEY: template} if template is not None else None,
        "integrationResponses": {"200": {"responseTemplates": {KEY: response} if response is not None else None}},
        **rest,
    }


def exchange(
    integration: dict[str, Any], *lines: str, body: bytes = b"", returned: Returned | None = None, target: str = "/"
) -> tuple[tuple[list[str], bytes] | None, tuple[int, list[bytes], bytes]]:
    """What the backend got, None when nothing, and what the client got."""
    scene = Scene(returned or Returned(200, (), b""))
    stage = one(integration, path="/{id}" if target != "/" else "/", verb="POST", variables={"colour": "blue"})
    response = shown(scene.serve(stage, request("POST", target, CHOSEN_ID, TRACE, *lines, body=body)))
    if not scene.backend.sent:
        return None, response
    return (scene.backend.head, scene.backend.sent[0][3]), response


def rendered(template: str, *lines: str, body: bytes = b"", target: str = "/") -> str:
    """What a request template makes of a request."""
    sent, response = exchange(http(template), *lines, body=body, target=target)
    assert sent is not None, response
    return sent[1].decode()


@pytest.mark.parametrize("behaviour", ["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER", None])
@pytest.mark.parametrize("templates", [None, {KEY: "json"}, {"text/xml": "xml"}, {"$default": "any"}])
@pytest.mark.parametrize("content_type", [None, "Application/JSON; charset=utf-8", "text/plain"])
def test_passthrough_behaviour(behaviour: str | None, templates: dict[str, str] | None, content_type: str | None):
    """The whole table: a template that fits applies, `$default` fits all, and else the behaviour decides."""
    lines = [f"Content-Type: {content_type}"] if content_type else []
    integration = http(requestTemplates=templates, passthroughBehavior=behaviour)
    sent, response = exchange(integration, *lines, body=b"body")
    chosen = {} if templates is None else templates
    applied = chosen.get("text/plain" if content_type == "text/plain" else KEY, chosen.get("$default"))
    if applied is None and (behaviour == "NEVER" or (behaviour == "WHEN_NO_TEMPLATES" and templates)):
        assert (sent, response) == (None, UNSUPPORTED)
    else:
        assert sent is not None and sent[1] == (applied or "body").encode()


def test_an_empty_template_passes_the_body_on():
    for empty in ("", None):
        integration = http(requestTemplates={KEY: empty}, passthroughBehavior="NEVER")
        integration["integrationResponses"] = {"200": {"responseTemplates": {KEY: empty}}}
        sent, response = exchange(integration, body=b"body", returned=Returned(200, (), b"back"))
        assert sent is not None and sent[1] == b"body"
        assert response == (200, [JSON, TRACED], b"back")


@pytest.mark.parametrize(
    ("template", "body", "expected"),
    [
        ('{"all": $input.json("$.a"), "x": "$input.path("$.b")"}', b'{"a": {"c": [1.0, "d"]}, "b": "e"}',
         '{"all": {"c":[1.0,"d"]}, "x": "e"}'),
        ("$input.body", b"", "{}"),
        ("$input.body", b"plain \xff", "plain \ufffd"),
        ("$util.urlEncode($input.body)", b"a b", "a+b"),
        ("$stageVariables.colour|${stageVariables['colour']}|$stageVariables.none|", b"", "blue|blue||"),
        ("#foreach($one in $input.path('$'))$one#if($foreach.hasNext),#end#end", b"[1,2,3]", "1,2,3"),
    ],
)  # fmt: skip
def test_what_a_request_template_makes_of_the_body(template: str, body: bytes, expected: str):
    assert rendered(template, body=body) == expected


def test_the_parameters():
    lines = ["X-One: 1", "x-one: 2", "Host: api.test", "Content-MD5: hidden"]
    template = (
        "$input.params('id') $input.params('q') $input.params('X-One') [$input.params('none')] "
        "$input.params().path.id $input.params().querystring.get('r') $input.params().header.get('Host') "
        "#foreach($kind in $input.params().keySet())$kind #end"
        "#foreach($name in $input.params().header.keySet())$name #end"
    )
    assert rendered(template, *lines, target="/a%20b?q=1&q=x+y&r=%26") == (
        "a%20b x y 2 [] a%20b & api.test path querystring header "
        "Host x-amzn-RequestId X-Amzn-Trace-Id X-Forwarded-For X-Forwarded-Port X-Forwarded-Proto X-One "
    )


def test_a_header_is_the_text_that_its_bytes_are():
    assert rendered("$input.params('X') $input.params().header.X", "X: caf\xc3\xa9 \xff") == "café \ufffd café \ufffd"


def test_the_context():
    keys = rendered("#foreach($key in $context.keySet())$key #end")
    assert keys.split() == [
        *("resourceId", "resourcePath", "httpMethod", "extendedRequestId", "requestTime", "path", "accountId"),
        *("protocol", "requestOverride", "stage", "domainPrefix", "requestTimeEpoch", "requestId", "identity"),
        *("domainName", "deploymentId", "responseOverride", "apiId"),
    ]
    names = ["resourceId", "resourcePath", "httpMethod", "requestTime", "path", "accountId", "protocol", "stage"]
    names += ["requestTimeEpoch", "requestId", "domainPrefix", "deploymentId", "apiId", "identity.sourceIp"]
    names += ["identity.userAgent", "identity.user", "authorizer.principalId", "nothing"]
    assert rendered("|".join(f"$context.{name}" for name in names), "User-Agent: curl") == "|".join(
        [
            *("r0", "/", "POST", "14/Nov/2023:22:13:20 +0000", "/prod/", "123456789012", "HTTP/1.1", "prod"),
            *("1700000000000", REQUEST_ID, "abcdef1234", "dep1", "abcdef1234", "192.0.2.7", "curl", "", "", ""),
        ]
    )


def test_oddities_of_the_context():
    """Maps inside print as nothing, and yet have their keys."""
    for name, keys in {
        "identity": "cognitoIdentityPoolId accountId cognitoIdentityId caller sourceIp principalOrgId accessKey "
        "cognitoAuthenticationType cognitoAuthenticationProvider userArn userAgent user ",
        "requestOverride": "path header querystring ",
        "responseOverride": "header ",
    }.items():
        template = f'[$context.get("{name}")]#foreach($k in $context.get("{name}").keySet())$k #end'
        assert rendered(template) == "[]" + keys
    assert rendered("#foreach($k in $context.authorizer.keySet())$k#end") == ""


def test_a_response_template_sees_both_sides():
    template = '{"found": $input.json("$.a"), "asked": "$input.params("q")", "type": "$input.params("Content-Type")"}'
    integration = http(response=template)
    returned = Returned(200, headers("Content-Type: text/xml"), b'{"a": [1]}')
    _, response = exchange(integration, "Content-Type: text/csv", target="/x?q=7", returned=returned)
    assert response == (200, [JSON, TRACED], b'{"found": [1], "asked": "7", "type": "text/csv"}')


def test_request_overrides_take_the_place_of_mapped_parameters():
    template = """\
#set($context.requestOverride.header.X-Plain = "p")
#set($context.requestOverride.header['x-mapped'] = 5)
#set($context.requestOverride.header.X-List = ["a", "b"])
#set($context.requestOverride.header.Via = "dropped")
#set($context.requestOverride.querystring.q = "x&y")
#set($context.requestOverride.path.id = "c/d")
body"""
    mapping = {
        "integration.request.header.X-Mapped": "'mapped'",
        "integration.request.querystring.q": "method.request.querystring.q",
        "integration.request.querystring.r": "'r'",
        "integration.request.path.id": "'mapped'",
    }
    integration = http(template, requestParameters=mapping, uri="http://backend.test/{id}")
    sent, response = exchange(integration, target="/x?q=1")
    assert response[0] == 200
    assert sent is not None
    assert sent[0][:5] == [
        "POST /c/d?r=r&q=x%26y HTTP/1.1",
        *("Host: backend.test", "X-Plain: p", "x-mapped: 5", "X-List: a,b"),
    ]
    assert sent[1] == b"body"


def test_response_overrides():
    template = """\
#set($context.responseOverride.status = 404)
#set($context.responseOverride.header.x-mapped = "over")
#set($context.responseOverride.header.Date = "d")
#set($context.responseOverride.header.X-List = ["a", "b"])
gone"""
    integration = http(response=template)
    integration["integrationResponses"]["200"]["responseParameters"] = {"method.response.header.X-Mapped": "'m'"}
    _, response = exchange(integration)
    assert response == (
        404,
        [b"x-mapped: over\r\n", b"x-amzn-Remapped-Date: d\r\n", b"X-List: a,b\r\n", JSON, TRACED],
        b"gone",
    )


@pytest.mark.parametrize(
    ("value", "status"), [("200.0", 200), ("599", 599), ("99", 200), ("600", 200), ("'404'", 200), ("4.5", 200)]
)
def test_what_is_no_status_is_ignored(value: str, status: int):
    _, response = exchange(http(response=f"#set($context.responseOverride.status = {value})x"))
    assert response[0] == status


@pytest.mark.parametrize("status", ["100", "101", "199"])
def test_an_interim_status_is_no_answer(status: str):
    assert exchange(http(response=f"#set($context.responseOverride.status = {status})x"))[1] == INTERNAL
    configured = http(response="x")
    configured["integrationResponses"] = {status: {"statusCode": status}}
    assert exchange(configured)[1] == INTERNAL


def test_overrides_of_the_request_template_reach_the_response():
    mock = {
        "type": "MOCK",
        "requestTemplates": {
            KEY: "#set($context.responseOverride.status = 418)#set($context.responseOverride.header.X-A = 'a')"
            '#set($context.requestOverride.header.seen = "kept"){"statusCode": 200}'
        },
        "integrationResponses": {"200": {"responseTemplates": {KEY: "$context.requestOverride.header.seen"}}},
    }
    assert exchange(mock) == (None, (418, [b"X-A: a\r\n", JSON], b"kept"))


@pytest.mark.parametrize(
    "template",
    [
        "#if(",
        "#set($r = [1..100000000])x",
        "#set($context.requestOverride.header.a = 1)#set($context.requestOverride.header.a = 2)",
        *(
            f"#set($context.requestOverride.header.{name} = 'x')"
            for name in ("Content-Length", "X-Amzn-Trace-Id", "transfer-encoding")
        ),
        '#set($context.requestOverride.header["no header"] = "x")',
        '#set($a = "1$util.urlDecode("%0d%0a")X-Evil: 1")#set($context.requestOverride.header.x = $a)',
    ],
)
def test_request_templates_that_fail(template: str):
    assert exchange(http(template)) == (None, INTERNAL)


@pytest.mark.parametrize(
    "template",
    [
        "#if(",
        "#set($context.responseOverride.header.a = 1)#set($context.responseOverride.header.a = 2)",
        '#set($context.responseOverride.header["no header"] = "x")',
        '#set($a = "1$util.urlDecode("%0d%0a")X-Evil: 1")#set($context.responseOverride.header.x = $a)',
    ],
)
def test_response_templates_that_fail(template: str):
    assert exchange(http(response=template))[1] == INTERNAL


def test_a_broken_template_fails_only_the_requests_it_is_for():
    integration = http(requestTemplates={KEY: "#if(", "text/plain": "$input.body!"})
    sent, _ = exchange(integration, "Content-Type: text/plain", body=b"hi")
    assert sent is not None and sent[1] == b"hi!"
    assert exchange(integration, body=b"hi") == (None, INTERNAL)


def test_the_log_tells_why_a_template_failed():
    format_ = "$context.requestId $context.integration.error"
    scene = Scene()
    stage = one(http("#if("), verb="POST", accessLogSettings={"format": format_})
    scene.serve(stage, request("POST", "/", CHOSEN_ID))
    failure = "Execution failed due to configuration error: Unable to transform request"
    assert scene.lines == [("prod", f"{REQUEST_ID} {failure}".encode())]


@pytest.mark.parametrize(
    ("handling", "content_type", "sent"),
    [
        (None, "image/png", None),
        ("CONVERT_TO_BINARY", "image/png", None),
        ("CONVERT_TO_BINARY", "text/plain", None),
        ("CONVERT_TO_TEXT", "image/png", b"[//4=]"),
        ("CONVERT_TO_TEXT", "text/plain", b"[\xef\xbf\xbd\xef\xbf\xbd]"),
        (None, "text/plain", b"[\xef\xbf\xbd\xef\xbf\xbd]"),
    ],
)
def test_a_request_template_reads_text_only(handling: str | None, content_type: str, sent: bytes | None):
    integration = http(requestTemplates={"$default": "[$input.body]"}, contentHandling=handling)
    stage = compiled(snapshot({"/": {"POST": method(integration)}}, binaryMediaTypes=["image/png"]))
    scene = Scene(Returned(200, (), b""))
    scene.serve(stage, request("POST", "/", f"Content-Type: {content_type}", body=b"\xff\xfe"))
    assert [body for _, _, _, body, _ in scene.backend.sent] == ([] if sent is None else [sent])


@pytest.mark.parametrize(
    ("handling", "returned_type", "accept", "body"),
    [
        (None, "image/png", "image/png", None),
        ("CONVERT_TO_BINARY", "image/png", "text/plain", None),
        ("CONVERT_TO_TEXT", "image/png", "text/plain", b"[//4=]"),
        ("CONVERT_TO_TEXT", "image/png", "image/png", b"[//4=]"),
        (None, "image/png", "text/plain", b"[//4=]"),
    ],
)
def test_a_response_template_reads_text_only(handling: str | None, returned_type: str, accept: str, body: bytes | None):
    integration = http(response="[$input.body]")
    integration["integrationResponses"]["200"]["contentHandling"] = handling
    stage = compiled(snapshot({"/": {"POST": method(integration)}}, binaryMediaTypes=["image/png"]))
    scene = Scene(Returned(200, headers(f"Content-Type: {returned_type}"), b"\xff\xfe"))
    response = scene.serve(stage, request("POST", "/", f"Accept: {accept}"))
    assert (response.status, response.body) == ((500, INTERNAL[2]) if body is None else (200, body))


def test_a_template_may_render_base64_of_what_the_client_gets():
    integration = http(response="$input.path('$.image')")
    integration["integrationResponses"]["200"]["contentHandling"] = "CONVERT_TO_BINARY"
    _, response = exchange(integration, returned=Returned(200, (), b'{"image": "//4="}'))
    assert response == (200, [JSON, TRACED], b"\xff\xfe")
