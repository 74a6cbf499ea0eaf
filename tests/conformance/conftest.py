"""The teller of stories, on a real node."""

import pytest

from tests.node import Node

pytest.register_assert_rewrite("tests.conformance.story")

from tests.conformance.story import Teller  # noqa: E402 - after its assertions are told to explain themselves


@pytest.fixture
def told(node: Node) -> Teller:
    return Teller(node.client("apigateway"), node.client("lambda"))
