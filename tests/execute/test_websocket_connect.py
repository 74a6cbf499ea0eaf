"""A handshake from the door to the 101, or to the answer that refuses it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from gatewright.execute.caller import Caller
from gatewright.execute.websocket.plan import WebSocketPlan
from gatewright.execute.world import Returned
from gatewright.values.faults import FunctionFault
from gatewright.values.response import Response, Upgraded
from tests.execute.stage import Document, Scene, headers, request
from tests.execute.test_api_key import VALUE, put_key, put_plan
from tests.execute.test_iam_authorizer import ANN, signed
from tests.execute.websocket_stage import (
    ACCEPT,
    ACCEPTING,
    ANSWERS,
    HANDSHAKE,
    HOST,
    KEY,
    LAMBDA,
    Client,
    Functions,
    error,
    handshake,
    websocket_compiled,
    websocket_snapshot,
)

JSON = b"Content-Type: application/json\r\n"


def plan(integration: Document | None, route: Document | None = None, **rest: Any) -> WebSocketPlan:
    """A stage with that `$connect`, or without one."""
    integrations = {"$default": ACCEPTING} | ({"$connect": integration} if integration is not None else {})
    document = websocket_snapshot(integrations, {"$connect": route or {}}, **rest.pop("api", {}))
    return websocket_compiled(document | {"authorizers": rest.pop("authorizers", [])}, **rest)


def refused(client: Client) -> tuple[int, list[bytes], str]:
    """Status, header lines and message; the body has the ids of an error frame, too."""
    answer = client.refusal
    body = json.loads(answer.body)
    assert list(body) == ["message", "connectionId", "requestId"]
    assert answer.body.startswith(b'{"message": ')
    return answer.status, list(answer.headers), body["message"]


def error_type(name: str) -> bytes:
    return f"x-amzn-ErrorType: {name}\r\n".encode()


def test_an_api_without_connect_lets_everybody_in():
    scene = Scene()
    client = Client(scene, plan(None))
    assert isinstance(client.answer, Upgraded)
    assert client.answer.headers == (ACCEPT,)
    assert scene.world.connections.find(client.connection.id) is client.connection
    client.leaves(1000)
    assert scene.world.connections.find(client.connection.id) is None


BAD = "BadRequestException"
UPGRADE = b"Upgrade: websocket\r\n"


@pytest.mark.parametrize(
    ("asked", "path", "expected"),
    [
        (request("GET", "/", HOST), "", (426, [error_type(BAD), JSON, UPGRADE], "Upgrade Required")),
        (
            request("POST", "/", *HANDSHAKE, KEY),
            "/",
            (405, [error_type(BAD), JSON, b"Allow: GET\r\n"], "Method Not Allowed"),
        ),
        (request("GET", "/", *HANDSHAKE), "/", (400, [error_type(BAD), JSON], "Bad Request")),
        (handshake(), "/rooms", (403, [error_type("ForbiddenException"), JSON], "Forbidden")),
    ],
)
def test_what_is_no_handshake(asked: Any, path: str, expected: Any):
    assert refused(Client(Scene(), plan(LAMBDA), asked, path)) == expected


@pytest.mark.parametrize(
    ("result", "status", "lines", "body"),
    [
        ({"statusCode": 401}, 401, [JSON], b""),
        ({"statusCode": 301, "headers": {"Location": "/x"}}, 301, [b"Location: /x\r\n", JSON], b""),
        ({"statusCode": 501, "body": "no"}, 501, [JSON], b""),
    ],
)
def test_a_function_refuses(result: Document, status: int, lines: list[bytes], body: bytes):
    """Recorded: the client sees the function's own status. The body is sent by routes that answer, as any."""
    for route, shown in (({}, body), (ANSWERS, (result.get("body") or "").encode())):
        scene = Scene()
        scene.world = replace(scene.world, functions=Functions(result))
        answer = Client(scene, plan(LAMBDA, route)).refusal
        *given, trace = answer.headers
        assert (answer.status, given, answer.body) == (status, lines, shown)
        assert trace.startswith(b"X-Amzn-Trace-Id: Root=1-")
        assert len(scene.world.connections) == 0


