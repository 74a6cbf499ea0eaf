"""RestApi: creation, defaults, updates, custom ids, clones, pages, accounts and regions."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.management.gateway import NOW, Gateway, Operations, bad, missing, operation, replace

CREATED = datetime.fromtimestamp(NOW, UTC)
POLICY = '{ "Version": "2012-10-17",\n "Statement": [] }'


def shape(api: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {
        "id": api["id"],
        "rootResourceId": api["rootResourceId"],
        "name": "pets",
        "createdDate": CREATED,
        "apiKeySource": "HEADER",
        "apiStatus": "AVAILABLE",
        "endpointConfiguration": {"types": ["EDGE"], "ipAddressType": "ipv4"},
        "disableExecuteApiEndpoint": False,
    } | members


def test_the_least_that_can_be_given(gateway: Gateway) -> None:
    api = gateway.call("create_rest_api", name="pets")
    assert api == shape(api)
    assert re.fullmatch("[a-z0-9]{10}", api["id"])
    assert re.fullmatch("[a-z0-9]{10}", api["rootResourceId"])
    assert gateway.call("get_rest_api", restApiId=api["id"]) == api
    assert gateway.call("get_resources", restApiId=api["id"]) == {"items": [{"id": api["rootResourceId"], "path": "/"}]}


def test_everything_that_can_be_given(gateway: Gateway) -> None:
    given = {
        "description": "Managed by Terraform",
        "version": "1",
        "binaryMediaTypes": ["image/png", "image/png", "*/*"],
        "apiKeySource": "AUTHORIZER",
        "endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "dualstack"},
        "disableExecuteApiEndpoint": True,
        "minimumCompressionSize": 0,
        "policy": POLICY,
        "securityPolicy": "TLS_1_2",
        "endpointAccessMode": "STRICT",
        "tags": {"team": "pets"},
    }
    api = gateway.call("create_rest_api", name="pets", **given)
    policy = '{\\"Version\\":\\"2012-10-17\\",\\"Statement\\":[]}'  # its quotes escaped once more
    assert api == shape(api, **given | {"binaryMediaTypes": ["image/png", "*/*"], "policy": policy})


def test_what_terraform_sends_for_nothing(gateway: Gateway) -> None:
    api = gateway.call(
        "create_rest_api", name="pets", binaryMediaTypes=[], tags={}, endpointConfiguration={"types": ["EDGE"]}
    )
    assert api == shape(api)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"name": ""}, bad("Name cannot be empty")),
        ({"description": ""}, bad("Description cannot be an empty string")),
        (
            {"endpointConfiguration": {"types": ["EDGE", "REGIONAL"]}},
            bad("Cannot create an api with multiple Endpoint Types."),
        ),
        (
            {"endpointConfiguration": {"types": []}},
            bad("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED."),
        ),
        (
            {"endpointConfiguration": {"types": ["PRIVATE"], "ipAddressType": "ipv4"}},
            bad("Only dualstack ipAddressType is supported for Private APIs."),
        ),
        (
            {"endpointConfiguration": {"types": ["EDGE"], "vpcEndpointIds": ["vpce-1"]}},
            bad("VPCEndpoints can only be specified with PRIVATE apis."),
        ),
        (
            {"minimumCompressionSize": 10485761},
            bad("Invalid minimum compression size, must be between 0 and 10485760"),
        ),
        (
            {"policy": "{"},
            bad("Invalid policy document. Please check the policy syntax and ensure that Principals are valid."),
        ),
        ({"cloneFrom": "nothing"}, missing("Invalid REST API identifier specified")),
        (
            {"tags": {"aws:x": "1"}},
            bad("Invalid tag key specified: aws: prefixed tag key names are not allowed for external use."),
        ),
        (
            {"tags": {"_custom_id_": "Not A Host"}},
            bad(
                "Invalid _custom_id_ specified: Not A Host. "
                "It is a host name: at most 63 of a-z, 0-9 and hyphens, no hyphen at either end"
            ),
        ),
    ],
)
def test_what_is_refused(gateway: Gateway, given: dict[str, Any], refusal: tuple[str, str]) -> None:
    assert gateway.refusal("create_rest_api", **{"name": "pets"} | given) == refusal
    assert gateway.call("get_rest_apis") == {"items": []}


@pytest.mark.parametrize(
    ("operations", "changed"),
    [
        (replace("/name", "cats"), {"name": "cats"}),
        (operation("add", "/description", "d"), {"description": "d"}),
        (operation("add", "/description", "d") + operation("remove", "/description"), {}),
        (replace("/apiKeySource", "AUTHORIZER"), {"apiKeySource": "AUTHORIZER"}),
        (replace("/disableExecuteApiEndpoint", "true"), {"disableExecuteApiEndpoint": True}),
        (replace("/policy", ""), {}),
        (replace("/minimumCompressionSize", "1024"), {"minimumCompressionSize": 1024}),
        (replace("/minimumCompressionSize", ""), {}),
        ([{"op": "replace", "path": "/minimumCompressionSize"}], {}),
        (operation("add", "/binaryMediaTypes/image~1png"), {"binaryMediaTypes": ["image/png"]}),
        (
            operation("add", "/binaryMediaTypes/image~1png")
            + operation("add", "/binaryMediaTypes/*~1*")
            + replace("/binaryMediaTypes/image~1png", "image/gif"),
            {"binaryMediaTypes": ["*/*", "image/gif"]},
        ),
        (operation("add", "/binaryMediaTypes/a~1b") + operation("remove", "/binaryMediaTypes/a~1b"), {}),
        (
            replace("/endpointConfiguration/types/EDGE", "REGIONAL"),
            {"endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "ipv4"}},
        ),
        (
            replace("/endpointConfiguration/types/0", "REGIONAL"),
            {"endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "ipv4"}},
        ),
        (
            replace("/endpointConfiguration/types/0", "PRIVATE")
            + operation("add", "/endpointConfiguration/vpcEndpointIds", "vpce-1"),
            {
                "endpointConfiguration": {
                    "types": ["PRIVATE"],
                    "ipAddressType": "dualstack",
                    "vpcEndpointIds": ["vpce-1"],
                }
            },
        ),
        (
            replace("/endpointConfiguration/ipAddressType", "dualstack"),
            {"endpointConfiguration": {"types": ["EDGE"], "ipAddressType": "dualstack"}},
        ),
        (replace("/endpointAccessMode", "BASIC"), {"endpointAccessMode": "BASIC"}),
        (replace("/securityPolicy", "TLS_1_0"), {"securityPolicy": "TLS_1_0"}),
    ],
)
def test_patches(gateway: Gateway, operations: Operations, changed: dict[str, Any]) -> None:
    api = gateway.call("create_rest_api", name="pets")
    updated = gateway.call("update_rest_api", restApiId=api["id"], patchOperations=operations)
    assert updated == api | changed | {"tags": {}}
    assert gateway.call("get_rest_api", restApiId=api["id"]) == api | changed


@pytest.mark.parametrize(
    ("operations", "refusal"),
    [
        (replace("/name", ""), bad("Name cannot be empty")),
        (
            replace("/policy", '{"Id": "%s"}' % ("x" * 8192)),
            bad("Invalid policy document. A policy has at most 8192 characters"),
        ),
        (operation("add", "/binaryMediaTypes", "a/b"), bad("Invalid patch path /binaryMediaTypes")),
        (replace("/id", "x"), bad("Invalid patch path /id")),
        ([{"op": "replace", "value": "x"}], bad("Invalid patch path null")),
        (
            operation("add", "/minimumCompressionSize", "1"),
            bad("Invalid patch operation specified. Must be one of: [replace]"),
        ),
        (operation("test", "/name", "pets"), bad("Invalid patch operation specified. Must be one of: [replace]")),
        (
            replace("/minimumCompressionSize", "-1"),
            bad("Invalid minimum compression size, must be between 0 and 10485760"),
        ),
        (
            replace("/minimumCompressionSize", "many"),
            bad("Invalid minimum compression size, must be between 0 and 10485760"),
        ),
        (
            replace("/disableExecuteApiEndpoint", "yes"),
            bad("Invalid boolean value specified: yes. Valid options are true,false"),
        ),
        (
            operation("add", "/endpointConfiguration/types/0", "EDGE"),
            bad("Invalid patch operation specified. Must be 'add'|'remove'|'replace'"),
        ),
        (
            replace("/endpointConfiguration/types/0", "X"),
            bad("Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE"),
        ),
        (
            replace("/endpointConfiguration/ipAddressType", "ipv6"),
            bad("ipAddressType must be either ipv4 or dualstack."),
        ),
        (
            operation("add", "/endpointConfiguration/vpcEndpointIds", "vpce-1"),
            bad("VPCEndpoints can only be specified with PRIVATE apis."),
        ),
        (replace("/name", "cats") + replace("/nothing", "x"), bad("Invalid patch path /nothing")),
    ],
)
def test_patches_that_are_refused_change_nothing(
    gateway: Gateway, api: dict[str, Any], operations: Operations, refusal: tuple[str, str]
) -> None:
    assert gateway.refusal("update_rest_api", restApiId="pets", patchOperations=operations) == refusal
    assert gateway.call("get_rest_api", restApiId="pets") == api


def test_a_custom_id_is_the_id_of_one_api_of_the_node(gateway: Gateway, api: dict[str, Any]) -> None:
    assert (api["id"], api["tags"]) == ("pets", {"_custom_id_": "pets"})
    again = {"name": "cats", "tags": {"_custom_id_": "pets"}}
    refusal = ("ConflictException", "An API with id pets already exists")
    assert gateway.refusal("create_rest_api", **again) == refusal
    assert gateway.refusal("create_rest_api", account="111111111111", region="eu-west-1", **again) == refusal


def test_accounts_and_regions_are_their_own(gateway: Gateway) -> None:
    places = [
        (account, region) for account in ("000000000000", "111111111111") for region in ("us-east-1", "eu-west-1")
    ]
    apis = {place: gateway.call("create_rest_api", *place, name="pets") for place in places}
    for place, api in apis.items():
        assert gateway.call("get_rest_apis", *place) == {"items": [api]}
        for other in places:
            if other != place:
                assert gateway.refusal(
                    "delete_rest_api", account=other[0], region=other[1], restApiId=api["id"]
                ) == missing(f"Invalid API identifier specified {other[0]}:{api['id']}")


def test_pages(gateway: Gateway) -> None:
    ids = {f"api-{number:02}" for number in range(27)}
    for id in ids:
        gateway.call("create_rest_api", name=id, tags={"_custom_id_": id})
    first = gateway.call("get_rest_apis")
    second = gateway.call("get_rest_apis", position=first["position"])
    assert (len(first["items"]), set(second)) == (25, {"items"})
    assert {api["id"] for api in first["items"] + second["items"]} == ids
    assert len(gateway.call("get_rest_apis", limit=500)["items"]) == 27
    walked = (
        gateway.client("000000000000", "us-east-1")
        .get_paginator("get_rest_apis")
        .paginate(PaginationConfig={"PageSize": 9})
    )
    assert [len(page["items"]) for page in walked] == [9, 9, 9]
    assert gateway.refusal("get_rest_apis", limit=-1) == bad("Invalid limit specified: -1")
    assert gateway.refusal("get_rest_apis", position="?") == bad("Invalid position specified")


def test_a_clone_has_the_resources_of_the_other(gateway: Gateway, mock: dict[str, str], root: str) -> None:
    child = gateway.call("create_resource", restApiId="pets", parentId=root, pathPart="a")
    gateway.call("create_resource", restApiId="pets", parentId=child["id"], pathPart="b")
    clone = gateway.call("create_rest_api", name="cats", cloneFrom="pets")
    resources = gateway.call("get_resources", restApiId=clone["id"], embed=["methods"])["items"]
    by_path = {resource["path"]: resource for resource in resources}
    assert set(by_path) == {"/", "/a", "/a/b"}
    assert by_path["/"]["id"] == clone["rootResourceId"] == by_path["/a"]["parentId"]
    assert by_path["/a/b"]["parentId"] == by_path["/a"]["id"] != child["id"]
    assert by_path["/"]["resourceMethods"]["GET"]["methodIntegration"]["cacheNamespace"] == clone["rootResourceId"]

    for parent, part in ((clone["rootResourceId"], "a"), (by_path["/a"]["id"], "b")):
        given = {"restApiId": clone["id"], "parentId": parent, "pathPart": part}
        assert gateway.refusal("create_resource", **given)[0] == "ConflictException"


def test_deletion_takes_everything_along(gateway: Gateway, deployment: str, root: str) -> None:
    child = gateway.call("create_resource", restApiId="pets", parentId=root, pathPart="a")
    gateway.call("create_resource", restApiId="pets", parentId=child["id"], pathPart="b")
    gateway.call("delete_rest_api", restApiId="pets")
    left = {change.key: change.deleted for change in gateway.store.changes(0)}
    assert [key for key, deleted in left.items() if not deleted] == []
    unknown = missing("Invalid API identifier specified 000000000000:pets")
    assert gateway.refusal("get_rest_api", restApiId="pets") == unknown
    assert gateway.refusal("get_stage", restApiId="pets", stageName="prod") == unknown
    with gateway.store.read() as tx:
        left = [
            tx.find(kind, id) for kind, id in (("Stage", "prod"), ("Deployment", deployment), ("Snapshot", deployment))
        ]
    assert left == [[], [], []]
    gateway.call("create_rest_api", name="pets", tags={"_custom_id_": "pets"})
    assert gateway.call("get_deployments", restApiId="pets") == {"items": []}
