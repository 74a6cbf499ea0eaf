"""A stage as the store has it: compiled when its first request comes, and dropped when a commit has changed it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from gatewright.execute.caching.cached_responses import Responses
from gatewright.execute.http.stage import compile_http_stage, not_found
from gatewright.execute.network import NetworkOf
from gatewright.execute.plan import StagePlan
from gatewright.execute.registry import FORBIDDEN_TO_ALL, ApiStages, Registry
from gatewright.execute.rest_stage import compile_rest_stage
from gatewright.execute.websocket.connections import Connections
from gatewright.execute.websocket.stage import compile_websocket_stage
from gatewright.values.pending import Drive
from gatewright.values.records import Change, Document, Key, Store, Transaction

_log = logging.getLogger(__name__)


STAGES = {"RestApi": "Stage", "Api": "StageV2"}  # the kinds of records of each kind of API
_NOWHERE: Mapping[str, StagePlan] = {"HTTP": not_found()}
_COMPILERS: Mapping[str, Callable[..., StagePlan]] = {"HTTP": compile_http_stage, "WEBSOCKET": compile_websocket_stage}


def read_stages(store: Store, api_id: str) -> ApiStages | None:
    """Which stages an API has; None when there is no API of that id, or more than one."""
    with store.read() as tx:
        key = _api(tx, api_id)
        if key is None:
            return None
        protocol = (tx.get(key) or {}).get("protocolType", "")
        names = [id for id, _ in tx.list(Key(key.account, key.region, STAGES[key.kind], api_id, ""))]
    return ApiStages(frozenset(names), _NOWHERE.get(protocol, FORBIDDEN_TO_ALL))


def load_stage(
    store: Store, network: NetworkOf, web_acls: Mapping[str, str], api_id: str, stage_name: str
) -> StagePlan | None:
    """A stage compiled from the store; None when there is none, or nothing is deployed to it.

    `web_acls` are the ARNs of those that a file gives stages, by `{api}/{stage}`: they take the place of a stage's own.
    """
    with store.read() as tx:
        key = _api(tx, api_id)
        stage = key and tx.get(Key(key.account, key.region, STAGES[key.kind], api_id, stage_name))
        if not key or not stage or not stage.get("deploymentId"):
            return None
        taken = Key(key.account, key.region, "Snapshot", api_id, stage["deploymentId"])
        snapshot = tx.get(taken)
        settings = stage.get("canarySettings")
        canary = tx.get(taken._replace(id=settings["deploymentId"])) if settings else None
    if snapshot is None:
        raise LookupError(f"deployment {stage['deploymentId']} of API {api_id} has no snapshot")
    reached = network(key.account, key.region, stage.get("clientCertificateId") or "")
    if key.kind == "Api":
        compiler = _COMPILERS[snapshot["api"]["protocolType"]]
        plan = compiler(snapshot, stage, account=key.account, region=key.region, network=reached)
        return _addressed(plan, snapshot["api"])
    given = web_acls.get(f"{api_id}/{stage_name}")
    if given is not None:
        stage = {**stage, "webAclArn": given}
    plan = compile_rest_stage(snapshot, stage, canary, account=key.account, region=key.region, network=reached)
    return _addressed(plan, snapshot["restApi"])


def _addressed(plan: StagePlan, api: Document) -> StagePlan:
    """The same, found by custom domain names only if the API, as deployed, has no address of its own."""
    return replace(plan, only_by_domain=True) if api.get("disableExecuteApiEndpoint") else plan


def _api(tx: Transaction, api_id: str) -> Key | None:
    keys = [key for kind in STAGES for key in tx.find(kind, api_id)]
    return keys[0] if len(keys) == 1 else None


def drop_changed(registry: Registry, changes: Sequence[Change]) -> None:
    """Let the registry load anew what a commit has changed."""
    for change in changes:
        if change.key.kind in ("ClientCertificate", "VpcLink", "VpcLinkV2"):
            registry.drop_all()
        elif change.key.kind in STAGES.values():
            registry.drop(change.key.parent)
        elif change.key.kind in STAGES and change.deleted:
            registry.forget(change.key.id)


def empty_caches(store: Store, responses: Responses, changes: Sequence[Change]) -> None:
    """Empty the cache of a stage that was deleted, or whose cache is switched off: what comes later begins anew."""
    for change in changes:
        key = change.key
        if key.kind == "Stage" and (change.deleted or not _has_cache(store, key)):
            Drive(responses.flush(key.parent, key.id), _flushed).step()


def end_connections(connections: Connections, changes: Sequence[Change]) -> None:
    """Close the connections of a stage that was deleted: they would hear of it with their next message only."""
    for change in changes:
        if change.key.kind == "StageV2" and change.deleted:
            connections.end(change.key.parent, change.key.id)


def _has_cache(store: Store, key: Key) -> bool:
    with store.read() as tx:
        stage = tx.get(key)
    return stage is not None and bool(stage.get("cacheClusterEnabled"))


def _flushed(_: None, error: BaseException | None) -> None:
    if error is not None:
        _log.error("%s", error)
