"""What is sent on and what comes back: everything as it came but what belongs to one hop."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from gatewright.execute.world import Origin, Returned
from gatewright.functions.role_session import RoleSessions
from gatewright.neighbours.embedded import EmbeddedMoto
from gatewright.neighbours.endpoints import Endpoints
from gatewright.neighbours.pass_through import PassThrough
from gatewright.neighbours.web_acl_association import WebAclAssociations
from gatewright.store.sqlite import SqliteStore
from gatewright.values.faults import NetworkFault
from gatewright.values.headers import header_line
from gatewright.values.pending import Drive, Pending
from gatewright.values.request import Request
from gatewright.values.response import Response
from tests.neighbours.requests import request

ANSWER = Returned(200, (header_line("Content-Type", "text/plain"), header_line("Content-Length", "2")), b"ok")


class Wire:
    """The network of a test: remembers what was sent, and answers or fails as told."""

    def __init__(self, answer: Returned | NetworkFault = ANSWER) -> None:
        self.answer = answer
        self.sent: list[tuple[Origin, str, bytes, bytes]] = []

    def send(self, origin: Origin, method: str, head: bytes, body: bytes, timeout: float) -> Awaitable[Returned]:
        self.sent.append((origin, method, head, body))
        pending: Pending[Returned] = Pending()
        if isinstance(self.answer, NetworkFault):
            pending.fail(self.answer)
        else:
            pending.complete(self.answer)
        return pending

    def stream(self, *given: Any) -> Any:
        raise AssertionError("what passes through is whole")


Pass = Callable[..., Response]


@pytest.fixture
def passed(tmp_path: Path) -> Pass:
    """Passes a request on at once, over endpoints that need no child."""

    def handle(asked: Request, service: str, wire: Wire, **configured: str) -> Response:
        store = SqliteStore(Path(":memory:"))
        moto = EmbeddedMoto(tmp_path / "moto", tmp_path / "moto.log", "http://127.0.0.1:9")
        ended: list[Any] = []
        door = PassThrough(Endpoints(configured), moto, wire, WebAclAssociations(store, lambda: None), RoleSessions())
        way = door.handle(asked, service, "000000000000")
        Drive(way, lambda answer, error: ended.append(error or answer)).step()
        assert isinstance(ended[0], Response)
        return ended[0]

    return handle


def test_a_request_goes_on_as_it_came(passed: Pass) -> None:
    wire = Wire()
    asked = request(
        "POST",
        "/a%2Fb?x=%20&y",
        {
            "Host": "dynamodb.us-east-1.localhost:4566",
            "X-Amz-TARGET": "DynamoDB_20120810.GetItem",
            "Connection": "keep-alive, X-Hop",
            "X-Hop": "1",
            "TE": "trailers",
            "Expect": "100-continue",
            "Transfer-Encoding": "chunked",
            "X-Moto-Account-Id": "999999999999",
            "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request",
        },
        b"{}",
    )
    answer = passed(asked, "dynamodb", wire, dynamodb="http://127.0.0.1:8000/base")
    assert answer == Response(200, [b"Content-Type: text/plain\r\n"], b"ok")
    assert wire.sent == [
        (
            Origin("127.0.0.1", 8000, tls=False),
            "POST",
            b"POST /base/a%2Fb?x=%20&y HTTP/1.1\r\n"
            b"Host: dynamodb.us-east-1.localhost:4566\r\n"
            b"X-Amz-TARGET: DynamoDB_20120810.GetItem\r\n"
            b"Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request\r\n"
            b"Content-Length: 2\r\n\r\n",
            b"{}",
        )
    ]


def test_elsewhere_a_functions_key_is_its_account(passed: Pass) -> None:
    """As DynamoDB Local, which has a database for each key, and servers that read the account from it want."""
    key = f"GSIA{'1' * 12}{'A2' * 8}/20260101/us-east-1/dynamodb/aws4_request"
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={key}", "X-Amz-Security-Token": "token", "A": "b"}
    presigned = f"/k?X-Amz-Credential={key.replace('/', '%2F')}"
    wire = Wire()
    passed(request("GET", "/", signed), "dynamodb", wire, dynamodb="http://127.0.0.1:8000")
    passed(request("GET", presigned), "s3", wire, s3="http://127.0.0.1:9000")
    passed(request("GET", "/", {"Host": "s3.amazonaws.com"} | signed), "s3", wire, s3="aws")
    account = "Credential=111111111111"
    assert [sent[2].decode() for sent in wire.sent] == [
        f"GET / HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 {account}{key[32:]}\r\nA: b\r\n\r\n",
        f"GET /k?X-Amz-{account}%2F20260101%2Fus-east-1%2Fdynamodb%2Faws4_request HTTP/1.1\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: s3.amazonaws.com\r\nAuthorization: AWS4-HMAC-SHA256 Credential={key}\r\n"
        "X-Amz-Security-Token: token\r\nA: b\r\n\r\n",
    ]


def test_a_bodiless_get_has_no_length_and_head_keeps_the_answers(passed: Pass) -> None:
    wire = Wire(Returned(200, (header_line("Content-Length", "512"), header_line("Date", "now")), b""))
    answer = passed(request("HEAD", "/bucket/key", {"Host": "x"}), "s3", wire, s3="http://127.0.0.1:9000")
    assert answer == Response(200, [b"Content-Length: 512\r\n"], b"")
    assert wire.sent[0][2] == b"HEAD /bucket/key HTTP/1.1\r\nHost: x\r\n\r\n"


def test_real_aws_gets_only_what_was_signed_for_its_own_host(passed: Pass) -> None:
    wire = Wire()
    asked = request("POST", "/", {"Host": "sqs.eu-west-1.amazonaws.com"})
    assert passed(asked, "sqs", wire, sqs="aws").status == 200
    assert wire.sent[0][0] == Origin("sqs.eu-west-1.amazonaws.com", 443, tls=True)
    refused = passed(request("POST", "/", {"Host": "127.0.0.1:4566"}), "sqs", wire, sqs="aws")
    assert (refused.status, json.loads(refused.body)["__type"]) == (501, "NotImplementedException")
    assert len(wire.sent) == 1


@pytest.mark.parametrize(
    ("service", "asked", "content_type", "body"),
    [
        (
            "dynamodb",
            request("POST", "/", {"Content-Type": "application/x-amz-json-1.0"}),
            b"Content-Type: application/x-amz-json-1.1\r\n",
            '{"__type": "ServiceUnavailable", "message": "MESSAGE"}',
        ),
        (
            "s3",
            request("GET", "/bucket/key"),
            b"Content-Type: text/xml\r\n",
            '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>ServiceUnavailable</Code>'
            "<Message>MESSAGE</Message><RequestId>ID</RequestId></Error>",
        ),
        (
            "iam",
            request("POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}, b"Action=ListRoles"),
            b"Content-Type: text/xml\r\n",
            '<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse><Error><Type>Receiver</Type>'
            "<Code>ServiceUnavailable</Code><Message>MESSAGE</Message></Error><RequestId>ID</RequestId></ErrorResponse>",
        ),
    ],
)
def test_an_endpoint_that_does_not_answer(
    passed: Pass, service: str, asked: Request, content_type: bytes, body: str
) -> None:
    wire = Wire(NetworkFault("connect", "refused"))
    answer = passed(asked, service, wire, **{service: "http://127.0.0.1:1"})
    request_id = answer.headers[0].removeprefix(b"x-amzn-RequestId: ").strip().decode()
    message = f"The endpoint of {service} gave no usable answer: refused"
    assert answer == Response(
        503,
        [f"x-amzn-RequestId: {request_id}\r\n".encode(), b"x-amzn-ErrorType: ServiceUnavailable\r\n", content_type],
        body.replace("MESSAGE", message).replace("ID<", f"{request_id}<").encode(),
    )
