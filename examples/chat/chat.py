"""A chat room: the events of a WebSocket API in, what everybody says out to everybody through `@connections`.

Who is connected is in the DynamoDB table Connections.
"""

import functools
import json
import os
import time
from typing import Any

import boto3

LONGEST = 2 * 60 * 60  # seconds that a connection can last
Event = dict[str, Any]
Answer = dict[str, Any]
connections = boto3.resource("dynamodb").Table("Connections")


def handler(event: Event, context: object) -> Answer:
    return ROUTES[event["requestContext"]["routeKey"]](event)


def connect(event: Event) -> Answer:
    """Let in whoever says a name; there is nobody to post to before this has answered."""
    name = (event.get("queryStringParameters") or {}).get("name")
    if not name:
        return {"statusCode": 400}
    expires = int(time.time()) + LONGEST  # for a time to live of the table: $disconnect is told at best
    connections.put_item(Item={"ConnectionId": id_of(event), "Name": name, "Expires": expires})
    return {"statusCode": 200}


def disconnect(event: Event) -> Answer:
    connections.delete_item(Key={"ConnectionId": id_of(event)})
    return {"statusCode": 200}


def send(event: Event) -> Answer:
    """Tell everybody, the sender included."""
    text = json.loads(event["body"]).get("text")
    if not isinstance(text, str) or not text:
        return help_out(event)
    sender = connections.get_item(Key={"ConnectionId": id_of(event)}, ConsistentRead=True)["Item"]
    management = management_of(event)
    for page in boto3.client("dynamodb").get_paginator("scan").paginate(TableName="Connections", ConsistentRead=True):
        for item in page["Items"]:
            post(management, item["ConnectionId"]["S"], {"from": sender["Name"], "text": text})
    return {"statusCode": 200}


def help_out(event: Event) -> Answer:
    """Any other message."""
    post(management_of(event), id_of(event), {"problem": 'Send {"action": "send", "text": "..."}'})
    return {"statusCode": 200}


ROUTES = {"$connect": connect, "$disconnect": disconnect, "send": send, "$default": help_out}


def post(management: Any, id: str, message: dict[str, str]) -> None:
    """Send to one connection; one that is gone is forgotten."""
    try:
        management.post_to_connection(ConnectionId=id, Data=json.dumps(message).encode())
    except management.exceptions.GoneException:
        connections.delete_item(Key={"ConnectionId": id})


def management_of(event: Event) -> Any:
    """The management API of connections: at a Gatewright node that node, on AWS the stage's own address."""
    context = event["requestContext"]
    stage = f"https://{context['domainName']}/{context['stage']}"
    return client_of(os.environ.get("AWS_ENDPOINT_URL", stage))


@functools.cache
def client_of(url: str) -> Any:
    return boto3.client("apigatewaymanagementapi", endpoint_url=url)


def id_of(event: Event) -> str:
    return str(event["requestContext"]["connectionId"])
