"""VpcLink of the second API: the way into the subnets of a private network, for integrations that go through it.

A node reaches private networks as it reaches others, so a link works at once. Only the answer that makes it calls it
PENDING, as AWS's does: clients wait by asking again.
https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/vpclinks.html
"""

from gatewright.aws.call import Call
from gatewright.management.ids import INNER
from gatewright.management.noun import Change, Noun
from gatewright.management.paging import NEXT_TOKEN
from gatewright.management.patch import refused
from gatewright.management.rest.vpc_link import integrations_through
from gatewright.management.v2.errors import not_found
from gatewright.management.v2.tags import tags_settled, with_tags
from gatewright.values.records import Document, Transaction

MOST_SUBNETS = 10


def in_subnets(change: Change) -> None:
    """A link has a name, and subnets where it begins."""
    if not change.new["name"]:
        raise refused("Name cannot be empty")
    subnets = change.new["subnetIds"]
    if not subnets or not all(subnets):
        raise refused("Subnet ids cannot be empty")
    if len(subnets) > MOST_SUBNETS:
        raise refused(f"A VPC link can have at most {MOST_SUBNETS} subnets")


def born(change: Change) -> None:
    """A new link works at once."""
    if change.old is None:
        change.new.update(
            createdDate=int(change.call.request.arrived),
            vpcLinkStatus="AVAILABLE",
            vpcLinkStatusMessage="VPC link is ready to route traffic",
            vpcLinkVersion="V2",
        )


def no_integration_uses_it(change: Change) -> None:
    """A link that an integration goes through stays."""
    id = change.call.input["vpcLinkId"]
    uses = sorted(use for _, use in integrations_through(change.tx, change.call, id))
    if uses:
        # Seen: github.com/hashicorp/terraform-provider-aws/issues/12195
        raise refused(
            f"Cannot delete vpc link. Vpc link '{id}', is referenced in [{', '.join(uses)}] "
            "in format of [Method:Resource]."
        )


def shown(tx: Transaction, call: Call, document: Document) -> Document:
    """Whoever makes a link is told to wait for it."""
    document = with_tags(tx, call, document)
    if call.operation != "CreateVpcLink":
        return document
    return document | {"vpcLinkStatus": "PENDING", "vpcLinkStatusMessage": "VPC link is provisioning ENIs"}


VPC_LINK = Noun(
    name="VpcLink",
    kind="VpcLinkV2",
    path=("vpcLinkId",),
    missing=not_found("VpcLink", "vpcLinkId"),
    id="vpcLinkId",
    new_id=INNER,
    plural="VpcLinks",
    paging=NEXT_TOKEN,
    defaults={"securityGroupIds": []},
    rules=(in_subnets, tags_settled, born),
    deleting=(no_integration_uses_it,),
    show=shown,
    arn="/vpclinks/{vpcLinkId}",
)
