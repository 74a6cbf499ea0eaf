"""The management API of connections: who may call it, what it answers, and what reaches the client. Whole answers."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from gatewright.execute.caller import Principal
from gatewright.execute.limits.throttle import Limit
from gatewright.execute.websocket.connections import Connection
from gatewright.execute.websocket.connections_api import serve_anywhere
from gatewright.execute.websocket.plan import WebSocketPlan
from gatewright.execute.websocket.stage import compile_websocket_stage
from gatewright.languages.policy import compile_policy
from gatewright.values.pending import Drive
from gatewright.values.request import Request
from gatewright.values.response import Response
from tests.execute.stage import CHOSEN_ID, Scene, request

REGION, ACCOUNT, API = "eu-west-1", "123456789012", "abcdef1234"
HOST = f"{API}.execute-api.{REGION}.amazonaws.com"
ID = "L0SM9cOFvHcCIhw="
ARN = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{API}"
MASKED = f"arn:aws:execute-api:{REGION}:********9012:{API}"
JSON = b"Content-Type: application/json\r\n"


def principal(*statements: Mapping[str, Any], account: str = ACCOUNT) -> Principal:
    policy = compile_policy({"Statement": list(statements)}, kind="identity")
    arn = f"arn:aws:iam::{account}:user/ann"
    return Principal(account, arn, "AIDAANN", "AKIAANN", "secret", policies=(policy,))


def statement(effect: str, resource: str, action: str = "execute-api:ManageConnections") -> dict[str, str]:
    return {"Effect": effect, "Action": action, "Resource": resource}


ANN = principal(statement("Allow", "*"))


class Heard:
    """A client's end: what it was sent, up to `room` messages."""

    def __init__(self, room: int = 10) -> None:
        self.texts: list[bytes] = []
        self.closed: list[tuple[int, str]] = []
        self._room = room

    @property
    def is_open(self) -> bool:
        return not self.closed

    def send(self, text: bytes) -> bool:
        if len(self.texts) == self._room:
            return False
        self.texts.append(text)
        return True

    def reply(self, text: bytes) -> None:
        self.texts.append(text)

    def close(self, code: int, reason: str = "") -> None:
        self.closed.append((code, reason))


def plan(**changes: Any) -> WebSocketPlan:
    api = {
        "apiId": API,
        "name": "chat",
        "protocolType": "WEBSOCKET",
        "routeSelectionExpression": "$request.body.action",
    }
    stage = {"stageName": "prod", "deploymentId": "dep123"}
    snapshot = {"api": api, "routes": [], "integrations": [], "authorizers": [], "models": []}
    made = compile_websocket_stage(snapshot, stage, account=ACCOUNT, region=REGION)
    return replace(made, **changes)


class Called:
    """A scene with one connection, whose management API is called."""

    def __init__(self, caller: Principal = ANN, *, room: int = 10, stage: str = "prod", **changes: Any) -> None:
        self.scene = Scene()
        self.scene.principals.by_key[caller.access_key] = caller
        self.plan = plan(**changes)
        self.scene.plans[(API, "prod")] = self.plan
        self.client = Heard(room)
        handshake = request("GET", "/prod", f"Host: {HOST}", "User-Agent: wscat/5")
        connection = Connection(ID, (ACCOUNT, REGION, API, stage), handshake._replace(arrived=1_700_000_000.5))
        connection.last_active_at = 1_700_000_060.25
        connection.channel = self.client
        self.scene.world.connections.add(connection)

    def answers(self, asked: Request, path: str | None = None) -> tuple[int, list[bytes], bytes]:
        within = asked.path.removeprefix("/prod") if path is None else path
        return shown(self.scene.serve(self.plan, asked, within))  # type: ignore[arg-type]

    def answers_anywhere(self, asked: Request) -> tuple[int, list[bytes], bytes] | None:
        """At the node's own address."""
        answers: list[Response | None] = []
        Drive(serve_anywhere(asked, self.scene.world), lambda answer, _: answers.append(answer)).step()
        return None if answers[0] is None else shown(answers[0])


