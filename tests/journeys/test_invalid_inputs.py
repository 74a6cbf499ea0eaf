"""Calls that break the model, a third of those generated, sent to a real node: each gets a 4xx in AWS's shape."""

import json

from tests.conformance.inputs import invalid_requests
from tests.node import Node


def test_invalid_management_calls_get_aws_errors(node: Node) -> None:
    count = 0
    for method, path, headers, body in list(invalid_requests())[::3]:
        status, answered, content = node.request(method, path, headers=dict(headers), body=body)
        told = f"{method} {path} {body[:200]!r} -> {status} {content[:300]!r}"
        assert 400 <= status < 500, told
        assert answered.get("x-amzn-errortype"), told
        if method != "HEAD":
            shape = json.loads(content)
            assert isinstance(shape.get("message", shape.get("Message")), str), told
        count += 1
    assert count >= 1000
    assert node.client("apigateway").get_rest_apis()["items"] == []
    assert "Traceback" not in (node.data_dir.parent / "data.node.log").read_text()
