"""Published versions: immutable copies of $LATEST, numbered from 1 and never numbered twice.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
"""

from copy import deepcopy

from gatewright.aws.call import Call
from gatewright.functions import records
from gatewright.functions.function_name import LATEST, Reference, reference
from gatewright.functions.operations.configuration import latest_only, listed, refused, shown
from gatewright.functions.operations.paging import page
from gatewright.functions.service import LambdaService
from gatewright.values.records import Document, Transaction
from gatewright.values.uuids import new_uuid


def publish(tx: Transaction, where: Reference, description: str | None = None) -> Document:
    """Publish $LATEST; the configuration of the version. The last one again when nothing changed since it."""
    function = records.require_function(tx, where)
    latest = records.require_version(tx, where)
    number = function["nextVersion"]
    last = tx.get(records.part_key(where, records.VERSION, str(number - 1)))
    if last is not None and last["generation"] == latest["generation"]:
        return shown(last["configuration"], where.qualified(str(number - 1)))
    version = deepcopy(latest)
    version["configuration"] |= {"Version": str(number), "RevisionId": new_uuid()}
    if description is not None:
        version["configuration"]["Description"] = description
    records.put_version(tx, where, version)
    tx.put(records.function_key(where), function | {"nextVersion": number + 1})
    return shown(version["configuration"], where.qualified(str(number)))


def versions(tx: Transaction, where: Reference) -> list[Document]:
    """All configurations of a function, $LATEST first, then by number, each with its qualified ARN."""
    found = tx.list(records.part_key(where, records.VERSION))
    found.sort(key=lambda item: 0 if item[0] == LATEST else int(item[0]))
    return [shown(document["configuration"], where.qualified(version)) for version, document in found]


def publish_version(service: LambdaService, call: Call) -> Document:
    """PublishVersion."""
    where = latest_only(reference(call))
    if call.input.get("PublishTo"):
        raise refused("PublishTo is not supported: there are no managed instances.")
    with service.store.transaction() as tx:
        latest = records.require_version(tx, where)["configuration"]
        records.check_revision(call.input.get("RevisionId"), latest["RevisionId"], "GetFunction/GetAlias")
        sha256 = call.input.get("CodeSha256")
        if sha256 and sha256 != latest["CodeSha256"]:
            raise refused(
                f"CodeSHA256 ({sha256}) is different from current CodeSHA256 in $LATEST ({latest['CodeSha256']}). "
                "Please try again with the CodeSHA256 in $LATEST."
            )
        return publish(tx, where, call.input.get("Description") or None)


def list_versions_by_function(service: LambdaService, call: Call) -> Document:
    """ListVersionsByFunction."""
    where = reference(call).unqualified
    with service.store.read() as tx:
        records.require_function(tx, where)
        return page(call, "Versions", listed(versions(tx, where)))
