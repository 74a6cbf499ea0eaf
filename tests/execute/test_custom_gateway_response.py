"""Gateway responses that an API defines: which definition answers, and its status, headers and body."""

from typing import Any

import pytest

from gatewright.execute.plan import RestPlan
from tests.execute.stage import CHOSEN_ID, MOCK, REQUEST_ID, Scene, compiled, headers, method, request, shown, snapshot

JSON = b"Content-Type: application/json\r\n"
MISSING = b"x-amzn-ErrorType: MissingAuthenticationTokenException\r\n"
INTERNAL = b"x-amzn-ErrorType: InternalServerErrorException\r\n"
DEFAULT = {"application/json": '{"message":$context.error.messageString}'}


def plan(*definitions: dict[str, Any], **stage: Any) -> RestPlan:
    resources = {"/": {"GET": method(MOCK)}, "/broken/{id}": {"GET": method(None)}}
    return compiled(snapshot(resources) | {"gatewayResponses": list(definitions)}, **stage)


def asked(stage: RestPlan, target: str, *lines: str) -> tuple[int, list[bytes], bytes]:
    return shown(Scene().serve(stage, request("GET", target, CHOSEN_ID, *lines)))


@pytest.mark.parametrize(
    ("definitions", "missing", "broken"),
    [
        ([], 403, 500),
        ([{"responseType": "DEFAULT_4XX", "statusCode": "404"}], 404, 500),
        ([{"responseType": "DEFAULT_4XX", "statusCode": "102"}], 403, 500),
        ([{"responseType": "DEFAULT_5XX", "statusCode": "503"}], 403, 503),
        ([{"responseType": "MISSING_AUTHENTICATION_TOKEN", "statusCode": "404"}], 404, 500),
        (
            [
                {"responseType": "DEFAULT_4XX", "statusCode": "400", "responseTemplates": {"a/b": "x"}},
                {"responseType": "MISSING_AUTHENTICATION_TOKEN", "statusCode": None},
            ],
            403,
            500,
        ),
    ],
)
def test_the_definition_of_the_very_type_wins(definitions: list[dict[str, Any]], missing: int, broken: int) -> None:
    stage = plan(*definitions)
    assert asked(stage, "/none") == (missing, [MISSING, JSON], b'{"message":"Missing Authentication Token"}')
    assert asked(stage, "/broken/1") == (broken, [INTERNAL, JSON], b'{"message": "Internal server error"}')


def test_what_is_not_refused_is_as_ever() -> None:
    stage = plan({"responseType": "DEFAULT_4XX", "statusCode": "404"})
    assert asked(stage, "/") == (200, [JSON], b"")


def test_no_stage_can_be_told_from_another_by_custom_responses() -> None:
    definition = {"responseType": "DEFAULT_4XX", "statusCode": "404"}
    closed = compiled(
        snapshot({"/": {"GET": method(MOCK)}}, endpointConfiguration={"types": ["PRIVATE"]})
        | {"gatewayResponses": [definition]}
    )
    forbidden = b"x-amzn-ErrorType: ForbiddenException\r\n"
    assert asked(closed, "/") == (403, [forbidden, JSON], b'{"message":"Forbidden"}')


