"""Deploys the users sample with boto3 and nothing else: a DynamoDB table, a function, a REST API in front of it.

    python examples/users/deploy.py --endpoint http://127.0.0.1:4566

It may run again at any time: what is there is kept, what has changed is renewed. It prints the stage's URL.
"""

import argparse
import base64
import contextlib
import hashlib
import io
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

REGION = "us-east-1"
ACCOUNT = "000000000000"
TABLE, FUNCTION, API, STAGE = "Users", "GetUser", "users", "prod"
USERS = ({"UserId": "123", "name": "Ada Lovelace"}, {"UserId": "124", "name": "Alan Turing"})
SOURCE = Path(__file__).with_name("get_user.py")
Clients = Callable[[str], Any]


def deploy(endpoint: str, progress: Callable[[str], None]) -> str:
    """Bring everything to its desired state; the URL of the stage. `progress` is told each step."""
    clients = clients_of(endpoint)
    progress(f"table {TABLE} in DynamoDB")
    ensure_table(clients("dynamodb"))
    progress(f"function {FUNCTION}")
    function_arn = ensure_function(clients("lambda"))
    progress(f"REST API {API}, GET /users, stage {STAGE}")
    api = ensure_api(clients("apigateway"), function_arn)
    ensure_permission(clients("lambda"), api)
    return f"{endpoint}/_aws/execute-api/{api}/{STAGE}"


def clients_of(endpoint: str) -> Clients:
    """boto3 clients for one endpoint; any key will do, and no proxy stands before it."""
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
    config = Config(proxies={}, retries={"mode": "standard"})
    return lambda service: session.client(service, endpoint_url=endpoint, config=config)


def ensure_table(dynamodb: Any) -> None:
    """The table with its sample users; a user who is there already is left as they are."""
    try:
        dynamodb.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "UserId", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "UserId", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        dynamodb.get_waiter("table_exists").wait(TableName=TABLE, WaiterConfig={"Delay": 1})
    except dynamodb.exceptions.ResourceInUseException:
        pass
    for user in USERS:
        item = {name: {"S": value} for name, value in user.items()}
        with contextlib.suppress(dynamodb.exceptions.ConditionalCheckFailedException):
            dynamodb.put_item(TableName=TABLE, Item=item, ConditionExpression="attribute_not_exists(UserId)")


def ensure_function(functions: Any) -> str:
    """The function with the code that is in this folder; its ARN."""
    code = package()
    try:
        functions.create_function(
            FunctionName=FUNCTION,
            Runtime=f"python3.{sys.version_info.minor}",
            Role=f"arn:aws:iam::{ACCOUNT}:role/{FUNCTION}",
            Handler="get_user.handler",
            Timeout=10,
            Code={"ZipFile": code},
        )
    except functions.exceptions.ResourceConflictException:
        present = functions.get_function_configuration(FunctionName=FUNCTION)
        if present["CodeSha256"] != base64.b64encode(hashlib.sha256(code).digest()).decode():
            functions.update_function_code(FunctionName=FUNCTION, ZipFile=code)
            functions.get_waiter("function_updated_v2").wait(FunctionName=FUNCTION)
    functions.get_waiter("function_active_v2").wait(FunctionName=FUNCTION)
    return str(functions.get_function_configuration(FunctionName=FUNCTION)["FunctionArn"])


def package() -> bytes:
    """The function's zip, the same bytes for the same source."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(SOURCE.name, (2020, 1, 1, 0, 0, 0))
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, SOURCE.read_bytes())
    return buffer.getvalue()


def ensure_api(gateway: Any, function_arn: str) -> str:
    """GET /users on the function, deployed; the API's id. A new deployment is made only when something changed."""
    api = find(gateway, "get_rest_apis", "name", API) or gateway.create_rest_api(name=API, tags={"_custom_id_": API})
    of_api = {"restApiId": api["id"]}
    users = find(gateway, "get_resources", "path", "/users", **of_api)
    if users is None:
        root = find(gateway, "get_resources", "path", "/", **of_api)
        users = gateway.create_resource(**of_api, parentId=root["id"], pathPart="users")
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function_arn}/invocations"
    method = {**of_api, "resourceId": users["id"], "httpMethod": "GET"}
    present = users.get("resourceMethods", {}).get("GET")
    if present is None:
        gateway.put_method(**method, authorizationType="NONE")
    changed = present is None or gateway.get_method(**method).get("methodIntegration", {}).get("uri") != uri
    if changed:
        gateway.put_integration(**method, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    if changed or not any(stage["stageName"] == STAGE for stage in gateway.get_stages(**of_api)["item"]):
        gateway.create_deployment(**of_api, stageName=STAGE)
    return str(api["id"])


def find(gateway: Any, operation: str, member: str, value: str, **parameters: str) -> Any:
    """The first item of a paged list whose `member` is `value`, or None."""
    pages = gateway.get_paginator(operation).paginate(**parameters)
    return next((item for page in pages for item in page["items"] if item.get(member) == value), None)


def ensure_permission(functions: Any, api: str) -> None:
    """API Gateway may call the function for this API's GET /users."""
    with contextlib.suppress(functions.exceptions.ResourceConflictException):
        functions.add_permission(
            FunctionName=FUNCTION,
            StatementId=f"apigateway-{api}",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}/*/GET/users",
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Deploy the users sample.")
    parser.add_argument("--endpoint", default="http://127.0.0.1:4566", help="where the gateway listens")
    endpoint = parser.parse_args().endpoint.rstrip("/")
    print(deploy(endpoint, lambda step: print(f"  {step}", file=sys.stderr)))


if __name__ == "__main__":
    main()