@pytest.mark.parametrize("result", [{"statusCode": 200}, {"statusCode": 204}, {}, {"statusCode": 299, "body": "x"}])
def test_a_function_accepts(result: Document):
    scene = Scene()
    scene.world = replace(scene.world, functions=Functions(result))
    assert Client(scene, plan(LAMBDA)).answer[0] == (ACCEPT,)


INTERNAL = error_type("InternalServerErrorException")


@pytest.mark.parametrize(
    ("integration", "result", "status", "message"),
    [
        (LAMBDA, {"errorMessage": "broken"}, 502, "Internal server error"),
        (LAMBDA, None, 502, "Internal server error"),
        (LAMBDA, "no object", 502, "Internal server error"),
        (LAMBDA, FunctionFault("not_permitted", "f"), 500, "Internal server error"),
        (LAMBDA, FunctionFault("timeout", "f"), 504, "Endpoint request timed out"),
        ({**LAMBDA, "integrationUri": "x"}, {}, 500, "Internal server error"),
        ({**LAMBDA, "integrationType": "OTHER"}, {}, 500, "Internal server error"),
        ({**ACCEPTING, "integrationResponses": []}, {}, 500, "Internal server error"),
        # An integration response makes an answer of a function's error: that lets nobody in.
        (
            {**LAMBDA, "integrationType": "AWS", "integrationResponses": [{"integrationResponseKey": "$default"}]},
            {"errorMessage": "no"},
            502,
            "Internal server error",
        ),
    ],
)
def test_failures(integration: Document, result: Any, status: int, message: str):
    """Recorded: 502 for a function that fails."""
    scene = Scene()
    scene.world = replace(scene.world, functions=Functions(result))
    assert refused(Client(scene, plan(integration))) == (status, [INTERNAL, JSON], message)


OFFER = ("Sec-WebSocket-Protocol: soap, chat",)


@pytest.mark.parametrize(
    ("offer", "name", "value", "agreed"),
    [
        (OFFER, "Sec-WebSocket-Protocol", "chat", b"chat"),
        (OFFER, "sec-websocket-protocol", "chat", b"chat"),
        (OFFER, "X-Protocol", "chat", None),
        (OFFER, "Sec-WebSocket-Protocol", "mqtt", None),  # RFC 6455 section 4.1: none but what is offered
        (OFFER, "Sec-WebSocket-Protocol", "soap, chat", None),
        ((), "Sec-WebSocket-Protocol", "chat", None),
    ],
)
def test_subprotocols(offer: tuple[str, ...], name: str, value: str, agreed: bytes | None):
    """The function agrees to one, or none is agreed to; no other header of it is of use."""
    scene = Scene()
    result = {"statusCode": 200, "headers": {name: value, "Set-Cookie": "a=b"}}
    scene.world = replace(scene.world, functions=Functions(result))
    client = Client(scene, plan(LAMBDA), handshake(*offer))
    expected = (ACCEPT,) if agreed is None else (ACCEPT, b"Sec-WebSocket-Protocol: " + agreed + b"\r\n")
    assert client.answer[0] == expected


def test_a_mock_agrees_to_a_subprotocol():
    response = {
        "integrationResponseKey": "$default",
        "responseParameters": {"method.response.header.Sec-WebSocket-Protocol": "'chat'"},
    }
    client = Client(Scene(), plan({**ACCEPTING, "integrationResponses": [response]}), handshake(*OFFER))
    assert client.answer[0] == (ACCEPT, b"Sec-WebSocket-Protocol: chat\r\n")


@pytest.mark.parametrize(("code", "lets_in"), [("200", True), ("299", True), ("302", False), ("401", False)])
def test_mocks_and_backends_decide_by_their_status(code: str, lets_in: bool):
    integration = {**ACCEPTING, "requestTemplates": {"200": f'{{"statusCode":{code}}}'}}
    http = {"integrationType": "HTTP", "integrationMethod": "GET", "integrationUri": "http://backend.test/"}
    any_answer = {"integrationResponses": [{"integrationResponseKey": "$default"}]}
    for given in (integration, {**http, **any_answer}, {**http, "integrationType": "HTTP_PROXY"}):
        client = Client(Scene(Returned(int(code), headers(), b"")), plan(given))
        assert isinstance(client.answer, Upgraded) == lets_in
        if isinstance(client.answer, Response):
            assert client.answer.status == int(code)


