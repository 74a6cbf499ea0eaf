"""MOCK: which response answers and what it holds. The lenient request templates are recorded AWS behaviour."""

from typing import Any

import pytest

from gatewright.execute.integrations.mock import read_status_code
from tests.execute.stage import CHOSEN_ID, Scene, compiled, method, one, plan, request, shown, snapshot

JSON = b"Content-Type: application/json\r\n"
INTERNAL = (500, [b"x-amzn-ErrorType: InternalServerErrorException\r\n", JSON], b'{"message": "Internal server error"}')


def mock(code: str = "200", **responses: dict[str, Any]) -> dict[str, Any]:
    named = {status.removeprefix("r"): response for status, response in responses.items()}
    return {
        "type": "MOCK",
        "requestTemplates": {"application/json": f'{{"statusCode": {code}}}'},
        "integrationResponses": named or {"200": {}},
    }


def answer(integration: dict[str, Any], *lines: str, body: bytes = b"", **stage: Any) -> tuple[int, list[bytes], bytes]:
    stage_plan = one(integration, verb="POST", **stage)
    return shown(Scene().serve(stage_plan, request("POST", "/", CHOSEN_ID, *lines, body=body)))


def test_the_least_mock():
    assert answer(mock()) == (200, [JSON], b"")


def test_headers_and_body():
    parameters = {
        "method.response.header.Access-Control-Allow-Origin": "'*'",
        "method.response.header.X-Stage": "stageVariables.name",
        "method.response.header.X-Request": "context.requestId",
        "method.response.header.X-Absent": "stageVariables.absent",
        "method.response.header.X-Returned": "integration.response.header.x",
        "method.response.header.Date": "'now'",
        "method.response.header.Transfer-Encoding": "'chunked'",
    }
    integration = mock(r200={"responseParameters": parameters, "responseTemplates": {"application/json": '{"a": 1}'}})
    assert answer(integration, variables={"name": "blue"}) == (
        200,
        [
            b"Access-Control-Allow-Origin: *\r\n",
            b"X-Stage: blue\r\n",
            b"X-Request: 11111111-2222-4333-8444-555555555555\r\n",
            b"x-amzn-Remapped-Date: now\r\n",
            JSON,
        ],
        b'{"a": 1}',
    )


def test_the_status_code_selects_the_response():
    responses = mock("404", r200={}, r404={"selectionPattern": "4\\d\\d"}, r500={"selectionPattern": "5.*|.*x"})
    assert answer(responses)[0] == 404
    assert answer(mock("4040", r200={}, r404={"selectionPattern": "4\\d\\d"}))[0] == 200
    assert answer(mock("302", r404={"selectionPattern": "4\\d\\d"})) == INTERNAL
    assert answer(mock("-1", r418={}))[0] == 418


def test_the_template_is_chosen_by_accept():
    templates = {"text/plain": "plain", "application/json": "{}"}
    integration = mock(r200={"responseTemplates": templates})
    assert answer(integration, "Accept: text/plain;q=1, */*")[1:] == ([b"Content-Type: text/plain\r\n"], b"plain")
    assert answer(integration, "Accept: image/png")[1:] == ([JSON], b"{}")
    only_text = mock(r200={"responseTemplates": {"text/plain": "plain"}})
    assert answer(only_text)[1:] == ([b"Content-Type: text/plain\r\n"], b"plain")
    for_any = mock(r200={"responseTemplates": {"$default": "any"}})
    assert answer(for_any, "Accept: text/plain")[1:] == ([JSON], b"any")


@pytest.mark.parametrize(
    ("behaviour", "content_type", "body", "status"),
    [
        ("WHEN_NO_MATCH", "text/plain", b'{"statusCode": 200}', 200),
        ("WHEN_NO_MATCH", "text/plain", b"", 500),
        ("WHEN_NO_MATCH", "Application/JSON; charset=utf-8", b"", 200),
        ("WHEN_NO_TEMPLATES", "text/plain", b'{"statusCode": 200}', 415),
        ("NEVER", "text/plain", b'{"statusCode": 200}', 415),
        ("NEVER", "application/json", b"", 200),
    ],
)
def test_passthrough(behaviour: str, content_type: str, body: bytes, status: int):
    integration = {**mock(), "passthroughBehavior": behaviour}
    assert answer(integration, f"Content-Type: {content_type}", body=body)[0] == status


