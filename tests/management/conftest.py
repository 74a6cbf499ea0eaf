"""A gateway per test."""

from collections.abc import Iterator

import pytest

from tests.management.gateway import Endpoint, Gateway


@pytest.fixture(scope="session")
def endpoint() -> Endpoint:
    return Endpoint()


@pytest.fixture
def gateway(endpoint: Endpoint) -> Iterator[Gateway]:
    made = Gateway(endpoint)
    yield made
    made.store.close()
