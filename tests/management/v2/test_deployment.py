"""Deployments of the second API: snapshots that stages point at, made by callers or by the API's own changes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gatewright.values.records import Key
from tests.management.gateway import NOW, Gateway, bad, missing

DATE = datetime.fromtimestamp(NOW, UTC)
AUTOMATIC = {
    "AutoDeployed": True,
    "CreatedDate": DATE,
    "DeploymentStatus": "DEPLOYED",
    "Description": "Automatic deployment triggered by changes to the Api configuration",
}


def snapshot(gateway: Gateway, api: str, deployment: str) -> dict[str, Any]:
    with gateway.store.read() as tx:
        return tx.get(Key("000000000000", "us-east-1", "Snapshot", api, deployment)) or {}


def deployments(gateway: Gateway, api: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = gateway.call("get_deployments", ApiId=api)["Items"]
    return items


def test_a_deployment(gateway: Gateway, http: str) -> None:
    made = gateway.call("create_deployment", ApiId=http, Description="first")
    id = made["DeploymentId"]
    where = {"ApiId": http, "DeploymentId": id}
    assert made == {
        "AutoDeployed": False,
        "CreatedDate": DATE,
        "DeploymentId": id,
        "DeploymentStatus": "DEPLOYED",
        "Description": "first",
    }
    assert gateway.call("get_deployment", **where) == made
    assert deployments(gateway, http) == [made]
    assert gateway.call("update_deployment", **where, Description="again") == made | {"Description": "again"}
    del made["Description"]
    assert gateway.call("update_deployment", **where, Description="") == made
    assert gateway.call("delete_deployment", **where) == {}
    assert snapshot(gateway, http, id) == {}
    for verb in ("get", "update", "delete"):
        refusal = gateway.refusal(f"{verb}_deployment", **where)
        assert refusal == missing(f"Invalid Deployment identifier specified {id}")
    unknown = missing("Invalid API identifier specified 000000000000:none")
    assert gateway.refusal("create_deployment", ApiId="none") == unknown
    assert gateway.refusal("get_deployments", ApiId="none") == unknown


@pytest.mark.parametrize(
    ("protocol", "message"),
    [
        ("HTTP", "Unable to deploy API because no routes exist in this API"),
        ("WEBSOCKET", "At least one route is required before deploying the Api."),
    ],
)
def test_an_api_without_routes(gateway: Gateway, protocol: str, message: str) -> None:
    given = {"RouteSelectionExpression": "$request.body.action"} if protocol == "WEBSOCKET" else {}
    api = gateway.call("create_api", Name="empty", ProtocolType=protocol, **given)["ApiId"]
    assert gateway.refusal("create_deployment", ApiId=api) == bad(message)
    stage = gateway.call("create_stage", ApiId=api, StageName="test", AutoDeploy=True)
    assert stage["LastDeploymentStatusMessage"] == f"Deployment attempt failed: {message}"
    assert "DeploymentId" not in stage
    assert deployments(gateway, api) == []


def test_a_snapshot_is_the_api_as_it_was(gateway: Gateway, websocket: str) -> None:
    where = {"ApiId": websocket}
    integration = gateway.call("create_integration", **where, IntegrationType="MOCK")["IntegrationId"]
    gateway.call("create_integration_response", **where, IntegrationId=integration, IntegrationResponseKey="$default")
    route = gateway.call("create_route", **where, RouteKey="$default", Target=f"integrations/{integration}")["RouteId"]
    gateway.call("create_route_response", **where, RouteId=route, RouteResponseKey="$default")
    gateway.call("create_model", **where, Name="pet", Schema='{"type": "object"}', ContentType="application/json")
    id = gateway.call("create_deployment", **where)["DeploymentId"]
    taken = snapshot(gateway, websocket, id)
    assert taken["api"]["name"] == "chat"
    assert {each["routeKey"]: len(each["routeResponses"]) for each in taken["routes"]} == {"$connect": 0, "$default": 1}
    assert [len(each["integrationResponses"]) for each in taken["integrations"]] == [1]
    assert [each["name"] for each in taken["models"]] == ["pet"]
    assert taken["authorizers"] == []
    gateway.call("delete_route", **where, RouteId=route)
    assert snapshot(gateway, websocket, id) == taken


def test_a_stage_of_its_own(gateway: Gateway, http: str) -> None:
    where = {"ApiId": http}
    assert gateway.refusal("create_deployment", **where, StageName="test") == missing(
        "Invalid stage identifier specified"
    )
    gateway.call("create_stage", **where, StageName="test")
    id = gateway.call("create_deployment", **where, StageName="test")["DeploymentId"]
    assert gateway.call("get_stage", **where, StageName="test")["DeploymentId"] == id
    assert gateway.refusal("delete_deployment", **where, DeploymentId=id) == bad(
        "Active stages pointing to this deployment must be moved or deleted"
    )
    other = gateway.call("create_deployment", **where)["DeploymentId"]
    gateway.call("update_stage", **where, StageName="test", DeploymentId=other)
    assert gateway.call("delete_deployment", **where, DeploymentId=id) == {}


def test_changes_deploy_themselves(gateway: Gateway, http: str) -> None:
    where = {"ApiId": http}
    first = gateway.call("create_stage", **where, StageName="$default", AutoDeploy=True)
    gateway.call("create_stage", **where, StageName="still")
    id = first["DeploymentId"]
    assert first["LastDeploymentStatusMessage"] == f"Successfully deployed stage with deployment ID '{id}'"
    assert deployments(gateway, http) == [AUTOMATIC | {"DeploymentId": id}]
    seen = {id}

    def moved(operation: str, **given: Any) -> dict[str, Any]:
        """What an operation answers, after which the stage serves a new deployment."""
        answer: dict[str, Any] = gateway.call(operation, **where, **given)
        stage = gateway.call("get_stage", **where, StageName="$default")
        id = stage["DeploymentId"]
        assert id not in seen, operation
        assert stage["LastDeploymentStatusMessage"] == f"Successfully deployed stage with deployment ID '{id}'"
        assert gateway.call("get_deployment", **where, DeploymentId=id) == AUTOMATIC | {"DeploymentId": id}
        seen.add(id)
        return answer

    backend = {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY", "IntegrationUri": "http://example.com/"}
    integration = moved("create_integration", **backend, PayloadFormatVersion="1.0")["IntegrationId"]
    moved("update_integration", IntegrationId=integration, TimeoutInMillis=1000)
    route = moved("create_route", RouteKey="GET /dogs", Target=f"integrations/{integration}")["RouteId"]
    moved("update_route", RouteId=route, OperationName="dogs")
    jwt = {"Issuer": "https://example.com", "Audience": ["a"]}
    source = ["$request.header.Authorization"]
    authorizer = moved(
        "create_authorizer", Name="j", AuthorizerType="JWT", IdentitySource=source, JwtConfiguration=jwt
    )["AuthorizerId"]
    moved("update_api", CorsConfiguration={"AllowOrigins": ["https://example.com"]})
    moved("delete_cors_configuration")
    moved("delete_authorizer", AuthorizerId=authorizer)
    moved("delete_route", RouteId=route)
    moved("delete_integration", IntegrationId=integration)
    assert snapshot(gateway, http, id)["integrations"] == []
    assert "DeploymentId" not in gateway.call("get_stage", **where, StageName="still")


def test_an_api_that_lost_its_routes_is_served_as_it_was(gateway: Gateway, http: str) -> None:
    where = {"ApiId": http}
    id = gateway.call("create_stage", **where, StageName="test", AutoDeploy=True)["DeploymentId"]
    (route,) = gateway.call("get_routes", **where)["Items"]
    gateway.call("delete_route", **where, RouteId=route["RouteId"])
    stage = gateway.call("get_stage", **where, StageName="test")
    assert stage["DeploymentId"] == id
    assert stage["LastDeploymentStatusMessage"] == (
        "Deployment attempt failed: Unable to deploy API because no routes exist in this API"
    )


def test_whoever_deploys_automatically_is_told_nothing(gateway: Gateway, http: str) -> None:
    where = {"ApiId": http, "StageName": "test"}
    id = gateway.call("create_deployment", ApiId=http)["DeploymentId"]
    gateway.call("create_stage", **where, DeploymentId=id)
    refusal = bad(f"Deployment ID cannot be set on this stage 000000000000:{http} because AutoDeploy is enabled.")
    assert gateway.refusal("update_stage", **where, AutoDeploy=True, DeploymentId=id) == refusal
    deployed = gateway.call("update_stage", **where, AutoDeploy=True)
    assert deployed["DeploymentId"] != id
    assert gateway.call("update_stage", **where, Description="d")["DeploymentId"] == deployed["DeploymentId"]
    assert gateway.refusal("update_stage", **where, DeploymentId=id) == refusal
    assert gateway.refusal("create_deployment", **where) == refusal
    assert gateway.refusal("create_stage", ApiId=http, StageName="b", AutoDeploy=True, DeploymentId=id) == refusal
    stopped = gateway.call("update_stage", **where, AutoDeploy=False)
    assert stopped["DeploymentId"] == deployed["DeploymentId"]
    assert "LastDeploymentStatusMessage" not in stopped
    assert gateway.call("update_stage", **where, DeploymentId=id)["DeploymentId"] == id


def test_a_stage_that_turns_to_automatic_deployment_again_and_again(gateway: Gateway, http: str) -> None:
    where = {"ApiId": http, "StageName": "test"}
    gateway.call("create_stage", **where)
    for number in range(210):
        stage = gateway.call("update_stage", **where, AutoDeploy=number % 2 == 0)
    items = gateway.call("get_deployments", ApiId=http, MaxResults="500")["Items"]
    assert len(items) == 101 and stage["DeploymentId"] in {each["DeploymentId"] for each in items}


def test_old_automatic_deployments_go(gateway: Gateway, http: str) -> None:
    where = {"ApiId": http}
    kept = gateway.call("create_deployment", **where)["DeploymentId"]
    gateway.call("create_stage", **where, StageName="auto", AutoDeploy=True)
    pinned = gateway.call("get_stage", **where, StageName="auto")["DeploymentId"]
    gateway.call("create_stage", **where, StageName="pinned", DeploymentId=pinned)
    (route,) = gateway.call("get_routes", **where)["Items"]
    for number in range(110):
        gateway.call("update_route", **where, RouteId=route["RouteId"], OperationName=f"n{number}")
    items = gateway.call("get_deployments", **where, MaxResults="500")["Items"]
    ids = {each["DeploymentId"] for each in items}
    assert {kept, pinned, gateway.call("get_stage", **where, StageName="auto")["DeploymentId"]} <= ids
    assert len(ids) == 103
    with gateway.store.read() as tx:
        assert {id for id, _ in tx.list(Key("000000000000", "us-east-1", "Snapshot", http, ""))} == ids
