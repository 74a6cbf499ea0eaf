"""Permissions: the statements of a function's resource-based policy, one by one.

https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
"""

import msgspec

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.functions import records
from gatewright.functions.function_name import LATEST, Reference, is_version, reference
from gatewright.functions.operations.configuration import refused
from gatewright.functions.policy import statement
from gatewright.functions.service import LambdaService
from gatewright.values.records import Document, Key, Transaction
from gatewright.values.uuids import new_uuid

_LIMIT = 20_480  # bytes of the whole policy


def add_permission(service: LambdaService, call: Call) -> Document:
    """AddPermission, on the function or on one version or alias of it."""
    where = reference(call)
    if where.qualifier == LATEST:
        raise refused("We currently do not support adding policies for $LATEST.")
    made = statement(call.input, where.arn)
    with service.store.transaction() as tx:
        _check_and_renew(tx, where, call)
        statements = _statements(tx, where)
        if any(other["Sid"] == made["Sid"] for other in statements):
            raise ServiceError(
                "ResourceConflictException",
                f"The statement id ({made['Sid']}) provided already exists. Please provide a new statement id, or "
                "remove the existing statement.",
            )
        statements.append(made)
        size = len(_policy(statements))
        if size > _LIMIT:
            raise ServiceError(
                "PolicyLengthExceededException", f"The final policy size ({size}) is bigger than the limit ({_LIMIT})."
            )
        tx.put(_key(where), {"statements": statements})
    return {"Statement": msgspec.json.encode(made).decode()}


def remove_permission(service: LambdaService, call: Call) -> None:
    """RemovePermission."""
    where = reference(call)
    with service.store.transaction() as tx:
        _check_and_renew(tx, where, call)
        statements = _statements(tx, where)
        if not statements:
            raise ServiceError("ResourceNotFoundException", "No policy is associated with the given resource.")
        kept = [other for other in statements if other["Sid"] != call.input["StatementId"]]
        if len(kept) == len(statements):
            raise ServiceError(
                "ResourceNotFoundException", f"Statement {call.input['StatementId']} is not found in resource policy."
            )
        if kept:
            tx.put(_key(where), {"statements": kept})
        else:
            tx.delete(_key(where))


def get_policy(service: LambdaService, call: Call) -> Document:
    """GetPolicy: the policy as JSON text."""
    where = reference(call)
    with service.store.read() as tx:
        _, holder = _holder(tx, where)
        statements = _statements(tx, where)
    if not statements:
        raise ServiceError("ResourceNotFoundException", "The resource you requested does not exist.")
    return {"Policy": _policy(statements).decode(), "RevisionId": holder.get("configuration", holder)["RevisionId"]}


def _policy(statements: list[Document]) -> bytes:
    return msgspec.json.encode({"Version": "2012-10-17", "Id": "default", "Statement": statements})


def _key(where: Reference) -> Key:
    return records.part_key(where, records.POLICY, where.qualifier or LATEST)


def _statements(tx: Transaction, where: Reference) -> list[Document]:
    found: list[Document] = (tx.get(_key(where)) or {"statements": []})["statements"]
    return found


def _holder(tx: Transaction, where: Reference) -> tuple[Key, Document]:
    """The version or alias that the policy belongs to: its RevisionId is the policy's too."""
    if is_version(where.qualifier):
        return records.part_key(where, records.VERSION, where.qualifier or LATEST), records.require_version(tx, where)
    return records.part_key(where, records.ALIAS, where.qualifier), records.require_alias(tx, where)


def _check_and_renew(tx: Transaction, where: Reference, call: Call) -> None:
    key, holder = _holder(tx, where)
    revised = holder.get("configuration", holder)
    records.check_revision(call.input.get("RevisionId"), revised["RevisionId"], "GetPolicy")
    revised["RevisionId"] = new_uuid()
    tx.put(key, holder)
