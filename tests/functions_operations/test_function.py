"""Functions: create, read, change, list, delete; whole answers."""

import hashlib
import os
from base64 import b64encode
from typing import Any
from unittest.mock import ANY

import pytest

from tests.functions_operations.lab import ARN, MODIFIED, ROLE, SOURCE, Lab, error, zipped

ZIP = zipped(index=SOURCE)
SHA256 = b64encode(hashlib.sha256(ZIP).digest()).decode()
RUNTIME_VERSION = f"arn:aws:lambda:us-east-1::runtime:{hashlib.sha256(b'python3.11').hexdigest()}"


def configuration(name: str, **changed: Any) -> dict[str, Any]:
    return {
        "FunctionName": name,
        "FunctionArn": f"{ARN}{name}",
        "Runtime": "python3.11",
        "Role": ROLE,
        "Handler": "index.handler",
        "CodeSize": len(ZIP),
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "LastModified": MODIFIED,
        "CodeSha256": SHA256,
        "Version": "$LATEST",
        "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": ANY,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "RuntimeVersionConfig": {"RuntimeVersionArn": RUNTIME_VERSION},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
        **changed,
    }


def test_a_function_s_life(lab: Lab) -> None:
    created = lab.create("life", Tags={"team": "a b"}, Environment={"Variables": {"KEY": "value"}}, Timeout=5)
    expected = configuration("life", Timeout=5, Environment={"Variables": {"KEY": "value"}})
    assert created == expected
    assert lab.call(
        "CreateFunction", FunctionName="life", Runtime="python3.11", Role=ROLE, Handler="x.y", Code={"ZipFile": ZIP}
    ) == error("ResourceConflictException", "Function already exist: life", 409)

    status, body = lab.call("GetFunction", FunctionName="life")
    location = body["Code"].pop("Location")
    assert (status, body) == (
        200,
        {"Configuration": created, "Code": {"RepositoryType": "S3"}, "Tags": {"team": "a b"}},
    )
    assert lab.download(location).body == ZIP

    lab.now += 1
    status, updated = lab.call(
        "UpdateFunctionConfiguration",
        FunctionName="life",
        Environment={"Variables": {}},
        Description="d",
        MemorySize=256,
    )
    later = "2024-01-01T00:00:01.000+0000"
    assert (status, updated) == (
        200,
        configuration("life", Timeout=5, Description="d", MemorySize=256, LastModified=later),
    )
    assert updated["RevisionId"] != created["RevisionId"]
    assert lab.call("GetFunctionConfiguration", FunctionName=f"{ARN}life:$LATEST") == (
        200,
        updated | {"FunctionArn": f"{ARN}life:$LATEST"},
    )

    other = zipped(index="def handler(e, c): return 1")
    status, coded = lab.call("UpdateFunctionCode", FunctionName="000000000000:function:life", ZipFile=other)
    assert (status, coded["CodeSize"], coded["CodeSha256"]) == (
        200,
        len(other),
        b64encode(hashlib.sha256(other).digest()).decode(),
    )
    assert lab.call("UpdateFunctionCode", FunctionName="life", ZipFile=ZIP, RevisionId="old") == error(
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. "
        "Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
        412,
    )

    assert lab.call("DeleteFunction", FunctionName="life") == (204, None)
    gone = error("ResourceNotFoundException", f"Function not found: {ARN}life", 404)
    for operation in ("GetFunction", "GetFunctionConfiguration", "DeleteFunction", "Invoke", "ListVersionsByFunction"):
        assert lab.call(operation, FunctionName="life") == gone
    lab.now -= 1


def test_lists_and_their_pages(lab: Lab) -> None:
    for name in ("list-b", "list-a"):
        lab.create(name)
    lab.call("PublishVersion", FunctionName="list-a")
    arns = [f["FunctionArn"] for f in lab.call("ListFunctions")[1]["Functions"] if "list-" in f["FunctionName"]]
    assert arns == [f"{ARN}list-a", f"{ARN}list-b"]
    every = [
        f["FunctionArn"]
        for f in lab.call("ListFunctions", FunctionVersion="ALL")[1]["Functions"]
        if "list-" in f["FunctionName"]
    ]
    assert every == [f"{ARN}list-a:$LATEST", f"{ARN}list-a:1", f"{ARN}list-b:$LATEST"]
    shown = lab.call("ListFunctions")[1]["Functions"][0]
    assert not {"State", "LastUpdateStatus", "RuntimeVersionConfig"} & shown.keys()

    first = lab.call("ListFunctions", MaxItems=1)[1]
    second = lab.call("ListFunctions", MaxItems=1, Marker=first["NextMarker"])[1]
    assert (len(first["Functions"]), len(second["Functions"])) == (1, 1)
    assert first["Functions"] != second["Functions"]
    assert lab.call("ListFunctions", Marker="!")[0] == 400
    assert lab.call("ListFunctions", region="eu-west-1") == (200, {"Functions": []})
    assert lab.call("ListFunctions", account="111122223333") == (200, {"Functions": []})