def shown(response: Response) -> tuple[int, list[bytes], bytes]:
    """The request's id, which nobody can choose, is left out."""
    headers = [line for line in response.headers if not line.startswith(b"x-amzn-RequestId: ")]
    return response.status, headers, response.body


def signed(
    verb: str, path: str = f"/prod/%40connections/{ID[:-1]}%3D", body: bytes = b"", service: str = "execute-api"
) -> Request:
    asked = AWSRequest(verb, f"https://{HOST}{path}", data=body)
    asked.context["timestamp"] = "20231114T221320Z"
    signer = SigV4Auth(Credentials("AKIAANN", "secret"), service, REGION)
    signer._modify_request_before_signing(asked)
    signature = signer.signature(signer.string_to_sign(asked, signer.canonical_request(asked)), asked)
    signer._inject_signature_to_request(asked, signature)
    headers = [f"{name}: {value}" for name, value in asked.headers.items()]
    return request(verb, path, f"Host: {HOST}", CHOSEN_ID, *headers, body=body)


def error(status: int, kind: str, message: str | None = None, *, key: str = "message", gap: str = "") -> Any:
    body = b"" if message is None else f'{{"{key}":{gap}{json.dumps(message)}}}'.encode()
    headers = [f"x-amzn-ErrorType: {kind}\r\n".encode()]
    return status, headers if message is None else [*headers, JSON], body


GONE = error(410, "GoneException")
BUSY = error(429, "LimitExceededException", "Limit Exceeded")


def denied(verb: str = "POST", how: str = "") -> Any:
    text = (
        "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: execute-api:ManageConnections on "
        f"resource: {MASKED}/prod/{verb}/@connections/{{connectionId}}{how}"
    )
    return error(403, "AccessDeniedException", text, key="Message")


@pytest.mark.parametrize("data", [b"hello", b"", "κόσμε".encode(), b"*" * 131_072])
def test_post_to_connection(data: bytes) -> None:
    called = Called()
    assert called.answers(signed("POST", body=data)) == (200, [], b"")
    assert called.client.texts == [data]


def test_get_connection() -> None:
    status, headers, body = Called().answers(signed("GET"))
    assert (status, headers) == (200, [JSON])
    assert json.loads(body) == {
        "connectedAt": "2023-11-14T22:13:20.500Z",
        "identity": {"sourceIp": "192.0.2.7", "userAgent": "wscat/5"},
        "lastActiveAt": "2023-11-14T22:14:20.250Z",
    }


def test_delete_connection() -> None:
    called = Called()
    assert called.answers(signed("DELETE")) == (204, [], b"")
    assert called.client.closed == [(1000, "Connection Closed Normally")]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (signed("POST", f"/prod/@connections/{ID}", b"x"), (200, [], b"")),
        (signed("POST", "/prod/@connections/AAAAAAAAAAAAAAA%3D", b"x"), GONE),
        (signed("GET", "/prod/@connections/AAAAAAAAAAAAAAA="), GONE),
        (
            signed("POST", "/prod/@connections/nonsense", b"x"),
            error(400, "BadRequestException", "Invalid connectionId: nonsense", gap=" "),
        ),
        (
            signed("POST", "/prod/@connections/", b"x"),
            error(400, "BadRequestException", "Invalid connectionId: ", gap=" "),
        ),
        (
            signed("PUT", body=b"x"),
            error(404, "NotFoundException", f"No method found matching route @connections/{ID} for http method PUT."),
        ),
        (
            signed("POST", f"/prod/@connections/{ID}/x"),
            error(
                404, "NotFoundException", f"No method found matching route @connections/{ID}/x for http method POST."
            ),
        ),
        (signed("POST", body=b"*" * 131_073), error(413, "PayloadTooLargeException", "Message too long")),
        (signed("POST", body=b"\xff"), error(400, "BadRequestException", "Data must be text in UTF-8", gap=" ")),
        (
            request("POST", f"/prod/@connections/{ID}", f"Host: {HOST}"),
            error(403, "MissingAuthenticationTokenException", "Missing Authentication Token"),
        ),
        (
            signed("GET", service="apigateway"),
            error(403, "InvalidSignatureException", "Credential should be scoped to correct service: 'execute-api'. "),
        ),
    ],
    ids=[
        *("as it is", "gone", "gone too", "no id", "empty", "another verb", "a longer path", "too long", "no text"),
        *("unsigned", "another service"),
    ],
)
def test_what_it_answers(asked: Request, answer: Any) -> None:
    called = Called()
    assert called.answers(asked) == answer
    assert called.client.texts == ([b"x"] if answer[0] == 200 else [])
    assert called.plan.counters.messages == (1 if answer[0] == 200 else 0)


