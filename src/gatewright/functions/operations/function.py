"""Functions as a whole: create, get, list, delete.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
"""

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.functions import records
from gatewright.functions.function_name import LATEST, Reference, is_version, reference
from gatewright.functions.operations.code import with_code
from gatewright.functions.operations.configuration import (
    check,
    first_configuration,
    latest_only,
    listed,
    refused,
    renew,
    shown,
    with_layers,
)
from gatewright.functions.operations.content import package_of
from gatewright.functions.operations.paging import page
from gatewright.functions.operations.tags import check_count
from gatewright.functions.operations.version import publish, versions
from gatewright.functions.service import LambdaService
from gatewright.values.records import Document, Key, Transaction


async def create_function(service: LambdaService, call: Call) -> Document:
    """CreateFunction: active at once, because its package is unpacked before it exists."""
    where = latest_only(reference(call))
    check(call.input)
    check_count(call.input.get("Tags", {}))
    with service.store.read() as tx:
        _check_new(tx, where)
    version: Document = {"configuration": first_configuration(where, call.input), "layers": []}
    with_code(version, await package_of(service, call, call.input["Code"]))
    with service.store.transaction() as tx:
        _check_new(tx, where)
        with_layers(tx, call, version)
        tags = call.input.get("Tags", {})
        tx.put(records.function_key(where), {"nextVersion": 1, "tags": tags, "reserved": None})
        records.put_version(tx, where, renew(service, version))
        return publish(tx, where) if call.input.get("Publish") else shown(version["configuration"], where)


def _check_new(tx: Transaction, where: Reference) -> None:
    if tx.get(records.function_key(where)) is not None:
        raise ServiceError("ResourceConflictException", f"Function already exist: {where.name}")


def get_function(service: LambdaService, call: Call) -> Document:
    """GetFunction, with a link to download the package from."""
    where = reference(call)
    with service.store.read() as tx:
        version = records.require_version(tx, where)
        function = records.require_function(tx, where.unqualified)
    output: Document = {
        "Configuration": shown(version["configuration"], where),
        "Code": {"RepositoryType": "S3", "Location": service.packages.location(version["package"])},
    }
    if function["tags"]:
        output["Tags"] = function["tags"]
    if function["reserved"] is not None:
        output["Concurrency"] = {"ReservedConcurrentExecutions": function["reserved"]}
    return output


def list_functions(service: LambdaService, call: Call) -> Document:
    """ListFunctions; with FunctionVersion=ALL every version of every function."""
    region = call.input.get("MasterRegion", "ALL")
    found: list[Document] = []
    with service.store.read() as tx:
        for name, _ in tx.list(Key(call.account, call.region, records.FUNCTION, "", "")):
            where = Reference(call.account, call.region, name, "")
            if call.input.get("FunctionVersion") == "ALL":
                found += versions(tx, where)
            else:
                found.append(shown(records.require_version(tx, where)["configuration"], where))
    # Only functions at the edge have a master region elsewhere, and there are none.
    return page(call, "Functions", listed(found) if region in ("ALL", call.region) else [])


def delete_function(service: LambdaService, call: Call) -> Document:
    """DeleteFunction: all of it, or one published version that no alias uses."""
    where = reference(call)
    with service.store.transaction() as tx:
        records.require_function(tx, where.unqualified)
        if where.qualifier:
            _delete_version(tx, where)
        else:
            _delete_all(tx, where)
    return {"StatusCode": 204}


def _delete_version(tx: Transaction, where: Reference) -> None:
    if where.qualifier == LATEST:
        raise refused("$LATEST version cannot be deleted without deleting the function.")
    if not is_version(where.qualifier):
        raise refused("Deletion of aliases is not currently supported.")
    records.require_version(tx, where)
    aliases = [
        name
        for name, alias in tx.list(records.part_key(where, records.ALIAS))
        if where.qualifier in _versions_of(alias)
    ]
    if aliases:
        raise ServiceError(
            "ResourceConflictException",
            f"Unable to delete because the following aliases reference this version: [{', '.join(aliases)}]",
        )
    records.drop_version(tx, where, where.qualifier)
    for kind in (records.POLICY, records.EVENT_INVOKE_CONFIG):
        tx.delete(records.part_key(where, kind, where.qualifier))


def _versions_of(alias: Document) -> set[str]:
    weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    return {alias["FunctionVersion"], *weights}


def _delete_all(tx: Transaction, where: Reference) -> None:
    for version, _ in tx.list(records.part_key(where, records.VERSION)):
        records.drop_version(tx, where, version)
    for kind in records.PARTS:
        tx.delete_all(records.part_key(where, kind))
    tx.delete(records.function_key(where))
