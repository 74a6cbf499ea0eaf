"""Deployment of an HTTP or WebSocket API: an immutable snapshot of it, which stages point at.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments.html
"""

from functools import partial

from gatewright.aws.call import Call, Handler
from gatewright.management.noun import Change, Noun, require, settle
from gatewright.management.paging import NEXT_TOKEN
from gatewright.management.patch import refused
from gatewright.management.v2.api import API
from gatewright.management.v2.auto_deploy import keep_deployment
from gatewright.management.v2.errors import not_found
from gatewright.management.v2.inside import key_inside
from gatewright.management.v2.snapshot import check_complete, take_snapshot
from gatewright.management.v2.stage import STAGE, refuse_beside_auto_deploy
from gatewright.values.records import Document, Store


def create_deployment(store: Store, call: Call) -> Document:
    """Take a snapshot, and point a stage at it when the call names one; unlike the first API's, it makes none."""
    with store.transaction() as tx:
        require(tx, call, API)
        stage = require(tx, call, STAGE) if call.input.get("stageName") else None
        taken = take_snapshot(tx, call)
        check_complete(taken)
        description = call.input.get("description")
        document = keep_deployment(tx, call, taken, {"description": description} if description else {})
        if stage is not None:
            refuse_beside_auto_deploy(call, stage)
            new = stage | {"deploymentId": document["deploymentId"]}
            settle(STAGE, Change(tx, call, stage, new))
        return document


def no_stage_uses_it(change: Change) -> None:
    """A deployment that a stage points at stays."""
    id = change.call.input["deploymentId"]
    for _, stage in change.tx.list(key_inside(change.call, "StageV2")):
        if stage.get("deploymentId") == id:
            raise refused("Active stages pointing to this deployment must be moved or deleted")


def snapshot_goes(change: Change) -> None:
    """The snapshot goes with its deployment."""
    call = change.call
    change.tx.delete(key_inside(call, "Snapshot", call.input["deploymentId"]))


DEPLOYMENT = Noun(
    name="Deployment",
    kind="DeploymentV2",
    path=("apiId", "deploymentId"),
    missing=not_found("Deployment", "deploymentId"),
    inside=API,
    asks_inside=True,
    id="deploymentId",
    creating="",
    plural="Deployments",
    paging=NEXT_TOKEN,
    optional=("description",),
    deleting=(no_stage_uses_it, snapshot_goes),
)


def handlers(store: Store) -> dict[str, Handler]:
    """The operation on deployments that is no shared verb."""
    return {"CreateDeployment": partial(create_deployment, store)}