def test_a_backend_sees_the_handshake():
    scene = Scene(Returned(200, headers(), b""))
    proxy = {"integrationType": "HTTP_PROXY", "integrationMethod": "GET", "integrationUri": "http://backend.test/in"}
    mapped = {"integration.request.header.token": "route.request.querystring.token"}
    Client(scene, plan({**proxy, "requestParameters": mapped}), handshake("Cookie: a=b", target="/?token=t"))
    [(_, _, head, _, _)] = scene.backend.sent
    lines = head.split(b"\r\n")
    assert lines[0] == b"GET /in?token=t HTTP/1.1"
    assert b"Cookie: a=b" in lines and b"token: t" in lines
    assert not [line for line in lines if line.lower().startswith((b"upgrade", b"connection"))]


REQUIRED = {
    "requestParameters": {
        "route.request.header.Origin": {"required": True},
        "route.request.querystring.token": {"required": True},
        "route.request.querystring.room": {"required": False},
    }
}


@pytest.mark.parametrize(
    ("line", "target", "missing"),
    [
        ("Origin: https://a.test", "/?token=1", ""),
        ("Origin: https://a.test", "/", "[token]"),
        ("X: y", "/?token=", "[Origin, token]"),
    ],
)
def test_required_parameters(line: str, target: str, missing: str):
    client = Client(Scene(), plan(ACCEPTING, REQUIRED), handshake(line, target=target))
    if not missing:
        assert isinstance(client.answer, Upgraded)
    else:
        message = f"Missing required request parameters: {missing}"
        assert refused(client) == (400, [error_type("BadRequestException"), JSON], message)


@pytest.mark.parametrize(
    ("lines", "lets_in"), [([f"x-api-key: {VALUE}"], True), (["x-api-key: other"], False), ([], False)]
)
def test_api_keys(lines: list[str], lets_in: bool):
    scene, functions = Scene(), Functions()
    scene.world = replace(scene.world, functions=functions)
    put_key(scene)
    put_plan(scene)
    client = Client(scene, plan(LAMBDA, {"apiKeyRequired": True}), handshake(*lines))
    if lets_in:
        identity = functions.events[0]["requestContext"]["identity"]
        assert identity == {"apiKey": VALUE, "apiKeyId": "key1", "sourceIp": "192.0.2.7"}
    else:
        assert refused(client) == (403, [error_type("ForbiddenException"), JSON], "Forbidden")
        assert functions.events == []


def test_the_api_key_that_an_authorizer_names():
    scene = Scene()
    put_key(scene)
    put_plan(scene)
    api = {"apiKeySelectionExpression": "$context.authorizer.usageIdentifierKey"}
    given = plan(ACCEPTING, {"apiKeyRequired": True}, api=api)

    async def authorize(context: Any, world: Any) -> None:
        context.caller = Caller(usage_identifier_key=VALUE)

    assert refused(Client(scene, given, handshake(f"x-api-key: {VALUE}")))[0] == 403
    routes = {**given.routes, "$connect": replace(given.routes["$connect"], authorize=authorize)}
    assert isinstance(Client(scene, replace(given, routes=routes)).answer, Upgraded)


@pytest.mark.parametrize(("lines", "frames"), [([f"x-api-key: {VALUE}"], []), ([], [error("Forbidden")])])
def test_a_message_s_key_is_the_one_of_its_handshake(lines: list[str], frames: list[bytes]):
    scene, functions = Scene(), Functions()
    scene.world = replace(scene.world, functions=functions)
    put_key(scene)
    put_plan(scene)
    document = websocket_snapshot({"$default": LAMBDA}, {"$default": {"apiKeyRequired": True}})
    client = Client(scene, websocket_compiled(document), handshake(*lines))
    assert client.says("hello") == frames
    keys = [event["requestContext"]["identity"]["apiKeyId"] for event in functions.events]
    assert keys == ([] if frames else ["key1"])


def test_limits_of_new_connections():
    scene = Scene()
    given = plan(ACCEPTING)
    opened = [isinstance(Client(scene, given).answer, Upgraded) for _ in range(501)]
    assert opened == [True] * 500 + [False]
    assert refused(Client(scene, given)) == (429, [error_type("TooManyRequestsException"), JSON], "Too Many Requests")


