"""How long and how often Event invocations are tried.

https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
"""

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.functions import records
from gatewright.functions.function_name import LATEST, Reference, is_version, reference
from gatewright.functions.operations.configuration import refused
from gatewright.functions.operations.paging import page
from gatewright.functions.service import LambdaService
from gatewright.values.records import Document, Key, Transaction

_MEMBERS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds")


def _key(where: Reference) -> Key:
    return records.part_key(where, records.EVENT_INVOKE_CONFIG, where.qualifier or LATEST)


def _where(tx: Transaction, call: Call) -> Reference:
    where = reference(call)
    if is_version(where.qualifier):
        records.require_version(tx, where)
    else:
        records.require_alias(tx, where)
    return where.qualified(where.qualifier or LATEST)


def _require(tx: Transaction, where: Reference) -> Document:
    found = tx.get(_key(where))
    if found is None:
        raise ServiceError("ResourceNotFoundException", f"The function {where.arn} doesn't have an EventInvokeConfig")
    return found


def _settled(service: LambdaService, call: Call, where: Reference, config: Document) -> Document:
    destinations = call.input.get("DestinationConfig", {})
    if any(destination.get("Destination") for destination in destinations.values()):
        raise refused("DestinationConfig is not supported: results of Event invocations are not sent anywhere.")
    given = {member: call.input[member] for member in _MEMBERS if member in call.input}
    if not given and "DestinationConfig" not in call.input:
        raise refused("You must specify at least one of error handling or destination setting.")
    shown: Document = {"DestinationConfig": {"OnSuccess": {}, "OnFailure": {}}}
    return config | shown | given | {"FunctionArn": where.arn, "LastModified": round(service.now(), 3)}


def put_function_event_invoke_config(service: LambdaService, call: Call) -> Document:
    """PutFunctionEventInvokeConfig: what is not given is forgotten."""
    with service.store.transaction() as tx:
        where = _where(tx, call)
        config = _settled(service, call, where, {})
        tx.put(_key(where), config)
    return config


def update_function_event_invoke_config(service: LambdaService, call: Call) -> Document:
    """UpdateFunctionEventInvokeConfig: what is not given stays."""
    with service.store.transaction() as tx:
        where = _where(tx, call)
        config = _settled(service, call, where, _require(tx, where))
        tx.put(_key(where), config)
    return config


def get_function_event_invoke_config(service: LambdaService, call: Call) -> Document:
    """GetFunctionEventInvokeConfig."""
    with service.store.read() as tx:
        return _require(tx, _where(tx, call))


def list_function_event_invoke_configs(service: LambdaService, call: Call) -> Document:
    """ListFunctionEventInvokeConfigs."""
    with service.store.read() as tx:
        where = _where(tx, call)
        configs = [config for _, config in tx.list(_key(where))]
    return page(call, "FunctionEventInvokeConfigs", configs)


def delete_function_event_invoke_config(service: LambdaService, call: Call) -> None:
    """DeleteFunctionEventInvokeConfig."""
    with service.store.transaction() as tx:
        where = _where(tx, call)
        _require(tx, where)
        tx.delete(_key(where))
