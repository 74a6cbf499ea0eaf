"""The tellers of stories, on a real node."""

import pytest

from tests.node import Node

pytest.register_assert_rewrite("tests.conformance.story")

from tests.conformance.story import OPERATIONS, Teller  # noqa: E402 - after its assertions are told to explain themselves


@pytest.fixture
def tellers(node: Node) -> dict[str, Teller]:
    """By service."""
    return {service: Teller(service, node.client) for service in OPERATIONS}
