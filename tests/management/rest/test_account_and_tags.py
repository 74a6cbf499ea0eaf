"""Account, the tagging operations, and TestInvokeMethod."""

from typing import Any

import pytest

from tests.management.gateway import Endpoint, Gateway, Operations, bad, missing, operation, replace

ROLE = "arn:aws:iam::000000000000:role/logs"
FRESH = {
    "throttleSettings": {"burstLimit": 5000, "rateLimit": 10000.0},
    "features": ["UsagePlans"],
    "apiKeyVersion": "4",
}
API = "arn:aws:apigateway:us-east-1::/restapis/pets"
STAGE = f"{API}/stages/prod"


def test_an_account(gateway: Gateway) -> None:
    assert gateway.call("get_account") == FRESH
    changed = FRESH | {"cloudwatchRoleArn": ROLE}
    assert gateway.call("update_account", patchOperations=replace("/cloudwatchRoleArn", ROLE)) == changed
    assert gateway.call("get_account") == changed
    assert gateway.call("get_account", region="eu-west-1") == FRESH
    assert gateway.call("get_account", account="111111111111") == FRESH
    added = gateway.call("update_account", patchOperations=operation("add", "/features", "UsagePlans"))
    assert added == changed
    assert gateway.call("update_account", patchOperations=replace("/cloudwatchRoleArn", "")) == FRESH


@pytest.mark.parametrize(
    ("operations", "message"),
    [
        (replace("/cloudwatchRoleArn", "me"), "Invalid ARN specified in the request"),
        (operation("remove", "/features", "UsagePlans"), "Invalid feature specified: UsagePlans"),
        (operation("add", "/features", "Flight"), "Invalid feature specified: Flight"),
        (
            replace("/apiKeyVersion", "5"),
            "Invalid patch path  '/apiKeyVersion' specified for op 'replace'. Must be one of: [/cloudwatchRoleArn]",
        ),
    ],
)
def test_what_an_account_refuses(gateway: Gateway, operations: Operations, message: str) -> None:
    assert gateway.refusal("update_account", patchOperations=operations) == bad(message)
    assert gateway.call("get_account") == FRESH


def test_tags(gateway: Gateway, deployment: str) -> None:
    custom = {"_custom_id_": "pets"}
    for arn, before in ((API, custom), (STAGE, {})):
        assert gateway.call("get_tags", resourceArn=arn) == {"tags": before}
        assert gateway.call("tag_resource", resourceArn=arn, tags={"a": "1", "b": "2"}) == {}
        assert gateway.call("tag_resource", resourceArn=arn, tags={"b": "3"}) == {}
        assert gateway.call("get_tags", resourceArn=arn) == {"tags": before | {"a": "1", "b": "3"}}
        assert gateway.call("untag_resource", resourceArn=arn, tagKeys=["a", "never"]) == {}
    assert gateway.call("get_rest_api", restApiId="pets")["tags"] == custom | {"b": "3"}
    assert gateway.call("get_stage", restApiId="pets", stageName="prod")["tags"] == {"b": "3"}
    gateway.call("untag_resource", resourceArn=STAGE, tagKeys=["b"])
    assert "tags" not in gateway.call("get_stage", restApiId="pets", stageName="prod")


def test_what_tagging_refuses(gateway: Gateway, api: dict[str, Any]) -> None:
    assert gateway.refusal("get_tags", resourceArn="pets") == bad("Invalid ARN specified in the request")
    stage = missing("Invalid stage identifier specified")
    assert gateway.refusal("get_tags", resourceArn=f"{API}/stages/none") == stage
    other = missing("Invalid API identifier specified 111111111111:pets")
    assert gateway.refusal("get_tags", account="111111111111", resourceArn=API) == other
    for arn in (f"{API}/deployments/x", API.replace("us-east-1", "eu-west-1")):
        assert gateway.refusal("get_tags", resourceArn=arn) == missing(f"Invalid resource ARN specified: {arn}")
    many = {str(number): "" for number in range(50)}
    refusal = gateway.refusal("tag_resource", resourceArn=API, tags=many)
    assert refusal == ("LimitExceededException", "A resource can have at most 50 tags")
    for tags, message in (
        ({"": "x"}, "Invalid tag key specified: keys have between 1 and 128 characters"),
        ({"a": "x" * 257}, "Invalid tag value specified: values have at most 256 characters"),
        (
            {"AWS:a": "x"},
            "Invalid tag key specified: aws: prefixed tag key names are not allowed for external use.",
        ),
    ):
        assert gateway.refusal("tag_resource", resourceArn=API, tags=tags) == bad(message)
    assert gateway.call("get_tags", resourceArn=API) == {"tags": {"_custom_id_": "pets"}}


def test_a_method_is_invoked_as_it_is_now(endpoint: Endpoint) -> None:
    asked: list[Any] = []

    async def invoke(*arguments: Any) -> dict[str, Any]:
        asked.append(arguments)
        return {
            "status": 200,
            "body": "{}",
            "headers": {"X": "1"},
            "multiValueHeaders": {"X": ["1"]},
            "log": "",
            "latency": 3,
        }

    gateway = Gateway(endpoint, invoke)
    root = gateway.call("create_rest_api", name="pets", tags={"_custom_id_": "pets"})["rootResourceId"]
    where = {"restApiId": "pets", "resourceId": root, "httpMethod": "GET"}
    assert gateway.refusal("test_invoke_method", **where) == missing("Invalid Method identifier specified")
    gateway.call("put_method", **where, authorizationType="NONE")
    assert gateway.refusal("test_invoke_method", **where) == bad("No integration defined for method")
    gateway.call("put_integration", **where, type="MOCK")
    certificate = {"clientCertificateId": "none"}
    assert gateway.refusal("test_invoke_method", **where, **certificate) == missing(
        "Invalid Client Certificate identifier specified"
    )
    given = {"pathWithQueryString": "/?a=1", "body": "{}", "headers": {"a": "b"}, "stageVariables": {"v": "1"}}
    nulls = {"headers": {"a": "b", "c": None}, "stageVariables": {"v": "1", "w": None}}
    assert gateway.call("test_invoke_method", **where, **given | nulls) == {
        "status": 200,
        "body": "{}",
        "headers": {"X": "1"},
        "multiValueHeaders": {"X": ["1"]},
        "log": "",
        "latency": 3,
    }
    [(snapshot, resource, verb, input_, account, region)] = asked
    assert (resource, verb, input_, account, region) == (root, "GET", where | given, "000000000000", "us-east-1")
    assert [one["path"] for one in snapshot["resources"]] == ["/"]
    gateway.store.close()
