"""A gateway that speaks the second API, and the parts that most tests begin with."""

from collections.abc import Iterator

import pytest

from tests.management.rest.gateway import Endpoint, Gateway


@pytest.fixture
def gateway(endpoint: Endpoint) -> Iterator[Gateway]:
    made = Gateway(endpoint)
    yield made.speaking("apigatewayv2")
    made.store.close()
