"""Automatic deployment: a stage that asks for it serves every change of its API at once.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
"""

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.management.ids import INNER, unused_beside
from gatewright.management.noun import Change
from gatewright.management.v2.inside import key_inside, key_of_api
from gatewright.management.v2.snapshot import check_complete, take_snapshot
from gatewright.values.records import Document, Transaction

# How many of an API's automatic deployments are kept, besides those that stages point at: AWS keeps them all, but each
# change makes one, with all of the API in it.
MOST_KEPT = 100

# Seen: github.com/terraform-aws-modules/terraform-aws-apigateway-v2, states of imported APIs
DESCRIPTION = "Automatic deployment triggered by changes to the Api configuration"


def auto_deployed(change: Change) -> None:
    """What follows from a change of an API, for `Noun.settled` of all that a snapshot has."""
    deploy_again(change.tx, change.call)


def deploy_again(tx: Transaction, call: Call) -> None:
    """Deploy an API as it is now to each of its stages that deploys automatically.

    An API that cannot be deployed leaves a stage as it was, which tells why."""
    if tx.get(key_of_api(call)) is None:
        return  # it is being deleted, and everything in it
    place = key_inside(call, "StageV2")
    stages = [stage for _, stage in tx.list(place) if stage["autoDeploy"]]
    if not stages:
        return
    deployed = deploy_automatically(tx, call)
    for stage in stages:
        changed = stage | deployed | {"lastUpdatedDate": int(call.request.arrived)}
        tx.put(place._replace(id=stage["stageName"]), changed)
    _forget_oldest(tx, call)


def oldest_forgotten(change: Change) -> None:
    """What follows from a change of a stage, which may have left an automatic deployment or got a new one."""
    _forget_oldest(change.tx, change.call)


def _forget_oldest(tx: Transaction, call: Call) -> None:
    place = key_inside(call, "DeploymentV2")
    served = {stage.get("deploymentId") for _, stage in tx.list(place._replace(kind="StageV2"))}
    idle = [deployment for id, deployment in tx.list(place) if deployment["autoDeployed"] and id not in served]
    idle.sort(key=lambda deployment: deployment["createdDate"], reverse=True)
    for deployment in idle[MOST_KEPT:]:
        tx.delete(place._replace(id=deployment["deploymentId"]))
        tx.delete(place._replace(kind="Snapshot", id=deployment["deploymentId"]))


def deploy_automatically(tx: Transaction, call: Call) -> Document:
    """Make an automatic deployment of an API: the members of a stage that tell of it."""
    taken = take_snapshot(tx, call)
    try:
        check_complete(taken)
    except ServiceError as error:
        return {"lastDeploymentStatusMessage": f"Deployment attempt failed: {error.message}"}
    document = keep_deployment(tx, call, taken, {"autoDeployed": True, "description": DESCRIPTION})
    id = document["deploymentId"]
    return {
        "deploymentId": id,
        "lastDeploymentStatusMessage": f"Successfully deployed stage with deployment ID '{id}'",
    }


def keep_deployment(tx: Transaction, call: Call, taken: Document, told: Document) -> Document:
    """Write a deployment with its snapshot; `told` is what it says beside its id, date and status."""
    place = key_inside(call, "DeploymentV2")
    id = unused_beside(tx, place, INNER)
    document: Document = {
        "autoDeployed": False,
        "createdDate": int(call.request.arrived),
        "deploymentId": id,
        "deploymentStatus": "DEPLOYED",
    } | told
    tx.put(place._replace(id=id), document)
    tx.put(place._replace(kind="Snapshot", id=id), taken)
    return document