def test_another_region_and_another_account_are_out_of_reach(lab: Lab) -> None:
    lab.create("reach")
    assert lab.call("GetFunction", FunctionName=f"{ARN}reach", region="eu-west-1") == error(
        "ResourceNotFoundException", "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')", 404
    )
    status, body = lab.call("GetFunction", FunctionName=f"{ARN}reach", account="111122223333")
    assert (status, body["message"][:86]) == (
        403,
        "User: arn:aws:iam::111122223333:root is not authorized to perform: lambda:GetFunction ",
    )
    assert lab.call("GetFunction", FunctionName="reach:a", Qualifier="b") == error(
        "InvalidParameterValueException",
        "The derived qualifier from the function name does not match the specified qualifier.",
    )


VARIABLES = (
    "Lambda was unable to configure your environment variables because the environment variables you have provided"
)
ACCESS_POINT = "arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcdef0"

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"Runtime": "java21"}, "Value java21 at 'runtime' failed to satisfy constraint"),
    ({"Handler": None}, "Runtime and Handler are mandatory parameters for functions created with deployment packages."),
    ({"PackageType": "Image"}, "PackageType Image is not supported"),
    ({"Code": {"ImageUri": "000000000000.dkr.ecr.us-east-1.amazonaws.com/x:1"}}, "ImageUri is not supported"),
    ({"Code": {}}, "Please provide a source for function code."),
    ({"Code": {"S3Bucket": "code-bucket"}}, "Please provide both S3Bucket and S3Key."),
    (
        {"Code": {"S3Bucket": "code-bucket", "S3Key": "none"}},
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
    ),
    ({"Code": {"ZipFile": b""}}, "Uploaded file must be a non-empty zip"),
    ({"Timeout": 901}, "1 validation error detected: Value '901' at 'timeout'"),
    ({"MemorySize": 10241}, "1 validation error detected: Value '10241' at 'memorySize'"),
    ({"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}, "VpcConfig"),
    ({"FileSystemConfigs": [{"Arn": ACCESS_POINT, "LocalMountPath": "/mnt/a"}]}, "FileSystemConfigs"),
    ({"ImageConfig": {"Command": ["x"]}}, "ImageConfig"),
    ({"SnapStart": {"ApplyOn": "PublishedVersions"}}, "SnapStart"),
    ({"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:000000000000:q"}}, "DeadLetterConfig"),
    ({"KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/1"}, "KMSKeyArn"),
    ({"TracingConfig": {"Mode": "Active"}}, 'TracingConfig {"Mode":"Active"} is not supported'),
    ({"EphemeralStorage": {"Size": 1024}}, "EphemeralStorage"),
    ({"LoggingConfig": {"LogFormat": "JSON"}}, "LoggingConfig.LogFormat JSON is not supported"),
    (
        {"Environment": {"Variables": {"AWS_REGION": "x", "OK": "y"}}},
        f"{VARIABLES} contains reserved keys that are currently not supported for modification. "
        "Reserved keys used in this request: AWS_REGION",
    ),
    ({"Environment": {"Variables": {"BIG": "x" * 4096}}}, f"{VARIABLES} exceeded the 4KB limit."),
    (
        {"Layers": [f"arn:aws:lambda:us-east-1:000000000000:layer:none:{n}" for n in range(6)]},
        "Cannot reference more than 5 layers.",
    ),
    (
        {"Layers": ["arn:aws:lambda:us-east-1:000000000000:layer:none:1"]},
        "Layer version arn:aws:lambda:us-east-1:000000000000:layer:none:1 does not exist.",
    ),
    ({"Tags": {f"k{n}": "v" for n in range(51)}}, "Number of tags exceeds resource tag limit."),
    ({"FunctionName": "x" * 65}, "1 validation error detected: Value"),
]


@pytest.mark.parametrize(("members", "message"), REFUSED)
def test_what_cannot_be_created(lab: Lab, members: dict[str, Any], message: str) -> None:
    whole: dict[str, Any] = {
        "FunctionName": "refused",
        "Runtime": "python3.11",
        "Role": ROLE,
        "Handler": "index.handler",
        "Code": {"ZipFile": ZIP},
    } | members
    status, body = lab.call("CreateFunction", **{name: value for name, value in whole.items() if value is not None})
    assert (status, body["message"][: len(message)]) == (400, message)
    assert lab.call("GetFunction", FunctionName="refused")[0] == 404


