"""Request validators: parameters, bodies by media type, and what keeps a method from being served at all."""

import json
from typing import Any

import pytest

from gatewright.execute.plan import RestPlan
from gatewright.execute.world import Returned
from tests.execute.stage import CHOSEN_ID, MOCK, REQUEST_ID, Scene, compiled, method, request, shown, snapshot

PETS = [
    {"name": "Pet", "contentType": "application/json", "schema": json.dumps({"required": ["name"]})},
    {"name": "Page", "contentType": "text/html", "schema": "<html/>"},
]
PARAMETERS = {
    "method.request.header.X-Header-Param": True,
    "method.request.path.issuer": True,
    "method.request.querystring.qs1": True,
    "method.request.querystring.optional": False,
}
MODELS = {"application/json": "Pet", "text/html": "Page"}
PROXY = {"type": "HTTP_PROXY", "httpMethod": "POST", "uri": "http://backend.test/"}
OK = (200, [b"Content-Type: application/json\r\n"], b"")
LOG = "$context.requestId $context.error.responseType $context.error.validationErrorString"


def plan(checks: dict[str, bool], integration: dict[str, Any] = PROXY, **given: Any) -> RestPlan:
    validator = {"id": "v1", "name": "all", **checks}
    resources = {"/{issuer}": {"POST": method(integration, requestValidatorId="v1", **given)}}
    settings = {"accessLogSettings": {"format": LOG}}
    return compiled(snapshot(resources) | {"requestValidators": [validator], "models": PETS}, **settings)


def refused(message: str) -> tuple[int, list[bytes], bytes]:
    lines = [b"x-amzn-ErrorType: BadRequestException\r\n", b"Content-Type: application/json\r\n"]
    return 400, lines, b'{"message": "%b"}' % message.encode()


@pytest.mark.parametrize(
    ("target", "lines", "missing"),
    [
        ("/%20", [], "X-Header-Param, qs1"),
        ("/a?qs1=1", ["x-header-param: 1"], None),
        ("/a?qs1=&qs1=1", ["X-Header-Param: 1"], None),
        ("/a?qs1=%20&qs2=1", ["X-Header-Param:  "], "X-Header-Param, qs1"),
        ("/a?QS1=1", ["X-Header-Param: 1"], "qs1"),
        ("/a?%71s1=x", ["X-Header-Param: 1"], None),
        ("/a?x;qs1=1", ["X-Header-Param: 1"], None),
    ],
)
def test_parameters(target: str, lines: list[str], missing: str | None) -> None:
    stage = plan({"validateRequestParameters": True}, MOCK, requestParameters=PARAMETERS, requestModels=MODELS)
    response = shown(Scene().serve(stage, request("POST", target, CHOSEN_ID, *lines)))
    assert response == (OK if missing is None else refused(f"Missing required request parameters: [{missing}]"))


@pytest.mark.parametrize(
    ("content_type", "body", "error"),
    [
        (None, b'{"name":1}', None),
        (None, b"{}", '[object has missing required properties (["name"])]'),
        ("Application/JSON; charset=utf-8", b"{}", '[object has missing required properties (["name"])]'),
        ("application/json", b"", "[Unknown error parsing request body]"),
        ("application/json", b"name", "[Unknown error parsing request body]"),
        ("text/html", b"", None),
        ("text/plain", b"", None),
    ],
)
def test_bodies(content_type: str | None, body: bytes, error: str | None) -> None:
    stage = plan({"validateRequestBody": True}, requestParameters=PARAMETERS, requestModels=MODELS)
    lines = [CHOSEN_ID, *([f"Content-Type: {content_type}"] if content_type else [])]
    scene = Scene(Returned(200, (), b"back"))
    response = shown(scene.serve(stage, request("POST", "/a", *lines, body=body)))
    if error is None:
        assert response == (200, [], b"back")
    else:
        assert response == refused("Invalid request body")
        told = error.replace('"', '\\"')
        assert scene.lines == [("prod", f"{REQUEST_ID} BAD_REQUEST_BODY {told}".encode())]


def test_a_model_for_any_other_type() -> None:
    stage = plan({"validateRequestBody": True}, requestModels={"$default": "Pet", "text/html": "Page"})
    for content_type, expected in (("text/plain", refused("Invalid request body")), ("text/html", (200, [], b"back"))):
        asked = request("POST", "/a", CHOSEN_ID, f"Content-Type: {content_type}", body=b"{}")
        assert shown(Scene(Returned(200, (), b"back")).serve(stage, asked)) == expected


def test_parameters_come_before_the_body() -> None:
    both = {"validateRequestParameters": True, "validateRequestBody": True}
    stage = plan(both, requestParameters=PARAMETERS, requestModels=MODELS)
    assert shown(Scene().serve(stage, request("POST", "/a", CHOSEN_ID, body=b""))) == refused(
        "Missing required request parameters: [X-Header-Param, qs1]"
    )
    lines = (CHOSEN_ID, "X-Header-Param: 1")
    assert shown(Scene().serve(stage, request("POST", "/a?qs1=1", *lines))) == refused("Invalid request body")


def test_a_validator_that_asks_for_nothing_lets_everything_through() -> None:
    stage = plan({"validateRequestBody": False}, MOCK, requestParameters=PARAMETERS, requestModels=MODELS)
    assert shown(Scene().serve(stage, request("POST", "/a", CHOSEN_ID))) == OK


@pytest.mark.parametrize("given", [{"requestValidatorId": "none"}, {"requestModels": {"application/json": "None"}}])
def test_what_is_not_there_closes_the_method(given: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    document = method(MOCK, **{"requestValidatorId": "v1"} | given)
    parts = {"requestValidators": [{"id": "v1", "validateRequestBody": True}], "models": PETS}
    stage = compiled(snapshot({"/": {"GET": document, "POST": method(MOCK)}}) | parts)
    assert Scene().serve(stage, request("GET")).body == b'{"message": "Internal server error"}'
    assert "none" in caplog.text.lower()
    assert Scene().serve(stage, request("POST")).status == 200


def test_a_closed_method_validates_nothing() -> None:
    stage = plan({"validateRequestBody": True}, requestModels=MODELS, authorizationType="OTHER")
    assert Scene().serve(stage, request("POST", "/a")).body == b'{"message": "Internal server error"}'
