"""One gateway for all journeys that need the embedded neighbour, which is slow to start when state machines run in it.

Each journey gives its buckets, queues and functions names of its own.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.ready_aws_cli import ready_aws_cli
from tests.journeys.terraform_cli import running_provider
from tests.node import Node


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """It runs whenever a test begins."""
    with Node(Path(tmp_path_factory.mktemp("shared")) / "data") as running:
        yield running


@pytest.fixture(scope="session")
def aws_cli() -> Iterator[Path]:
    """The folder of a command `aws` that is loaded once."""
    with ready_aws_cli() as folder:
        yield folder


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Terraform's AWS provider."""
    with running_provider(tmp_path_factory.mktemp("provider")) as started:
        yield started
