"""`GET /orders/{id}`: what a Lambda proxy integration gives a function, and what it may answer."""

from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    order, stage = event["pathParameters"]["id"], event["requestContext"]["stage"]
    return {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}, "body": f"order {order} of {stage}\n"}