def test_headers() -> None:
    parameters = {
        "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
        "gatewayresponse.header.X-Id": "context.requestId",
        "gatewayresponse.header.X-Type": "context.error.responseType",
        "gatewayresponse.header.X-Tenant": "stageVariables.tenant",
        "gatewayresponse.header.X-Asked": "method.request.header.X-Asked",
        "gatewayresponse.header.X-Q": "method.request.querystring.q",
        "gatewayresponse.header.X-Many": "method.request.multivaluequerystring.q",
        "gatewayresponse.header.X-Path": "method.request.path.id",
        "gatewayresponse.header.X-Forged": "method.request.querystring.forged",
        "gatewayresponse.header.X-None": "method.request.header.None",
        "gatewayresponse.header.X-Body": "method.request.body",
        "gatewayresponse.header.X-Unknown": "integration.response.header.a",
        "gatewayresponse.header.content-type": "'text/plain'",
        "gatewayresponse.header.no header": "'x'",
    }
    stage = plan(
        {"responseType": "DEFAULT_5XX", "responseParameters": parameters, "responseTemplates": DEFAULT},
        variables={"tenant": "blue"},
    )
    assert asked(stage, "/broken/7?q=1&q=2&forged=a%0d%0aSet-Cookie:b", "X-Asked: \xe9") == (
        500,
        [
            INTERNAL,
            b"content-type: text/plain\r\n",
            b"Access-Control-Allow-Origin: *\r\n",
            f"X-Id: {REQUEST_ID}\r\n".encode(),
            b"X-Type: API_CONFIGURATION_ERROR\r\n",
            b"X-Tenant: blue\r\n",
            b"X-Asked: \xef\xbf\xbd\r\n",
            b"X-Q: 2\r\n",
            b"X-Many: 1,2\r\n",
            b"X-Path: 7\r\n",
        ],
        b'{"message": "Internal server error"}',
    )


def test_templates_are_text_with_variables() -> None:
    text = (
        '{"m":$context.error.messageString,"raw":"$context.error.message","t":"$context.error.responseType",'
        '"v":"$context.error.validationErrorString","p":"$method.request.path.id","q":"$method.request.querystring.q",'
        '"h":"$method.request.header.X-A","s":"$stageVariables.tenant","n":"$stageVariables.none$context.none.x",'
        '"as":"#set($x = 1)$x $util.escape $input.body ${context.stage} %s","r":"$context.resourcePath."}'
    )
    stage = plan(
        {"responseType": "DEFAULT_5XX", "responseTemplates": {"application/json": text}}, variables={"tenant": "blue"}
    )
    assert asked(stage, "/broken/7?q=a%22b", "X-A: 1")[2].decode() == (
        '{"m":"Internal server error","raw":"Internal server error","t":"API_CONFIGURATION_ERROR",'
        '"v":"","p":"7","q":"a"b","h":"1","s":"blue","n":"",'
        '"as":"#set($x = 1)$x $util.escape $input.body ${context.stage} %s","r":"/broken/{id}."}'
    )


@pytest.mark.parametrize(
    ("accept", "media_type", "body"),
    [
        (None, "application/json", "json"),
        ("*/*", "application/json", "json"),
        ("text/html;q=0.9, text/xml", "text/html", "html"),
        ("image/png, TEXT/XML", "text/xml", "xml"),
    ],
)
def test_the_template_that_the_client_accepts(accept: str | None, media_type: str, body: str) -> None:
    templates = {"text/html": "html", "text/xml": "xml", "application/json": "json"}
    stage = plan({"responseType": "DEFAULT_4XX", "responseTemplates": templates})
    lines = headers(*([f"Accept: {accept}"] if accept else []))
    expected = (403, [MISSING, f"Content-Type: {media_type}\r\n".encode()], body.encode())
    assert asked(stage, "/none", *(f"Accept: {line.value}" for line in lines)) == expected


def test_without_json_the_first_template_answers() -> None:
    stage = plan({"responseType": "DEFAULT_4XX", "responseTemplates": {"text/xml": "xml", "text/html": None}})
    assert asked(stage, "/none") == (403, [MISSING, b"Content-Type: text/xml\r\n"], b"xml")


def test_the_access_log_tells_the_status_that_was_sent() -> None:
    settings = {"accessLogSettings": {"format": "$context.requestId $context.status $context.error.responseType"}}
    stage = plan({"responseType": "DEFAULT_4XX", "statusCode": "404"}, **settings)
    scene = Scene()
    scene.serve(stage, request("GET", "/none", CHOSEN_ID))
    assert scene.lines == [("prod", f"{REQUEST_ID} 404 MISSING_AUTHENTICATION_TOKEN".encode())]
    assert stage.counters.client_errors == 1
