"""GetUser: answers GET /users?id=... with one item of the DynamoDB table Users."""

import json
from decimal import Decimal
from typing import Any

import boto3

users = boto3.resource("dynamodb").Table("Users")


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """A Lambda proxy integration's event in, its response out."""
    user_id = (event["queryStringParameters"] or {}).get("id")
    if not user_id:
        return answer(400, {"message": "The query parameter id is missing"})
    item = users.get_item(Key={"UserId": user_id}).get("Item")
    if item is None:
        return answer(404, {"message": "User not found"})
    return answer(200, item)


def answer(status: int, body: object) -> dict[str, Any]:
    """What API Gateway expects of a Lambda proxy function."""
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(body, default=plain),
    }


def plain(value: object) -> object:
    """DynamoDB's numbers and sets, which JSON lacks."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, set):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
