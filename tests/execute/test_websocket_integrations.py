"""What backends get of a message, and what a client gets of what they answer: mapping, templates, responses by key."""

import json
from dataclasses import replace
from typing import Any

import pytest

from gatewright.execute.caller import Caller
from gatewright.execute.world import Returned, ServiceCall
from tests.execute.stage import Document, Scene, headers
from tests.execute.websocket_stage import ACCEPTING, LAMBDA, Client, Functions, error, one_route

FAILS = error("Internal server error")
HTTP: Document = {
    "integrationType": "HTTP",
    "integrationMethod": "POST",
    "integrationUri": "http://backend.test/rooms",
    "integrationResponses": [{"integrationResponseKey": "$default"}],
}
PROXY: Document = {
    "integrationType": "HTTP_PROXY",
    "integrationMethod": "POST",
    "integrationUri": "http://backend.test/rooms",
}


def returned(status: int, body: bytes, *lines: str) -> Returned:
    return Returned(status, headers(*lines), body)


def sent(integration: Document, message: Any = "hello", **stage: Any) -> tuple[str, list[str], bytes]:
    """The request line, the header lines and the body that a backend got of a message; ids and traces are named."""
    scene = Scene(returned(200, b""))
    client = Client(scene, one_route(integration))
    client.connection.caller = Caller("ann", {"principalId": "ann", "team": "a"})
    client.says(message)
    [(_, _, head, body, _)] = scene.backend.sent
    text = head.decode("latin-1").replace(client.connection.id, "C")
    line, *rest = text.rstrip("\r\n").split("\r\n")
    return line, [one for one in rest if not one.startswith("X-Amzn-Trace-Id: Root=1-6553f100-")], body


OWN = ["Accept: application/json", "User-Agent: AmazonAPIGateway_abcdef1234"]
TYPED = "Content-Type: application/json"
API = "X-Amzn-Apigateway-Api-Id: abcdef1234"


def test_what_an_http_backend_gets():
    """Nothing of the handshake. Seen: what backends of WebSocket APIs logged of their requests."""
    lines = ["Host: backend.test", *OWN, TYPED, API, "Content-Length: 5"]
    assert sent(HTTP) == ("POST /rooms HTTP/1.1", lines, b"hello")


def test_what_a_proxied_backend_gets():
    line, lines, body = sent(PROXY)
    assert (line, body) == ("POST /rooms HTTP/1.1", b"hello")
    forwarded = ["X-Forwarded-For: 192.0.2.7", "X-Forwarded-Port: 80", "X-Forwarded-Proto: http"]
    assert lines == ["Host: backend.test", *forwarded, *OWN, API, TYPED, "Content-Length: 5"]


def test_a_verb_that_is_any_sends_the_message_all_the_same():
    assert sent({**PROXY, "integrationMethod": "ANY"})[0] == "POST /rooms HTTP/1.1"


MAPPINGS = {
    "integration.request.header.connection-id": "context.connectionId",
    "integration.request.header.event": "context.eventType",
    "integration.request.header.room": "route.request.body.room",
    "integration.request.header.team": "context.authorizer.team",
    "integration.request.header.fixed": "'one'",
    "integration.request.querystring.route": "context.routeKey",
    "integration.request.querystring.none": "route.request.header.x",
}
MAPPED = ["connection-id: C", "event: MESSAGE", "room: 7", "team: a", "fixed: one"]


@pytest.mark.parametrize("integration", [HTTP, PROXY])
def test_mapped_parameters(integration: Document):
    line, lines, _ = sent({**integration, "requestParameters": MAPPINGS}, {"room": 7})
    assert line == "POST /rooms?route=%24default HTTP/1.1"
    assert [one for one in lines if one in MAPPED] == MAPPED


TEMPLATE = (
    '{"id": "$context.connectionId", "type": "$context.eventType", "key": "$context.routeKey", '
    '"said": $input.json("$.said"), "who": "$context.authorizer.principalId", "at": $context.connectedAt, '
    '"ip": "$context.identity.sourceIp", "v": "$stageVariables.none", "params": "$input.params("Host")", '
    '"message": "$context.messageId", "account": "$context.accountId", "prefix": "$context.domainPrefix"}'
)


