"""What a Lambda function is told of a connection: CONNECT, MESSAGE and DISCONNECT, field by field.

The order and the absences are those of events recorded on AWS since 2021.
"""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from gatewright.execute.caller import Caller, Principal
from gatewright.execute.websocket.plan import WebSocketPlan
from tests.execute.stage import ARRIVED, Scene
from tests.execute.websocket_stage import (
    ANSWERS,
    HOST,
    LAMBDA,
    Client,
    Functions,
    error,
    handshake,
    websocket_compiled,
    websocket_snapshot,
)

ID = re.compile(r"[A-Za-z0-9_-]{15}=")
HANDSHAKE_HEADERS = {
    "Cookie": "a=b",
    "Host": "abcdef1234.execute-api.eu-west-1.amazonaws.com",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    "User-Agent": "wscat/6",
    "X-Amzn-Trace-Id": "Root=1-T",
    "X-Forwarded-For": "192.0.2.7",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Proto": "https",
    "x-room": "2",
}
AUTHORIZER = {"principalId": "ann", "team": "a", "integrationLatency": 12}


def plan(**stage: Any) -> WebSocketPlan:
    keys = ("$connect", "$disconnect", "$default", "join")
    return websocket_compiled(websocket_snapshot(dict.fromkeys(keys, LAMBDA), {"join": ANSWERS}), **stage)


def connected(scene: Scene, functions: Functions, given: WebSocketPlan | None = None) -> Client:
    scene.world = replace(scene.world, functions=functions)
    asked = handshake("User-Agent: wscat/6", "Cookie: a=b", "x-room: 1", "x-room: 2", target="/?token=t%201&token=2")
    return Client(scene, given or plan(), asked._replace(scheme="https"))


