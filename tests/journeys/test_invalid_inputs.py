"""Calls that AWS refuses, and odd ones, sent to a real node: errors come in AWS's shape, and none changes anything."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from tests.conformance.inputs import Refused, case, odd_inputs, refused
from tests.conformance.story import CONNECTIONS, OPERATIONS, REST, ROUTES
from tests.node import Node


def error_of(node: Node, sent: Refused) -> str:
    """The error's name; "" when there is none. Fails for what is no answer of AWS's."""
    status, headers, content = node.request(sent.method, sent.path, headers=sent.headers, body=sent.body)
    told = f"{sent.why}: {sent.method} {sent.path} {sent.body[:200]!r} -> {status} {content[:300]!r}"
    assert status < 500, told
    assert headers.get("x-amzn-requestid"), told
    if status < 400:
        return ""
    error = json.loads(content)
    assert isinstance(error.get("message", error.get("Message")), str), told
    return headers["x-amzn-errortype"]


@pytest.fixture
def newest(node: Node) -> Iterator[Callable[[], int]]:
    """The number of the newest change in the node's store."""
    with closing(sqlite3.connect(node.data_dir / "gatewright.db")) as store:
        yield lambda: store.execute("SELECT coalesce(max(seq), 0) FROM change").fetchone()[0]


def test_invalid_calls_get_aws_errors_and_change_nothing(node: Node, newest: Callable[[], int]) -> None:
    before = newest()
    for sent in refused():
        if sent.operation[0] == CONNECTIONS:
            continue  # who calls, and whether the connection is there, is asked first
        assert error_of(node, sent) == sent.code, sent
    assert newest() == before
    assert "Traceback" not in (node.data_dir.parent / "data.node.log").read_text()


def test_odd_calls_are_answered_and_change_nothing_when_refused(node: Node, newest: Callable[[], int]) -> None:
    before = newest()
    operations = (operation for service in (REST, ROUTES) for operation in OPERATIONS[service].values())
    for operation in operations:
        for values in odd_inputs(operation, {}, {}, {}):
            error = error_of(node, case(operation, values, "invalid", "odd"))
            after = newest()
            assert not error or after == before, (operation.name, values)
            before = after
    assert "Traceback" not in (node.data_dir.parent / "data.node.log").read_text()
