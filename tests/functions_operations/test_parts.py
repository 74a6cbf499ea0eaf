"""Permissions, versions, aliases, tags, layers, concurrency: whole answers."""

import json
from typing import Any
from unittest.mock import ANY

import pytest

from gatewright.functions.policy import gateway_grants, permits, statement
from tests.functions_operations.lab import ACCOUNT, ARN, MODIFIED, ROLE, Lab, error, zipped

LAYER = "arn:aws:lambda:us-east-1:000000000000:layer:"
INVOKE = {"Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"}


def test_a_policy_s_life(lab: Lab) -> None:
    lab.create("policy")
    source = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:api/*/*/*"
    made = {
        "Sid": "one",
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": f"{ARN}policy",
        "Condition": {"StringEquals": {"AWS:SourceAccount": ACCOUNT}, "ArnLike": {"AWS:SourceArn": source}},
    }
    one = {"FunctionName": "policy", "StatementId": "one", "SourceArn": source, "SourceAccount": ACCOUNT, **INVOKE}
    status, body = lab.call("AddPermission", **one)
    assert (status, json.loads(body["Statement"])) == (201, made)
    assert lab.call("AddPermission", **one) == error(
        "ResourceConflictException",
        "The statement id (one) provided already exists. Please provide a new statement id, or remove the existing "
        "statement.",
        409,
    )
    status, body = lab.call("GetPolicy", FunctionName="policy")
    assert (status, json.loads(body["Policy"])) == (
        200,
        {"Version": "2012-10-17", "Id": "default", "Statement": [made]},
    )
    assert body["RevisionId"] == lab.call("GetFunctionConfiguration", FunctionName="policy")[1]["RevisionId"]
    assert lab.call("RemovePermission", FunctionName="policy", StatementId="two") == error(
        "ResourceNotFoundException", "Statement two is not found in resource policy.", 404
    )
    assert lab.call("RemovePermission", FunctionName="policy", StatementId="one", RevisionId="old")[0] == 412
    assert lab.call("RemovePermission", FunctionName="policy", StatementId="one") == (204, None)
    assert lab.call("RemovePermission", FunctionName="policy", StatementId="one") == error(
        "ResourceNotFoundException", "No policy is associated with the given resource.", 404
    )
    assert lab.call("GetPolicy", FunctionName="policy") == error(
        "ResourceNotFoundException", "The resource you requested does not exist.", 404
    )


@pytest.mark.parametrize(
    ("members", "answer"),
    [
        (
            {"Principal": "nobody"},
            error(
                "InvalidParameterValueException",
                "The provided principal was invalid. Please check the principal and try again.",
            ),
        ),
        (
            {"Qualifier": "$LATEST"},
            error("InvalidParameterValueException", "We currently do not support adding policies for $LATEST."),
        ),
        ({"Qualifier": "none"}, error("ResourceNotFoundException", f"Cannot find alias arn: {ARN}refused:none", 404)),
        ({"Qualifier": "3"}, error("ResourceNotFoundException", f"Function not found: {ARN}refused:3", 404)),
        ({"FunctionName": "none"}, error("ResourceNotFoundException", f"Function not found: {ARN}none", 404)),
    ],
)
def test_permissions_that_cannot_be_added(lab: Lab, members: dict[str, Any], answer: Any) -> None:
    if lab.call("GetFunction", FunctionName="refused")[0] == 404:
        lab.create("refused")
    assert lab.call("AddPermission", **{"FunctionName": "refused", "StatementId": "s", **INVOKE, **members}) == answer


def test_a_policy_has_a_limit(lab: Lab) -> None:
    lab.create("long")
    source = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{'x' * 9000}"
    statuses = [
        lab.call("AddPermission", FunctionName="long", StatementId=f"s{n}", SourceArn=source, **INVOKE)[0]
        for n in range(3)
    ]
    assert statuses == [201, 201, 400]


PRINCIPALS: list[tuple[str, Any]] = [
    ("*", "*"),
    ("sns.amazonaws.com", {"Service": "sns.amazonaws.com"}),
    ("111122223333", {"AWS": "arn:aws:iam::111122223333:root"}),
    ("arn:aws:iam::111122223333:role/r", {"AWS": "arn:aws:iam::111122223333:role/r"}),
]


