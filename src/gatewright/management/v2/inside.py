"""What lives inside an HTTP or WebSocket API: where its records are, and what only one kind of API can have."""

from collections.abc import Iterable

from gatewright.aws.call import Call
from gatewright.management.noun import Change, Rule
from gatewright.management.patch import refused
from gatewright.values.records import Key, Transaction

HTTP, WEBSOCKET = "HTTP", "WEBSOCKET"
# Kinds of records that come and go with their API; those inside a route or an integration besides.
KINDS = ("StageV2", "DeploymentV2", "Snapshot", "Route", "Integration", "ModelV2", "AuthorizerV2")
_WITHIN = {"Route": "RouteResponse", "Integration": "IntegrationResponse"}


def key_of_api(call: Call) -> Key:
    """The key of the call's API itself."""
    return Key(call.account, call.region, "Api", "", call.input["apiId"])


def key_inside(call: Call, kind: str, id: str = "", *, within: str = "") -> Key:
    """The key of a record of the call's API, or of its route or integration `within`; without an id, where all of that
    kind are."""
    api = call.input["apiId"]
    return Key(call.account, call.region, kind, f"{api}/{within}" if within else api, id)


def remove(tx: Transaction, call: Call, kinds: Iterable[str]) -> None:
    """Remove all records of some of `KINDS` from the call's API, with what is inside them."""
    for kind in kinds:
        place = key_inside(call, kind)
        if kind in _WITHIN:
            for id, _ in tx.list(place):
                tx.delete_all(key_inside(call, _WITHIN[kind], within=id))
        tx.delete_all(place)


def protocol_of(change: Change) -> str:
    """HTTP or WEBSOCKET: what the call's API speaks."""
    return str((change.tx.get(key_of_api(change.call)) or {}).get("protocolType"))


def websocket_only(words: str) -> Rule:
    """The rule of a noun that HTTP APIs have none of: `words` are what AWS says of it."""

    def of_its_protocol(change: Change) -> None:
        if protocol_of(change) == HTTP:
            raise refused(words)

    return of_its_protocol


def refuse_member(name: str, protocol: str) -> None:
    """Raises BadRequestException for a member that APIs of a protocol cannot have."""
    raise refused(f"{name} is not supported for an API with a protocol type of {protocol}")