def test_without_any_template_the_body_must_say_the_code():
    integration = {**mock(), "requestTemplates": None}
    assert answer(integration, body=b'{"statusCode": 200}') == (200, [JSON], b"")
    assert answer(integration) == INTERNAL


def binary(
    integration: dict[str, Any], *lines: str, listed: str = "image/png", body: bytes = b""
) -> tuple[int, list[bytes], bytes]:
    """The answer of an API with that binary media type."""
    served = compiled(snapshot({"/": {"POST": method(integration)}}, binaryMediaTypes=[listed]))
    return shown(Scene().serve(served, request("POST", "/", CHOSEN_ID, *lines, body=body)))


def test_templates_are_for_text():
    text = {"contentHandling": "CONVERT_TO_TEXT"}
    assert binary(mock(), "Content-Type: text/plain", body=b'{"statusCode": 200}')[0] == 200
    assert binary(mock(), listed="*/*") == INTERNAL
    assert binary(mock() | text, listed="*/*") == (200, [JSON], b"")
    assert binary(mock() | text, "Content-Type: image/png", body=b'{"statusCode": 200}') == INTERNAL


def test_a_client_that_accepts_bytes_gets_what_the_body_is_base64_of():
    encoded = {"responseTemplates": {"application/json": "/wE="}}
    assert binary(mock(r200=encoded), "Accept: image/png, */*") == (200, [JSON], b"\xff\x01")
    assert binary(mock(r200=encoded), "Accept: */*, image/png") == (200, [JSON], b"/wE=")
    assert binary(mock(r200=encoded | {"contentHandling": "CONVERT_TO_TEXT"}), "Accept: image/png")[2] == b"/wE="
    plain = mock(r200={"responseTemplates": {"application/json": "{}"}})
    assert binary(plain, "Accept: image/png") == INTERNAL
    to_text = {"contentHandling": "CONVERT_TO_TEXT"}
    assert binary(mock(r200=encoded) | to_text, listed="*/*") == (200, [JSON], b"\xff\x01")


def test_what_is_decided_when_the_stage_is_compiled_yields_to_overrides():
    """A response without variables is made once; a request template may override it all the same."""
    override = "#set($context.responseOverride.status = 201)#set($context.responseOverride.header.A = 'b')"
    templates = {"application/json": '{"statusCode": 200}', "text/plain": override + '{"statusCode": 200}'}
    constant = {"responseParameters": {"method.response.header.A": "'a'"}, "responseTemplates": {"text/xml": "<a/>"}}
    integration = mock(r200=constant) | {"requestTemplates": templates}
    xml = b"Content-Type: text/xml\r\n"
    assert answer(integration) == (200, [b"A: a\r\n", xml], b"<a/>")
    assert answer(integration, "Content-Type: text/plain") == (201, [b"A: b\r\n", xml], b"<a/>")
    assert answer(integration) == (200, [b"A: a\r\n", xml], b"<a/>")


def test_a_response_without_its_method_response_is_500():
    stage = plan({"/": {"GET": method(mock(), methodResponses={})}})
    assert shown(Scene().serve(stage, request("GET", "/", CHOSEN_ID))) == INTERNAL


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"statusCode": 200}', 200),
        ("{ statusCode: 200 }", 200),
        ("{'statusCode': 200, '': ''}", 200),
        ('{"statusCode": 200 ,, }', 200),
        ('{"statusCode": 200 , null: null }', 200),
        ("{statusCode: 200, foo}: [ba r]}", 200),
        ('{"a": 1, "statusCode": 204}', 204),
        ('{"statusCode": 0}', 0),
        ('{"statusCode": -5}', -5),
        ('{"statusCode": "200"}', None),
        ('{"statusCode": 200.5}', None),
        ('{"statusCode": true}', None),
        ("{\"statusCode': 200 }", None),
        ('"statusCode": 200', None),
        ('{{"statusCode": 200}', None),
        ("{[statusCode: 200}", None),
        ("statusCode", None),
        ("[200]", None),
        ("", None),
        ("[" * 100_000, None),
    ],
)
def test_status_codes_are_read_leniently(text: str, code: int | None):
    assert read_status_code(text) == code
