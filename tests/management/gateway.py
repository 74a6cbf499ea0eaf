"""A management endpoint without sockets, called through unmodified boto3 clients."""

import copy
import io
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError

from gatewright.aws.call import Call, Handler
from gatewright.aws.service import load_service
from gatewright.execute.caching.cached_responses import CACHE_BYTES, LocalResponses
from gatewright.execute.caching.seal import Seal
from gatewright.execute.limits.usage import LocalUsage
from gatewright.execute.stored_stage import empty_caches
from gatewright.management import rest, v2
from gatewright.management.dispatch import Management
from gatewright.management.draft import AT_ONCE
from gatewright.management.rest.authorizer import TestInvokeAuthorizer
from gatewright.management.rest.test_invoke_method import TestInvoke
from gatewright.store.sqlite import SqliteStore
from gatewright.values.headers import header_line, pairs
from gatewright.values.long_work import LongWork
from gatewright.values.pending import Drive
from gatewright.values.request import Request
from gatewright.values.response import Response

NOW = 1_767_225_600
SESSION = boto3.Session()
NAMES = {service: tuple(load_service(service).operations) for service in ("apigateway", "apigatewayv2")}
Operations = list[dict[str, str]]


class Raw(io.BytesIO):
    def stream(self) -> Iterator[bytes]:
        yield self.read()


async def nothing_to_invoke(*arguments: Any) -> dict[str, Any]:
    raise AssertionError("no test here invokes a method")


class Endpoint:
    """The management endpoint and its clients, made once: reading service models takes longer than most tests."""

    def __init__(self) -> None:
        self.handlers: dict[str, dict[str, Handler]] = {}  # of the gateway under test, by service
        self._management = Management(
            {service: {name: partial(self._answer, service, name) for name in NAMES[service]} for service in NAMES}
        )
        self._clients: dict[tuple[str, str, str], Any] = {}

    def client(self, service: str, account: str, region: str) -> Any:
        if (service, account, region) not in self._clients:
            client = SESSION.client(
                service,
                region_name=region,
                aws_access_key_id=account,
                aws_secret_access_key="x",
                config=Config(retries={"max_attempts": 0}, parameter_validation=False),
            )
            client.meta.events.register(f"before-send.{service}", self._send)
            self._clients[service, account, region] = client
        return self._clients[service, account, region]

    def _answer(self, service: str, name: str, call: Call) -> Any:
        return self.handlers[service][name](call)

    def _send(self, request: AWSPreparedRequest, **kwargs: Any) -> AWSResponse:
        address = urlsplit(request.url)
        headers = [
            header_line(name, value.decode() if isinstance(value, bytes) else value)
            for name, value in request.headers.items()
        ]
        target = address.path + (f"?{address.query}" if address.query else "")
        body = request.body or b""
        received = Request(
            request.method, target, address.path, address.query, headers, body, "127.0.0.1", "http", NOW + 0.5
        )
        ended: list[Response] = []

        def done(response: Response | None, error: BaseException | None) -> None:
            assert error is None and response is not None
            ended.append(response)

        Drive(self._management.handle(received), done).step()
        (response,) = ended
        return AWSResponse(request.url, response.status, dict(pairs(response.headers)), Raw(response.body))


class Gateway:
    """One node's management of APIs; the newest is the one that the endpoint leads to.

    It speaks the first API, of REST APIs, unless it is told to speak another."""

    def __init__(
        self,
        endpoint: Endpoint,
        test_invoke: TestInvoke = nothing_to_invoke,
        test_invoke_authorizer: TestInvokeAuthorizer = nothing_to_invoke,
        work: LongWork = AT_ONCE,
    ) -> None:
        self.store = SqliteStore(Path(":memory:"))
        self.usage = LocalUsage(self.store)
        self.responses = LocalResponses(CACHE_BYTES, Seal(bytes(32)))
        self.store.subscribe(partial(empty_caches, self.store, self.responses))
        self.store.subscribe(self.usage.drop_changed)
        data_plane = rest.DataPlane(
            test_invoke, test_invoke_authorizer, self.note_flush, self.usage, self.responses.flush
        )
        self.service = "apigateway"
        self.handlers = rest.handlers(self.store, data_plane, work)
        second = v2.handlers(self.store, v2.DataPlane(self.note_flush), work)
        endpoint.handlers = {"apigateway": self.handlers, "apigatewayv2": second}
        self.endpoint = endpoint
        self.flushed: list[tuple[str, str]] = []

    def note_flush(self, api_id: str, stage: str) -> None:
        """The results of that stage's authorizers are to be forgotten."""
        self.flushed.append((api_id, stage))

    def speaking(self, service: str) -> "Gateway":
        """The same gateway, called by the client of that service."""
        other = copy.copy(self)
        other.service, other.handlers = service, self.endpoint.handlers[service]
        return other

    def client(self, account: str, region: str) -> Any:
        return self.endpoint.client(self.service, account, region)

    def call(self, operation: str, account: str = "000000000000", region: str = "us-east-1", **given: Any) -> Any:
        """The whole output of an operation."""
        method: Callable[..., dict[str, Any]] = getattr(self.client(account, region), operation)
        answer = method(**given)
        del answer["ResponseMetadata"]
        return answer

    def refusal(self, operation: str, **given: Any) -> tuple[str, str]:
        """Code and message of the error that an operation ends with."""
        try:
            answer = self.call(operation, **given)
        except ClientError as error:
            return error.response["Error"]["Code"], error.response["Error"]["Message"]
        raise AssertionError(f"{operation} was not refused: {answer}")


def bad(message: str) -> tuple[str, str]:
    return "BadRequestException", message


def missing(message: str) -> tuple[str, str]:
    return "NotFoundException", message


def replace(path: str, value: str) -> Operations:
    return [{"op": "replace", "path": path, "value": value}]


def operation(op: str, path: str, value: str = "") -> Operations:
    return [{"op": op, "path": path, "value": value}]
