"""The certificates of a domain name: one for its EDGE side, or for a private name, and one for its REGIONAL side.

A certificate given as text is kept with its private key in a `DomainNameCertificate` record of the name's own id, which
no operation shows. https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDomainName.html
"""

import re

from gatewright.management.noun import Change
from gatewright.management.patch import refused
from gatewright.values.records import Key

CERTIFICATES = ("certificateName", "certificateArn", "regionalCertificateName", "regionalCertificateArn")
EDGE_REGION = "us-east-1"  # where CloudFront finds certificates

_ARN = re.compile(r"arn:aws[a-z-]*:acm:([a-z0-9-]+):[0-9]{12}:certificate/[A-Za-z0-9-]+")
_UPLOADED = ("certificateBody", "certificatePrivateKey", "certificateChain")


def certificates_settled(change: Change) -> None:
    """Each side has a certificate, in the region where that side looks for it; text is put away."""
    new, old = change.new, change.old or {}
    types = new["endpointConfiguration"]["types"]
    _put_away(change)
    if ("EDGE" in types or "PRIVATE" in types) and not {"certificateArn", "certificateName"} & new.keys():
        raise refused("A certificate must be specified: certificateArn, or certificateName and its parts")
    if "REGIONAL" in types and not {"regionalCertificateArn", "regionalCertificateName"} & new.keys():
        raise refused("A certificate must be specified: regionalCertificateArn or regionalCertificateName")
    region = change.call.region
    _check_arn(new.get("certificateArn"), EDGE_REGION if "EDGE" in types else region)
    _check_arn(new.get("regionalCertificateArn"), region)
    if any(new.get(name) != old.get(name) for name in CERTIFICATES):
        new["certificateUploadDate"] = int(change.call.request.arrived)


def _check_arn(arn: str | None, region: str) -> None:
    if arn is None:
        return
    parts = _ARN.fullmatch(arn)
    if parts is None:
        raise refused(f"Invalid certificate ARN: {arn}.")
    if parts[1] != region:
        # Seen: terraform-provider-aws's acceptance tests.
        raise refused(f"Invalid certificate ARN: {arn}. Certificate must be in '{region}'.")


def _put_away(change: Change) -> None:
    given = {name: change.new.pop(name, None) for name in _UPLOADED}
    if not any(given.values()):
        if change.old is None and change.new.get("certificateName") and not change.new.get("certificateArn"):
            raise refused("certificateName needs certificateBody and certificatePrivateKey")
        return
    if not (change.new.get("certificateName") and given["certificateBody"] and given["certificatePrivateKey"]):
        raise refused("A certificate needs certificateName, certificateBody and certificatePrivateKey")
    # Imported with the first certificate: the library is no small part of a start.
    from gatewright.management.rest.pem import belong_together  # noqa: PLC0415

    try:
        if not belong_together(*(given[name] for name in _UPLOADED)):
            raise refused("The private key is not that of the certificate")
    except ValueError:
        raise refused("The certificate body, its private key or its chain is not valid PEM") from None
    call = change.call
    place = Key(call.account, call.region, "DomainNameCertificate", "", call.input["domainName"])
    change.tx.put(place, {name: value for name, value in given.items() if value})
