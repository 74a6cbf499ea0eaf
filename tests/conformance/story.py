"""Stories that call every operation of API Gateway's services through boto3 on a real node and check each whole answer.

A story says which operations it tells of; it fails when it calls others, or leaves one out.
"""

import functools
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore import xform_name

from gatewright.aws.service import load_service

REST, ROUTES, CONNECTIONS = "apigateway", "apigatewayv2", "apigatewaymanagementapi"
OPERATIONS = {service: load_service(service).operations for service in (REST, ROUTES, CONNECTIONS)}
TOLD: dict[str, set[str]] = {service: set() for service in OPERATIONS}  # the operations that stories tell of

NOTHING: dict[str, Any] = {}


class Like:
    """Equal to any text that matches a pattern: what a node makes up itself."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.fullmatch(self.pattern, other, re.DOTALL) is not None

    def __hash__(self) -> int:
        return hash(self.pattern)

    def __repr__(self) -> str:
        return f"Like({self.pattern!r})"


class Recent:
    """Equal to any time of the last few minutes, or as long after them."""

    def __init__(self, after: timedelta = timedelta(0)) -> None:
        self.after = after

    def __eq__(self, other: object) -> bool:
        return isinstance(other, datetime) and abs(datetime.now(UTC) + self.after - other) < timedelta(minutes=5)

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "Recent()"


class Bytes:
    """Equal to any bytes that begin so."""

    def __init__(self, start: bytes) -> None:
        self.start = start

    def __eq__(self, other: object) -> bool:
        return isinstance(other, bytes) and other.startswith(self.start)

    def __hash__(self) -> int:
        return hash(self.start)

    def __repr__(self) -> str:
        return f"Bytes({self.start!r})"


class Whole:
    """Equal to any whole number from nought."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int) and other >= 0

    def __hash__(self) -> int:
        return 1

    def __repr__(self) -> str:
        return "Whole()"


ID = Like("[a-z0-9]{6,10}")
NOW = Recent()


class Teller:
    """Calls operations of a service and holds each answer, its status included, against what is expected of it."""

    def __init__(self, service: str, client_of: Callable[[str], Any]) -> None:
        self.service = service
        self.client = client_of(service)
        self.functions = client_of("lambda")
        self.client_of = client_of
        self.called: set[str] = set()

    def __call__(self, operation: str, expected: dict[str, Any], **given: Any) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(self.client, xform_name(operation))(**given)
        metadata = answer.pop("ResponseMetadata")
        for name, value in answer.items():
            if hasattr(value, "read"):
                answer[name] = value.read()
        assert (operation, metadata["HTTPStatusCode"]) == (operation, OPERATIONS[self.service][operation].status)
        assert (operation, answer) == (operation, expected)
        self.called.add(operation)
        return answer

    def api(self, name: str) -> tuple[str, str]:
        """The ids of a new API, made unseen, and of its root resource."""
        made = self.client.create_rest_api(name=name)
        return made["id"], made["rootResourceId"]

    def deployed(self, name: str) -> tuple[str, str]:
        """The ids of a new API with a MOCK on GET /, deployed to stage prod, and of its root resource."""
        api, root = self.api(name)
        where = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
        self.client.put_method(**where, authorizationType="NONE")
        self.client.put_integration(**where, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
        self.client.create_deployment(restApiId=api, stageName="prod")
        return api, root


Story = Callable[[Teller], None]
Test = Callable[[dict[str, Teller]], None]


def tells(*operations: str, service: str = REST) -> Callable[[Story], Test]:
    """Of a test: the operations that it calls."""

    def mark(story: Story) -> Test:
        TOLD[service].update(operations)

        @functools.wraps(story)
        def test(tellers: dict[str, Teller]) -> None:
            told = tellers[service]
            story(told)
            assert told.called == set(operations)

        del test.__dict__["__wrapped__"]  # what asks for fixtures is the test, not the story
        return test

    return mark


def replace(path: str, value: str) -> list[dict[str, str]]:
    """One patch operation."""
    return [{"op": "replace", "path": path, "value": value}]