def test_what_a_template_sees():
    integration = {**HTTP, "requestTemplates": {"$default": TEMPLATE}, "templateSelectionExpression": r"\$default"}
    _, _, body = sent(integration, {"said": "hi"})
    document = json.loads(body)
    assert len(document.pop("message")) == 16 and len(document.pop("id")) == 16
    assert document == {
        "type": "MESSAGE",
        "key": "$default",
        "said": "hi",
        "who": "ann",
        "at": 1_700_000_000_000,
        "ip": "192.0.2.7",
        "v": "",
        "params": "",
        "account": "123456789012",
        "prefix": "abcdef1234",
    }


TEMPLATES = {"a": "for a", "A": "for A", "$default": "for others"}


@pytest.mark.parametrize(
    ("integration", "message", "body"),
    [
        ({"templateSelectionExpression": "$request.body.kind", "requestTemplates": TEMPLATES}, {"kind": "a"}, "for a"),
        ({"templateSelectionExpression": "$request.body.kind", "requestTemplates": TEMPLATES}, {"kind": "A"}, "for A"),
        ({"templateSelectionExpression": "$request.body.kind", "requestTemplates": TEMPLATES}, {}, "for others"),
        ({"templateSelectionExpression": "a", "requestTemplates": TEMPLATES}, {}, "for a"),
        ({"requestTemplates": TEMPLATES}, {}, "for others"),
        ({"requestTemplates": {"application/json": "for all"}}, {}, "for all"),
        ({"requestTemplates": {"a": "for a"}, "templateSelectionExpression": "b"}, "hello", "hello"),
        (
            {"requestTemplates": {"a": "x"}, "templateSelectionExpression": "b", "passthroughBehavior": "NEVER"},
            "",
            None,
        ),
        (
            {"requestTemplates": {"a": "x"}, "passthroughBehavior": "WHEN_NO_TEMPLATES"},
            "",
            None,
        ),
        ({"passthroughBehavior": "WHEN_NO_TEMPLATES"}, "hello", "hello"),
        ({"contentHandlingStrategy": "CONVERT_TO_BINARY"}, "aGk=", "hi"),
        ({"contentHandlingStrategy": "CONVERT_TO_TEXT"}, "hi", "hi"),
    ],
)
def test_templates_of_requests(integration: Document, message: Any, body: str | None):
    scene = Scene(returned(200, b""))
    client = Client(scene, one_route({**HTTP, **integration}))
    frames = client.says(message)
    if body is None:
        assert (frames, scene.backend.sent) == ([error("Unsupported Media Type")], [])
    else:
        assert [body for _, _, _, body, _ in scene.backend.sent] == [body.encode()]


def response(key: str, body: str | None = None, **rest: Any) -> Document:
    """An integration response; one with a body answers with it."""
    templates = {"responseTemplates": {"$default": body}, "templateSelectionExpression": r"\$default"} if body else {}
    return {"integrationResponseKey": key, **templates, **rest}


KEYS = [response("$default", "others"), response("/4\\d\\d/", "client"), response("/50./", "server")]
SELECTED = {"404": "by status", "a": "by header", "b": "by body", "c": "by message", "$default": "others"}


def selecting(expression: str) -> list[Document]:
    return [response("$default", responseTemplates=SELECTED, templateSelectionExpression=expression)]