def test_the_defaults_may_be_told(lab: Lab) -> None:
    """Terraform sends AWS's defaults and empty values for what is not configured."""
    lab.create(
        "defaults",
        PackageType="Zip",
        TracingConfig={"Mode": "PassThrough"},
        EphemeralStorage={"Size": 512},
        SnapStart={"ApplyOn": "None"},
        VpcConfig={"SubnetIds": [], "SecurityGroupIds": [], "Ipv6AllowedForDualStack": False},
        FileSystemConfigs=[],
        DeadLetterConfig={"TargetArn": ""},
        KMSKeyArn="",
        ImageConfig={},
        Layers=[],
        LoggingConfig={"LogFormat": "Text", "LogGroup": "/my/group"},
        Publish=False,
    )
    assert lab.call("GetFunctionConfiguration", FunctionName="defaults")[1] == configuration(
        "defaults", LoggingConfig={"LogFormat": "Text", "LogGroup": "/my/group"}
    )


def test_code_from_s3(lab: Lab) -> None:
    lab.bucket.objects["code-bucket", "a/b.zip", "v1", "us-east-1"] = ZIP
    source = {"S3Bucket": "code-bucket", "S3Key": "a/b.zip", "S3ObjectVersion": "v1"}
    status, body = lab.call(
        "CreateFunction", FunctionName="s3", Runtime="python3.11", Role=ROLE, Handler="index.handler", Code=source
    )
    assert (status, body) == (201, configuration("s3"))


def test_download_links_end_and_cannot_be_guessed(lab: Lab) -> None:
    lab.create("link")
    location = lab.call("GetFunction", FunctionName="link")[1]["Code"]["Location"]
    assert location.startswith("http://127.0.0.1:1/_gatewright/packages/")
    assert lab.download(location).status == 200
    assert lab.download(location[:-1] + ("0" if location[-1] != "0" else "1")).status == 404
    assert lab.download("http://127.0.0.1:1/_gatewright/packages/../gatewright.db").status == 404
    lab.now += 601
    assert lab.download(location).status == 404
    lab.now -= 601


def test_what_nobody_configured_reads_as_on_aws(lab: Lab) -> None:
    lab.create("plain")
    missing = "The resource you requested does not exist."
    assert {
        operation: lab.call(operation, FunctionName="plain")
        for operation in (
            *("GetFunctionCodeSigningConfig", "GetFunctionUrlConfig", "GetRuntimeManagementConfig"),
            *("GetFunctionRecursionConfig", "GetFunctionConcurrency", "GetFunctionEventInvokeConfig"),
        )
    } == {
        "GetFunctionCodeSigningConfig": (200, {"FunctionName": "plain"}),
        "GetFunctionUrlConfig": error("ResourceNotFoundException", missing, 404),
        "GetRuntimeManagementConfig": (200, {"UpdateRuntimeOn": "Auto", "FunctionArn": f"{ARN}plain"}),
        "GetFunctionRecursionConfig": (200, {"RecursiveLoop": "Terminate"}),
        "GetFunctionConcurrency": (200, {}),
        "GetFunctionEventInvokeConfig": error(
            "ResourceNotFoundException", f"The function {ARN}plain:$LATEST doesn't have an EventInvokeConfig", 404
        ),
    }


def test_packages_outlive_a_restart_and_garbage_does_not(lab: Lab) -> None:
    lab.create("kept", "def handler(e, c): return 'kept'")
    lab.create("gone", "def handler(e, c): return 'gone'")
    lab.call("DeleteFunction", FunctionName="gone")
    before = set(os.listdir(lab.folder / "packages"))
    (lab.folder / "unpacked" / ".half").mkdir()
    lab.stop()
    lab.start()
    after = set(os.listdir(lab.folder / "packages"))
    assert len(before - after) >= 1
    assert {f"{name}.zip" for name in os.listdir(lab.folder / "unpacked")} == after
    assert lab.call("Invoke", FunctionName="kept") == (200, "kept")


@pytest.mark.parametrize(
    ("operation", "members"),
    [("UpdateFunctionConfiguration", {}), ("UpdateFunctionCode", {"ZipFile": ZIP}), ("PublishVersion", {})],
)
def test_only_latest_can_be_changed(lab: Lab, operation: str, members: dict[str, Any]) -> None:
    assert lab.call(operation, FunctionName="anything:1", **members) == error(
        "InvalidParameterValueException",
        "Current operation does not support versions other than $LATEST. Please set the version to $LATEST or do not "
        "set a version in your request.",
    )
