"""What an HTTP or WebSocket API has of what the doctor tells: as it is now, and as its stages serve it."""

from collections.abc import Iterator

from gatewright.execute import enforced_routes, no_such_method, unserved_routes
from gatewright.execute.enforced import beside
from gatewright.execute.unserved import Part, Parts
from gatewright.values.records import Document, Key, Transaction

_MEMBERS = {"routes": "Route", "integrations": "Integration", "authorizers": "AuthorizerV2"}


def stored(tx: Transaction, key: Key, api: Document) -> Parts:
    """All of it, with the stages that serve it."""
    inside = key._replace(parent=key.id, id="")
    current = {name: [each for _, each in tx.list(inside._replace(kind=kind))] for name, kind in _MEMBERS.items()}
    parts: Parts = {found: set() for found in _of_configuration({"api": api, **current})}
    for name, stage in tx.list(inside._replace(kind="StageV2")):
        taken = tx.get(inside._replace(kind="Snapshot", id=stage.get("deploymentId") or ""))
        for part in (*_of_stage(stage, taken), *(_of_configuration(taken) if taken else ())):
            parts.setdefault(part, set()).add(name)
    return parts


def _of_stage(stage: Document, taken: Document | None) -> Iterator[Part]:
    rows = stage.get("routeSettings") or {}
    idle = no_such_method.in_route_settings(stage, taken)
    stage = stage | {"routeSettings": {key: row for key, row in rows.items() if key not in idle}}
    for found in (*beside(unserved_routes.of_stage(stage), enforced_routes.of_stage(stage)), *idle.values()):
        yield "Stage", found


def _of_configuration(snapshot: Document) -> Iterator[Part]:
    api = snapshot["api"]
    for found in beside(unserved_routes.of_api(api), enforced_routes.of_api(api)):
        yield "Api", found
    for authorizer in snapshot["authorizers"]:
        for found in beside(unserved_routes.of_authorizer(authorizer), enforced_routes.of_authorizer(authorizer)):
            yield f"Authorizer {authorizer.get('name')}", found
    for route in snapshot["routes"]:
        for found in beside(unserved_routes.of_route(route), enforced_routes.of_route(route)):
            yield f"Route {route['routeKey']}", found
    for integration in snapshot["integrations"]:
        for found in unserved_routes.of_integration(integration):
            yield f"Integration {integration['integrationId']}", found
