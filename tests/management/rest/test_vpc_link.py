"""VpcLink: its target, its status, patches, tags, and the integrations that go through it."""

from typing import Any

from tests.management.gateway import Gateway, bad, missing, replace

TARGET = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/pets/0123456789abcdef"
UNKNOWN = missing("Invalid Vpc Link identifier specified")


def test_a_link(gateway: Gateway) -> None:
    given = {"name": "pets", "description": "to pets", "targetArns": [TARGET], "tags": {"a": "1"}}
    made = gateway.call("create_vpc_link", **given)
    assert made == given | {"id": made["id"], "status": "PENDING"}
    assert len(made["id"]) == 6
    where, there = (
        {"vpcLinkId": made["id"]},
        made | {"status": "AVAILABLE", "statusMessage": "Your vpc link is ready for use"},
    )
    assert gateway.call("get_vpc_link", **where) == there
    assert gateway.call("get_vpc_links") == {"items": [there]}
    operations = replace("/name", "dogs") + replace("/description", "")
    changed = {name: value for name, value in there.items() if name != "description"} | {"name": "dogs"}
    assert gateway.call("update_vpc_link", **where, patchOperations=operations) == changed
    arn = f"arn:aws:apigateway:us-east-1::/vpclinks/{made['id']}"
    gateway.call("untag_resource", resourceArn=arn, tagKeys=["a"])
    assert gateway.call("get_vpc_link", **where) == changed | {"tags": {}}
    assert gateway.call("update_vpc_link", **where) == changed | {"tags": {}}
    del changed["tags"]
    assert gateway.call("get_vpc_links") == {"items": [changed]}
    assert gateway.call("delete_vpc_link", **where) == {}
    for verb in ("get", "update", "delete"):
        assert gateway.refusal(f"{verb}_vpc_link", **where) == UNKNOWN


def test_pages_and_refusals(gateway: Gateway) -> None:
    for given, message in (
        ({"name": ""}, "Name cannot be empty"),
        ({"targetArns": ["invalid-arn"]}, "Invalid ARN. ARN is not well formed invalid-arn"),
        ({"targetArns": []}, "No target arn specified for vpc link."),
        ({"targetArns": [TARGET, TARGET]}, "More than one target arn specified for vpc link."),
    ):
        assert gateway.refusal("create_vpc_link", **{"name": "a", "targetArns": [TARGET]} | given) == bad(message)
    assert gateway.call("get_vpc_links") == {"items": []}
    made = [gateway.call("create_vpc_link", name=name, targetArns=[TARGET])["id"] for name in "abc"]
    page = gateway.call("get_vpc_links", limit=2)
    rest = gateway.call("get_vpc_links", position=page["position"])
    assert [link["id"] for link in page["items"] + rest["items"]] == sorted(made)
    for path, message in (
        ("/targetArns/0", "Target arns are not allowed to be changed/added."),
        (
            "/status",
            "Invalid patch path  '/status' specified for op 'replace'. Must be one of: [/name, /description]",
        ),
    ):
        refusal = gateway.refusal("update_vpc_link", vpcLinkId=made[0], patchOperations=replace(path, "x"))
        assert refusal == bad(message)


def test_a_target_that_is_no_network_load_balancer(gateway: Gateway) -> None:
    application = TARGET.replace("/net/", "/app/")
    made = gateway.call("create_vpc_link", name="pets", targetArns=[application])
    given = {"name": "pets", "targetArns": [application], "id": made["id"]}
    assert made == given | {"status": "PENDING"}
    failed = given | {"status": "FAILED", "statusMessage": "NLB ARN is malformed", "tags": {}}
    assert gateway.call("get_vpc_link", vpcLinkId=made["id"]) == failed


def test_a_link_that_an_integration_goes_through_stays(gateway: Gateway, deployment: str, mock: dict[str, Any]) -> None:
    id = gateway.call("create_vpc_link", name="pets", targetArns=[TARGET])["id"]
    private = {"connectionType": "VPC_LINK", "connectionId": id}
    given = {"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": "http://pets.internal/"}
    gateway.call("put_integration", **mock, **given, **private)
    use = f"pets:GET:{mock['resourceId']}"

    def refusal() -> tuple[str, str]:
        return gateway.refusal("delete_vpc_link", vpcLinkId=id)

    def in_use(*uses: str) -> tuple[str, str]:
        return bad(
            f"Cannot delete vpc link. Vpc link '{id}', is referenced in [{', '.join(uses)}] "
            "in format of [RESTApiId:Method:Resource:Stage]."
        )

    assert refusal() == in_use(use)
    gateway.call("create_deployment", restApiId="pets", stageName="prod")
    assert refusal() == in_use(use, f"{use}:prod")
    gateway.call("delete_integration", **mock)
    assert refusal() == in_use(f"{use}:prod")
    gateway.call("delete_stage", restApiId="pets", stageName="prod")
    gateway.call("delete_vpc_link", vpcLinkId=id)