@pytest.mark.parametrize(("given", "written"), PRINCIPALS)
def test_principals(given: str, written: Any) -> None:
    made = statement({"StatementId": "s", "Action": "lambda:*", "Principal": given}, "arn")
    assert made["Principal"] == written


API = "arn:aws:execute-api:us-east-1:000000000000:api/prod/GET/a/b"
GRANTS: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"Principal": "*"}, True),
    ({"Principal": "events.amazonaws.com"}, False),
    ({"Principal": "111122223333"}, False),
    ({"Action": "lambda:*"}, True),
    ({"Action": "lambda:GetFunction"}, False),
    ({"SourceArn": API}, True),
    ({"SourceArn": "arn:aws:execute-api:us-east-1:000000000000:api/*/*/*"}, True),
    ({"SourceArn": "arn:aws:execute-api:us-east-1:000000000000:api/prod/GET/?/b"}, True),
    ({"SourceArn": "arn:aws:execute-api:us-east-1:000000000000:api/prod/GET/a"}, False),
    ({"SourceArn": "arn:aws:execute-api:us-east-1:000000000000:API/*"}, False),
    ({"SourceArn": "arn:aws:execute-api:us-east-1:000000000000:api.prod.GET.a.b"}, False),
    ({"SourceArn": "arn:aws:execute-api:eu-west-1:000000000000:api/*"}, False),
    ({"SourceArn": "arn:aws:execute-api:us-east-1:000000000000:api/*a*b*"}, True),
    ({"SourceArn": f"arn:aws:execute-api:us-east-1:000000000000:{'*a' * 2000}"}, False),
    ({"SourceAccount": "000000000000"}, True),
    ({"SourceAccount": "111122223333"}, False),
    ({"SourceArn": API, "SourceAccount": "111122223333"}, False),
    ({"PrincipalOrgID": "o-0123456789", "Principal": "*"}, False),
    ({"EventSourceToken": "token"}, False),
    ({"FunctionUrlAuthType": "NONE", "Principal": "*"}, False),
    ({"InvokedViaFunctionUrl": True, "Principal": "*"}, False),
]


@pytest.mark.parametrize(("members", "permitted"), GRANTS)
def test_what_lets_the_gateway_in(members: dict[str, Any], permitted: bool) -> None:
    made = statement({"StatementId": "s", **INVOKE, **members}, "arn")
    assert permits(gateway_grants([made]), API) is permitted


def test_versions(lab: Lab) -> None:
    lab.create("v", Publish=True)
    version = {"FunctionName": "v"}
    one = lab.call("GetFunctionConfiguration", **version, Qualifier="1")[1]
    assert (one["Version"], one["FunctionArn"], one["Description"]) == ("1", f"{ARN}v:1", "")
    assert lab.call("PublishVersion", **version, Description="ignored") == (201, one)
    lab.call("UpdateFunctionConfiguration", **version, Timeout=9)
    status, two = lab.call("PublishVersion", **version, Description="second")
    assert (status, two["Version"], two["Timeout"], two["Description"]) == (201, "2", 9, "second")
    assert lab.call("PublishVersion", **version, CodeSha256="x")[1]["message"][:46] == (
        "CodeSHA256 (x) is different from current CodeS"
    )
    listed = lab.call("ListVersionsByFunction", **version)[1]["Versions"]
    assert [(each["Version"], each["FunctionArn"], each["Timeout"]) for each in listed] == [
        ("$LATEST", f"{ARN}v:$LATEST", 9),
        ("1", f"{ARN}v:1", 3),
        ("2", f"{ARN}v:2", 9),
    ]
    lab.call("CreateAlias", **version, Name="live", FunctionVersion="2")
    assert lab.call("DeleteFunction", **version, Qualifier="2") == error(
        "ResourceConflictException",
        "Unable to delete because the following aliases reference this version: [live]",
        409,
    )
    assert lab.call("DeleteFunction", **version, Qualifier="1") == (204, None)
    assert lab.call("DeleteFunction", **version, Qualifier="$LATEST")[0] == 400
    assert lab.call("DeleteFunction", **version, Qualifier="live")[0] == 400
    status, three = lab.call("UpdateFunctionCode", **version, ZipFile=zipped(index="x = 3"), Publish=True)
    assert (status, three["Version"], three["FunctionArn"]) == (200, "3", f"{ARN}v:3")


