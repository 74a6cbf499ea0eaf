"""Calls that AWS refuses, and odd ones, sent to a real node: errors come in AWS's shape, and none changes anything."""

import json
import sqlite3

from tests.conformance.inputs import Refused, case, odd_inputs, refused
from tests.conformance.story import OPERATIONS
from tests.node import Node


def error_of(node: Node, sent: Refused) -> str:
    """The error's name; "" when there is none. Fails for what is no answer of AWS's."""
    status, headers, content = node.request(sent.method, sent.path, headers=sent.headers, body=sent.body)
    told = f"{sent.why}: {sent.method} {sent.path} {sent.body[:200]!r} -> {status} {content[:300]!r}"
    assert status < 500, told
    assert headers["x-amzn-requestid"], told
    if status < 400:
        return ""
    error = json.loads(content)
    assert isinstance(error.get("message", error.get("Message")), str), told
    return headers["x-amzn-errortype"]


def written(node: Node) -> list[tuple[str, str]]:
    """Kind and id of all that was ever written, in order."""
    with sqlite3.connect(node.data_dir / "gatewright.db") as store:
        found: list[tuple[str, str]] = store.execute("SELECT kind, id FROM change ORDER BY seq").fetchall()
    store.close()
    return found


def test_invalid_calls_get_aws_errors_and_change_nothing(node: Node) -> None:
    before = written(node)
    for sent in refused():
        assert error_of(node, sent) == sent.code, sent
    assert written(node) == before
    assert "Traceback" not in (node.data_dir.parent / "data.node.log").read_text()


def test_odd_calls_are_answered_and_change_nothing_when_refused(node: Node) -> None:
    for operation in OPERATIONS.values():
        for values in odd_inputs(operation, {}):
            before = written(node)
            if error_of(node, case(operation, values, "invalid", "odd")):
                assert written(node) == before
    assert "Traceback" not in (node.data_dir.parent / "data.node.log").read_text()
