"""What is not served: refused with a text when configured, stored and answered 500, or stored without effect."""

from typing import Any

import pytest

from gatewright.execute import unserved
from tests.execute.stage import (
    CHOSEN_ID,
    MOCK,
    REQUEST_ID,
    Scene,
    compiled,
    method,
    one,
    plan,
    request,
    shown,
    snapshot,
)

GET = {"/": {"GET": method(MOCK)}}
INTERNAL = (
    500,
    [b"x-amzn-ErrorType: InternalServerErrorException\r\n", b"Content-Type: application/json\r\n"],
    b'{"message": "Internal server error"}',
)
METHOD = [
    {"authorizationType": None},
    {"authorizationType": "OTHER"},
]
INTEGRATION = [
    {"type": "AWS_PROXY", "uri": "arn:aws:apigateway:us-east-1:firehose:action/PutRecord"},
    {"type": "AWS", "requestParameters": {"integration.request.header.X-Amz-Log-Type": "'Tail'"}},
]
RESPONSE = [
    {"selectionPattern": r"(a)\1"},
    {"selectionPattern": "(("},
]
STORED_ONLY_REST_API = {
    "securityPolicy": "TLS_1_2",
    "endpointAccessMode": "STRICT",
}
STORED_ONLY_STAGE: dict[str, Any] = {
    "tracingEnabled": True,
    "methodSettings": {
        "~1/GET": {
            "loggingLevel": "INFO",
            "dataTraceEnabled": True,
        }
    },
}


def is_500(scene: Scene, stage: Any) -> bool:
    return shown(scene.serve(stage, request("GET", "/", CHOSEN_ID))) == INTERNAL


def test_a_policy_that_is_none():
    document = {"policy": '{"Statement": {"Effect": "Allow"}}'}
    assert [each.effect for each in unserved.of_rest_api(document)] == [unserved.CLOSED]
    assert is_500(Scene(), compiled(snapshot(GET, **document)))


@pytest.mark.parametrize("document", METHOD)
def test_methods(document: dict[str, Any]):
    assert unserved.refused(unserved.of_method(document)) is None
    assert unserved.closed(unserved.of_method(document))
    assert is_500(Scene(), plan({"/": {"GET": method(MOCK, **document)}}))


@pytest.mark.parametrize("document", INTEGRATION)
def test_integrations(document: dict[str, Any]):
    assert unserved.refused(unserved.of_integration(MOCK | document))
    assert is_500(Scene(), one(MOCK | document))


@pytest.mark.parametrize("document", RESPONSE)
def test_integration_responses(document: dict[str, Any]):
    assert unserved.refused(unserved.of_integration_response(document))
    assert is_500(Scene(), one(MOCK | {"integrationResponses": {"200": document}}))


def test_a_method_without_integration():
    assert is_500(Scene(), one(None))


def test_a_bad_log_format_is_500():
    assert is_500(Scene(), one(MOCK, accessLogSettings={"format": "no request id"}))


def test_a_document_of_another_shape_is_500_and_logged(caplog: pytest.LogCaptureFixture):
    assert is_500(Scene(), one(MOCK | {"requestTemplates": "no map"}))
    assert "GET / of API abcdef1234 cannot be compiled" in caplog.text


def test_what_aws_fills_in_itself_is_served():
    settings = {
        "metricsEnabled": True,
        "loggingLevel": "OFF",
        "dataTraceEnabled": False,
        "throttlingBurstLimit": 5000,
        "throttlingRateLimit": 10000.0,
        "cachingEnabled": False,
        "cacheTtlInSeconds": 300,
        "cacheDataEncrypted": False,
    }
    stage = {"cacheClusterEnabled": False, "tracingEnabled": False, "methodSettings": {"*/*": settings}}
    integration = {"cacheNamespace": "x", "passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": 29000}
    api = {"apiKeySource": "HEADER", "endpointConfiguration": {"types": ["EDGE"]}}
    served = compiled(snapshot({"/": {"GET": method(MOCK | integration)}}, **api), **stage)
    assert Scene().serve(served, request()).status == 200


def test_what_is_only_stored_is_served_all_the_same():
    served = compiled(snapshot(GET, **STORED_ONLY_REST_API), **STORED_ONLY_STAGE)
    assert Scene().serve(served, request()).status == 200
    assert list(unserved.of_rest_api(STORED_ONLY_REST_API)) == [
        ("securityPolicy", "TLS_1_2", unserved.STORED_ONLY),
        ("endpointAccessMode", "STRICT", unserved.STORED_ONLY),
    ]
    setting = "methodSettings ~1/GET "
    assert list(unserved.of_stage(STORED_ONLY_STAGE)) == [
        ("tracingEnabled", "true", unserved.STORED_ONLY),
        (f"{setting}loggingLevel", "INFO", unserved.STORED_ONLY),
        (f"{setting}dataTraceEnabled", "true", unserved.STORED_ONLY),
    ]


def test_a_closed_method_closes_only_itself_and_the_log_says_why(caplog: pytest.LogCaptureFixture):
    stage = plan({"/": {"GET": method(MOCK, authorizationType="OTHER"), "POST": method(MOCK)}})
    assert is_500(Scene(), stage)
    assert Scene().serve(stage, request("POST")).status == 200
    assert caplog.messages == [
        f"request {REQUEST_ID} of stage abcdef1234/prod: Execution failed due to configuration error: "
        "authorizationType OTHER is not supported by this version of Gatewright, so no request is let through"
    ]


def test_the_texts_name_what_is_meant():
    end = " is not supported by this version of Gatewright"
    kind = unserved.of_method({"authorizationType": "OTHER"})
    assert unserved.closed(kind) == f"authorizationType OTHER{end}, so no request is let through"
    assert unserved.refused(unserved.of_integration({"type": "KAFKA"})) == f"type KAFKA{end}"
