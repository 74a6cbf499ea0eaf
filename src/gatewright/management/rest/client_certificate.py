"""ClientCertificate: what a node shows to HTTP backends, so that they know who calls them.

The private key is a record of its own, of the kind ClientCertificateKey, which no operation gives back.
https://docs.aws.amazon.com/apigateway/latest/api/API_ClientCertificate.html
"""

from collections.abc import Iterator
from datetime import timedelta

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.execute.stored_stage import STAGES
from gatewright.management.ids import INNER
from gatewright.management.noun import Change, Noun
from gatewright.management.patch import Patch, member, refused, tell_paths
from gatewright.management.tags import tags_settled
from gatewright.management.values import optional
from gatewright.values.records import Key, Transaction

LIFE = timedelta(days=365)


def missing(call: Call) -> ServiceError:
    """The account has no such certificate."""
    return ServiceError("NotFoundException", "Invalid Client Certificate identifier specified")


def here(call: Call, kind: str = "ClientCertificate") -> Key:
    """Where the certificates of the account are, or their keys."""
    return Key(call.account, call.region, kind, "", "")


def generated(change: Change) -> None:
    """A new certificate has a key pair of its own and signs itself."""
    if change.old is not None:
        return
    # Imported with the first certificate: the library is no small part of a start.
    from gatewright.management.rest.pem import self_signed  # noqa: PLC0415

    begins = int(change.call.request.arrived)
    ends = begins + int(LIFE.total_seconds())
    certificate, private_key = self_signed("ApiGateway", begins, ends)
    change.new.update(pemEncodedCertificate=certificate, createdDate=begins, expirationDate=ends)
    keys = here(change.call, "ClientCertificateKey")
    change.tx.put(keys._replace(id=change.new["clientCertificateId"]), {"privateKey": private_key})


def no_stage_shows_it(change: Change) -> None:
    """A certificate that a stage shows to its backends stays."""
    id = change.call.input["clientCertificateId"]
    uses = list(_uses(change.tx, change.call, id))
    if uses:
        raise refused(
            f"Cannot delete client certificate. Client certificate '{id}', is referenced in [{', '.join(uses)}] "
            "in format of [RESTApiId:Stage]."
        )


def _uses(tx: Transaction, call: Call, id: str) -> Iterator[str]:
    for apis, stages in STAGES.items():
        for api, _ in tx.list(here(call, apis)):
            for stage, document in tx.list(here(call, stages)._replace(parent=api)):
                if document.get("clientCertificateId") == id:
                    yield f"{api}:{stage}"


def key_goes(change: Change) -> None:
    """The key goes with its certificate."""
    change.tx.delete(here(change.call, "ClientCertificateKey")._replace(id=change.call.input["clientCertificateId"]))


CLIENT_CERTIFICATE = Noun(
    name="ClientCertificate",
    path=("clientCertificateId",),
    missing=missing,
    id="clientCertificateId",
    new_id=INNER,
    creating="Generate",
    plural="ClientCertificates",
    optional=("description",),
    patch=Patch({"/description": member("description", optional)}, tell_paths),
    rules=(tags_settled, generated),
    deleting=(no_stage_shows_it, key_goes),
    arn="/clientcertificates/{clientCertificateId}",
)
