"""The account's limits and what it uses of them.

https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html
"""

from gatewright.aws.call import Call
from gatewright.functions import records
from gatewright.functions.function_name import Reference
from gatewright.functions.operations.concurrency import ACCOUNT_LIMIT, reserved_in_account
from gatewright.functions.package import UNZIPPED_LIMIT
from gatewright.functions.service import LambdaService
from gatewright.values.records import Document, Key

_STORAGE_LIMIT = 80_530_636_800
_ZIPPED_LIMIT = 52_428_800


def get_account_settings(service: LambdaService, call: Call) -> Document:
    """GetAccountSettings."""
    with service.store.read() as tx:
        names = [name for name, _ in tx.list(Key(call.account, call.region, records.FUNCTION, "", ""))]
        used = sum(
            version["configuration"]["CodeSize"]
            for name in names
            for _, version in tx.list(records.part_key(Reference(call.account, call.region, name, ""), records.VERSION))
        )
        reserved = reserved_in_account(tx, call.account, call.region)
    return {
        "AccountLimit": {
            "TotalCodeSize": _STORAGE_LIMIT,
            "CodeSizeUnzipped": UNZIPPED_LIMIT,
            "CodeSizeZipped": _ZIPPED_LIMIT,
            "ConcurrentExecutions": ACCOUNT_LIMIT,
            "UnreservedConcurrentExecutions": ACCOUNT_LIMIT - reserved,
        },
        "AccountUsage": {"TotalCodeSize": used, "FunctionCount": len(names)},
    }
