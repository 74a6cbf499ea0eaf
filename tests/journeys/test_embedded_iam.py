"""AWS_IAM against the embedded server's IAM and STS, as people set it up: boto3 makes users, keys, groups, policies and
roles through the node, and what it takes away counts at once."""

import json
import sys
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.journeys.api import ACCOUNT, REGION, Api, service_uri
from tests.journeys.packages import package
from tests.node import Node

OTHER = "111122223333"
MOCK = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
WHO = """{"user": "$context.identity.userArn", "caller": "$context.identity.caller",
 "account": "$context.identity.accountId", "key": "$context.identity.accessKey"}"""
INVOKE_ALL = "arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess"
ROLE_CALLED = "arn:aws:iam::*:user/*"


CALLS = """
import boto3, json, os, urllib.error, urllib.request
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.session import Session

def handler(event, context):
    asked = AWSRequest("GET", f"http://{event['host']}/prod/who")
    SigV4Auth(Session().get_credentials(), "execute-api", os.environ["AWS_REGION"]).add_auth(asked)
    headers = {**asked.headers, "Host": event["host"]}
    try:
        url = os.environ["AWS_ENDPOINT_URL"] + "/prod/who"
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return json.loads(answer.read()) | {"arn": boto3.client("sts").get_caller_identity()["Arn"]}
    except urllib.error.HTTPError as error:
        return {"refused": error.headers["x-amzn-ErrorType"]}
"""


def policy(effect: str, *resources: str, action: str = "execute-api:Invoke", **more: Any) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": list(resources), **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(account: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def api(shared: Node) -> Api:
    """GET /who tells who calls, GET /queues lists the queues of the caller's account."""
    made = Api(shared, "embedded-iam")
    made.method("GET", "/who", MOCK, responses={"200": {"responseTemplates": {"application/json": WHO}}})
    queues = {
        "type": "AWS",
        "integrationHttpMethod": "POST",
        "uri": service_uri("sqs:action/ListQueues"),
        "credentials": ROLE_CALLED,
    }
    made.method("GET", "/queues", queues)
    update = [{"op": "replace", "path": "/authorizationType", "value": "AWS_IAM"}]
    for path in ("/who", "/queues"):
        made.gateway.update_method(
            restApiId=made.id, resourceId=made.resource(path), httpMethod="GET", patchOperations=update
        )
    made.deploy()
    return made


def called(api: Api, key: dict[str, str], path: str = "/who") -> tuple[int, str | None, Any]:
    """Status, error type and body of a call signed with a key as IAM or STS gave it."""
    host = f"{api.id}.execute-api.{REGION}.localhost"
    asked = AWSRequest("GET", f"http://{host}/prod{path}")
    credentials = Credentials(key["AccessKeyId"], key["SecretAccessKey"], key.get("SessionToken"))
    SigV4Auth(credentials, "execute-api", REGION).add_auth(asked)
    status, headers, body = api.node.request("GET", f"/prod{path}", host=host, headers=dict(asked.headers.items()))
    return status, headers.get("x-amzn-errortype"), json.loads(body)


def denied(api: Api, arn: str, end: str = "") -> tuple[int, str, dict[str, str]]:
    masked = f"arn:aws:execute-api:{REGION}:********{ACCOUNT[8:]}:{api.id}/prod/GET/who"
    message = f"User: {arn} is not authorized to perform: execute-api:Invoke on resource: {masked}{end}"
    return 403, "AccessDeniedException", {"Message": message}


UNKNOWN = (
    403,
    "UnrecognizedClientException",
    {"message": "The security token included in the request is invalid."},
)


def test_users_groups_and_revoked_keys(api: Api) -> None:
    iam = api.node.client("iam")
    user = iam.create_user(UserName="ann")["User"]
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    who = {"user": user["Arn"], "caller": user["UserId"], "account": ACCOUNT, "key": key["AccessKeyId"]}
    assert called(api, key) == denied(api, user["Arn"])
    iam.put_user_policy(
        UserName="ann",
        PolicyName="who",
        PolicyDocument=policy("Allow", f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.id}/prod/GET/who"),
    )
    assert called(api, key) == (200, None, who)
    iam.create_group(GroupName="nobody")
    nobody = iam.create_policy(PolicyName="nobody", PolicyDocument=policy("Deny", "*"))["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="nobody", PolicyArn=nobody)
    assert called(api, key) == (200, None, who)
    iam.add_user_to_group(GroupName="nobody", UserName="ann")
    assert called(api, key) == denied(api, user["Arn"], " with an explicit deny")
    iam.remove_user_from_group(GroupName="nobody", UserName="ann")
    iam.delete_user_policy(UserName="ann", PolicyName="who")
    iam.attach_user_policy(UserName="ann", PolicyArn=INVOKE_ALL)
    assert called(api, key) == (200, None, who)
    forged = called(api, key | {"SecretAccessKey": "guess"})
    assert forged[:2] == (403, "InvalidSignatureException")
    iam.delete_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"])
    assert called(api, key) == UNKNOWN


def test_sessions_of_roles(api: Api) -> None:
    iam, sts = api.node.client("iam"), api.node.client("sts")
    role = iam.create_role(RoleName="job", AssumeRolePolicyDocument=trust(ACCOUNT))["Role"]
    iam.attach_role_policy(RoleName="job", PolicyArn=INVOKE_ALL)
    session = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="nightly")["Credentials"]
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/job/nightly"
    status, _, body = called(api, session)
    assert (status, body["user"], body["caller"]) == (200, arn, f"{role['RoleId']}:nightly")
    without = {name: session[name] for name in ("AccessKeyId", "SecretAccessKey")}
    assert called(api, without) == UNKNOWN
    bounded = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="nightly", Policy=policy("Deny", "*"))
    assert called(api, bounded["Credentials"]) == denied(api, arn, " with an explicit deny")
    iam.detach_role_policy(RoleName="job", PolicyArn=INVOKE_ALL)
    assert called(api, session) == denied(api, arn)
    iam.delete_role(RoleName="job")
    assert called(api, session) == UNKNOWN


