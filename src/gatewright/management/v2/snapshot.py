"""The whole configuration of an HTTP or WebSocket API at one time: what a deployment keeps, and a stage serves.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments.html
"""

from gatewright.aws.call import Call
from gatewright.management.noun import Change
from gatewright.management.patch import refused
from gatewright.values.records import Document, Key, Transaction


def key_inside(call: Call, api_id: str, kind: str, id: str = "") -> Key:
    """The key of a record of an API; without an id, where all of that kind are."""
    return Key(call.account, call.region, kind, api_id, id)


def take_snapshot(tx: Transaction, call: Call, api_id: str) -> Document:
    """The API as it is now, which must be there: each document as its Get operation shows it."""
    here = key_inside(call, api_id, "")
    return {
        "api": tx.get(Key(call.account, call.region, "Api", "", api_id)),
        "routes": _with(tx, here, "Route", "routeId", "routeResponses", "RouteResponse"),
        "integrations": _with(tx, here, "Integration", "integrationId", "integrationResponses", "IntegrationResponse"),
        "authorizers": _all(tx, here._replace(kind="AuthorizerV2")),
        "models": _all(tx, here._replace(kind="ModelV2")),
    }


def _with(tx: Transaction, here: Key, kind: str, id: str, member: str, kind_within: str) -> list[Document]:
    """All records of a kind, each with those inside it as a member."""
    within = here._replace(kind=kind_within)
    return [
        document | {member: _all(tx, within._replace(parent=f"{here.parent}/{document[id]}"))}
        for document in _all(tx, here._replace(kind=kind))
    ]


def _all(tx: Transaction, place: Key) -> list[Document]:
    return [document for _, document in tx.list(place)]


def check_complete(taken: Document) -> None:
    """An API can be deployed once it has routes. Raises BadRequestException."""
    if not taken["routes"]:
        # Seen: github.com/mach-composer/mach-composer-cli/issues/42 (HTTP), in states of WebSocket stages on AWS
        websocket = taken["api"]["protocolType"] == "WEBSOCKET"
        raise refused(
            "At least one route is required before deploying the Api."
            if websocket
            else "Unable to deploy API because no routes exist in this API"
        )


def protocol_of(change: Change) -> str:
    """HTTP or WEBSOCKET: what the call's API speaks."""
    api = change.tx.get(key_inside(change.call, "", "Api", change.call.input["apiId"]))
    return str((api or {}).get("protocolType"))