@pytest.mark.parametrize(
    ("responses", "answer", "frames"),
    [
        (KEYS, returned(200, b"x"), [b"others"]),
        (KEYS, returned(404, b"x"), [b"client"]),
        (KEYS, returned(503, b"x"), [b"server"]),
        (KEYS[1:], returned(200, b"x"), [FAILS]),
        ([], returned(200, b"x"), [FAILS]),
        ([response("$default")], returned(200, b"x\xff"), ["x\ufffd".encode()]),
        ([response("$default")], returned(200, b""), []),
        ([response("200", "exactly")], returned(200, b""), [b"exactly"]),
        ([response("$default", '$input.path("$.a") $context.routeKey')], returned(200, b'{"a":1}'), [b"1 $default"]),
        ([response("$default", contentHandlingStrategy="CONVERT_TO_TEXT")], returned(200, b"\xff\x00"), [b"/wA="]),
        ([response("$default", contentHandlingStrategy="CONVERT_TO_BINARY")], returned(200, b"aGk="), [b"hi"]),
        ([response("$default", contentHandlingStrategy="CONVERT_TO_BINARY")], returned(200, b"?"), [FAILS]),
        (selecting("${integration.response.statuscode}"), returned(404, b""), [b"by status"]),
        (selecting("${integration.response.statuscode}"), returned(200, b""), [b"others"]),
        (selecting("${integration.response.header.X-Kind}"), returned(200, b"", "x-kind: a"), [b"by header"]),
        (selecting("${integration.response.multivalueheader.x}"), returned(200, b"", "x: a", "x: b"), [b"others"]),
        (selecting("${integration.response.body.kind}"), returned(200, b'{"kind":"b"}'), [b"by body"]),
        (selecting("${integration.response.body.kind}"), returned(200, b"no JSON"), [b"others"]),
        (selecting("${request.body.kind}"), returned(200, b""), [b"by message"]),
        (selecting("$integration.request.x"), returned(200, b""), [FAILS]),
    ],
)
def test_integration_responses(responses: list[Document], answer: Returned, frames: list[bytes]):
    client = Client(Scene(answer), one_route({**HTTP, "integrationResponses": responses}))
    assert client.says({"kind": "c"}) == frames


def test_a_proxied_answer_is_sent_as_it_came():
    client = Client(Scene(returned(500, "é".encode())), one_route(PROXY))
    assert client.says("hello") == ["é".encode()]


@pytest.mark.parametrize(
    ("result", "frames"),
    [
        ({"x": 1}, [b'{"x": 1}']),
        ({"errorMessage": "Not found: it"}, [b"it is not found"]),
        ({"errorMessage": "broken"}, [b'{"errorMessage": "broken"}']),
    ],
)
def test_a_function_behind_templates(result: Any, frames: list[bytes]):
    integration = {
        **LAMBDA,
        "integrationType": "AWS",
        "requestTemplates": {"$default": '{"said": $input.json("$")}'},
        "integrationResponses": [response("$default"), response("/Not found.*/", "it is not found")],
    }
    scene, functions = Scene(), Functions(result)
    scene.world = replace(scene.world, functions=functions)
    assert Client(scene, one_route(integration)).says({"a": 1}) == frames
    assert functions.events == [{"said": {"a": 1}}]


class Queue:
    """SQS, as far as it says that it took a message."""

    def __init__(self) -> None:
        self.calls: list[ServiceCall] = []

    async def call(self, call: ServiceCall, *, timeout: float) -> Returned:
        self.calls.append(call)
        return returned(200, b"<ok/>")


def test_another_service():
    integration = {
        "integrationType": "AWS",
        "integrationMethod": "POST",
        "integrationUri": "arn:aws:apigateway:eu-west-1:sqs:path/123456789012/rooms",
        "credentialsArn": "arn:aws:iam::123456789012:role/sender",
        "requestParameters": {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
        "requestTemplates": {"$default": "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"},
        "integrationResponses": [response("$default", "taken")],
    }
    scene, queue = Scene(), Queue()
    scene.world = replace(scene.world, services=queue)
    assert Client(scene, one_route(integration)).says("a b") == [b"taken"]
    [call] = queue.calls
    assert (call.service, call.target, call.role) == ("sqs", "/123456789012/rooms", integration["credentialsArn"])
    assert call.body == b"Action=SendMessage&MessageBody=a+b"


@pytest.mark.parametrize(
    ("code", "frames"),
    [("200", [b"fine"]), ("404", [b"missing"]), ('"200"', [FAILS])],
)
def test_mock(code: str, frames: list[bytes]):
    integration = {
        **ACCEPTING,
        "requestTemplates": {"200": f'{{"statusCode":{code}, "for": "$context.connectionId"}}'},
        "integrationResponses": [response("$default", "fine"), response("/404/", "missing")],
    }
    assert Client(Scene(), one_route(integration)).says("x") == frames