def test_public_words_are_nobodys_keys(api: Api) -> None:
    for word in ("test", ACCOUNT, OTHER, "AKIAIOSFODNN7EXAMPLE"):
        assert called(api, {"AccessKeyId": word, "SecretAccessKey": "test"}) == UNKNOWN
    assert api.call("GET", "/who")[0] == 403


def test_another_account_needs_both_policies(api: Api) -> None:
    iam = api.node.client("iam", aws_access_key_id=OTHER)
    arn = iam.create_user(UserName="eve")["User"]["Arn"]
    key = iam.create_access_key(UserName="eve")["AccessKey"]
    iam.attach_user_policy(UserName="eve", PolicyArn=INVOKE_ALL)
    assert arn == f"arn:aws:iam::{OTHER}:user/eve"
    assert called(api, key) == denied(api, arn)
    text = policy("Allow", "execute-api:/*", Principal={"AWS": arn})
    shared = [{"op": "replace", "path": "/policy", "value": text}]
    api.gateway.update_rest_api(restApiId=api.id, patchOperations=shared)
    api.deploy()
    assert called(api, key)[2]["account"] == OTHER
    iam.detach_user_policy(UserName="eve", PolicyArn=INVOKE_ALL)
    assert called(api, key) == denied(api, arn)


def test_a_service_is_called_as_the_caller(api: Api) -> None:
    keys = {}
    for account in (ACCOUNT, OTHER):
        iam = api.node.client("iam", aws_access_key_id=account)
        api.node.client("sqs", aws_access_key_id=account).create_queue(QueueName=f"of-{account}")
        iam.create_user(UserName="lister")
        keys[account] = iam.create_access_key(UserName="lister")["AccessKey"]
        iam.attach_user_policy(UserName="lister", PolicyArn=INVOKE_ALL)
    everyone = [{"op": "replace", "path": "/policy", "value": policy("Allow", "execute-api:/*", Principal="*")}]
    api.gateway.update_rest_api(restApiId=api.id, patchOperations=everyone)
    api.deploy()
    for account, key in keys.items():
        status, _, body = called(api, key, "/queues")
        names = [url.rpartition("/")[2] for url in body["QueueUrls"]]
        assert status == 200 and [name for name in names if name.startswith("of-")] == [f"of-{account}"]


def test_a_function_calls_with_its_roles_credentials(api: Api) -> None:
    iam, functions = api.node.client("iam"), api.node.client("lambda")
    role = iam.create_role(RoleName="calling", AssumeRolePolicyDocument=trust(ACCOUNT))["Role"]
    functions.create_function(
        FunctionName="calling",
        Runtime=f"python3.{sys.version_info.minor}",
        Role=role["Arn"],
        Handler="index.handler",
        Timeout=20,
        Code={"ZipFile": package(CALLS)},
    )
    event = json.dumps({"host": f"{api.id}.execute-api.{REGION}.localhost"}).encode()

    def said() -> dict[str, str]:
        answer: dict[str, str] = json.loads(functions.invoke(FunctionName="calling", Payload=event)["Payload"].read())
        return answer

    api.gateway.update_rest_api(restApiId=api.id, patchOperations=[{"op": "replace", "path": "/policy", "value": ""}])
    api.deploy()
    assert said() == {"refused": "AccessDeniedException"}
    iam.attach_role_policy(RoleName="calling", PolicyArn=INVOKE_ALL)
    answer = said()
    assert answer["user"] == answer["arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/calling/calling"
    assert answer["caller"] == f"{role['RoleId']}:calling"
    iam.detach_role_policy(RoleName="calling", PolicyArn=INVOKE_ALL)
    iam.delete_role(RoleName="calling")
    assert said() == {"refused": "UnrecognizedClientException"}
