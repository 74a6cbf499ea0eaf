"""What the deploy.py of each sample does alike, with boto3 alone: tables, roles, functions, and parts of APIs.

Each function makes what is not there, renews what has changed, and leaves the rest alone.
"""

import argparse
import base64
import contextlib
import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError

REGION = "us-east-1"
ACCOUNT = "000000000000"
Clients = Callable[[str], Any]


def options_of(description: str) -> argparse.ArgumentParser:
    """The command line of a deploy.py, which may add its own options."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--endpoint",
        default="http://127.0.0.1:4566",
        type=without_slash,
        help="where the gateway listens",
    )
    return parser


def without_slash(url: str) -> str:
    return url.rstrip("/")


def tell(step: str) -> None:
    """Progress goes beside what is printed for programs to read."""
    print(f"  {step}", file=sys.stderr)


def printed(deploy: Callable[[], str]) -> None:
    """Deploy, and print where that is; no gateway to deploy to is one line."""
    try:
        print(deploy())
    except EndpointConnectionError as error:
        sys.exit(f"{error}. Is a gateway running there (make start)?")


def clients_of(endpoint: str) -> Clients:
    """boto3 clients for one endpoint; any key will do, and no proxy stands before it."""
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
    config = Config(proxies={}, retries={"mode": "standard"})
    return lambda service: session.client(service, endpoint_url=endpoint, config=config)


def ensure_table(dynamodb: Any, table: str, *keys: str) -> None:
    """A table whose keys are text: the partition key, and the sort key if there is one."""
    kinds = ("HASH", "RANGE")
    with contextlib.suppress(dynamodb.exceptions.ResourceInUseException):
        dynamodb.create_table(
            TableName=table,
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, kinds, strict=False)],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1})


def ensure_role(iam: Any, role: str, *statements: dict[str, Any]) -> None:
    """A role that functions run as, and what it may do."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=_policy(trust))
    iam.put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=_policy(*statements))


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def ensure_function(functions: Any, name: str, source: Path) -> str:
    """A Python function with the code of one file, whose `handler` it calls, as the role of its name; its ARN."""
    code = _package(source)
    try:
        functions.create_function(
            FunctionName=name,
            Runtime=f"python3.{sys.version_info.minor}",
            Role=f"arn:aws:iam::{ACCOUNT}:role/{name}",
            Handler=f"{source.stem}.handler",
            Timeout=10,
            Code={"ZipFile": code},
        )
    except functions.exceptions.ResourceConflictException:
        present = functions.get_function_configuration(FunctionName=name)
        if present["CodeSha256"] != base64.b64encode(hashlib.sha256(code).digest()).decode():
            functions.update_function_code(FunctionName=name, ZipFile=code)
            functions.get_waiter("function_updated_v2").wait(FunctionName=name)
    functions.get_waiter("function_active_v2").wait(FunctionName=name)
    return str(functions.get_function_configuration(FunctionName=name)["FunctionArn"])


def _package(source: Path) -> bytes:
    """A function's zip, the same bytes for the same source."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(source.name, (2020, 1, 1, 0, 0, 0))
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, source.read_bytes())
    return buffer.getvalue()


def ensure_permission(functions: Any, name: str, api: str, called: str) -> None:
    """API Gateway may call the function for what is `called` of an API, such as `*/GET/users` or `*/$connect`."""
    with contextlib.suppress(functions.exceptions.ResourceConflictException):
        functions.add_permission(
            FunctionName=name,
            StatementId=f"apigateway-{api}",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}/{called}",
        )


def ensure_api(gateway: Any, api: str, **members: Any) -> None:
    """An HTTP or WebSocket API whose id is its name."""
    try:
        present = gateway.get_api(ApiId=api)
    except gateway.exceptions.NotFoundException:
        gateway.create_api(Name=api, Tags={"_custom_id_": api}, **members)
        return
    if _differ(present, members):
        gateway.update_api(ApiId=api, **{name: value for name, value in members.items() if name != "ProtocolType"})


def ensure_stage(gateway: Any, api: str, stage: str) -> None:
    """A stage that follows each change of the API."""
    with contextlib.suppress(gateway.exceptions.ConflictException):
        gateway.create_stage(ApiId=api, StageName=stage, AutoDeploy=True)


def ensure_part(gateway: Any, part: str, api: str, name: str, **members: Any) -> str:
    """The id of an API's `part`, a "route", an "integration" or an "authorizer", that its member `name` tells from
    others."""
    id = f"{part.title()}Id"
    present = find(gateway, f"get_{part}s", name, members[name], ApiId=api)
    if present is None:
        present = getattr(gateway, f"create_{part}")(ApiId=api, **members)
    elif _differ(present, members):
        getattr(gateway, f"update_{part}")(ApiId=api, **{id: present[id]}, **members)
    return str(present[id])


def _differ(present: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return any(present.get(name) != value for name, value in wanted.items())


def find(client: Any, operation: str, member: str, value: str, **parameters: Any) -> Any:
    """The first item of a paged list whose `member` is `value`, or None."""
    return next((item for item in _listed(client, operation, **parameters) if item.get(member) == value), None)


def _listed(client: Any, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
    paginator = client.get_paginator(operation)
    (items,) = paginator.result_keys
    for page in paginator.paginate(**parameters):
        yield from items.search(page) or ()
