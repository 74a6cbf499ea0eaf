"""DomainNameAccessAssociation: a VPC endpoint through which a private domain name may be called.

Its record is found by the resource part of its ARN.
https://docs.aws.amazon.com/apigateway/latest/api/API_DomainNameAccessAssociation.html
"""

import re
from functools import partial

from gatewright.aws.call import Call, Handler
from gatewright.aws.errors import ServiceError
from gatewright.management.arn import arn_parts
from gatewright.management.noun import Change, Noun
from gatewright.management.patch import refused
from gatewright.management.rest.domain_name import domain_by_arn, of_this_account
from gatewright.management.tags import tags_settled
from gatewright.values.records import Document, Key, Store

_ARN = re.compile(r"arn:aws[a-z-]*:apigateway:([a-z0-9-]+):([0-9]{12}):/domainnameaccessassociations/(.+)", re.DOTALL)
_VPC_ENDPOINT = re.compile(r"vpce-[a-z0-9]+")
_START = "arn:aws:apigateway:{}:{}:/domainnameaccessassociations/"


def missing(call: Call) -> ServiceError:
    """There is no such association."""
    return ServiceError("NotFoundException", "Invalid domain name access association identifier specified")


def exists(call: Call) -> ServiceError:
    """The VPC endpoint is associated already."""
    return ServiceError("ConflictException", "The domain name access association you provided already exists.")


def led(call: Call) -> Call:
    """To the resource part of the ARN. Raises BadRequestException."""
    given = call.input.get("domainNameAccessAssociationArn")
    if given is None:
        return call
    parts = arn_parts(_ARN, given)
    here = (call.region, call.account) == (parts[1], parts[2])
    return call._replace(input=call.input | {"domainNameAccessAssociationArn": parts[3] if here else given})


def new_id(change: Change) -> str:
    """The domain name and the VPC endpoint. Raises BadRequestException, NotFoundException."""
    source = change.new["accessAssociationSource"]
    if not _VPC_ENDPOINT.fullmatch(source):
        raise refused(f"Invalid VPC endpoint identifier specified: {source}")
    domain = domain_by_arn(change.tx, change.new["domainNameArn"])
    return f"domainname/{domain.id.partition('+')[0]}/vpcesource/{source}"


def addressed(change: Change) -> None:
    """An association tells its ARN."""
    call = change.call
    start = _START.format(call.region, call.account)
    change.new["domainNameAccessAssociationArn"] = f"{start}{call.input['domainNameAccessAssociationArn']}"


DOMAIN_NAME_ACCESS_ASSOCIATION = Noun(
    name="DomainNameAccessAssociation",
    path=("domainNameAccessAssociationArn",),
    missing=missing,
    new_id=new_id,
    taken=exists,
    led=led,
    plural="DomainNameAccessAssociations",
    listed=of_this_account,
    rules=(addressed, tags_settled),
    arn="/domainnameaccessassociations/{domainNameAccessAssociationArn+}",
)


def reject(store: Store, call: Call) -> Document:
    """The owner of a domain name ends an association with it, whoever made it."""
    parts = arn_parts(_ARN, call.input["domainNameAccessAssociationArn"])
    with store.transaction() as tx:
        domain = domain_by_arn(tx, call.input["domainNameArn"])
        if domain.account != call.account:
            raise ServiceError("NotFoundException", "Invalid domain name identifier specified")
        key = Key(parts[2], parts[1], DOMAIN_NAME_ACCESS_ASSOCIATION.name, "", parts[3])
        found = tx.get(key)
        if found is None or found["domainNameArn"] != call.input["domainNameArn"]:
            raise missing(call)
        tx.delete(key)
    return {}


def handlers(store: Store) -> dict[str, Handler]:
    """The operation on associations that is no shared verb."""
    return {"RejectDomainNameAccessAssociation": partial(reject, store)}
