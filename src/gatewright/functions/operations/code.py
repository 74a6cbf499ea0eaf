"""Changing a function's code.

https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
"""

from gatewright.aws.call import Call
from gatewright.functions import records
from gatewright.functions.function_name import reference
from gatewright.functions.operations.configuration import check, latest_only, renew, shown, with_layers
from gatewright.functions.operations.content import package_of
from gatewright.functions.operations.version import publish
from gatewright.functions.packages import Package
from gatewright.functions.service import LambdaService
from gatewright.values.records import Document


def with_code(version: Document, package: Package) -> None:
    """Put a package into a version."""
    version["package"], version["unpackedSize"] = package.sha256, package.unpacked_size
    version["configuration"] |= {"CodeSize": package.size, "CodeSha256": package.code_sha256}


async def update_function_code(service: LambdaService, call: Call) -> Document:
    """UpdateFunctionCode: running invocations finish on the old code."""
    where = latest_only(reference(call))
    check(call.input)
    with service.store.read() as tx:
        records.require_function(tx, where)
    package = await package_of(service, call, call.input)
    with service.store.transaction() as tx:
        version = records.require_version(tx, where)
        records.check_revision(
            call.input.get("RevisionId"), version["configuration"]["RevisionId"], "GetFunction/GetAlias"
        )
        with_code(version, package)
        if "Architectures" in call.input:
            version["configuration"]["Architectures"] = call.input["Architectures"]
        with_layers(tx, call, version)
        renew(service, version)
        if call.input.get("DryRun"):
            return shown(version["configuration"], where)
        records.put_version(tx, where, version)
        return publish(tx, where) if call.input.get("Publish") else shown(version["configuration"], where)
