"""Fixtures shared by tests that need a whole running gateway."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.node import Node


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One gateway process for all tests of a module."""
    with Node(Path(tmp_path_factory.mktemp("node")) / "data") as running:
        yield running
