"""What HTTP and WebSocket APIs may hold that is not served: refused, closed or stored only, and what requests get."""

from typing import Any

import pytest

from gatewright.execute import unserved_routes
from gatewright.execute.unserved import CLOSED, REFUSED, STORED_ONLY, closed, refused
from tests.execute.http_stage import BACKEND, http_compiled, http_snapshot, seen
from tests.execute.stage import Scene, request

CALLER = "arn:aws:iam::*:user/*"
ROLE = "arn:aws:iam::123456789012:role/r"
INTERNAL = (500, [b"content-type: application/json\r\n"], b'{"message":"Internal Server Error"}')


@pytest.mark.parametrize(
    ("document", "path", "effect"),
    [
        ({"integrationType": "KAFKA"}, "integrationType", REFUSED),
        (
            {"integrationType": "AWS_PROXY", "integrationUri": "arn:aws:apigateway:eu-west-1:firehose:action/x"},
            "integrationUri",
            REFUSED,
        ),
        (
            {"integrationType": "AWS_PROXY", "requestParameters": {"integration.request.header.a": "'b'"}},
            "requestParameters",
            REFUSED,
        ),
        (
            {"integrationType": "AWS", "requestParameters": {"integration.request.header.X-Amz-Log-Type": "'Tail'"}},
            "requestParameters",
            REFUSED,
        ),
        ({"integrationType": "HTTP_PROXY", "credentialsArn": CALLER}, "credentialsArn", CLOSED),
        ({"integrationType": "MOCK", "credentialsArn": CALLER}, "credentialsArn", CLOSED),
        ({"integrationType": "AWS_PROXY", "credentialsArn": ROLE}, "credentialsArn", STORED_ONLY),
        (
            {"integrationType": "AWS_PROXY", "integrationSubtype": "SQS-SendMessage", "credentialsArn": CALLER},
            "credentialsArn",
            STORED_ONLY,
        ),
    ],
)
def test_integrations(document: dict[str, Any], path: str, effect: object) -> None:
    assert [(found.path, found.effect) for found in unserved_routes.of_integration(document)] == [(path, effect)]


def test_parameters_of_a_service_are_served() -> None:
    document = {
        "integrationType": "AWS_PROXY",
        "integrationSubtype": "SQS-SendMessage",
        "requestParameters": {"a": "b"},
    }
    assert not list(unserved_routes.of_integration(document))


def test_a_route_that_does_not_say_who_may_call_is_closed() -> None:
    for document in ({}, {"authorizationType": "OTHER"}):
        assert refused(unserved_routes.of_route(document)) is None
        assert closed(unserved_routes.of_route(document))
    taken = http_snapshot({"GET /a": BACKEND, "GET /b": BACKEND | {"credentialsArn": CALLER}})
    taken["routes"][0]["authorizationType"] = "OTHER"
    plan = http_compiled(taken)
    for path in ("/a", "/b"):
        assert seen(Scene().serve(plan, request("GET", path))) == INTERNAL


def test_authorizers_and_stages() -> None:
    assert refused(unserved_routes.of_authorizer({"authorizerType": "TOKEN"}))
    stage = {
        "defaultRouteSettings": {"loggingLevel": "ERROR", "throttlingBurstLimit": 5},
        "routeSettings": {"$connect": {"loggingLevel": "OFF", "dataTraceEnabled": True}},
    }
    assert list(unserved_routes.of_stage(stage)) == [
        ("defaultRouteSettings loggingLevel", "ERROR", STORED_ONLY),
        ("routeSettings $connect dataTraceEnabled", "true", STORED_ONLY),
    ]
