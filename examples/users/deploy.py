"""Deploys the users sample with boto3 and nothing else: a DynamoDB table, a function, a REST API in front of it.

    python -m examples.users.deploy --endpoint http://127.0.0.1:4566

It may run again at any time: what is there is kept, what has changed is renewed. It prints the stage's URL.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from examples.deployment import (
    REGION,
    clients_of,
    ensure_function,
    ensure_permission,
    ensure_table,
    find,
    options_of,
    printed,
    tell,
)

TABLE, FUNCTION, API, STAGE = "Users", "GetUser", "users", "prod"
USERS = ({"UserId": "123", "name": "Ada Lovelace"}, {"UserId": "124", "name": "Alan Turing"})
SOURCE = Path(__file__).with_name("get_user.py")


def deploy(endpoint: str, progress: Callable[[str], None]) -> str:
    """Bring everything to its desired state; the URL of the stage. `progress` is told each step."""
    clients = clients_of(endpoint)
    progress(f"table {TABLE} in DynamoDB")
    ensure_table(clients("dynamodb"), TABLE, "UserId")
    ensure_users(clients("dynamodb"))
    progress(f"function {FUNCTION}")
    function_arn = ensure_function(clients("lambda"), FUNCTION, SOURCE)
    progress(f"REST API {API}, GET /users, stage {STAGE}")
    api = ensure_rest_api(clients("apigateway"), function_arn)
    ensure_permission(clients("lambda"), FUNCTION, api, "*/GET/users")
    return f"{endpoint}/_aws/execute-api/{api}/{STAGE}"


def ensure_users(dynamodb: Any) -> None:
    """The sample users; one who is there already is left as they are."""
    for user in USERS:
        item = {name: {"S": value} for name, value in user.items()}
        with contextlib.suppress(dynamodb.exceptions.ConditionalCheckFailedException):
            dynamodb.put_item(TableName=TABLE, Item=item, ConditionExpression="attribute_not_exists(UserId)")


def ensure_rest_api(gateway: Any, function_arn: str) -> str:
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


def main() -> None:
    options = options_of("Deploy the users sample.").parse_args()
    printed(lambda: deploy(options.endpoint, tell))


if __name__ == "__main__":
    main()
