"""The todo list of whoever calls: an HTTP API's event of payload format 2.0 in, its answer out.

The items are in the DynamoDB table Todos under the `sub` of the caller's token, which the JWT authorizer has verified:
nobody can name a list that is not theirs.
"""

import base64
import json
import uuid
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

Answer = dict[str, Any]
todos = boto3.resource("dynamodb").Table("Todos")


class Refused(Exception):
    """A status and a message for the caller."""


def handler(event: dict[str, Any], context: object) -> Answer:
    owner = event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"]
    try:
        return ROUTES[event["routeKey"]](owner, event)
    except Refused as refused:
        status, message = refused.args
        return answer(status, {"message": message})


def list_all(owner: str, event: dict[str, Any]) -> Answer:
    items = todos.query(KeyConditionExpression=Key("Owner").eq(owner), ConsistentRead=True)["Items"]
    return answer(200, sorted((shown(item) for item in items), key=lambda item: item["text"]))


def add(owner: str, event: dict[str, Any]) -> Answer:
    item = {"Owner": owner, "Id": str(uuid.uuid4()), "Text": given(event, "text", str), "Done": False}
    todos.put_item(Item=item)
    return answer(201, shown(item))


def change(owner: str, event: dict[str, Any]) -> Answer:
    try:
        changed = todos.update_item(
            Key={"Owner": owner, "Id": event["pathParameters"]["id"]},
            UpdateExpression="SET Done = :done",
            ConditionExpression="attribute_exists(Id)",
            ExpressionAttributeValues={":done": given(event, "done", bool)},
            ReturnValues="ALL_NEW",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        raise Refused(404, "No such item") from error
    return answer(200, shown(changed["Attributes"]))


def remove(owner: str, event: dict[str, Any]) -> Answer:
    todos.delete_item(Key={"Owner": owner, "Id": event["pathParameters"]["id"]})
    return {"statusCode": 204}


ROUTES = {"GET /todos": list_all, "POST /todos": add, "PUT /todos/{id}": change, "DELETE /todos/{id}": remove}


def given(event: dict[str, Any], name: str, kind: type) -> Any:
    """A member of the body, which must be a JSON object. Raises Refused."""
    body = event.get("body") or ""
    try:
        # The gateway shows as text what says that it is, and gives all else in base64.
        value = json.loads(base64.b64decode(body) if event["isBase64Encoded"] else body)[name]
    except (ValueError, TypeError, KeyError):
        value = None
    if not isinstance(value, kind) or value == "":
        raise Refused(400, f'Send a JSON object with "{name}"')
    return value


def shown(item: dict[str, Any]) -> dict[str, Any]:
    return {"id": item["Id"], "text": item["Text"], "done": item["Done"]}


def answer(status: int, body: object) -> Answer:
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