def test_another_stage_does_not_know_the_connection() -> None:
    assert Called(stage="test").answers(signed("POST", body=b"x")) == GONE


def test_a_connection_that_is_being_closed_is_gone() -> None:
    called = Called()
    called.client.close(1001)
    assert [called.answers(signed(verb)) for verb in ("POST", "GET", "DELETE")] == [GONE] * 3
    assert called.answers_anywhere(signed("POST", f"/@connections/{ID}", b"x")) == GONE
    assert (called.client.texts, len(called.client.closed)) == ([], 1)


def test_a_client_that_does_not_read_is_told_of_as_a_limit() -> None:
    called = Called(room=1)
    assert [called.answers(signed("POST", body=b"x")) for _ in range(2)] == [(200, [], b""), BUSY]


def test_the_account_s_limit_counts_calls() -> None:
    called = Called(account_limit=Limit("account/x", 1.0, 1))
    assert [called.answers(signed("POST", body=b"x")) for _ in range(2)] == [(200, [], b""), BUSY]


@pytest.mark.parametrize(
    ("caller", "answer"),
    [
        (principal(statement("Allow", f"{ARN}/prod/POST/@connections/*")), None),
        (principal(statement("Allow", f"{ARN}/*")), None),
        (principal(statement("Allow", "*"), account="999999999999"), "other"),
        (principal(statement("Allow", f"{ARN}/prod/DELETE/@connections/*")), ""),
        (principal(statement("Allow", f"{ARN}/test/POST/@connections/*")), ""),
        (principal(statement("Allow", f"{ARN}/prod/POST/@connections/{ID}")), ""),
        (principal(statement("Allow", "*", "execute-api:Invoke")), ""),
        (principal(statement("Allow", "*"), statement("Deny", f"{ARN}/prod/POST/*")), " with an explicit deny"),
        (
            principal(statement("Allow", "*"), statement("Deny", f"{ARN}/prod/*/@connections/{ID}")),
            " with an explicit deny",
        ),
    ],
)
def test_who_may_call(caller: Principal, answer: str | None) -> None:
    called = Called(caller)
    given = called.answers(signed("POST", body=b"x"))
    if answer is None:
        assert given == (200, [], b"")
    elif answer == "other":
        assert (given[0], b"999999999999:user/ann is not authorized" in given[2]) == (403, True)
    else:
        assert given == denied(how=answer)
    assert called.client.texts == ([b"x"] if answer is None else [])


def test_at_the_node_s_own_address_the_id_says_which_stage_it_is() -> None:
    called = Called()
    bare = f"/%40connections/{ID[:-1]}%3D"
    assert called.answers_anywhere(signed("POST", bare, b"x")) == (200, [], b"")
    assert called.answers_anywhere(signed("POST", "/@connections/AAAAAAAAAAAAAAA=")) == GONE
    assert called.answers_anywhere(signed("POST", bare, service="s3")) is None
    unsigned = error(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    assert called.answers_anywhere(request("POST", bare, "Host: localhost")) == unsigned
    assert called.answers_anywhere(request("POST", "/@connections/x", "Host: localhost")) == unsigned
    called.scene.plans.clear()  # the stage is deleted
    assert called.answers_anywhere(signed("POST", bare, b"x")) == GONE
    assert called.client.texts == [b"x"]
