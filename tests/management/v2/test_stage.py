"""Stages of the second API: names, deployments, variables, settings of routes, access logs and who refers to them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.management.gateway import NOW, Gateway, bad, missing

DATE = datetime.fromtimestamp(NOW, UTC)
LOGS = "arn:aws:logs:us-east-1:000000000000:log-group:pets"
FIREHOSE = "arn:aws:firehose:us-east-1:000000000000:deliverystream/amazon-apigateway-pets"
NO_ROLE = bad("CloudWatch Logs role ARN must be set in account settings to enable logging")
NO_LOGS = bad("Execution logs are not supported on protocolType HTTP")
NEW = {
    "AutoDeploy": False,
    "CreatedDate": DATE,
    "LastUpdatedDate": DATE,
    "DefaultRouteSettings": {"DetailedMetricsEnabled": False},
    "RouteSettings": {},
    "StageVariables": {},
    "Tags": {},
}


def test_a_stage(gateway: Gateway, http: str) -> None:
    where = {"ApiId": http, "StageName": "$default"}
    made = gateway.call("create_stage", **where)
    assert made == NEW | {"StageName": "$default"}
    assert gateway.call("get_stage", **where) == made
    other = gateway.call("create_stage", ApiId=http, StageName="test", Description="d", Tags={"a": "1"})
    assert other == NEW | {"StageName": "test", "Description": "d", "Tags": {"a": "1"}}
    assert gateway.call("get_stages", ApiId=http) == {"Items": [made, other]}
    assert gateway.refusal("create_stage", **where) == ("ConflictException", "Stage already exists")
    assert gateway.call("update_stage", ApiId=http, StageName="test", Description="")["Tags"] == {"a": "1"}
    assert gateway.call("delete_stage", **where) == {}
    for verb in ("get", "update", "delete"):
        assert gateway.refusal(f"{verb}_stage", **where) == missing("Invalid stage identifier specified")
    assert gateway.refusal("get_stages", ApiId="none") == missing("Invalid API identifier specified 000000000000:none")


def test_names_and_deployments(gateway: Gateway, http: str, websocket: str) -> None:
    for api, name in ((http, "a.b"), (http, "$other"), (websocket, "$default")):
        refusal = gateway.refusal("create_stage", ApiId=api, StageName=name)
        assert refusal == bad("Stage name only allows a-zA-Z0-9_-")
    unknown = missing("Invalid Deployment identifier specified none")
    assert gateway.refusal("create_stage", ApiId=http, StageName="a", DeploymentId="none") == unknown
    gateway.call("create_stage", ApiId=http, StageName="a")
    assert gateway.refusal("update_stage", ApiId=http, StageName="a", DeploymentId="none") == unknown


def test_variables_are_laid_over(gateway: Gateway, http: str) -> None:
    where = {"ApiId": http, "StageName": "test"}
    gateway.call("create_stage", **where, StageVariables={"a": "1", "b": "2"})
    changed = gateway.call("update_stage", **where, StageVariables={"a": "", "c": "3"})
    assert changed["StageVariables"] == {"b": "2", "c": "3"}
    for variables, message in (
        ({"a-b": "1"}, "Invalid stage variable name: a-b. Stage variable names only allow a-zA-Z0-9_"),
        ({f"v{number}": "1" for number in range(99)}, "A stage can have at most 100 stage variables"),
    ):
        assert gateway.refusal("update_stage", **where, StageVariables=variables) == bad(message)
    assert gateway.call("get_stage", **where)["StageVariables"] == {"b": "2", "c": "3"}


def test_settings_of_routes(gateway: Gateway, http: str) -> None:
    where = {"ApiId": http, "StageName": "test"}
    limits = {"ThrottlingBurstLimit": 5, "ThrottlingRateLimit": 2.5}
    made = gateway.call("create_stage", **where, DefaultRouteSettings=limits)
    assert made["DefaultRouteSettings"] == limits | {"DetailedMetricsEnabled": False}
    unknown = missing("Unable to find Route by key GET /dogs within the provided RouteSettings")
    assert gateway.refusal("update_stage", **where, RouteSettings={"GET /dogs": limits}) == unknown
    for key in ("$default", "GET /pets"):  # the first needs no route
        gateway.call("update_stage", **where, RouteSettings={key: limits})
    assert gateway.call("delete_route_settings", **where, RouteKey="$default") == {}
    dogs = gateway.call("create_route", ApiId=http, RouteKey="GET /dogs")["RouteId"]
    changed = gateway.call(
        "update_stage",
        **where,
        DefaultRouteSettings={"DetailedMetricsEnabled": True},
        RouteSettings={"GET /dogs": {}, "GET /pets": {"ThrottlingBurstLimit": 7}},
    )
    rows = {
        "GET /dogs": {"DetailedMetricsEnabled": False},
        "GET /pets": {"DetailedMetricsEnabled": False, "ThrottlingBurstLimit": 7, "ThrottlingRateLimit": 2.5},
    }
    assert changed["DefaultRouteSettings"] == limits | {"DetailedMetricsEnabled": True}
    assert changed["RouteSettings"] == rows

    gateway.call("delete_route", ApiId=http, RouteId=dogs)
    assert gateway.call("update_stage", **where, Description="d")["RouteSettings"] == rows
    assert gateway.refusal("update_stage", **where, RouteSettings={"GET /pets": {}}) == unknown
    assert gateway.call("delete_route_settings", **where, RouteKey="GET /dogs") == {}
    assert gateway.refusal("delete_route_settings", **where, RouteKey="GET /dogs") == unknown
    assert gateway.call("get_stage", **where)["RouteSettings"] == {"GET /pets": rows["GET /pets"]}
    assert gateway.call("update_stage", **where, RouteSettings={"GET /pets": {}})["Description"] == "d"


@pytest.mark.parametrize(
    ("settings", "refusal"),
    [
        ({"LoggingLevel": "OFF"}, NO_LOGS),
        ({"LoggingLevel": "INFO"}, NO_LOGS),
        ({"DataTraceEnabled": True}, NO_LOGS),
        ({"ThrottlingBurstLimit": -1}, bad("Invalid throttlingBurstLimit specified: -1")),
        ({"ThrottlingRateLimit": -0.5}, bad("Invalid throttlingRateLimit specified: -0.5")),
    ],
)
def test_settings_that_an_http_api_cannot_have(
    gateway: Gateway, http: str, settings: dict[str, Any], refusal: tuple[str, str]
) -> None:
    where = {"ApiId": http, "StageName": "test"}
    assert gateway.refusal("create_stage", **where, DefaultRouteSettings=settings) == refusal
    assert gateway.refusal("create_stage", **where, RouteSettings={"GET /pets": settings}) == refusal


def test_a_stage_of_a_websocket_api(gateway: Gateway, websocket: str) -> None:
    where = {"ApiId": websocket, "StageName": "test"}
    off = {"DataTraceEnabled": False, "DetailedMetricsEnabled": False, "LoggingLevel": "OFF"}
    made = gateway.call("create_stage", **where, RouteSettings={"$connect": {}, "$disconnect": {}})
    row = {"DataTraceEnabled": False, "DetailedMetricsEnabled": False}
    rows = {"$connect": row, "$disconnect": row}
    assert made == NEW | {"StageName": "test", "DefaultRouteSettings": off, "RouteSettings": rows}
    assert gateway.refusal("update_stage", **where, DefaultRouteSettings={"LoggingLevel": "ERROR"}) == NO_ROLE
    assert gateway.refusal("update_stage", **where, RouteSettings={"$connect": {"LoggingLevel": "INFO"}}) == NO_ROLE
    _give_log_role(gateway)
    changed = gateway.call("update_stage", **where, DefaultRouteSettings={"LoggingLevel": "ERROR"})
    assert changed["DefaultRouteSettings"] == off | {"LoggingLevel": "ERROR"}


def _give_log_role(gateway: Gateway) -> None:
    patch = [{"op": "replace", "path": "/cloudwatchRoleArn", "value": "arn:aws:iam::000000000000:role/logs"}]
    gateway.speaking("apigateway").call("update_account", patchOperations=patch)


def test_access_logs(gateway: Gateway, http: str, websocket: str) -> None:
    settings = {"DestinationArn": LOGS, "Format": "$context.requestId"}
    where = {"ApiId": http, "StageName": "test"}
    assert gateway.call("create_stage", **where, AccessLogSettings=settings)["AccessLogSettings"] == settings
    wide = {"Format": "$context.requestId $context.status"}
    assert gateway.call("update_stage", **where, AccessLogSettings=wide)["AccessLogSettings"] == settings | wide
    for given, message in (
        ({"DestinationArn": "logs"}, "Invalid ARN. ARN is not well formed logs"),
        ({"DestinationArn": FIREHOSE}, f"Invalid ARN. ARN is not well formed {FIREHOSE}"),
        (
            {"Format": "$context.status"},
            "Access Log format must include either $context.requestId or $context.extendedRequestId : "
            "'$context.status'",
        ),
    ):
        assert gateway.refusal("update_stage", **where, AccessLogSettings=given) == bad(message)
    assert gateway.call("delete_access_log_settings", **where) == {}
    assert "AccessLogSettings" not in gateway.call("get_stage", **where)
    assert gateway.call("delete_access_log_settings", **where) == {}
    gateway.call("update_stage", **where, AccessLogSettings=settings)
    assert "AccessLogSettings" not in gateway.call("update_stage", **where, AccessLogSettings={})

    where = {"ApiId": websocket, "StageName": "test"}
    assert gateway.refusal("create_stage", **where, AccessLogSettings=settings) == NO_ROLE
    made = gateway.call("create_stage", **where, AccessLogSettings=settings | {"DestinationArn": FIREHOSE})
    assert made["AccessLogSettings"]["DestinationArn"] == FIREHOSE
    _give_log_role(gateway)
    assert gateway.call("update_stage", **where, AccessLogSettings=settings)["AccessLogSettings"] == settings


def test_client_certificates(gateway: Gateway, http: str, websocket: str) -> None:
    id = gateway.speaking("apigateway").call("generate_client_certificate")["clientCertificateId"]
    made = gateway.call("create_stage", ApiId=websocket, StageName="test", ClientCertificateId=id)
    assert made["ClientCertificateId"] == id
    where = {"ApiId": websocket, "StageName": "test"}
    assert gateway.refusal("update_stage", **where, ClientCertificateId="none")[0] == "NotFoundException"
    assert gateway.speaking("apigateway").refusal("delete_client_certificate", clientCertificateId=id) == bad(
        f"Cannot delete client certificate. Client certificate '{id}', is referenced in [chat:test] "
        "in format of [RESTApiId:Stage]."
    )
    assert "ClientCertificateId" not in gateway.call("update_stage", **where, ClientCertificateId="")
    refusal = gateway.refusal("create_stage", ApiId=http, StageName="test", ClientCertificateId=id)
    assert refusal == bad("Client certificates are not supported on protocolType HTTP")


def test_tags_of_a_stage(gateway: Gateway, http: str) -> None:
    where = {"ApiId": http, "StageName": "$default"}
    gateway.call("create_stage", **where)
    arn = f"arn:aws:apigateway:us-east-1::/apis/{http}/stages/$default"
    gateway.call("tag_resource", ResourceArn=arn, Tags={"a": "1"})
    assert gateway.call("get_stage", **where)["Tags"] == {"a": "1"}
    assert gateway.call("get_tags", ResourceArn=arn) == {"Tags": {"a": "1"}}


def test_the_authorizers_cache(gateway: Gateway, http: str) -> None:
    where = {"ApiId": http, "StageName": "test"}
    assert gateway.refusal("reset_authorizers_cache", **where) == missing("Invalid stage identifier specified")
    gateway.call("create_stage", **where)
    assert gateway.call("reset_authorizers_cache", **where) == {}
    assert gateway.flushed == [(http, "test")]


def test_usage_plans_take_stages_of_websocket_apis(gateway: Gateway, http: str, websocket: str) -> None:
    rest = gateway.speaking("apigateway")
    for api in (http, websocket):
        gateway.call("create_stage", ApiId=api, StageName="test")
    stages = [{"apiId": websocket, "stage": "test"}]
    plan = rest.call("create_usage_plan", name="p", apiStages=stages)
    assert plan["apiStages"] == stages
    unknown = missing("API Stage not found: pets:test")
    assert rest.refusal("create_usage_plan", name="p", apiStages=[{"apiId": http, "stage": "test"}]) == unknown
    throttled = [{**stages[0], "throttle": {"/a/GET": {"rateLimit": 1.0}}}]
    refusal = rest.refusal("create_usage_plan", name="p", apiStages=throttled, throttle={"rateLimit": 1.0})
    assert refusal == bad("Can not define fine grain throttling for a stage of a WebSocket API.")
    gateway.call("delete_stage", ApiId=websocket, StageName="test")
    assert rest.call("get_usage_plan", usagePlanId=plan["id"])["apiStages"] == []
