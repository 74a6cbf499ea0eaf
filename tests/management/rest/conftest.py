"""The parts that most tests begin with."""

from typing import Any

import pytest

from tests.management.gateway import Gateway


@pytest.fixture
def api(gateway: Gateway) -> dict[str, Any]:
    created: dict[str, Any] = gateway.call("create_rest_api", name="pets", tags={"_custom_id_": "pets"})
    return created


@pytest.fixture
def root(api: dict[str, Any]) -> str:
    return str(api["rootResourceId"])


@pytest.fixture
def method(gateway: Gateway, root: str) -> dict[str, str]:
    """Where GET / of the API is."""
    where = {"restApiId": "pets", "resourceId": root, "httpMethod": "GET"}
    gateway.call("put_method", **where, authorizationType="NONE")
    return where


@pytest.fixture
def mock(gateway: Gateway, method: dict[str, str]) -> dict[str, str]:
    """GET / with a mock integration."""
    gateway.call("put_integration", **method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    return method


@pytest.fixture
def deployment(gateway: Gateway, mock: dict[str, str]) -> str:
    """A deployment of it, on stage prod."""
    return str(gateway.call("create_deployment", restApiId="pets", stageName="prod")["id"])