def test_aliases(lab: Lab) -> None:
    lab.create("a", Publish=True)
    alias = {"FunctionName": "a", "Name": "live"}
    live = {"AliasArn": f"{ARN}a:live", "Name": "live", "FunctionVersion": "1", "Description": "", "RevisionId": ANY}
    assert lab.call("CreateAlias", **alias, FunctionVersion="1") == (201, live)
    assert lab.call("CreateAlias", **alias, FunctionVersion="1") == error(
        "ResourceConflictException", f"Alias already exists: {ARN}a:live", 409
    )
    assert lab.call("CreateAlias", FunctionName="a", Name="x", FunctionVersion="9") == error(
        "ResourceNotFoundException", f"Function not found: {ARN}a:9", 404
    )
    status, changed = lab.call("UpdateAlias", **alias, FunctionVersion="$LATEST", Description="d")
    assert (status, changed) == (200, live | {"FunctionVersion": "$LATEST", "Description": "d"})
    for weights, message in (
        (
            {"1": 0.1, "2": 0.1},
            "Number of items in AdditionalVersionWeights cannot be greater than 1. Number of items: 2",
        ),
        ({"1": 0.1}, "$LATEST is not supported for an alias pointing to more than 1 version"),
    ):
        routing = {"AdditionalVersionWeights": weights}
        assert lab.call("UpdateAlias", **alias, RoutingConfig=routing) == error(
            "InvalidParameterValueException", message
        )
    assert lab.call("UpdateAlias", **alias, RevisionId="old")[0] == 412
    assert lab.call("GetAlias", **alias) == (200, changed)
    assert lab.call("ListAliases", FunctionName="a") == (200, {"Aliases": [changed]})
    assert lab.call("ListAliases", FunctionName="a", FunctionVersion="1") == (200, {"Aliases": []})
    assert lab.call("GetFunction", FunctionName="a:live")[1]["Configuration"]["FunctionArn"] == f"{ARN}a:live"
    assert lab.call("DeleteAlias", **alias) == (204, None)
    assert lab.call("DeleteAlias", **alias) == (204, None)
    assert lab.call("GetAlias", **alias) == error(
        "ResourceNotFoundException", f"Cannot find alias arn: {ARN}a:live", 404
    )


def test_tags(lab: Lab) -> None:
    lab.create("tagged")
    arn = {"Resource": f"{ARN}tagged"}
    assert lab.call("TagResource", **arn, Tags={"a": "1", "b/c": "é"}) == (204, None)
    assert lab.call("ListTags", **arn) == (200, {"Tags": {"a": "1", "b/c": "é"}})
    assert lab.call("UntagResource", **arn, TagKeys=["a", "none"]) == (204, None)
    assert lab.call("GetFunction", FunctionName="tagged")[1]["Tags"] == {"b/c": "é"}
    assert lab.call("ListTags", Resource=f"{ARN}none") == error(
        "ResourceNotFoundException", f"Function not found: {ARN}none", 404
    )
    assert lab.call("TagResource", Resource=f"{ARN}tagged:1", Tags={"a": "1"}) == error(
        "InvalidParameterValueException",
        "Tags on function aliases and versions are not supported. Please specify a function ARN.",
    )


def test_layers(lab: Lab) -> None:
    content = {"ZipFile": zipped(**{"python/shared": "VALUE = 7"})}
    status, one = lab.call("PublishLayerVersion", LayerName="l", Content=content, CompatibleRuntimes=["python3.11"])
    shown = {
        "LayerVersionArn": f"{LAYER}l:1",
        "Description": "",
        "CreatedDate": MODIFIED,
        "Version": 1,
        "CompatibleRuntimes": ["python3.11"],
    }
    whole = {
        **shown,
        "LayerArn": f"{LAYER}l",
        "Content": {"Location": ANY, "CodeSha256": ANY, "CodeSize": len(content["ZipFile"])},
    }
    assert (status, one) == (201, whole)
    assert lab.download(one["Content"]["Location"]).body == content["ZipFile"]
    assert lab.call("GetLayerVersion", LayerName=f"{LAYER}l", VersionNumber=1) == (200, whole)
    assert lab.call("GetLayerVersionByArn", Arn=f"{LAYER}l:1") == (200, whole)
    assert lab.call("PublishLayerVersion", LayerName="l", Content=content)[1]["Version"] == 2
    versions = lab.call("ListLayerVersions", LayerName="l")[1]["LayerVersions"]
    assert [each["Version"] for each in versions] == [2, 1]
    assert lab.call("ListLayers", CompatibleRuntime="python3.11") == (
        200,
        {"Layers": [{"LayerName": "l", "LayerArn": f"{LAYER}l", "LatestMatchingVersion": shown}]},
    )
    source = "import shared\ndef handler(event, context):\n    return shared.VALUE\n"
    created = lab.create("layered", source, Layers=[f"{LAYER}l:1"])
    assert created["Layers"] == [{"Arn": f"{LAYER}l:1", "CodeSize": len(content["ZipFile"])}]
    assert (
        lab.call("UpdateFunctionConfiguration", FunctionName="layered", Layers=[f"{LAYER}l:1", f"{LAYER}l:2"])[0] == 400
    )
    assert lab.call("DeleteLayerVersion", LayerName="l", VersionNumber=1) == (204, None)
    assert lab.call("GetLayerVersion", LayerName="l", VersionNumber=1) == error(
        "ResourceNotFoundException", "The resource you requested does not exist.", 404
    )
    assert lab.call("Invoke", FunctionName="layered") == (200, 7)
    assert "Layers" not in lab.call("UpdateFunctionConfiguration", FunctionName="layered", Layers=[])[1]


