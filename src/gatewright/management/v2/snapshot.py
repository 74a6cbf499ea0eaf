"""The whole configuration of an HTTP or WebSocket API at one time: what a deployment keeps, and a stage serves.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments.html
"""

from gatewright.aws.call import Call
from gatewright.management.patch import refused
from gatewright.management.v2.inside import WEBSOCKET, key_inside, key_of_api
from gatewright.values.records import Document, Key, Transaction


def take_snapshot(tx: Transaction, call: Call) -> Document:
    """The call's API as it is now, which must be there: each document as its Get operation shows it."""
    return {
        "api": tx.get(key_of_api(call)),
        "routes": _with(tx, call, "Route", "routeResponses", "RouteResponse"),
        "integrations": _with(tx, call, "Integration", "integrationResponses", "IntegrationResponse"),
        "authorizers": _all(tx, key_inside(call, "AuthorizerV2")),
        "models": _all(tx, key_inside(call, "ModelV2")),
    }


def _with(tx: Transaction, call: Call, kind: str, member: str, kind_within: str) -> list[Document]:
    """All records of a kind, each with those inside it as a member."""
    return [
        document | {member: _all(tx, key_inside(call, kind_within, within=id))}
        for id, document in tx.list(key_inside(call, kind))
    ]


def _all(tx: Transaction, place: Key) -> list[Document]:
    return [document for _, document in tx.list(place)]


def check_complete(taken: Document) -> None:
    """An API can be deployed once it has routes. Raises BadRequestException."""
    if not taken["routes"]:
        # Seen: github.com/mach-composer/mach-composer-cli/issues/42 (HTTP), in states of WebSocket stages on AWS
        websocket = taken["api"]["protocolType"] == WEBSOCKET
        raise refused(
            "At least one route is required before deploying the Api."
            if websocket
            else "Unable to deploy API because no routes exist in this API"
        )
