"""`serve`: ids, the access log, errors of ours, and that nothing a client sends makes it raise."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.execute.world import Returned
from gatewright.values.headers import header_line
from gatewright.values.request import Request
from tests.execute.stage import (
    ARRIVED,
    CHOSEN_ID,
    MOCK,
    REQUEST_ID,
    Scene,
    compiled,
    headers,
    method,
    one,
    plan,
    registry_of,
    request,
    shown,
    snapshot,
)

LOG = (
    "$context.requestId $context.status $context.path $context.resourcePath $context.error.message "
    "$context.responseLatency"
)
ANYTHING = {
    "type": "HTTP_PROXY",
    "httpMethod": "ANY",
    "uri": "http://backend.test/{p}",
    "requestParameters": {
        "integration.request.path.p": "method.request.path.proxy",
        "integration.request.header.x": "method.request.querystring.a",
        "integration.request.querystring.y": "method.request.multivalueheader.X",
        "integration.request.querystring.z": "method.request.body.a",
    },
}


def test_ids_of_a_response():
    *_, request_id, extended = Scene().serve(one(MOCK), request()).headers
    uuid = rb"x-amzn-RequestId: [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\r\n"
    assert re.fullmatch(uuid, request_id)
    assert re.fullmatch(rb"x-amz-apigw-id: [A-Za-z0-9_-]{15}=\r\n", extended)


def test_a_client_may_choose_the_request_id_if_it_is_one():
    assert Scene().serve(one(MOCK), request("GET", "/", CHOSEN_ID)).headers[-2] == f"{CHOSEN_ID}\r\n".encode()
    response = Scene().serve(one(MOCK), request("GET", "/", "X-Amzn-Requestid: a b"))
    assert response.headers[-2] == b"x-amzn-RequestId: UUID_REPLACED_INVALID_REQUEST_ID\r\n"


def test_every_request_has_a_line_in_the_access_log():
    stage = plan({"/a/{id}": {"GET": method(MOCK)}}, accessLogSettings={"format": LOG})
    scene = Scene()
    for path in ("/a/1", "/b"):
        scene.serve(stage, request("GET", path, CHOSEN_ID))
    assert scene.lines == [
        ("prod", f"{REQUEST_ID} 200 /prod/a/1 /a/{{id}} - 3".encode()),
        ("prod", f"{REQUEST_ID} 403 /prod/b - Missing Authentication Token 6".encode()),
    ]


def test_a_missing_route():
    assert shown(Scene().serve(one(MOCK), request("GET", "/absent", CHOSEN_ID))) == (
        403,
        [b"x-amzn-ErrorType: MissingAuthenticationTokenException\r\n", b"Content-Type: application/json\r\n"],
        b'{"message":"Missing Authentication Token"}',
    )


def test_an_error_of_ours_is_500_logged_and_not_told(caplog: pytest.LogCaptureFixture):
    scene = Scene(ZeroDivisionError("secret"))
    stage = one({"type": "HTTP_PROXY", "httpMethod": "GET", "uri": "http://backend.test"})
    assert shown(scene.serve(stage, request("GET", "/", CHOSEN_ID))) == (
        500,
        [b"x-amzn-ErrorType: InternalServerErrorException\r\n", b"Content-Type: application/json\r\n"],
        b'{"message": "Internal server error"}',
    )
    assert stage.counters.server_errors == 1
    assert "secret" in caplog.text


def test_the_cause_of_a_500_is_for_the_logs_only(caplog: pytest.LogCaptureFixture):
    log_format = "$context.requestId $context.integration.error"
    integration = {"type": "HTTP_PROXY", "httpMethod": "GET", "uri": "http://${stageVariables.host}/"}
    scene = Scene()
    response = scene.serve(one(integration, accessLogSettings={"format": log_format}), request("GET", "/", CHOSEN_ID))
    cause = "Execution failed due to configuration error: Invalid endpoint address: the stage has no variable host"
    assert response.body == b'{"message": "Internal server error"}'
    assert scene.lines == [("prod", f"{REQUEST_ID} {cause}".encode())]
    assert caplog.messages == [f"request {REQUEST_ID} of stage abcdef1234/prod: {cause}"]


texts = st.text(st.characters(min_codepoint=0, max_codepoint=255), max_size=40)
names = st.sampled_from(
    [
        *("Host", "X", "Content-Type", "Accept", "X-HTTP-Method-Override", "x-amzn-RequestId", "X-Amzn-Trace-Id", "TE"),
        *("Accept-Encoding", "Content-Encoding"),
    ]
)
GUARDED = {
    "models": [{"name": "M", "schema": '{"properties":{"a":{"pattern":"^(a|b)+$"}},"minProperties":1}'}],
    "requestValidators": [{"id": "v", "validateRequestBody": True, "validateRequestParameters": True}],
    "gatewayResponses": [
        {
            "responseType": "DEFAULT_4XX",
            "responseParameters": {
                "gatewayresponse.header.X": "method.request.querystring.a",
                "gatewayresponse.header.Y": "method.request.multivalueheader.X",
            },
            "responseTemplates": {"a/b": "$context.error.validationErrorString $method.request.header.X $context.path"},
        }
    ],
}
VALIDATED = {
    "requestValidatorId": "v",
    "requestModels": {"$default": "M"},
    "requestParameters": {"method.request.querystring.a": True, "method.request.header.X": True},
}


@settings(max_examples=150, deadline=None)
@given(
    verb=st.sampled_from(["GET", "POST", "HEAD", "TRACE", "x"]),
    path=texts,
    query=texts,
    lines=st.lists(st.tuples(names, texts), max_size=5),
    body=st.binary(max_size=40),
)
def test_serve_never_raises(verb: str, path: str, query: str, lines: list[tuple[str, str]], body: bytes):
    methods = {"GET": method(ANYTHING), "POST": method(ANYTHING, **VALIDATED), "HEAD": method(MOCK)}
    api = snapshot({"/{proxy+}": methods}, minimumCompressionSize=0)
    stage = compiled(api | GUARDED, accessLogSettings={"format": LOG})
    asked = Request(
        verb, "/" + path, "/" + path, query, [header_line(*line) for line in lines], body, "::1", "https", ARRIVED
    )
    scene = Scene(Returned(204, headers("Date: x"), b""))
    response = scene.serve(stage, asked)
    assert 200 <= response.status < 600
    assert not any(b"\n" in line[:-2] or b"\r" in line[:-2] for line in response.headers)
    assert len(scene.lines) == stage.counters.requests == 1
    registry_of(lambda api_id, name: stage).find(asked)
