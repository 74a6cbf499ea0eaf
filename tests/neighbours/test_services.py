"""Calls of services: to which place, signed as whom, and roles assumed once and kept."""

import re
from collections.abc import Awaitable, Iterable
from pathlib import Path
from typing import Any

import pytest

from gatewright.execute.world import Origin, Returned, ServiceCall
from gatewright.neighbours.embedded import EmbeddedMoto
from gatewright.neighbours.endpoints import Endpoints
from gatewright.neighbours.services import Services
from gatewright.values.faults import NetworkFault, RoleFault
from gatewright.values.pending import Drive, Pending

OWN = {"AWS_ACCESS_KEY_ID": "AKOWN", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "own-token"}
ROLE = "arn:aws:iam::210987654321:role/caller"
NOW = 1_790_000_000.0
ASSUMED = """<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>AKROLE</AccessKeyId>
<SecretAccessKey>s</SecretAccessKey><SessionToken>a&amp;b=</SessionToken>
<Expiration>2026-09-21T15:13:20Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""
CALL = ServiceCall("sqs", "eu-west-1", "123456789012", "", "POST", "sqs.eu-west-1.amazonaws.com", "/1/q?a=1", (), b"x")


class Wire:
    """An HttpClient that answers when told to; it keeps what was sent."""

    def __init__(self, *answers: Returned) -> None:
        self.sent: list[tuple[Origin, str, bytes, bytes, float]] = []
        self._waiting: list[Pending[Returned]] = []
        self._answers = list(answers)

    def send(self, origin: Origin, method: str, head: bytes, body: bytes, timeout: float) -> Awaitable[Returned]:
        self.sent.append((origin, method, head, body, timeout))
        pending: Pending[Returned] = Pending()
        if self._answers:
            pending.complete(self._answers.pop(0))
        else:
            self._waiting.append(pending)
        return pending

    def stream(self, *given: Any) -> Any:
        raise AssertionError("no service streams")

    def answer(self, *answers: Returned) -> None:
        for returned in answers:
            self._waiting.pop(0).complete(returned)

    def fail(self, fault: NetworkFault) -> None:
        self._waiting.pop(0).fail(fault)

    def lines(self, number: int) -> dict[str, str]:
        """The header lines of what was sent, by lower-case name, and "" for the request line."""
        first, *lines = self.sent[number][2].decode().removesuffix("\r\n\r\n").split("\r\n")
        return {"": first} | {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


class Node:
    """Services over such a wire, and a clock that the test sets."""

    def __init__(self, directory: Path, endpoints: dict[str, str], wire: Wire) -> None:
        self.now = NOW
        moto = EmbeddedMoto(directory, directory / "log", "")
        self.services = Services(Endpoints(endpoints), moto, wire, lambda: self.now, OWN, "http://127.0.0.1:4566")

    def call(self, call: ServiceCall, timeout: float = 29.0) -> list[Returned | BaseException | None]:
        """What comes of it, once something does."""
        ends: list[Returned | BaseException | None] = []
        Drive(self.services.call(call, timeout=timeout), lambda answer, error: ends.append(error or answer)).step()
        return ends


OK = Returned(200, (), b"done")


@pytest.mark.parametrize(
    ("endpoint", "call", "origin", "host", "target"),
    [
        ("aws", CALL, Origin("sqs.eu-west-1.amazonaws.com", 443, tls=True), "sqs.eu-west-1.amazonaws.com", "/1/q?a=1"),
        ("http://localhost:9324/base/", CALL, Origin("localhost", 9324, tls=False), "localhost:9324", "/base/1/q?a=1"),
        (
            "https://minio.example",
            CALL._replace(service="s3", host="photos.s3.eu-west-1.amazonaws.com", target="/k"),
            Origin("minio.example", 443, tls=True),
            "minio.example",
            "/photos/k",
        ),
        (
            "aws",
            CALL._replace(service="s3", host="photos.s3.eu-west-1.amazonaws.com", target="/k"),
            Origin("photos.s3.eu-west-1.amazonaws.com", 443, tls=True),
            "photos.s3.eu-west-1.amazonaws.com",
            "/k",
        ),
    ],
)
def test_places(tmp_path: Path, endpoint: str, call: ServiceCall, origin: Origin, host: str, target: str) -> None:
    wire = Wire(OK)
    assert Node(tmp_path, {"": endpoint}, wire).call(call) == [OK]
    [(to, method, _, body, timeout)] = wire.sent
    assert (to, method, body, timeout) == (origin, "POST", b"x", 29.0)
    lines = wire.lines(0)
    assert (lines[""], lines["host"]) == (f"POST {target} HTTP/1.1", host)
    assert lines["authorization"].startswith(f"AWS4-HMAC-SHA256 Credential=AKOWN/20260921/eu-west-1/{call.service}/")
    assert lines["x-amz-security-token"] == "own-token"
    assert "x-moto-account-id" not in lines


def test_an_anonymous_call(tmp_path: Path) -> None:
    host, target = "cognito-idp.eu-west-1.amazonaws.com", "/eu-west-1_Ab/.well-known/jwks.json"
    call = ServiceCall(
        "cognito-idp", "eu-west-1", "123456789012", "", "GET", host, target, (("Accept", "*/*"),), b"", anonymous=True
    )
    wire = Wire(OK, OK)
    for endpoint in ("aws", "http://localhost:9229/base"):
        assert Node(tmp_path, {"": endpoint}, wire).call(call) == [OK]
    heads = [head.decode() for _, _, head, _, _ in wire.sent]
    assert heads == [
        f"GET {target} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n",
        f"GET /base{target} HTTP/1.1\r\nHost: localhost:9229\r\nAccept: */*\r\n\r\n",
    ]


def test_what_the_node_serves_itself_is_asked_there(tmp_path: Path) -> None:
    wire = Wire(OK)
    call = CALL._replace(
        service="lambda", role=ROLE, host="lambda.eu-west-1.amazonaws.com", target="/2015-03-31/functions/"
    )
    assert Node(tmp_path, {}, wire).call(call) == [OK]
    assert wire.sent[0][0] == Origin("127.0.0.1", 4566, tls=False)
    lines = wire.lines(0)
    assert (lines[""], lines["host"]) == ("POST /2015-03-31/functions/ HTTP/1.1", "127.0.0.1:4566")
    assert list(keys(wire)) == ["210987654321 eu-west-1 lambda"]


def keys(wire: Wire) -> Iterable[str]:
    for number in range(len(wire.sent)):
        found = re.search(r"Credential=(\w+)/\d+/([\w-]+)/(\w+)", wire.lines(number)["authorization"])
        assert found is not None
        yield " ".join(found.groups())


def test_a_role_is_assumed_once_for_all_that_wait(tmp_path: Path) -> None:
    wire = Wire()
    node = Node(tmp_path, {"": "aws"}, wire)
    ends = [node.call(CALL._replace(role=ROLE)) for _ in range(3)]
    assert (ends, list(keys(wire))) == ([[], [], []], ["AKOWN eu-west-1 sts"])
    origin, _, _, body, timeout = wire.sent[0]
    assert (origin, timeout) == (Origin("sts.eu-west-1.amazonaws.com", 443, tls=True), 10.0)
    role = "arn%3Aaws%3Aiam%3A%3A210987654321%3Arole%2Fcaller"
    assert body.decode() == (
        f"Action=AssumeRole&Version=2011-06-15&RoleArn={role}&RoleSessionName=BackplaneAssumeRoleSession"
    )
    wire.answer(Returned(200, (), ASSUMED.encode()))
    assert list(keys(wire))[1:] == ["AKROLE eu-west-1 sqs"] * 3
    assert wire.lines(1)["x-amz-security-token"] == "a&b="
    wire.answer(OK, OK, OK)
    assert ends == [[OK]] * 3
    # It expires 3600 s after the first call: it is kept for most of that time and then assumed anew.
    node.now = NOW + 3479
    node.call(CALL._replace(role=ROLE))
    node.now = NOW + 3481
    node.call(CALL._replace(role=ROLE))
    assert list(keys(wire))[4:] == ["AKROLE eu-west-1 sqs", "AKOWN eu-west-1 sts"]


@pytest.mark.parametrize(
    ("answer", "fault", "told"),
    [
        (
            Returned(403, (), b"<Error><Code>AccessDenied</Code><Message>not you</Message></Error>"),
            RoleFault,
            "not you",
        ),
        (Returned(200, (), b"<html>"), NetworkFault, "the token service gave no credentials"),
    ],
)
def test_a_role_that_cannot_be_assumed(tmp_path: Path, answer: Returned, fault: type[Exception], told: str) -> None:
    wire = Wire(answer)
    node = Node(tmp_path, {"": "aws"}, wire)
    [error] = node.call(CALL._replace(role=ROLE))
    assert isinstance(error, fault)
    assert told in str(error)
    node.call(CALL._replace(role=ROLE))
    assert list(keys(wire)) == ["AKOWN eu-west-1 sts"] * 2


def test_a_token_service_that_is_not_there(tmp_path: Path) -> None:
    wire = Wire()
    node = Node(tmp_path, {"": "aws"}, wire)
    ends = [node.call(CALL._replace(role=ROLE)) for _ in range(2)]
    wire.fail(NetworkFault("connect", "refused"))
    for [error] in ends:
        assert isinstance(error, NetworkFault)
        assert (error.kind, error.reason) == (
            "connect",
            f"{ROLE} could not be assumed at sts.eu-west-1.amazonaws.com: refused",
        )
    node.call(CALL._replace(role=ROLE))  # the next one tries anew
    assert list(keys(wire)) == ["AKOWN eu-west-1 sts"] * 2


def test_time_that_a_role_takes_counts(tmp_path: Path) -> None:
    wire = Wire()
    node = Node(tmp_path, {"": "aws"}, wire)
    ends = node.call(CALL._replace(role=ROLE), timeout=5.0)
    node.now = NOW + 6
    wire.answer(Returned(200, (), ASSUMED.encode()))
    [error] = ends
    assert isinstance(error, NetworkFault)
    assert error.kind == "timeout"
