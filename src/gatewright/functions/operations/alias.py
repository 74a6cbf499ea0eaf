"""Aliases: names for versions, the way to roll forward and back, with weights between two versions.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html
"""

from collections.abc import Mapping
from typing import Any

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.functions import records
from gatewright.functions.function_name import LATEST, Reference, reference
from gatewright.functions.operations.configuration import refused
from gatewright.functions.operations.paging import page
from gatewright.functions.service import LambdaService
from gatewright.values.records import Document, Transaction
from gatewright.values.uuids import new_uuid


def _alias(call: Call) -> Reference:
    return reference(call).qualified(call.input["Name"])


def _settle(tx: Transaction, where: Reference, alias: Document, input: Mapping[str, Any]) -> Document:
    """Lay the given members over an alias and hold it against AWS's rules."""
    for member in ("FunctionVersion", "Description"):
        if member in input:
            alias[member] = input[member]
    if "RoutingConfig" in input:
        alias.pop("RoutingConfig", None)
        weights = input["RoutingConfig"].get("AdditionalVersionWeights")
        if weights:
            alias["RoutingConfig"] = {"AdditionalVersionWeights": weights}
    _check_version(tx, where, alias["FunctionVersion"])
    _check_weights(tx, where, alias)
    alias["RevisionId"] = new_uuid()
    tx.put(records.part_key(where, records.ALIAS, where.qualifier), alias)
    return alias


def _check_version(tx: Transaction, where: Reference, version: str) -> None:
    if version.endswith(".PUBLISHED"):
        raise refused(f"Function version {version} is not supported: there are no managed instances.")
    records.require_version(tx, where.qualified(version))


def _check_weights(tx: Transaction, where: Reference, alias: Document) -> None:
    weights: Mapping[str, float] = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    if not weights:
        return
    if len(weights) > 1:
        raise refused(
            f"Number of items in AdditionalVersionWeights cannot be greater than 1. Number of items: {len(weights)}"
        )
    (version, weight), primary = next(iter(weights.items())), alias["FunctionVersion"]
    if not 0 <= weight <= 1:
        raise refused(f"AdditionalVersionWeights must be between 0.0 and 1.0, not {weight}")
    if primary == LATEST:
        raise refused("$LATEST is not supported for an alias pointing to more than 1 version")
    if version == primary:
        raise refused(
            f"Invalid function version {version}. Function version {version} is already included in routing "
            "configuration."
        )
    _check_version(tx, where, version)


def create_alias(service: LambdaService, call: Call) -> Document:
    """CreateAlias."""
    where = _alias(call)
    with service.store.transaction() as tx:
        records.require_function(tx, where.unqualified)
        if tx.get(records.part_key(where, records.ALIAS, where.qualifier)) is not None:
            raise ServiceError("ResourceConflictException", f"Alias already exists: {where.arn}")
        alias = {"AliasArn": where.arn, "Name": where.qualifier, "Description": ""}
        return _settle(tx, where, alias, call.input)


def get_alias(service: LambdaService, call: Call) -> Document:
    """GetAlias."""
    with service.store.read() as tx:
        return records.require_alias(tx, _alias(call))


def update_alias(service: LambdaService, call: Call) -> Document:
    """UpdateAlias: callers of the alias reach the new version with their next invocation."""
    where = _alias(call)
    with service.store.transaction() as tx:
        alias = records.require_alias(tx, where)
        records.check_revision(call.input.get("RevisionId"), alias["RevisionId"], "GetAlias")
        return _settle(tx, where, alias, call.input)


def delete_alias(service: LambdaService, call: Call) -> None:
    """DeleteAlias, with its policy; no error when there is none."""
    where = _alias(call)
    with service.store.transaction() as tx:
        records.require_function(tx, where.unqualified)
        for kind in (records.ALIAS, records.POLICY, records.EVENT_INVOKE_CONFIG):
            tx.delete(records.part_key(where, kind, where.qualifier))


def list_aliases(service: LambdaService, call: Call) -> Document:
    """ListAliases, by name; with FunctionVersion only those that point at it."""
    where = reference(call).unqualified
    version = call.input.get("FunctionVersion")
    with service.store.read() as tx:
        records.require_function(tx, where)
        aliases = [alias for _, alias in tx.list(records.part_key(where, records.ALIAS))]
    return page(call, "Aliases", [alias for alias in aliases if version in (None, alias["FunctionVersion"])])
