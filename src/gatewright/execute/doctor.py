"""What a node has stored and does not serve: the page that `gatewright doctor` prints.

Of every API both its current configuration and what its stages serve are looked at, against the table of what is not
served. Reading the whole store takes its time, so all other requests have their turn after each API.
"""

from collections import Counter
from collections.abc import Iterator

import msgspec

from gatewright.execute import unserved
from gatewright.execute.unserved import STORED_ONLY, Unserved
from gatewright.values.long_work import LongWork
from gatewright.values.records import Document, Key, Store, Transaction
from gatewright.values.request import Request
from gatewright.values.response import Response

PAGE = "/_gatewright/doctor"
_JSON = b"Content-Type: application/json\r\n"


class Finding(msgspec.Struct, frozen=True, order=True, rename="camel"):
    """One property that is not served. `effect` is "closed" or "stored only"; `of` says what has it, such as
    `Method GET /pets`. `stages` are those that serve it, none for what is not deployed. Whole nouns of an account
    have no API and no property, and how many there are as value."""

    effect: str
    account: str
    region: str
    api_id: str
    api_name: str
    of: str
    property: str
    value: str
    stages: tuple[str, ...] = ()


async def page(store: Store, work: LongWork, _: Request) -> Response:
    """All findings as JSON."""
    return Response(200, [_JSON], msgspec.json.encode({"findings": await findings(store, work)}))


async def findings(store: Store, work: LongWork) -> list[Finding]:
    """Everything that is closed, then what is only stored; by account, Region and API."""
    found: list[Finding] = []
    with store.read() as tx:
        for noun in unserved.STORED_NOUNS:
            places = Counter((key.account, key.region) for key in tx.keys(noun))
            found += [
                Finding(STORED_ONLY.value, *place, "", "", noun, "", str(count)) for place, count in places.items()
            ]
        apis = list(tx.keys("RestApi"))
    for key in apis:
        await work.turn()
        with store.read() as tx:
            found += _of_api(tx, key)
    return sorted(found)


def _of_api(tx: Transaction, key: Key) -> Iterator[Finding]:
    api = tx.get(key) or {}
    inside = key._replace(parent=key.id, id="")
    resources = [resource for _, resource in tx.list(inside._replace(kind="Resource"))]
    served: dict[tuple[str, Unserved], list[str]] = {found: [] for found in _of_configuration(api, resources)}
    for name, stage in tx.list(inside._replace(kind="Stage")):
        for found in unserved.of_stage(stage):
            served["Stage", found] = [*served.get(("Stage", found), ()), name]
        for deployment in {stage["deploymentId"], (stage.get("canarySettings") or stage)["deploymentId"]}:
            snapshot = tx.get(inside._replace(kind="Snapshot", id=deployment))
            for part in _of_configuration(snapshot["restApi"], snapshot["resources"]) if snapshot else ():
                served[part] = sorted({*served.get(part, ()), name})
    for (of, found), stages in served.items():
        effect = found.effect if found.effect is STORED_ONLY else unserved.CLOSED
        place = (effect.value, key.account, key.region, key.id, api.get("name") or "")
        yield Finding(*place, of, found.path, found.value, tuple(stages))


def _of_configuration(api: Document, resources: list[Document]) -> Iterator[tuple[str, Unserved]]:
    for found in unserved.of_rest_api(api):
        yield "RestApi", found
    for resource in resources:
        for verb, method in (resource.get("resourceMethods") or {}).items():
            for of, found in _of_method(method or {}):
                # A role is told of once, not for each method that calls as it.
                yield "Integrations" if _is_role(found) else f"{of} {verb} {resource['path']}", found


def _is_role(found: Unserved) -> bool:
    return found.path == "credentials" and found.effect is STORED_ONLY


def _of_method(method: Document) -> Iterator[tuple[str, Unserved]]:
    integration = method.get("methodIntegration") or {}
    for found in unserved.of_method(method):
        yield "Method", found
    for found in unserved.of_integration(integration) if integration else ():
        yield "Integration", found
    for response in (integration.get("integrationResponses") or {}).values():
        for found in unserved.of_integration_response(response):
            yield "IntegrationResponse", found
