"""Deployment: snapshots, the stages they make and move, summaries, deletion."""

from datetime import UTC, datetime
from typing import Any

from gatewright.values.records import Document, Key
from tests.management.gateway import NOW, Gateway, bad, missing, operation, replace

CREATED = datetime.fromtimestamp(NOW, UTC)
CANARY = "Invalid deployment content specified."


def snapshot(gateway: Gateway, deployment: str) -> Document:
    with gateway.store.read() as tx:
        found = tx.get(Key("000000000000", "us-east-1", "Snapshot", "pets", deployment))
    assert found is not None
    return found


def test_an_api_is_deployed_when_it_is_whole(gateway: Gateway, root: str) -> None:
    assert gateway.refusal("create_deployment", restApiId="pets") == bad("The REST API doesn't contain any methods")
    where = {"restApiId": "pets", "resourceId": root, "httpMethod": "GET"}
    gateway.call("put_method", **where, authorizationType="NONE")
    assert gateway.refusal("create_deployment", restApiId="pets") == bad("No integration defined for method")
    assert gateway.call("get_deployments", restApiId="pets") == {"items": []}


def test_a_private_api_is_deployed_with_a_policy(gateway: Gateway, mock: dict[str, str]) -> None:
    private = [{"op": "replace", "path": "/endpointConfiguration/types/EDGE", "value": "PRIVATE"}]
    gateway.call("update_rest_api", restApiId="pets", patchOperations=private)
    assert gateway.refusal("create_deployment", restApiId="pets") == bad(
        "Private REST API doesn't have a resource policy attached to it"
    )
    policy = '{"Version": "2012-10-17", "Statement": []}'
    patch = [{"op": "replace", "path": "/policy", "value": policy}]
    gateway.call("update_rest_api", restApiId="pets", patchOperations=patch)
    assert gateway.call("create_deployment", restApiId="pets")["id"]


def test_a_deployment_is_a_snapshot(gateway: Gateway, mock: dict[str, str], root: str) -> None:
    made = gateway.call("create_deployment", restApiId="pets", description="one")
    assert made == {"id": made["id"], "description": "one", "createdDate": CREATED}
    assert len(made["id"]) == 6
    integration = {
        "type": "MOCK",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": 29000,
        "cacheNamespace": root,
        "cacheKeyParameters": [],
    }
    method = {
        "httpMethod": "GET",
        "authorizationType": "NONE",
        "apiKeyRequired": False,
        "methodIntegration": integration,
    }
    expected = {
        "restApi": {
            "id": "pets",
            "name": "pets",
            "tags": {"_custom_id_": "pets"},
            "rootResourceId": root,
            "createdDate": NOW,
            "apiKeySource": "HEADER",
            "apiStatus": "AVAILABLE",
            "disableExecuteApiEndpoint": False,
            "endpointConfiguration": {"types": ["EDGE"], "ipAddressType": "ipv4"},
        },
        "resources": [{"id": root, "path": "/", "resourceMethods": {"GET": method}}],
        "models": gateway.call("get_models", restApiId="pets")["items"],
        "requestValidators": [],
        "authorizers": [],
        "gatewayResponses": [],
    }
    assert snapshot(gateway, made["id"]) == expected
    gateway.call("delete_integration", **mock)
    gateway.call("create_resource", restApiId="pets", parentId=root, pathPart="later")
    assert snapshot(gateway, made["id"]) == expected


def test_the_summary_of_methods(gateway: Gateway, mock: dict[str, str]) -> None:
    made = gateway.call("create_deployment", restApiId="pets")
    where = {"restApiId": "pets", "deploymentId": made["id"]}
    assert gateway.call("get_deployment", **where) == made
    summary = {"/": {"GET": {"authorizationType": "NONE", "apiKeyRequired": False}}}
    assert gateway.call("get_deployment", **where, embed=["apisummary"]) == made | {"apiSummary": summary}
    assert gateway.call("get_deployments", restApiId="pets") == {"items": [made]}


def test_a_stage_is_made_and_then_moved(gateway: Gateway, mock: dict[str, str]) -> None:
    first = gateway.call(
        "create_deployment",
        restApiId="pets",
        stageName="prod",
        stageDescription="live",
        variables={"host": "example.com"},
        cacheClusterEnabled=False,
        tracingEnabled=False,
    )
    stage = {
        "stageName": "prod",
        "deploymentId": first["id"],
        "description": "live",
        "variables": {"host": "example.com"},
        "cacheClusterEnabled": False,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "methodSettings": {},
        "tracingEnabled": False,
        "createdDate": CREATED,
        "lastUpdatedDate": CREATED,
    }
    assert gateway.call("get_stage", restApiId="pets", stageName="prod") == stage
    second = gateway.call("create_deployment", restApiId="pets", stageName="prod", variables={"host": "example.org"})
    moved = stage | {"deploymentId": second["id"], "variables": {"host": "example.org"}}
    assert gateway.call("get_stage", restApiId="pets", stageName="prod") == moved
    assert gateway.refusal("create_deployment", restApiId="pets", stageName="not a name") == bad(
        "Stage name only allows a-zA-Z0-9_-"
    )
    kept = gateway.call("get_deployments", restApiId="pets")["items"]
    assert {one["id"] for one in kept} == {first["id"], second["id"]}


def test_canaries(gateway: Gateway, mock: dict[str, str]) -> None:
    settings: dict[str, Any] = {"percentTraffic": 10.0}
    given = {"restApiId": "pets", "canarySettings": settings}
    null = f"{CANARY}Non null and non empty stageName must be provided for canary deployment. Provided value is null"
    assert gateway.refusal("create_deployment", **given) == bad(null)
    early = f"{CANARY}Stage prod must already be created before making a canary release deployment"
    assert gateway.refusal("create_deployment", **given, stageName="prod") == bad(early)
    base = gateway.call("create_deployment", restApiId="pets", stageName="prod")["id"]
    canary = gateway.call("create_deployment", **given, stageName="prod")["id"]
    stage = gateway.call("get_stage", restApiId="pets", stageName="prod")
    assert stage["deploymentId"] == base != canary
    assert stage["canarySettings"] == {"percentTraffic": 10.0, "useStageCache": False, "deploymentId": canary}
    used = bad("Active stages pointing to this deployment must be moved or deleted")
    assert gateway.refusal("delete_deployment", restApiId="pets", deploymentId=canary) == used


def test_a_deployment_goes_when_no_stage_uses_it(gateway: Gateway, deployment: str) -> None:
    where = {"restApiId": "pets", "deploymentId": deployment}
    used = bad("Active stages pointing to this deployment must be moved or deleted")
    assert gateway.refusal("delete_deployment", **where) == used
    gateway.call("delete_stage", restApiId="pets", stageName="prod")
    gateway.call("delete_deployment", **where)
    assert gateway.refusal("get_deployment", **where) == missing("Invalid Deployment identifier specified")
    with gateway.store.read() as tx:
        assert tx.find("Snapshot", deployment) == []


def test_patches(gateway: Gateway, deployment: str) -> None:
    where = {"restApiId": "pets", "deploymentId": deployment}
    updated = gateway.call("update_deployment", **where, patchOperations=replace("/description", "two"))
    assert updated == {"id": deployment, "description": "two", "createdDate": CREATED}
    for operations, message in (
        (replace("/id", "x"), "Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/description]"),
        (
            operation("remove", "/description"),
            "Invalid patch path  '/description' specified for op 'remove'. Please choose supported operations",
        ),
    ):
        assert gateway.refusal("update_deployment", **where, patchOperations=operations) == bad(message)
