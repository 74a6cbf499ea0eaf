"""VpcLink: the way to a network load balancer in a private network, for integrations that go through it.

A node reaches private networks as it reaches others, so a link works at once. Only the answer that makes it calls it
PENDING, as AWS's does: clients wait by asking again.
https://docs.aws.amazon.com/apigateway/latest/api/API_VpcLink.html
"""

import re
from collections.abc import Iterable, Iterator

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.management.ids import INNER
from gatewright.management.noun import Change, Noun
from gatewright.management.patch import Acts, Operation, Patch, member, refused, tell_paths
from gatewright.management.rest.inside import methods_by_resource
from gatewright.management.tags import tags_settled, with_tags
from gatewright.management.values import optional, text
from gatewright.values.records import Document, Key, Transaction

_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:\S+")
_LOAD_BALANCER = re.compile(
    r"arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:loadbalancer/net/[A-Za-z0-9-]{1,32}/[a-z0-9]+"
)


def missing(call: Call) -> ServiceError:
    """The account has no such link."""
    return ServiceError("NotFoundException", "Invalid Vpc Link identifier specified")


def named(change: Change) -> None:
    """A link has a name."""
    if not change.new["name"]:
        raise refused("Name cannot be empty")


def target_is_one(change: Change) -> None:
    """Exactly one target, an ARN; one of no network load balancer makes a link that has failed, as on AWS."""
    targets = change.new["targetArns"]
    if len(targets) > 1:
        raise refused("More than one target arn specified for vpc link.")
    if not targets or not targets[0]:
        raise refused("No target arn specified for vpc link.")
    if not _ARN.fullmatch(targets[0]):
        raise refused(f"Invalid ARN. ARN is not well formed {targets[0]}")
    if _LOAD_BALANCER.fullmatch(targets[0]):
        change.new.update(status="AVAILABLE", statusMessage="Your vpc link is ready for use")
    else:
        change.new.update(status="FAILED", statusMessage="NLB ARN is malformed")


def no_integration_uses_it(change: Change) -> None:
    """A link that an integration goes through stays, be it only deployed."""
    id = change.call.input["vpcLinkId"]
    uses = sorted(set(_uses(change.tx, change.call, id)))
    if uses:
        raise refused(
            f"Cannot delete vpc link. Vpc link '{id}', is referenced in [{', '.join(uses)}] "
            "in format of [RESTApiId:Method:Resource:Stage]."
        )


def _uses(tx: Transaction, call: Call, id: str) -> Iterator[str]:
    here = Key(call.account, call.region, "RestApi", "", "")
    for api, _ in tx.list(here):
        inside = here._replace(parent=api)
        current = (resource for _, resource in tx.list(inside._replace(kind="Resource")))
        yield from (f"{api}:{use}" for use in _through(current, id))
        for stage, document in tx.list(inside._replace(kind="Stage")):
            snapshot = tx.get(inside._replace(kind="Snapshot", id=document["deploymentId"])) or {}
            yield from (f"{api}:{use}:{stage}" for use in _through(snapshot.get("resources", ()), id))
    yield from (f"{api}:{use}" for api, use in integrations_through(tx, call, id))


def integrations_through(tx: Transaction, call: Call, link: str) -> Iterator[tuple[str, str]]:
    """The second API's integrations that go through a link: the API, and `{method}:{integrationId}`."""
    apis = Key(call.account, call.region, "Api", "", "")
    for api, _ in tx.list(apis):
        for id, integration in tx.list(apis._replace(kind="Integration", parent=api)):
            if integration.get("connectionType") == "VPC_LINK" and integration.get("connectionId") == link:
                yield api, f"{integration.get('integrationMethod', 'ANY')}:{id}"


def _through(resources: Iterable[Document], id: str) -> Iterator[str]:
    for resource, verb, method in methods_by_resource(resources):
        integration = method.get("methodIntegration") or {}
        if integration.get("connectionType") == "VPC_LINK" and integration.get("connectionId") == id:
            yield f"{verb}:{resource['id']}"


def shown(tx: Transaction, call: Call, document: Document) -> Document:
    """Whoever makes a link is told to wait for it."""
    if call.operation != "CreateVpcLink":
        return with_tags(call, document, "GetVpcLink", "UpdateVpcLink")
    return {name: value for name, value in document.items() if name != "statusMessage"} | {"status": "PENDING"}


def tell(patch: Patch, operation: Operation, acts: Acts | None) -> ServiceError:
    """A link's target is for good."""
    if operation.path.startswith("/targetArns"):
        return refused("Target arns are not allowed to be changed/added.")
    return tell_paths(patch, operation, acts)


VPC_LINK = Noun(
    name="VpcLink",
    path=("vpcLinkId",),
    missing=missing,
    id="id",
    new_id=INNER,
    plural="VpcLinks",
    optional=("description",),
    patch=Patch({"/name": member("name", text), "/description": member("description", optional)}, tell),
    rules=(named, target_is_one, tags_settled),
    deleting=(no_integration_uses_it,),
    show=shown,
    arn="/vpclinks/{vpcLinkId}",
)
