"""What tests of WebSocket APIs share: snapshots as management stores them, and a client that connects and talks."""

import json
import re
from collections.abc import Mapping
from typing import Any

from gatewright.execute.network import NETWORK
from gatewright.execute.websocket.connections import Connection
from gatewright.execute.websocket.plan import WebSocketPlan
from gatewright.execute.websocket.stage import compile_websocket_stage
from gatewright.values.faults import FunctionFault
from gatewright.values.invocation import InvocationResponse
from gatewright.values.pending import Drive
from gatewright.values.request import Request
from gatewright.values.response import Response, Upgraded
from tests.execute.stage import Document, Scene, request, route_snapshot

HOST = "Host: abcdef1234.execute-api.eu-west-1.amazonaws.com"
HANDSHAKE = (HOST, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"  # of RFC 6455 section 1.3, for that key
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:f"
LAMBDA: Document = {
    "integrationType": "AWS_PROXY",
    "integrationUri": f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations",
}
# As the API of AWS's own documentation: the template's status code selects $default.
ACCEPTING: Document = {
    "integrationType": "MOCK",
    "requestTemplates": {"200": '{"statusCode":200}'},
    "templateSelectionExpression": "200",
    "integrationResponses": [{"integrationResponseKey": "$default"}],
}
ANSWERS: Document = {
    "routeResponseSelectionExpression": "$default",
    "routeResponses": [{"routeResponseKey": "$default"}],
}


def websocket_snapshot(
    integrations: Mapping[str, Document], routes: Mapping[str, Document] | None = None, **api: Any
) -> Document:
    """A deployment's snapshot of an API with an integration for each route key; `routes` adds to single Routes."""
    chat = {"name": "chat", "protocolType": "WEBSOCKET", "routeSelectionExpression": "$request.body.action"}
    return route_snapshot(integrations, routes, **chat | api)


def websocket_compiled(document: Document, **stage: Any) -> WebSocketPlan:
    """The stage `prod` of such an API. `stage` is of the Stage."""
    settings = {"stageName": "prod", "deploymentId": "dep1", **stage}
    return compile_websocket_stage(document, settings, account="123456789012", region="eu-west-1", network=NETWORK)


def one_route(integration: Document, *, answers: bool = True, **route: Any) -> WebSocketPlan:
    """A stage whose `$default` route gets all messages."""
    document = websocket_snapshot({"$default": integration}, {"$default": {**(ANSWERS if answers else {}), **route}})
    return websocket_compiled(document)


def handshake(*lines: str, target: str = "/") -> Request:
    return request("GET", target, *HANDSHAKE, KEY, *lines)


class Client:
    """One that connected, by the channel that its session was given."""

    def __init__(self, scene: Scene, plan: WebSocketPlan, asked: Request | None = None, path: str = "") -> None:
        scene.plans["abcdef1234", "prod"] = plan
        self.frames: list[bytes] = []
        self.closed: list[tuple[int, str]] = []
        self.answer = scene.serve(plan, asked or handshake(), path)  # type: ignore[arg-type]
        if isinstance(self.answer, Upgraded):
            self.session = self.answer.session
            self.session.opened(self)

    @property
    def connection(self) -> Connection:
        """As the node knows it."""
        return self.session._connection  # type: ignore[attr-defined,no-any-return]

    @property
    def refusal(self) -> Response:
        assert isinstance(self.answer, Response)
        return self.answer

    @property
    def is_open(self) -> bool:
        return not self.closed

    def send(self, text: bytes) -> bool:
        self.frames.append(text)
        return True

    def reply(self, text: bytes) -> None:
        self.frames.append(text)

    def close(self, code: int, reason: str = "") -> None:
        self.closed.append((code, reason))

    def says(self, message: Any) -> list[bytes]:
        """Send a message, JSON unless it is text; what came back, its ids made the same each time."""
        text = message if isinstance(message, str) else json.dumps(message)
        driven(self.session.message(text))
        frames, self.frames = self.frames, []
        return [self.named(frame) for frame in frames]

    def leaves(self, code: int, reason: str = "") -> None:
        driven(self.session.closed(code, reason))

    def named(self, frame: bytes) -> bytes:
        """With words in place of ids."""
        frame = frame.replace(self.connection.id.encode(), b"C")
        return re.sub(rb'"(requestId|messageId)":"[A-Za-z0-9_-]{15}="', rb'"\1":"R"', frame)


def driven(coroutine: Any) -> None:
    """Run a coroutine that must come to its end."""
    ended: list[BaseException | None] = []
    Drive(coroutine, lambda _, error: ended.append(error)).step()
    assert ended == [None]


def error(message: str, id: str = "requestId") -> bytes:
    """The frame of such an error, with words in place of ids."""
    return f'{{"message": {json.dumps(message)}, "connectionId":"C", "{id}":"R"}}'.encode()


class Functions:
    """A Lambda service that answers with what a test gives; it keeps what it was asked."""

    def __init__(self, *results: Any) -> None:
        self.results = list(results)
        self.events: list[Document] = []
        self.callers: list[str | None] = []

    async def invoke(
        self, function_arn: str, event: bytes, *, source_arn: str | None, timeout: float, trace_id: str
    ) -> InvocationResponse:
        self.events.append(json.loads(event))
        self.callers.append(source_arn)
        result = self.results.pop(0) if self.results else {"statusCode": 200}
        if isinstance(result, FunctionFault):
            raise result
        failed = isinstance(result, dict) and "errorMessage" in result
        return InvocationResponse(json.dumps(result).encode(), "Unhandled" if failed else "", "$LATEST", "r1")

    def queue(self, function_arn: str, event: bytes, *, source_arn: str | None, trace_id: str) -> str:
        self.events.append(json.loads(event))
        return "r1"
