"""A message from its route to what the client gets: selection, models, limits, errors, access log and counters."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.execute.websocket.counters import WebSocketCounters
from gatewright.values.faults import FunctionFault, NetworkFault
from tests.execute.stage import Document, Scene, request
from tests.execute.websocket_stage import (
    ACCEPTING,
    ANSWERS,
    LAMBDA,
    Client,
    Functions,
    error,
    one_route,
    websocket_compiled,
    websocket_snapshot,
)


def saying(word: str) -> Document:
    """A mock that answers with a word."""
    response = {
        "integrationResponseKey": "$default",
        "templateSelectionExpression": r"\$default",
        "responseTemplates": {"$default": word},
    }
    return {**ACCEPTING, "integrationResponses": [response]}


def talking(*keys: str, expression: str = "$request.body.action") -> Client:
    """A client of an API whose routes answer with their keys."""
    integrations = {key: saying(key.replace("$", "the ")) for key in keys}
    document = websocket_snapshot(integrations, dict.fromkeys(keys, ANSWERS), routeSelectionExpression=expression)
    return Client(Scene(), websocket_compiled(document))


ACTION = "$request.body.action"
SLASHED = "${request.body.service}/${request.body.action}"


@pytest.mark.parametrize(
    ("expression", "message", "route"),
    [
        (ACTION, {"action": "join"}, "join"),
        (ACTION, {"action": "Join"}, "the default"),  # keys are compared with case
        (ACTION, {"action": "leave"}, "the default"),
        (ACTION, {"service": "join"}, "the default"),
        (ACTION, {"action": None}, "the default"),
        (ACTION, {"action": "$connect"}, "the default"),  # a client selects no route of the gateway's own
        (ACTION, {"action": "$disconnect"}, "the default"),
        (ACTION, {"action": "$default"}, "the default"),
        (ACTION, {"action": 1}, "1"),
        (ACTION, {"action": True}, "true"),
        (ACTION, {"action": ["a", 1]}, "[a, 1]"),
        (ACTION, {"action": [["a"], None]}, "the default"),
        (ACTION, ["join"], "the default"),
        (ACTION, "join", "the default"),
        (ACTION, "", "the default"),
        (ACTION, '{"action":"join"', "the default"),
        (ACTION, '{"action":"join", body:"hello"}', "join"),  # seen on AWS
        (ACTION, '{"action":"leave","action":"join"}', "join"),
        (ACTION, "{'action':'join'}", "join"),
        ("${request.body.action}", {"action": "join"}, "join"),
        ("$request.body.deep.action", {"deep": {"action": "join"}}, "join"),
        ("$request.body.list[0]", {"list": ["join"]}, "join"),
        ("$request.body['action']", {"action": "join"}, "the default"),  # without braces a name has no quotes
        ("${request.body['action']}", {"action": "join"}, "join"),
        (SLASHED, {"service": "chat", "action": "join"}, "chat/join"),
        (SLASHED, {"service": "chat"}, "chat/"),
        (SLASHED, {"service": "chat", "action": "leave"}, "the default"),
        ("join", {"action": "leave"}, "join"),
        (r"\$default", {"action": "join"}, "the default"),
    ],
)
def test_routes(expression: str, message: Any, route: str):
    keys = ("join", "1", "true", "[a, 1]", "chat/join", "chat/", "$default", "$connect", "$disconnect")
    assert talking(*keys, expression=expression).says(message) == [route.encode()]


@pytest.mark.parametrize("message", [{"action": "leave"}, "hello", {"action": "$connect"}])
def test_a_message_without_a_route(message: Any):
    client = talking("join", "$connect")
    assert client.says(message) == [error("Forbidden")]
    assert client.says({"action": "join"}) == [b"join"]  # the connection stays


def test_a_route_that_does_not_answer():
    client = Client(Scene(), one_route(saying("x"), answers=False))
    assert client.says("hello") == []


@pytest.mark.parametrize(
    ("route", "answers"),
    [
        ({}, False),
        ({"routeResponseSelectionExpression": "$default"}, False),  # without a route response
        ({"routeResponses": [{"routeResponseKey": "$default"}]}, False),  # without the expression
        (ANSWERS, True),
    ],
)
def test_what_makes_a_route_answer(route: Document, answers: bool):
    client = Client(Scene(), one_route(saying("x"), answers=False, **route))
    assert client.says("hello") == ([b"x"] if answers else [])


# What a function, or who calls it, makes of a message: the frame a client gets of a route that answers.
FAILS = error("Internal server error")


@pytest.mark.parametrize(
    ("result", "frames"),
    [
        ({"statusCode": 200, "body": "hello"}, [b"hello"]),
        ({"statusCode": 200, "body": "é"}, ["é".encode()]),
        ({"statusCode": 200}, []),
        ({}, []),
        ({"statusCode": 501}, []),  # seen: a status means nothing to a connection
        ({"statusCode": 501, "body": "no"}, [b"no"]),
        ({"statusCode": 200, "body": "aGk=", "isBase64Encoded": True}, [b"aGk="]),
        ({"body": "x" * 131_072}, [b"x" * 131_072]),
        ({"body": "x" * 131_073}, [FAILS]),
        (None, [FAILS]),
        ("hello", [FAILS]),
        ({"statusCode": "two"}, [FAILS]),
        ({"answer": 1}, [FAILS]),
        ({"errorMessage": "broken"}, [FAILS]),
        (FunctionFault("not_found", "f"), [FAILS]),
        (FunctionFault("not_permitted", "f"), [FAILS]),
        (FunctionFault("throttled", "f"), [FAILS]),
        (FunctionFault("timeout", "f"), [error("Endpoint request timed out")]),
    ],
)
def test_results_of_functions(result: Any, frames: list[bytes]):
    scene = Scene()
    scene.world = replace(scene.world, functions=Functions(result))
    client = Client(scene, one_route(LAMBDA))
    assert client.says("hello") == frames
    quiet = Client(scene, one_route(LAMBDA, answers=False))
    scene.world.functions.results = [result]  # type: ignore[attr-defined]
    # An error is told of whatever the route; an answer that nobody asked for is not looked at.
    assert quiet.says("hello") == [frame for frame in frames if b"connectionId" in frame and len(str(result)) < 1000]


MODELS = [
    {"name": "Named", "contentType": "application/json", "schema": '{"type":"object","required":["name"]}'},
    {"name": "Any", "contentType": "application/json", "schema": "{}"},
]
BAD = error("Bad request body", "messageId")


@pytest.mark.parametrize(
    ("route", "message", "frames"),
    [
        ({"modelSelectionExpression": "$request.body.kind"}, {"kind": "a", "name": "x"}, [b"x"]),
        ({"modelSelectionExpression": "$request.body.kind"}, {"kind": "a"}, [BAD]),
        ({"modelSelectionExpression": "$request.body.kind"}, {"kind": "b"}, [b"x"]),
        ({"modelSelectionExpression": "$request.body.kind"}, {"kind": "c"}, [BAD]),  # no model, and no $default
        ({"modelSelectionExpression": "$request.body.kind"}, "hello", [BAD]),
        ({"modelSelectionExpression": r"\$default", "requestModels": {"$default": "Named"}}, {"name": "x"}, [b"x"]),
        ({"modelSelectionExpression": r"\$default", "requestModels": {"$default": "Named"}}, "[]", [BAD]),
        ({"modelSelectionExpression": "x", "requestModels": {"$default": "Named"}}, {}, [BAD]),
        ({"requestModels": {"$default": "Named"}}, {}, [b"x"]),  # nothing selects one
    ],
)
def test_models(route: Document, message: Any, frames: list[bytes]):
    routes = {"$default": {**ANSWERS, "requestModels": {"a": "Named", "b": "Any"}, **route}}
    document = websocket_snapshot({"$default": saying("x")}, routes) | {"models": MODELS}
    assert Client(Scene(), websocket_compiled(document)).says(message) == frames


def test_a_model_that_is_not_there_closes_its_route():
    routes = {"$default": {"modelSelectionExpression": "x", "requestModels": {"x": "Gone"}}}
    document = websocket_snapshot({"$default": saying("x"), "join": saying("j")}, {**routes, "join": ANSWERS})
    client = Client(Scene(), websocket_compiled(document))
    assert client.says("hello") == [error("Internal server error")]
    assert client.says({"action": "join"}) == [b"j"]


@pytest.mark.parametrize(
    ("settings", "frames"),
    [
        ({"defaultRouteSettings": {"throttlingBurstLimit": 1, "throttlingRateLimit": 1.0}}, ["a", "no", "b", "no"]),
        ({"routeSettings": {"a": {"throttlingBurstLimit": 1, "throttlingRateLimit": 1.0}}}, ["a", "no", "b", "b"]),
        (
            {
                "defaultRouteSettings": {"throttlingBurstLimit": 1, "throttlingRateLimit": 1.0},
                "routeSettings": {"a": {"throttlingBurstLimit": 5}},
            },
            ["a", "a", "b", "no"],
        ),
        ({}, ["a", "a", "b", "b"]),
    ],
)
def test_limits(settings: Document, frames: list[str]):
    document = websocket_snapshot({"a": saying("a"), "b": saying("b")}, {"a": ANSWERS, "b": ANSWERS})
    client = Client(Scene(), websocket_compiled(document, **settings))
    said = [client.says({"action": action}) for action in ("a", "a", "b", "b")]
    assert said == [[error("Too Many Requests")] if word == "no" else [word.encode()] for word in frames]


def test_a_message_asks_for_no_authorizer():
    """Management refuses one; a route that has one all the same lets nothing through."""
    client = Client(Scene(), one_route(saying("x"), authorizationType="AWS_IAM"))
    assert client.says("hello") == [FAILS]


def test_a_stage_that_is_deployed_anew_keeps_its_connections():
    scene = Scene()
    client = Client(scene, one_route(saying("old")))
    assert client.says("hello") == [b"old"]
    scene.plans["abcdef1234", "prod"] = one_route(saying("new"))
    assert client.says("hello") == [b"new"]
    scene.plans.clear()
    assert (client.says("hello"), client.closed) == ([], [(1001, "Going away")])
    client.leaves(1001)
    assert len(scene.world.connections) == 0


@given(st.one_of(st.text(), st.text(st.sampled_from("{}[]\"':,action$\\ \n")), st.from_type(dict).map(str)))
@settings(max_examples=100)
def test_whatever_a_client_says_has_an_end(text: str):
    """A route without a model takes it, one with a model refuses it, or it is for the route that it names."""
    routes = {"$default": ANSWERS, "on": {**ANSWERS, "modelSelectionExpression": "x"}}
    template = {"$default": '$input.json("$.action") $input.path("$.a.b")$input.body'}
    echo = {**saying("x"), "requestTemplates": {"$default": f'{{"statusCode":200}}{template["$default"]}'}}
    document = websocket_snapshot({"$default": echo, "on": saying("y")}, routes)
    assert len(Client(Scene(), websocket_compiled(document)).says(text)) == 1


FORMAT = (
    "$context.requestId|$context.eventType|$context.routeKey|$context.status|$context.connectionId|$context.messageId|"
    "$context.disconnectReason|$context.error.message|$context.integration.status|$context.identity.userAgent"
)


def test_access_log():
    """One line for each event."""
    scene = Scene()
    scene.world = replace(scene.world, functions=Functions({}, {}, {"errorMessage": "x"}, {}))
    keys = ("$connect", "$default", "$disconnect")
    document = websocket_snapshot(dict.fromkeys(keys, LAMBDA))
    client = Client(scene, websocket_compiled(document, accessLogSettings={"format": FORMAT, "destinationArn": "x"}))
    client.says("hello")
    client.says('{"action":"a\\"b"}')
    client.leaves(1001, "Going away")
    id = client.connection.id
    logged = [line.decode().split("|") for _, line in scene.lines]
    assert [line[1:5] + line[6:] for line in logged] == [
        ["CONNECT", "$connect", "200", id, "-", "-", "200", "-"],
        ["MESSAGE", "$default", "200", id, "-", "-", "200", "-"],
        ["MESSAGE", "$default", "502", id, "-", "Internal server error", "-", "-"],
        ["DISCONNECT", "$disconnect", "200", id, "Going away", "-", "200", "-"],
    ]
    assert [len(line[0]) for line in logged] == [16] * 4
    assert [len(line[5]) for line in logged] == [1, 16, 16, 1]


def test_the_answer_of_a_mock_has_the_status_that_selected_it():
    scene = Scene()
    templates = {"a": '{"statusCode":200}', "b": '{"statusCode":404}', "c": '{"statusCode":$input.path("$.code")}'}
    mock = {**saying("x"), "requestTemplates": templates, "templateSelectionExpression": "$request.body.kind"}
    document = websocket_snapshot({"$default": mock}, {"$default": ANSWERS})
    settings = {"format": "$context.requestId $context.status", "destinationArn": "x"}
    client = Client(scene, websocket_compiled(document, accessLogSettings=settings))
    for kind, code in (("a", 1), ("b", 1), ("c", 501), ("a", 1)):
        assert client.says({"kind": kind, "code": code}) == [b"x"]
    assert [line.split()[1] for _, line in scene.lines[1:]] == [b"200", b"404", b"501", b"200"]


def test_counters():
    scene = Scene()
    results = [{}, {"body": "x"}, {"statusCode": 404}, {"errorMessage": "x"}, FunctionFault("timeout", "f"), {}]
    scene.world = replace(scene.world, functions=Functions(*results))
    document = websocket_snapshot({"$connect": LAMBDA, "a": LAMBDA, "$disconnect": LAMBDA})
    plan = websocket_compiled(document, routeSettings={"a": {"detailedMetricsEnabled": True}})
    client = Client(scene, plan)
    for action in ("a", "a", "a", "a", "none"):
        client.says({"action": action})
    client.leaves(1000)

    def counted(counters: Any) -> tuple[int, ...]:
        assert isinstance(counters, WebSocketCounters)
        return (
            *(counters.connects, counters.messages, counters.client_errors),
            *(counters.integration_errors, counters.execution_errors, counters.integration_latency.count),
        )

    # Three of the five messages are answered by an error.
    assert counted(plan.counters) == (1, 8, 1, 2, 1, 6)
    Client(scene, plan, request("GET", "/", "Host: a"))  # no handshake
    assert counted(plan.counters) == (1, 8, 2, 2, 1, 6)
    assert {key: counted(one) for key, one in plan.counters.by_method.items()} == {("a", "ANY"): (0, 6, 0, 2, 1, 4)}


@pytest.mark.parametrize(
    "broken",
    [
        {"integrationType": "MOCK", "requestTemplates": {"$default": "#if("}},
        {"integrationType": "MOCK", "requestTemplates": {"x": "{}"}, "templateSelectionExpression": "$request.path"},
        {"integrationType": "MOCK", "requestTemplates": {"$default": "{}"}},
        {**ACCEPTING, "integrationResponses": []},
        {"integrationType": "OTHER"},
        {"integrationType": "HTTP", "integrationUri": "http://x.test", "integrationMethod": "GET"},
        {"integrationType": "HTTP_PROXY", "integrationUri": "x.test", "integrationMethod": "GET"},
    ],
)
def test_what_is_wrong_with_one_route_is_that_routes_alone(broken: Document):
    document = websocket_snapshot({"$default": broken, "join": saying("j")}, {"join": ANSWERS})
    client = Client(Scene(NetworkFault("connect", "")), websocket_compiled(document))
    assert client.says("hello") == [FAILS]
    assert client.says({"action": "join"}) == [b"j"]
