"""What the Lambda service keeps in the store, and how its records are found.

| kind | parent | id | document |
|---|---|---|---|
| Function | "" | name | {nextVersion, tags, reserved (concurrency or null)} |
| FunctionVersion | function | "$LATEST", "1" ... | {configuration, package, unpackedSize, layers, generation} |
| Alias | function | name | AliasConfiguration |
| FunctionPolicy | function | "$LATEST" (the function itself), version or alias | {statements} |
| FunctionEventInvokeConfig | function | as FunctionPolicy | FunctionEventInvokeConfig |
| Layer | "" | name | {nextVersion} |
| LayerVersion | layer | number, ten digits | {version, package, codeSize, codeSha256, unpackedSize} |
| Package (no account, no region) | "" | SHA-256 | {users: ARNs of function and layer versions} |

`configuration` is AWS's FunctionConfiguration, `version` its LayerVersionsListItem; `layers` of a function are
{arn, codeSize, package, unpackedSize}.
`package` is the SHA-256 of a zip (see packages.py). `generation` changes with code and configuration only; RevisionId
also with permissions.
"""

from collections.abc import Collection
from typing import Any

from gatewright.aws.errors import ServiceError
from gatewright.functions.function_name import LATEST, Reference, is_version
from gatewright.values.records import Document, Key, Transaction

FUNCTION = "Function"
VERSION = "FunctionVersion"
ALIAS = "Alias"
POLICY = "FunctionPolicy"
EVENT_INVOKE_CONFIG = "FunctionEventInvokeConfig"
LAYER = "Layer"
LAYER_VERSION = "LayerVersion"
_PACKAGE = Key("", "", "Package", "", "")

PARTS = (VERSION, ALIAS, POLICY, EVENT_INVOKE_CONFIG)  # of a function, and gone with it


def function_key(reference: Reference) -> Key:
    """The function's own record."""
    return Key(reference.account, reference.region, FUNCTION, "", reference.name)


def part_key(reference: Reference, kind: str, id: str = "") -> Key:
    """A record of one of the kinds inside a function."""
    return Key(reference.account, reference.region, kind, reference.name, id)


def function_not_found(reference: Reference) -> ServiceError:
    """AWS's answer for a function or version that is not there."""
    return ServiceError("ResourceNotFoundException", f"Function not found: {reference.arn}")


def alias_not_found(reference: Reference) -> ServiceError:
    """AWS's answer for an alias that is not there."""
    return ServiceError("ResourceNotFoundException", f"Cannot find alias arn: {reference.arn}")


def require_function(tx: Transaction, reference: Reference) -> Document:
    """The function's own record. Raises ResourceNotFoundException."""
    found = tx.get(function_key(reference))
    if found is None:
        raise function_not_found(reference)
    return found


def require_version(tx: Transaction, reference: Reference) -> Document:
    """The version that the qualifier means, through an alias if it is one. Raises ResourceNotFoundException."""
    version = reference.qualifier or LATEST
    if not is_version(version):
        version = require_alias(tx, reference)["FunctionVersion"]
    found = tx.get(part_key(reference, VERSION, version))
    if found is None:
        raise function_not_found(reference)
    return found


def require_alias(tx: Transaction, reference: Reference) -> Document:
    """The alias that the qualifier names. Raises ResourceNotFoundException."""
    require_function(tx, reference.unqualified)
    found = tx.get(part_key(reference, ALIAS, reference.qualifier))
    if found is None:
        raise alias_not_found(reference)
    return found


def put_version(tx: Transaction, reference: Reference, document: Document) -> None:
    """Write a version; its packages are held as long as it names them."""
    key = part_key(reference, VERSION, document["configuration"]["Version"])
    drop_version(tx, reference, key.id)
    arn = reference.qualified(key.id).arn
    for sha256 in _packages(document):
        hold_package(tx, sha256, arn)
    tx.put(key, document)


def drop_version(tx: Transaction, reference: Reference, version: str) -> None:
    """Remove a version, if it is there, and let go of its packages."""
    key = part_key(reference, VERSION, version)
    old = tx.get(key)
    if old is not None:
        for sha256 in _packages(old):
            release_package(tx, sha256, reference.qualified(version).arn)
        tx.delete(key)


def _packages(version: Document) -> set[str]:
    return {version["package"], *(layer["package"] for layer in version["layers"])}


def hold_package(tx: Transaction, sha256: str, arn: str) -> None:
    """Note that the record of `arn` needs a package."""
    key = _PACKAGE._replace(id=sha256)
    users = (tx.get(key) or {"users": []})["users"]
    tx.put(key, {"users": [*(user for user in users if user != arn), arn]})


def release_package(tx: Transaction, sha256: str, arn: str) -> None:
    """Note that it no longer does."""
    key = _PACKAGE._replace(id=sha256)
    users = [user for user in (tx.get(key) or {"users": []})["users"] if user != arn]
    if users:
        tx.put(key, {"users": users})
    else:
        tx.delete(key)


def held_packages(tx: Transaction) -> Collection[str]:
    """The packages that records need."""
    return {sha256 for sha256, _ in tx.list(_PACKAGE)}


def check_revision(given: str | None, current: Any, operation: str) -> None:
    """Raise when a caller's RevisionId is not the latest."""
    if given is not None and given != current:
        raise ServiceError(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. "
            f"Call the {operation} API to retrieve the latest Revision Id",
        )