def told(event: dict[str, Any]) -> str:
    """An event as text, for its order; ids and the trace are checked for their form and made the same each time."""
    context = event["requestContext"]
    assert context["requestId"] == context["extendedRequestId"]
    for name in ("requestId", "extendedRequestId", "connectionId", "messageId"):
        if name in context:
            assert ID.fullmatch(context[name])
            context[name] = name
    text = json.dumps(event)
    return re.sub(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", "Root=1-T", text)


def context(kind: str, key: str, milliseconds: int, **rest: Any) -> dict[str, Any]:
    """The recorded order; None for what this event lacks."""
    values = {
        "routeKey": key,
        "disconnectStatusCode": rest.get("code"),
        "authorizer": rest.get("authorizer"),
        "messageId": "messageId" if kind == "MESSAGE" else None,
        "eventType": kind,
        "extendedRequestId": "extendedRequestId",
        "requestTime": "14/Nov/2023:22:13:20 +0000",
        "messageDirection": "IN",
        "disconnectReason": rest.get("reason"),
        "stage": "prod",
        "connectedAt": int(ARRIVED * 1000),
        "requestTimeEpoch": int(ARRIVED * 1000) + milliseconds,
        "identity": rest.get("identity", {"userAgent": "wscat/6", "sourceIp": "192.0.2.7"}),
        "requestId": "requestId",
        "domainName": "abcdef1234.execute-api.eu-west-1.amazonaws.com",
        "connectionId": "connectionId",
        "apiId": "abcdef1234",
    }
    return {name: value for name, value in values.items() if value is not None}


def test_a_connection_is_told_of_from_its_beginning_to_its_end():
    functions = Functions()
    client = connected(Scene(), functions)
    client.says({"action": "join", "room": "é"})
    client.says("hello")
    client.leaves(1005)
    multi = {name: [value] for name, value in HANDSHAKE_HEADERS.items()} | {"x-room": ["1", "2"]}
    left = {"Host": HANDSHAKE_HEADERS["Host"], "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    assert [told(event) for event in functions.events] == [
        json.dumps(event)
        for event in (
            {
                "headers": HANDSHAKE_HEADERS,
                "multiValueHeaders": multi,
                "queryStringParameters": {"token": "2"},
                "multiValueQueryStringParameters": {"token": ["t 1", "2"]},
                "requestContext": context("CONNECT", "$connect", 0),
                "isBase64Encoded": False,
            },
            {
                "requestContext": context("MESSAGE", "join", 12),
                "body": '{"action": "join", "room": "\\u00e9"}',
                "isBase64Encoded": False,
            },
            {"requestContext": context("MESSAGE", "$default", 24), "body": "hello", "isBase64Encoded": False},
            {
                "headers": left,
                "multiValueHeaders": {name: [value] for name, value in left.items()},
                "requestContext": context(
                    "DISCONNECT", "$disconnect", 36, code=1005, reason="Client-side close frame status not set"
                ),
                "isBase64Encoded": False,
            },
        )
    ]
    # By what each route is permitted to call the function as.
    here = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/prod/"
    assert functions.callers == [here + key for key in ("$connect", "join", "$default", "$disconnect")]


@pytest.mark.parametrize(
    ("code", "reason", "told"),
    [
        (1000, "", ""),
        (1001, "", ""),  # recorded: a page that leaves
        (1001, "Going away", "Going away"),  # an idle one
        (1005, "", "Client-side close frame status not set"),
        (1006, "", ""),
        (4321, "enough", "enough"),
    ],
)
def test_why_it_ended(code: int, reason: str, told: str):
    functions = Functions()
    connected(Scene(), functions).leaves(code, reason)
    end = functions.events[-1]["requestContext"]
    assert (end["disconnectStatusCode"], end["disconnectReason"]) == (code, told)


def test_who_connected_is_told_with_each_event():
    """Recorded: how long the authorizer took is told of at the handshake only."""
    given = plan()

    async def authorize(context: Any, world: Any) -> None:
        context.caller = Caller("ann", AUTHORIZER)

    routes = {**given.routes, "$connect": replace(given.routes["$connect"], authorize=authorize)}
    functions = Functions()
    client = connected(Scene(), functions, replace(given, routes=routes))
    client.says("hello")
    client.leaves(1000, "bye")
    shown = [event["requestContext"] for event in functions.events]
    later = {"principalId": "ann", "team": "a"}
    assert [one["authorizer"] for one in shown] == [AUTHORIZER, later, later]
    assert list(shown[1])[:3] == ["routeKey", "authorizer", "messageId"]
    assert list(shown[2])[:4] == ["routeKey", "disconnectStatusCode", "authorizer", "eventType"]
    assert shown[2]["disconnectReason"] == "bye"


def test_who_signed_the_handshake():
    given = plan()
    ann = Principal("123456789012", "arn:aws:iam::123456789012:user/ann", "AIDA", "AKIA", "secret")

    async def authorize(context: Any, world: Any) -> None:
        context.caller = Caller(principal=ann)

    routes = {**given.routes, "$connect": replace(given.routes["$connect"], authorize=authorize)}
    functions = Functions()
    connected(Scene(), functions, replace(given, routes=routes))
    assert functions.events[0]["requestContext"]["identity"] == {
        "userArn": ann.arn,
        "userAgent": "wscat/6",
        "accountId": "123456789012",
        "caller": "AIDA",
        "sourceIp": "192.0.2.7",
        "accessKey": "AKIA",
        "user": "AIDA",
    }


def test_stage_variables():
    functions = Functions()
    client = connected(Scene(), functions, plan(stageVariables={"table": "t"}))
    client.says("hello")
    assert [list(event) for event in functions.events] == [
        [
            *("headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters"),
            *("stageVariables", "requestContext", "isBase64Encoded"),
        ],
        ["stageVariables", "requestContext", "body", "isBase64Encoded"],
    ]
    assert functions.events[1]["stageVariables"] == {"table": "t"}


def test_a_plain_client_is_told_of_without_user_agent():
    scene, functions = Scene(), Functions()
    scene.world = replace(scene.world, functions=functions)
    Client(scene, plan(), handshake())
    event = functions.events[0]
    assert event["requestContext"]["identity"] == {"sourceIp": "192.0.2.7"}
    assert list(event) == ["headers", "multiValueHeaders", "requestContext", "isBase64Encoded"]
    assert HOST.endswith(event["requestContext"]["domainName"])


@pytest.mark.parametrize(
    ("text", "body", "frames"),
    [("aGVsbG8=", "aGVsbG8=", []), ("hello", None, [error("Internal server error")])],
)
def test_binary_in_text(text: str, body: str | None, frames: list[bytes]):
    """CONVERT_TO_BINARY: the message is the bytes' base64, which is how an event holds bytes."""
    integration = {**LAMBDA, "contentHandlingStrategy": "CONVERT_TO_BINARY"}
    given = websocket_compiled(websocket_snapshot({"$default": integration}))
    functions = Functions()
    client = connected(Scene(), functions, given)
    assert client.says(text) == frames
    assert [(event["body"], event["isBase64Encoded"]) for event in functions.events] == ([(body, True)] if body else [])
