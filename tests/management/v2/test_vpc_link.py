"""VpcLink of the second API: its status, its name, tags, and the integrations that go through it."""

from datetime import UTC, datetime
from typing import Any

from tests.management.gateway import NOW, Gateway, bad, missing

DATE = datetime.fromtimestamp(NOW, UTC)
GIVEN: dict[str, Any] = {
    "Name": "pets",
    "SubnetIds": ["subnet-1", "subnet-2"],
    "SecurityGroupIds": ["sg-1"],
    "Tags": {"a": "1"},
}
READY = {"VpcLinkStatus": "AVAILABLE", "VpcLinkStatusMessage": "VPC link is ready to route traffic"}
COMING = {"VpcLinkStatus": "PENDING", "VpcLinkStatusMessage": "VPC link is provisioning ENIs"}


def test_a_link(gateway: Gateway) -> None:
    made = gateway.call("create_vpc_link", **GIVEN)
    id = made["VpcLinkId"]
    assert made == GIVEN | COMING | {"VpcLinkId": id, "CreatedDate": DATE, "VpcLinkVersion": "V2"}
    there = made | READY
    assert gateway.call("get_vpc_link", VpcLinkId=id) == there
    assert gateway.call("get_vpc_links") == {"Items": [there]}
    changed = there | {"Name": "dogs"}
    assert gateway.call("update_vpc_link", VpcLinkId=id, Name="dogs") == changed
    arn = f"arn:aws:apigateway:us-east-1::/vpclinks/{id}"
    assert gateway.call("tag_resource", ResourceArn=arn, Tags={"b": "2"}) == {}
    assert gateway.call("get_tags", ResourceArn=arn) == {"Tags": {"a": "1", "b": "2"}}
    assert gateway.call("untag_resource", ResourceArn=arn, TagKeys=["a", "b", "c"]) == {}
    assert gateway.call("get_vpc_link", VpcLinkId=id) == changed | {"Tags": {}}
    assert gateway.call("delete_vpc_link", VpcLinkId=id) == {}
    for verb in ("get", "update", "delete"):
        refusal = gateway.refusal(f"{verb}_vpc_link", VpcLinkId=id)
        assert refusal == missing(f"Invalid VpcLink identifier specified {id}")


def test_pages_and_refusals(gateway: Gateway) -> None:
    for given, message in (
        ({"SubnetIds": []}, "Subnet ids cannot be empty"),
        ({"SubnetIds": ["subnet-1"] * 11}, "A VPC link can have at most 10 subnets"),
        (
            {"Tags": {"aws:a": "1"}},
            "Invalid tag key specified: aws: prefixed tag key names are not allowed for external use.",
        ),
        ({"Tags": {f"key{number}": "" for number in range(51)}}, "A resource can have at most 50 tags"),
    ):
        assert gateway.refusal("create_vpc_link", **GIVEN | given) == bad(message)
    assert gateway.call("get_vpc_links") == {"Items": []}
    made = [gateway.call("create_vpc_link", Name=name, SubnetIds=["subnet-1"])["VpcLinkId"] for name in "abc"]
    page = gateway.call("get_vpc_links", MaxResults="2")
    rest = gateway.call("get_vpc_links", NextToken=page["NextToken"])
    assert [link["VpcLinkId"] for link in page["Items"] + rest["Items"]] == sorted(made)
    assert [link["SecurityGroupIds"] for link in rest["Items"]] == [[]]
    for most in ("0", "x"):
        assert gateway.refusal("get_vpc_links", MaxResults=most) == bad(f"Invalid maxResults specified: {most}")
    for token in ("x", "\u00fc", "_w=="):
        assert gateway.refusal("get_vpc_links", NextToken=token) == bad("Invalid nextToken specified")


def test_tags_have_limits(gateway: Gateway) -> None:
    id = gateway.call("create_vpc_link", **GIVEN)["VpcLinkId"]
    arn = f"arn:aws:apigateway:us-east-1::/vpclinks/{id}"
    many = {f"key{number}": "" for number in range(50)}
    assert gateway.refusal("tag_resource", ResourceArn=arn, Tags=many) == bad("A resource can have at most 50 tags")
    assert gateway.call("tag_resource", ResourceArn=arn) == {}
    assert gateway.call("get_tags", ResourceArn=arn) == {"Tags": {"a": "1"}}
    foreign = arn.replace("us-east-1::", "us-east-1:111111111111:")
    assert gateway.refusal("get_tags", ResourceArn=foreign) == missing(f"Invalid resource ARN specified: {foreign}")
    other = f"{arn}x"
    assert gateway.refusal("get_tags", ResourceArn=other) == missing(f"Invalid VpcLink identifier specified {id}x")


def test_a_link_that_an_integration_goes_through_stays(gateway: Gateway, http: str, websocket: str) -> None:
    """Each kind of API has links of its own, of which the other API's operations know nothing."""
    first = gateway.speaking("apigateway")
    balancer = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/a/b"
    links = {
        http: gateway.call("create_vpc_link", **GIVEN)["VpcLinkId"],
        websocket: first.call("create_vpc_link", name="l", targetArns=[balancer])["id"],
    }
    listener = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/net/a/b/c"
    given = {"IntegrationType": "HTTP_PROXY", "ConnectionType": "VPC_LINK", "IntegrationMethod": "GET"}
    ids = {
        api: gateway.call(
            "create_integration",
            **given,
            ApiId=api,
            ConnectionId=links[api],
            IntegrationUri=listener if api == http else "http://example.com/",
            PayloadFormatVersion="1.0",
        )["IntegrationId"]
        for api in links
    }
    assert gateway.refusal("delete_vpc_link", VpcLinkId=links[http]) == bad(
        f"Cannot delete vpc link. Vpc link '{links[http]}', is referenced in [GET:{ids[http]}] "
        "in format of [Method:Resource]."
    )
    assert first.refusal("delete_vpc_link", vpcLinkId=links[websocket]) == bad(
        f"Cannot delete vpc link. Vpc link '{links[websocket]}', is referenced in [chat:GET:{ids[websocket]}] "
        "in format of [RESTApiId:Method:Resource:Stage]."
    )
    assert gateway.refusal("get_vpc_link", VpcLinkId=links[websocket])[0] == "NotFoundException"
    assert first.refusal("get_vpc_link", vpcLinkId=links[http])[0] == "NotFoundException"
    for api, id in ids.items():
        gateway.call("delete_integration", ApiId=api, IntegrationId=id)
    assert gateway.call("delete_vpc_link", VpcLinkId=links[http]) == {}
    assert first.call("delete_vpc_link", vpcLinkId=links[websocket]) == {}
