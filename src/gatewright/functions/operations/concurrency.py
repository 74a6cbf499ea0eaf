"""Reserved concurrency: what a function may use of the account, and at most.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""

from gatewright.aws.call import Call
from gatewright.functions import records
from gatewright.functions.function_name import reference
from gatewright.functions.operations.configuration import latest_only, refused
from gatewright.functions.service import LambdaService
from gatewright.values.records import Document, Key, Transaction

ACCOUNT_LIMIT = 1000
_LEAST_UNRESERVED = 100


def reserved_in_account(tx: Transaction, account: str, region: str, *, but: str = "") -> int:
    """What all functions of an account have reserved in a region, without the function `but`."""
    functions = tx.list(Key(account, region, records.FUNCTION, "", ""))
    return sum(function["reserved"] or 0 for name, function in functions if name != but)


def put_function_concurrency(service: LambdaService, call: Call) -> Document:
    """PutFunctionConcurrency; 0 stops the function."""
    where = latest_only(reference(call))
    wanted = call.input["ReservedConcurrentExecutions"]
    if wanted < 0:
        raise refused("ReservedConcurrentExecutions must not be negative.")
    with service.store.transaction() as tx:
        function = records.require_function(tx, where)
        others = reserved_in_account(tx, where.account, where.region, but=where.name)
        if wanted and ACCOUNT_LIMIT - others - wanted < _LEAST_UNRESERVED:
            raise refused(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
                f"below its minimum value of [{_LEAST_UNRESERVED}]."
            )
        tx.put(records.function_key(where), function | {"reserved": wanted})
    return {"ReservedConcurrentExecutions": wanted}


def get_function_concurrency(service: LambdaService, call: Call) -> Document:
    """GetFunctionConcurrency; empty when nothing is reserved."""
    where = latest_only(reference(call))
    with service.store.read() as tx:
        return {"ReservedConcurrentExecutions": records.require_function(tx, where)["reserved"]}


def delete_function_concurrency(service: LambdaService, call: Call) -> None:
    """DeleteFunctionConcurrency."""
    where = latest_only(reference(call))
    with service.store.transaction() as tx:
        tx.put(records.function_key(where), records.require_function(tx, where) | {"reserved": None})
