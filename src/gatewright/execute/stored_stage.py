"""A stage as the store has it: compiled when its first request comes, and dropped when a commit has changed it."""

import logging
from collections.abc import Mapping, Sequence

from gatewright.execute.caching.cached_responses import Responses
from gatewright.execute.compile import compile_stage
from gatewright.execute.network import NetworkOf
from gatewright.execute.plan import StagePlan
from gatewright.execute.registry import Registry
from gatewright.values.pending import Drive
from gatewright.values.records import Change, Key, Store

_log = logging.getLogger(__name__)


def load_stage(
    store: Store, network: NetworkOf, web_acls: Mapping[str, str], api_id: str, stage_name: str
) -> StagePlan | None:
    """A stage compiled from the store; None when there is none, or more than one API of that id.

    `web_acls` are the ARNs of those that a file gives stages, by `{api}/{stage}`: they take the place of a stage's own.
    """
    with store.read() as tx:
        keys = tx.find("RestApi", api_id)
        if len(keys) != 1:
            return None
        key = keys[0]
        stage = tx.get(Key(key.account, key.region, "Stage", api_id, stage_name))
        if stage is None:
            return None
        taken = Key(key.account, key.region, "Snapshot", api_id, stage["deploymentId"])
        snapshot = tx.get(taken)
        settings = stage.get("canarySettings")
        canary = tx.get(taken._replace(id=settings["deploymentId"])) if settings else None
    if snapshot is None:
        raise LookupError(f"deployment {stage['deploymentId']} of API {api_id} has no snapshot")
    given = web_acls.get(f"{api_id}/{stage_name}")
    if given is not None:
        stage = {**stage, "webAclArn": given}
    reached = network(key.account, key.region, stage.get("clientCertificateId") or "")
    return compile_stage(snapshot, stage, canary, account=key.account, region=key.region, network=reached)


def drop_changed(registry: Registry, changes: Sequence[Change]) -> None:
    """Let the registry load anew what a commit has changed."""
    for change in changes:
        if change.key.kind in ("ClientCertificate", "VpcLink"):
            registry.drop_all()
        elif change.key.kind == "Stage":
            registry.drop(change.key.parent)
        elif change.key.kind == "RestApi" and change.deleted:
            registry.forget(change.key.id)


def empty_caches(store: Store, responses: Responses, changes: Sequence[Change]) -> None:
    """Empty the cache of a stage that was deleted, or whose cache is switched off: what comes later begins anew."""
    for change in changes:
        key = change.key
        if key.kind == "Stage" and (change.deleted or not _has_cache(store, key)):
            Drive(responses.flush(key.parent, key.id), _flushed).step()


def _has_cache(store: Store, key: Key) -> bool:
    with store.read() as tx:
        stage = tx.get(key)
    return stage is not None and bool(stage.get("cacheClusterEnabled"))


def _flushed(_: None, error: BaseException | None) -> None:
    if error is not None:
        _log.error("%s", error)
