"""A web ACL of a stage, made and associated through the node's port by boto3, and one from a file."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.journeys.api import Api
from tests.node import Node

REGION = "us-east-1"
SEEN = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
MOCK: dict[str, Any] = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
FORBIDDEN = (
    403,
    {"content-type": "application/json", "x-amzn-errortype": "ForbiddenException"},
    b'{"message":"Forbidden"}',
)


def path_begins(path: str) -> dict[str, Any]:
    return {
        "ByteMatchStatement": {
            "SearchString": path.encode(),
            "FieldToMatch": {"UriPath": {}},
            "TextTransformations": [{"Priority": 0, "Type": "LOWERCASE"}],
            "PositionalConstraint": "STARTS_WITH",
        }
    }


def rule(name: str, priority: int, statement: dict[str, Any]) -> dict[str, Any]:
    action = {"Action": {"Block": {}}}
    return {"Name": name, "Priority": priority, "Statement": statement, "VisibilityConfig": SEEN, **action}


def made(node: Node, name: str) -> Api:
    api = Api(node, name)
    api.method("GET", "/", MOCK)
    api.method("GET", "/admin", MOCK)
    api.deploy()
    return api


def test_a_web_acl_is_associated_changed_and_taken_back(shared: Node) -> None:
    api = made(shared, "walled")
    waf = shared.client("wafv2")
    where = {"Scope": "REGIONAL"}
    stage = f"arn:aws:apigateway:{REGION}::/restapis/{api.id}/stages/prod"
    addresses = waf.create_ip_set(**where, Name="bad", IPAddressVersion="IPV4", Addresses=["198.51.100.0/24"])[
        "Summary"
    ]
    rules = [
        rule("admin", 0, path_begins("/prod/admin")),
        rule("bad", 1, {"IPSetReferenceStatement": {"ARN": addresses["ARN"]}}),
    ]
    acl: dict[str, Any] = {**where, "Name": "wall", "DefaultAction": {"Allow": {}}, "VisibilityConfig": SEEN}
    wall = waf.create_web_acl(**acl, Rules=rules)["Summary"]
    assert api.call("GET", "/admin")[0] == 200

    with pytest.raises(ClientError) as raised:
        waf.associate_web_acl(WebACLArn=wall["ARN"], ResourceArn=f"{stage}less")
    assert raised.value.response["Error"]["Code"] == "WAFNonexistentItemException"
    waf.associate_web_acl(WebACLArn=wall["ARN"], ResourceArn=stage)
    assert api.gateway.get_stage(restApiId=api.id, stageName="prod")["webAclArn"] == wall["ARN"]
    assert [api.call("GET", "/admin"), api.call("GET", "/")[0]] == [FORBIDDEN, 200]
    assert waf.get_web_acl_for_resource(ResourceArn=stage)["WebACL"]["Name"] == "wall"

    told = waf.get_ip_set(**where, Name="bad", Id=addresses["Id"])
    given = {"Id": addresses["Id"], "LockToken": told["LockToken"], "Addresses": ["127.0.0.1/32"]}
    waf.update_ip_set(**where, Name="bad", **given)
    assert api.call("GET", "/") == FORBIDDEN  # at once

    api.deploy()
    patch = [{"op": "replace", "path": "/webAclArn", "value": "x"}]
    with pytest.raises(ClientError, match="Invalid method setting path: /webAclArn"):
        api.gateway.update_stage(restApiId=api.id, stageName="prod", patchOperations=patch)
    assert api.call("GET", "/") == FORBIDDEN  # neither takes it away

    token = waf.get_web_acl(**where, Name="wall", Id=wall["Id"])["LockToken"]
    with pytest.raises(ClientError) as raised:
        waf.delete_web_acl(**where, Name="wall", Id=wall["Id"], LockToken=token)
    assert raised.value.response["Error"]["Code"] == "WAFAssociatedItemException"
    geo = [rule("geo", 0, {"GeoMatchStatement": {"CountryCodes": ["DE"]}})]
    waf.update_web_acl(**acl, Id=wall["Id"], LockToken=token, Rules=geo)
    assert api.call("GET", "/")[0] == 500  # who comes from where is not known here
    token = waf.get_web_acl(**where, Name="wall", Id=wall["Id"])["LockToken"]
    waf.update_web_acl(**acl, Id=wall["Id"], LockToken=token, Rules=[])
    assert api.call("GET", "/admin")[0] == 200  # no rules are none
    closed = waf.create_web_acl(**acl | {"Name": "closed", "DefaultAction": {"Block": {}}}, Rules=[])["Summary"]
    waf.associate_web_acl(WebACLArn=closed["ARN"], ResourceArn=stage)
    assert api.call("GET", "/") == FORBIDDEN
    waf.disassociate_web_acl(ResourceArn=stage)
    assert "WebACL" not in waf.get_web_acl_for_resource(ResourceArn=stage)  # the one took the place of the other
    assert api.call("GET", "/admin")[0] == 200
    assert "webAclArn" not in api.gateway.get_stage(restApiId=api.id, stageName="prod")
    token = waf.get_web_acl(**where, Name="wall", Id=wall["Id"])["LockToken"]
    waf.delete_web_acl(**where, Name="wall", Id=wall["Id"], LockToken=token)


def test_a_web_acl_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "acls.json"
    statement = path_begins("/prod/admin")
    statement["ByteMatchStatement"]["SearchString"] = base64.b64encode(b"/prod/admin").decode()
    acl = {"Name": "wall", "DefaultAction": {"Allow": {}}, "Rules": [rule("admin", 0, statement)]}
    path.write_text(json.dumps({"walled/prod": {"WebACL": acl}}))
    with Node(tmp_path / "data", GATEWRIGHT_WEB_ACLS=str(path)) as node:
        gateway = node.client("apigateway")
        gateway.create_rest_api(name="walled", tags={"_custom_id_": "walled"})
        root = gateway.get_resources(restApiId="walled")["items"][0]["id"]
        where = {"restApiId": "walled", "resourceId": root, "httpMethod": "GET"}
        gateway.put_method(**where, authorizationType="NONE")
        gateway.put_integration(**where, **MOCK)
        gateway.put_method_response(**where, statusCode="200")
        gateway.put_integration_response(**where, statusCode="200")
        gateway.create_deployment(restApiId="walled", stageName="prod")
        answers = [node.request("GET", f"/_aws/execute-api/walled/prod{path}") for path in ("/", "/Admin")]
        assert [(answer[0], answer[2]) for answer in answers] == [(200, b""), (403, b'{"message":"Forbidden"}')]
    path.write_text(json.dumps({"walled/prod": {"WebACL": acl | {"Rules": [{}]}}}))
    with pytest.raises(
        RuntimeError, match=r"GATEWRIGHT_WEB_ACLS: .* cannot be used for walled/prod: Priority is not a"
    ):
        Node(tmp_path / "data", GATEWRIGHT_WEB_ACLS=str(path)).start()
