"""A gateway that speaks the second API, and the parts that most tests begin with."""

from collections.abc import Iterator

import pytest

from tests.management.gateway import Endpoint, Gateway


@pytest.fixture
def gateway(endpoint: Endpoint) -> Iterator[Gateway]:
    made = Gateway(endpoint)
    yield made.speaking("apigatewayv2")
    made.store.close()


@pytest.fixture
def http(gateway: Gateway) -> str:
    """The id of an HTTP API with the route GET /pets."""
    gateway.call("create_api", Name="pets", ProtocolType="HTTP", Tags={"_custom_id_": "pets"})
    gateway.call("create_route", ApiId="pets", RouteKey="GET /pets")
    return "pets"


@pytest.fixture
def websocket(gateway: Gateway) -> str:
    """The id of a WebSocket API with the route $connect."""
    given = {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"}
    gateway.call("create_api", Name="chat", **given, Tags={"_custom_id_": "chat"})
    gateway.call("create_route", ApiId="chat", RouteKey="$connect")
    return "chat"
