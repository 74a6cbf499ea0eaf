"""Stage: creation, every patch path, method settings, logs, roll-back."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.management.gateway import NOW, Gateway, Operations, bad, missing, operation, replace

CREATED = datetime.fromtimestamp(NOW, UTC)
LOGS = "arn:aws:logs:us-east-1:000000000000:log-group:access"
FIREHOSE = "arn:aws:firehose:us-east-1:000000000000:deliverystream/amazon-apigateway-access"
ROLE = "arn:aws:iam::000000000000:role/logs"
NEEDS_ROLE = bad("CloudWatch Logs role ARN must be set in account settings to enable logging")
ROW = {
    "metricsEnabled": False,
    "dataTraceEnabled": False,
    "throttlingBurstLimit": 5000,
    "throttlingRateLimit": 10000.0,
    "cachingEnabled": False,
    "cacheTtlInSeconds": 300,
    "cacheDataEncrypted": False,
    "requireAuthorizationForCacheControl": True,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}
PROD = {"restApiId": "pets", "stageName": "prod"}


def shape(deployment: str, **members: Any) -> dict[str, Any]:
    return {
        "stageName": "prod",
        "deploymentId": deployment,
        "cacheClusterEnabled": False,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "methodSettings": {},
        "tracingEnabled": False,
        "createdDate": CREATED,
        "lastUpdatedDate": CREATED,
    } | members


def test_creation(gateway: Gateway, deployment: str) -> None:
    given = {
        "stageName": "test",
        "deploymentId": deployment,
        "description": "Managed by Terraform",
        "variables": {"host": "example.com"},
        "tags": {"team": "pets"},
    }
    made = gateway.call("create_stage", restApiId="pets", **given, cacheClusterEnabled=False, tracingEnabled=False)
    assert made == shape(deployment, **given)
    assert gateway.call("get_stage", restApiId="pets", stageName="test") == made
    exists = gateway.refusal("create_stage", restApiId="pets", **given)
    assert exists == ("ConflictException", "Stage already exists")
    assert gateway.call("get_stages", restApiId="pets") == {"item": [shape(deployment), made]}
    assert gateway.call("get_stages", restApiId="pets", deploymentId="none") == {"item": []}
    gateway.call("delete_stage", **PROD)
    assert gateway.call("get_stages", restApiId="pets", deploymentId=deployment) == {"item": [made]}
    assert gateway.refusal("get_stage", **PROD) == missing("Invalid stage identifier specified")


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"stageName": "a b"}, bad("Stage name only allows a-zA-Z0-9_-")),
        ({"stageName": "a" * 129}, bad("Stage name only allows a-zA-Z0-9_-")),
        ({"deploymentId": "none"}, missing("Invalid Deployment identifier specified")),
        (
            {"variables": {"a-b": "x"}},
            bad("Invalid stage variable name: a-b. Stage variable names only allow a-zA-Z0-9_"),
        ),
        (
            {"variables": {"a": "<"}},
            bad(
                "Invalid stage variable value: <. Please use values with alphanumeric characters and the symbols "
                "' ', -', '.', '_', ':', '/', '?', '&', '=', and ','."
            ),
        ),
        ({"canarySettings": {"percentTraffic": 5.0}}, bad("Deployment id does not exist")),
        ({"documentationVersion": "1"}, missing("Invalid Documentation version specified")),
    ],
)
def test_what_is_refused(gateway: Gateway, deployment: str, given: dict[str, Any], refusal: tuple[str, str]) -> None:
    least = {"restApiId": "pets", "stageName": "test", "deploymentId": deployment}
    assert gateway.refusal("create_stage", **least | given) == refusal
    assert gateway.call("get_stages", restApiId="pets") == {"item": [shape(deployment)]}


@pytest.mark.parametrize(
    ("operations", "changed"),
    [
        (replace("/description", "live"), {"description": "live"}),
        (
            replace("/cacheClusterEnabled", "true"),
            {"cacheClusterEnabled": True, "cacheClusterStatus": "AVAILABLE", "cacheClusterSize": "0.5"},
        ),
        (replace("/cacheClusterEnabled", "false"), {}),
        (replace("/cacheClusterSize", "0.5"), {"cacheClusterSize": "0.5"}),
        (replace("/clientCertificateId", ""), {}),
        (replace("/documentationVersion", ""), {}),
        (replace("/tracingEnabled", "true"), {"tracingEnabled": True}),
        (replace("/tracingEnabled", "false"), {}),
        (replace("/variables/a", "1") + replace("/variables/b", "2"), {"variables": {"a": "1", "b": "2"}}),
        (replace("/variables/a", "1") + operation("remove", "/variables/a"), {}),
        (replace("/variables", '{"a":"1"}'), {"variables": {"a": "1"}}),
        (replace("/variables/a", "1") + operation("remove", "/variables"), {}),
        (operation("remove", "/accessLogSettings"), {}),
        (operation("remove", "/canarySettings"), {}),
        (
            replace("/accessLogSettings/destinationArn", FIREHOSE)
            + replace("/accessLogSettings/format", "$context.requestId"),
            {"accessLogSettings": {"destinationArn": FIREHOSE, "format": "$context.requestId"}},
        ),
        (
            operation("add", "/accessLogSettings/format", "$context.requestId")
            + operation("remove", "/accessLogSettings/format"),
            {},
        ),
        (replace("/*/*/metrics/enabled", "true"), {"methodSettings": {"*/*": ROW | {"metricsEnabled": True}}}),
        (
            replace("/*/*/throttling/burstLimit", "10")
            + replace("/*/*/throttling/rateLimit", "2.5")
            + replace("/*/*/logging/loglevel", "OFF")
            + replace("/*/*/logging/dataTrace", "true")
            + replace("/*/*/caching/enabled", "true")
            + replace("/*/*/caching/ttlInSeconds", "0")
            + replace("/*/*/caching/dataEncrypted", "true")
            + replace("/*/*/caching/requireAuthorizationForCacheControl", "false")
            + replace("/*/*/caching/unauthorizedCacheControlHeaderStrategy", "FAIL_WITH_403"),
            {
                "methodSettings": {
                    "*/*": ROW
                    | {
                        "throttlingBurstLimit": 10,
                        "throttlingRateLimit": 2.5,
                        "loggingLevel": "OFF",
                        "dataTraceEnabled": True,
                        "cachingEnabled": True,
                        "cacheTtlInSeconds": 0,
                        "cacheDataEncrypted": True,
                        "requireAuthorizationForCacheControl": False,
                        "unauthorizedCacheControlHeaderStrategy": "FAIL_WITH_403",
                    }
                }
            },
        ),
        (
            replace("/*/*/caching/ttlInSeconds", "60")
            + replace("/~1pets~1{id}/GET/metrics/enabled", "true")
            + replace("/*/*/caching/ttlInSeconds", "90"),
            {
                "methodSettings": {
                    "*/*": ROW | {"cacheTtlInSeconds": 90},
                    "~1pets~1{id}/GET": ROW | {"cacheTtlInSeconds": 60, "metricsEnabled": True},
                }
            },
        ),
        (replace("/~1/GET/metrics/enabled", "false"), {"methodSettings": {"~1/GET": ROW}}),
        (
            replace("/pets/cats/GET/metrics/enabled", "false") + replace("/pets~1cats/GET/caching/ttlInSeconds", "1"),
            {"methodSettings": {"pets/cats/GET": ROW | {"cacheTtlInSeconds": 1}}},
        ),
        (replace("/*/*/metrics/enabled", "true") + operation("remove", "/*/*"), {}),
        (replace("/pets/GET/metrics/enabled", "true") + operation("remove", "/pets/GET"), {}),
    ],
)
def test_patches(gateway: Gateway, deployment: str, operations: Operations, changed: dict[str, Any]) -> None:
    expected = shape(deployment) | changed
    assert gateway.call("update_stage", **PROD, patchOperations=operations) == expected
    assert gateway.call("get_stage", **PROD) == expected


@pytest.mark.parametrize(
    ("operations", "refusal"),
    [
        (replace("/deploymentId", "none"), bad("Deployment id does not exist")),
        (
            replace("/cacheClusterSize", "1"),
            bad("Invalid cacheClusterSize specified. Valid options are 0.5,1.6,6.1,13.5,28.4,58.2,118,237"),
        ),
        (replace("/clientCertificateId", "x"), missing("Invalid Client Certificate identifier specified")),
        (replace("/accessLogSettings/format", ""), bad("Access Log value must not be empty")),
        (
            replace("/accessLogSettings/format", "$context.status"),
            bad(
                "Access Log format must include either $context.requestId or $context.extendedRequestId : "
                "'$context.status'"
            ),
        ),
        (
            replace("/accessLogSettings/destinationArn", "here"),
            bad("Invalid ARN. ARN is not well formed here"),
        ),
        (replace("/accessLogSettings/destinationArn", LOGS), NEEDS_ROLE),
        (
            replace("/accessLogSettings/other", "x"),
            bad(
                "Invalid accessLogSettings path. "
                "Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format]"
            ),
        ),
        (replace("/*/*/logging/loglevel", "INFO"), NEEDS_ROLE),
        (
            replace("/*/*/logging/loglevel", "LOUD"),
            bad("Invalid logging level specified. Valid options are OFF,ERROR,INFO"),
        ),
        (
            replace("/*/*/caching/ttlInSeconds", "3601"),
            bad("Invalid cacheTtlInSeconds specified: 3601. Must be between 0 and 3600"),
        ),
        (
            operation("remove", "/*/*"),
            bad("Cannot remove method setting */* because there is no method setting for this method "),
        ),
        (
            replace("/*/*/metrics/enabled", "true") + operation("remove", "/*/*/metrics/enabled"),
            bad("Cannot remove method setting */*/metrics/enabled because there is no method setting for this method "),
        ),
        (
            operation("remove", "/canarySettings/stageVariableOverrides"),
            bad(
                "Cannot remove method setting canarySettings/stageVariableOverrides "
                "because there is no method setting for this method "
            ),
        ),
        (
            [row for count in range(2001) for row in replace(f"/{count}/GET/metrics/enabled", "true")],
            ("LimitExceededException", "A stage can have settings of at most 2000 methods"),
        ),
        (
            [operations for count in range(101) for operations in replace(f"/variables/v{count}", "1")],
            ("LimitExceededException", "A stage can have at most 100 stage variables"),
        ),
        (
            replace("/canarySettings/percentTraffic", "101"),
            bad("Invalid percentTraffic specified: 101.0. Must be between 0 and 100"),
        ),
        (replace("/canarySettings/deploymentId", "none"), bad("Deployment id does not exist")),
        (
            operation("add", "/canarySettings/deploymentId", "x"),
            bad("Invalid add operation with path: /canarySettings/deploymentId"),
        ),
        (
            operation("remove", "/canarySettings/stageVariableOverrides/a"),
            bad("Invalid remove operation with path: /canarySettings/stageVariableOverrides/a"),
        ),
        (
            [{"op": "copy", "path": "/deploymentId", "from": "/canarySettings/deploymentId"}],
            bad("Promotion not available. Canary does not exist."),
        ),
        (
            [{"op": "copy", "path": "/description", "from": "/deploymentId"}],
            bad(
                "Invalid copy operation with path: /description and from /deploymentId. "
                "Valid copy:path are [/deploymentId, /variables] and valid copy:from are "
                "[/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]"
            ),
        ),
    ],
)
def test_patches_that_are_refused_change_nothing(
    gateway: Gateway, deployment: str, operations: Operations, refusal: tuple[str, str]
) -> None:
    assert gateway.refusal("update_stage", **PROD, patchOperations=operations) == refusal
    assert gateway.call("get_stage", **PROD) == shape(deployment)


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/pets/FETCH/metrics/enabled", "/pets/*/metrics/enabled", "/*/*/metrics/disabled", "/stageName", "/"],
)
def test_unknown_paths(gateway: Gateway, deployment: str, path: str) -> None:
    code, message = gateway.refusal("update_stage", **PROD, patchOperations=replace(path, "x"))
    start = f"Invalid method setting path: {path}. Must be one of: [/deploymentId, /description, /cacheClusterEnabled,"
    assert (code, message[: len(start)]) == bad(start)


def test_a_log_group_needs_the_role_of_the_account(gateway: Gateway, deployment: str) -> None:
    gateway.call("update_account", patchOperations=replace("/cloudwatchRoleArn", ROLE))
    operations = replace("/accessLogSettings/destinationArn", LOGS) + replace(
        "/accessLogSettings/format", '{"id":"$context.requestId"}'
    )
    settings = {"destinationArn": LOGS, "format": '{"id":"$context.requestId"}'}
    stage = gateway.call("update_stage", **PROD, patchOperations=operations)
    assert stage == shape(deployment, accessLogSettings=settings)
    removed = gateway.call("update_stage", **PROD, patchOperations=operation("remove", "/accessLogSettings"))
    assert removed == shape(deployment)
    logged = gateway.call("update_stage", **PROD, patchOperations=replace("/*/*/logging/loglevel", "INFO"))
    assert logged == shape(deployment, methodSettings={"*/*": ROW | {"loggingLevel": "INFO"}})


def test_rolling_back(gateway: Gateway, deployment: str) -> None:
    second = gateway.call("create_deployment", restApiId="pets", stageName="prod")["id"]
    assert gateway.call("get_stage", **PROD) == shape(second)
    back = gateway.call("update_stage", **PROD, patchOperations=replace("/deploymentId", deployment))
    assert back == shape(deployment)


def test_flushing(gateway: Gateway, deployment: str) -> None:
    assert gateway.call("flush_stage_cache", **PROD) == {}
    assert gateway.call("flush_stage_authorizers_cache", **PROD) == {}
    unknown = missing("Invalid stage identifier specified")
    for name in ("flush_stage_cache", "flush_stage_authorizers_cache"):
        assert gateway.refusal(name, restApiId="pets", stageName="none") == unknown


def test_a_canary_is_made_filled_promoted_and_dropped(gateway: Gateway, deployment: str) -> None:
    second = gateway.call("create_deployment", restApiId="pets")["id"]
    variables = replace("/variables/a", "1") + replace("/variables/b", "1")
    made = variables + replace("/canarySettings/percentTraffic", "12.5")
    canary: dict[str, Any] = {"percentTraffic": 12.5, "useStageCache": False, "deploymentId": deployment}
    before = shape(deployment, variables={"a": "1", "b": "1"})
    assert gateway.call("update_stage", **PROD, patchOperations=made) == before | {"canarySettings": canary}
    filled = (
        replace("/canarySettings/deploymentId", second)
        + replace("/canarySettings/useStageCache", "true")
        + replace("/canarySettings/stageVariableOverrides/b", "2")
        + replace("/canarySettings/stageVariableOverrides/c", "3")
    )
    canary |= {"deploymentId": second, "useStageCache": True, "stageVariableOverrides": {"b": "2", "c": "3"}}
    assert gateway.call("update_stage", **PROD, patchOperations=filled) == before | {"canarySettings": canary}
    less = operation("remove", "/canarySettings/stageVariableOverrides/c")
    canary["stageVariableOverrides"] = {"b": "2"}
    assert gateway.call("update_stage", **PROD, patchOperations=less) == before | {"canarySettings": canary}
    promoted = [
        {"op": "copy", "path": "/deploymentId", "from": "/canarySettings/deploymentId"},
        {"op": "copy", "path": "/variables", "from": "/canarySettings/stageVariableOverrides"},
        {"op": "remove", "path": "/canarySettings"},
    ]
    after = shape(second, variables={"a": "1", "b": "2"})
    assert gateway.call("update_stage", **PROD, patchOperations=promoted) == after
    assert gateway.call("get_stage", **PROD) == after