def test_limits_of_the_route():
    scene = Scene()
    given = plan(ACCEPTING, routeSettings={"$connect": {"throttlingRateLimit": 1.0, "throttlingBurstLimit": 1}})
    assert isinstance(Client(scene, given).answer, Upgraded)
    assert refused(Client(scene, given)) == (429, [error_type("TooManyRequestsException"), JSON], "Too Many Requests")


AUTHORIZER = {
    "authorizerId": "a1",
    "authorizerType": "REQUEST",
    "authorizerUri": LAMBDA["integrationUri"],
    "identitySource": ["route.request.querystring.token"],
}


@pytest.mark.parametrize(
    ("target", "effect", "expected"),
    [
        ("/?token=t", "Allow", None),
        ("/?token=t", "Deny", (403, "User is not authorized to access this resource with an explicit deny")),
        ("/", "Allow", (401, "Unauthorized")),
    ],
)
def test_lambda_authorizers(target: str, effect: str, expected: tuple[int, str] | None):
    resource = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/prod/$connect"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    result = {
        "principalId": "ann",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"team": "a", "level": 3},
    }
    scene, functions = Scene(), Functions(result)
    scene.world = replace(scene.world, functions=functions)
    route = {"authorizationType": "CUSTOM", "authorizerId": "a1"}
    client = Client(scene, plan(LAMBDA, route, authorizers=[AUTHORIZER]), handshake(target=target))
    if expected is not None:
        assert refused(client)[::2] == expected
        assert len(functions.events) == (1 if expected[0] == 403 else 0)
        return
    asked, event = functions.events
    assert (asked["type"], asked["methodArn"]) == ("REQUEST", resource)
    assert event["requestContext"]["authorizer"]["team"] == "a"
    assert event["requestContext"]["authorizer"]["principalId"] == "ann"


def test_signed_handshakes():
    scene = Scene()
    given = plan(ACCEPTING, {"authorizationType": "AWS_IAM"})
    assert refused(Client(scene, given)) == (
        403,
        [error_type("MissingAuthenticationTokenException"), JSON],
        "Missing Authentication Token",
    )
    asked = signed(ANN, "/prod/", *HANDSHAKE[1:], KEY)
    assert refused(Client(scene, given, asked))[0] == 403  # nobody knows her
    scene.principals.by_key = {ANN.access_key: ANN}
    client = Client(scene, given, asked)
    assert isinstance(client.answer, Upgraded)
    assert client.connection.caller.principal is ANN


@pytest.mark.parametrize(
    ("key", "route", "stage"),
    [
        ("$default", {"authorizationType": "AWS_IAM"}, {}),
        ("$default", {"authorizationType": ""}, {}),
        ("$default", {"target": "integrations/none"}, {}),
        ("$default", {"routeResponseSelectionExpression": "other"}, {}),
    ],
)
def test_what_closes_a_route(key: str, route: Document, stage: Document):
    document = websocket_snapshot({key: ACCEPTING}, {key: route})
    client = Client(Scene(), websocket_compiled(document, **stage))
    assert [json.loads(frame)["message"] for frame in client.says("hello")] == ["Internal server error"]


@pytest.mark.parametrize(
    ("api", "stage"),
    [
        ({"routeSelectionExpression": "$request.path"}, {}),
        ({"routeSelectionExpression": "$"}, {}),
        ({}, {"accessLogSettings": {"format": "no id", "destinationArn": "x"}}),
    ],
)
def test_what_closes_a_stage(api: Document, stage: Document):
    given = websocket_compiled(websocket_snapshot({"$default": ACCEPTING}, **api), **stage)
    assert refused(Client(Scene(), given)) == (500, [INTERNAL, JSON], "Internal server error")


def test_calls_for_connections_are_no_handshakes():
    client = Client(Scene(), plan(None), request("GET", "/", HOST), "/@connections/abc=")
    assert client.refusal.status == 403


def test_an_end_is_told_of_at_best():
    scene = Scene()
    scene.world = replace(scene.world, functions=Functions({"errorMessage": "broken"}))
    document = websocket_snapshot({"$disconnect": LAMBDA})
    client = Client(scene, websocket_compiled(document))
    client.leaves(1006)
    assert (client.frames, len(scene.world.connections)) == ([], 0)
