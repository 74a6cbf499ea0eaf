"""VpcLink of the second API: its status, its name, tags, and the integrations that go through it."""

from datetime import UTC, datetime

from tests.management.rest.gateway import NOW, Gateway, bad, missing

DATE = datetime.fromtimestamp(NOW, UTC)
GIVEN = {"Name": "pets", "SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"], "Tags": {"a": "1"}}
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
    for given in ({"MaxResults": "0"}, {"MaxResults": "x"}, {"NextToken": "x"}):
        assert gateway.refusal("get_vpc_links", **given)[0] == "BadRequestException"


def test_tags_have_limits(gateway: Gateway) -> None:
    id = gateway.call("create_vpc_link", **GIVEN)["VpcLinkId"]
    arn = f"arn:aws:apigateway:us-east-1::/vpclinks/{id}"
    many = {f"key{number}": "" for number in range(50)}
    assert gateway.refusal("tag_resource", ResourceArn=arn, Tags=many) == bad("A resource can have at most 50 tags")
    assert gateway.call("tag_resource", ResourceArn=arn) == {}
    assert gateway.call("get_tags", ResourceArn=arn) == {"Tags": {"a": "1"}}
    other = f"{arn}x"
    assert gateway.refusal("get_tags", ResourceArn=other) == missing(f"Invalid VpcLink identifier specified {id}x")