def test_concurrency_and_account_settings(lab: Lab) -> None:
    lab.create("reserved")
    assert lab.call("PutFunctionConcurrency", FunctionName="reserved", ReservedConcurrentExecutions=900) == (
        200,
        {"ReservedConcurrentExecutions": 900},
    )
    assert lab.call("PutFunctionConcurrency", FunctionName="reserved", ReservedConcurrentExecutions=901) == error(
        "InvalidParameterValueException",
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
        "its minimum value of [100].",
    )
    settings = lab.call("GetAccountSettings")[1]
    assert settings["AccountLimit"] == {
        "TotalCodeSize": 80530636800,
        "CodeSizeUnzipped": 262144000,
        "CodeSizeZipped": 52428800,
        "ConcurrentExecutions": 1000,
        "UnreservedConcurrentExecutions": 100,
    }
    assert settings["AccountUsage"]["FunctionCount"] == len(lab.call("ListFunctions")[1]["Functions"])


def test_event_invoke_config(lab: Lab) -> None:
    lab.create("retried")
    whole = {
        "LastModified": ANY,
        "FunctionArn": f"{ARN}retried:$LATEST",
        "MaximumRetryAttempts": 0,
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": {}},
    }
    name = {"FunctionName": "retried"}
    assert lab.call("PutFunctionEventInvokeConfig", **name, MaximumRetryAttempts=0) == (200, whole)
    assert lab.call("UpdateFunctionEventInvokeConfig", **name, MaximumEventAgeInSeconds=60) == (
        200,
        whole | {"MaximumEventAgeInSeconds": 60},
    )
    assert lab.call("ListFunctionEventInvokeConfigs", **name)[1]["FunctionEventInvokeConfigs"] == [
        whole | {"MaximumEventAgeInSeconds": 60}
    ]
    queue = {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:000000000000:q"}}
    assert lab.call("PutFunctionEventInvokeConfig", **name, DestinationConfig=queue)[0] == 400
    assert lab.call("DeleteFunctionEventInvokeConfig", **name) == (204, None)
    assert lab.call("GetFunctionEventInvokeConfig", **name)[0] == 404


def test_a_deleted_function_leaves_nothing(lab: Lab) -> None:
    lab.create("again", Publish=True, Tags={"a": "b"})
    lab.call("AddPermission", FunctionName="again", StatementId="s", **INVOKE)
    lab.call("CreateAlias", FunctionName="again", Name="live", FunctionVersion="1")
    lab.call("DeleteFunction", FunctionName="again")
    lab.create("again")
    assert [each["Version"] for each in lab.call("ListVersionsByFunction", FunctionName="again")[1]["Versions"]] == [
        "$LATEST"
    ]
    assert lab.call("GetPolicy", FunctionName="again")[0] == 404
    assert lab.call("ListAliases", FunctionName="again") == (200, {"Aliases": []})
    assert "Tags" not in lab.call("GetFunction", FunctionName="again")[1]
    assert lab.call("PublishVersion", FunctionName="again")[1]["Version"] == "1"
    assert lab.call("GetFunctionConfiguration", FunctionName="again")[1]["Role"] == ROLE
