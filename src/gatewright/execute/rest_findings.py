"""What a REST API has of what the doctor tells: as it is now, and as its stages serve it."""

from collections.abc import Iterable, Iterator
from itertools import chain

from gatewright.execute import enforced, no_such_method, unserved
from gatewright.execute.no_such_method import Served
from gatewright.execute.unserved import STORED_ONLY, Part, Parts, Unserved
from gatewright.values.records import Document, Key, Transaction


def stored(tx: Transaction, key: Key, api: Document, plans: Iterable[Document]) -> Parts:
    """All of it, with the stages that serve it. `plans` are the account's usage plans."""
    inside = key._replace(parent=key.id, id="")
    snapshot = {
        "restApi": api,
        "resources": [resource for _, resource in tx.list(inside._replace(kind="Resource"))],
        "authorizers": [authorizer for _, authorizer in tx.list(inside._replace(kind="Authorizer"))],
    }
    parts: Parts = {found: set() for found in _of_configuration(snapshot)}
    for name, stage in tx.list(inside._replace(kind="Stage")):
        deployments = {stage["deploymentId"], (stage.get("canarySettings") or stage)["deploymentId"]}
        snapshots = [tx.get(inside._replace(kind="Snapshot", id=deployment)) for deployment in deployments]
        taken = [snapshot for snapshot in snapshots if snapshot is not None]
        of_plans = [(plan, held) for plan in plans for held in plan["apiStages"] if _is_of(held, key.id, name)]
        for part in chain(_of_stage(stage, of_plans, Served(taken)), *map(_of_configuration, taken)):
            parts.setdefault(part, set()).add(name)
    return parts


def _is_of(held: Document, api_id: str, stage: str) -> bool:
    return (held.get("apiId"), held.get("stage")) == (api_id, stage)


def _of_stage(stage: Document, plans: Iterable[tuple[Document, Document]], served: Served) -> Iterator[Part]:
    """What a stage has, and what the usage plans that hold it have for it; `served` are its methods."""
    rows = stage.get("methodSettings") or {}
    idle = no_such_method.in_settings(stage, served)
    stage = stage | {"methodSettings": {key: row for key, row in rows.items() if key not in idle}}
    for found in (*enforced.beside(unserved.of_stage(stage), enforced.of_stage(stage)), *idle.values()):
        yield "Stage", found
    for plan, held in plans:
        for found in no_such_method.in_plan(held, served):
            yield f"UsagePlan {plan.get('name') or plan['id']}", found


def _of_configuration(snapshot: Document) -> Iterator[Part]:
    api = snapshot["restApi"]
    for found in enforced.beside(unserved.of_rest_api(api), enforced.of_rest_api(api)):
        yield "RestApi", found
    for authorizer in snapshot.get("authorizers") or ():
        for found in enforced.beside(unserved.of_authorizer(authorizer), enforced.of_authorizer(authorizer)):
            yield f"Authorizer {authorizer.get('name') or authorizer.get('id')}", found
    for resource in snapshot["resources"]:
        for verb, method in (resource.get("resourceMethods") or {}).items():
            for of, found in _of_method(method or {}):
                # A role is told of once, not for each method that calls as it.
                yield "Integrations" if _is_role(found) else f"{of} {verb} {resource['path']}", found


def _is_role(found: Unserved) -> bool:
    return found.path == "credentials" and found.effect is STORED_ONLY


def _of_method(method: Document) -> Iterator[Part]:
    integration = method.get("methodIntegration") or {}
    for found in enforced.beside(unserved.of_method(method), enforced.of_method(method)):
        yield "Method", found
    for found in unserved.of_integration(integration) if integration else ():
        yield "Integration", found
    for response in (integration.get("integrationResponses") or {}).values():
        for found in unserved.of_integration_response(response):
            yield "IntegrationResponse", found
