"""Deployment: an immutable snapshot of an API, which stages point at.

https://docs.aws.amazon.com/apigateway/latest/api/API_Deployment.html
"""

from copy import deepcopy
from functools import partial

from gatewright.aws.call import Call, Handler
from gatewright.aws.errors import ServiceError
from gatewright.management.ids import INNER, unused_beside
from gatewright.management.noun import Change, Noun, find, identified, keep, require, settle
from gatewright.management.patch import Patch, member, refused, tell_paths
from gatewright.management.rest.canary import canary_of
from gatewright.management.rest.inside import key_inside
from gatewright.management.rest.resource import embedded
from gatewright.management.rest.rest_api import REST_API
from gatewright.management.rest.stage import STAGE
from gatewright.management.values import optional
from gatewright.values.records import Document, Store, Transaction

# What CreateDeployment says of the stage, and what the stage calls it.
_OF_THE_STAGE = {
    "stageDescription": "description",
    "cacheClusterEnabled": "cacheClusterEnabled",
    "cacheClusterSize": "cacheClusterSize",
    "variables": "variables",
    "tracingEnabled": "tracingEnabled",
}
# Parts of a snapshot that are records of their own, by their kind.
_PARTS = {
    "models": "Model",
    "requestValidators": "RequestValidator",
    "authorizers": "Authorizer",
    "gatewayResponses": "GatewayResponse",
}


def missing(call: Call) -> ServiceError:
    """The API has no such deployment."""
    return ServiceError("NotFoundException", "Invalid Deployment identifier specified")


def snapshot(tx: Transaction, call: Call) -> Document:
    """The whole configuration of the API as it is now."""
    inside = key_inside(call, "Resource")
    parts = {name: [part for _, part in tx.list(inside._replace(kind=kind))] for name, kind in _PARTS.items()}
    resources = [document for _, document in tx.list(inside)]
    return {"restApi": require(tx, call, REST_API), "resources": resources, **parts}


def deployed(tx: Transaction, call: Call, stage: Document) -> Document:
    """What a stage of the API serves: the snapshot that its deployment took."""
    taken = tx.get(key_inside(call, "Snapshot", stage["deploymentId"]))
    if taken is None:
        raise missing(call)
    return taken


def check_complete(taken: Document) -> None:
    """An API can be deployed once it has methods, all of them with an integration, and a private one a policy.

    Raises BadRequestException."""
    methods = [method for resource in taken["resources"] for method in (resource.get("resourceMethods") or {}).values()]
    if not methods:
        raise refused("The REST API doesn't contain any methods")
    if not all(method.get("methodIntegration") for method in methods):
        raise refused("No integration defined for method")
    api = taken["restApi"]
    if "PRIVATE" in api["endpointConfiguration"]["types"] and not api.get("policy"):
        # Seen: github.com/hashicorp/terraform-provider-aws/issues/14290
        raise refused("Private REST API doesn't have a resource policy attached to it")


def create_deployment(store: Store, call: Call) -> Document:
    """Take a snapshot; point a stage at it, or make the stage, when the call names one."""
    with store.transaction() as tx:
        require(tx, call, REST_API)
        _check_canary(tx, call)
        taken = snapshot(tx, call)
        check_complete(taken)
        place = key_inside(call, "Deployment")
        here = identified(DEPLOYMENT, call, unused_beside(tx, place, INNER))
        document: Document = {"id": here.input["deploymentId"], "createdDate": int(call.request.arrived)}
        if call.input.get("description"):
            document["description"] = call.input["description"]
        keep(tx, here, DEPLOYMENT, document)
        tx.put(place._replace(kind="Snapshot", id=document["id"]), taken)
        if call.input.get("stageName"):
            _point_stage(tx, here)
        return document


def _check_canary(tx: Transaction, call: Call) -> None:
    if "canarySettings" not in call.input:
        return
    start = "Invalid deployment content specified."
    stage = call.input.get("stageName")
    if not stage:
        told = "null" if stage is None else stage
        raise refused(
            f"{start}Non null and non empty stageName must be provided for canary deployment. Provided value is {told}"
        )
    if find(tx, call, STAGE) is None:
        raise refused(f"{start}Stage {stage} must already be created before making a canary release deployment")


def _point_stage(tx: Transaction, call: Call) -> None:
    """Make the call's stage serve the call's deployment, or only its canary."""
    id = call.input["deploymentId"]
    old = find(tx, call, STAGE)
    new = deepcopy(dict(old or STAGE.defaults)) | {
        name: call.input[given] for given, name in _OF_THE_STAGE.items() if given in call.input
    }
    new["stageName"] = call.input["stageName"]
    if "canarySettings" in call.input:
        new["canarySettings"] = canary_of(new) | call.input["canarySettings"] | {"deploymentId": id}
    else:
        new["deploymentId"] = id
    settle(STAGE, Change(tx, call, old, new))


def no_stage_uses_it(change: Change) -> None:
    """A deployment that a stage points at stays."""
    call = change.call
    stages = change.tx.list(key_inside(call, "Stage"))
    for _, stage in stages:
        if call.input["deploymentId"] in (stage["deploymentId"], stage.get("canarySettings", {}).get("deploymentId")):
            raise refused("Active stages pointing to this deployment must be moved or deleted")


def snapshot_goes(change: Change) -> None:
    """The snapshot goes with its deployment."""
    change.tx.delete(key_inside(change.call, "Snapshot", change.call.input["deploymentId"]))


def shown(tx: Transaction, call: Call, document: Document) -> Document:
    """With the summary of its methods when the call asks to embed `apisummary`."""
    if "apisummary" not in embedded(call):
        return document
    summary = {
        resource["path"]: {
            verb: {name: method[name] for name in ("authorizationType", "apiKeyRequired")}
            for verb, method in resource["resourceMethods"].items()
        }
        for resource in (tx.get(key_inside(call, "Snapshot", document["id"])) or {}).get("resources", ())
        if resource.get("resourceMethods")
    }
    return document | {"apiSummary": summary}


DEPLOYMENT = Noun(
    name="Deployment",
    path=("restApiId", "deploymentId"),
    missing=missing,
    inside=REST_API,
    asks_inside=True,
    id="id",
    creating="",
    plural="Deployments",
    patch=Patch({"/description": member("description", optional)}, tell_paths),
    deleting=(no_stage_uses_it, snapshot_goes),
    show=shown,
)


def handlers(store: Store) -> dict[str, Handler]:
    """The operation on deployments that is no shared verb."""
    return {"CreateDeployment": partial(create_deployment, store)}
