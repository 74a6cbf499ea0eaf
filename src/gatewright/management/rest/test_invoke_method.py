"""TestInvokeMethod: one method of an API as it is now, run without a deployment.

https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeMethod.html
"""

from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from gatewright.aws.call import Call, Handler, Output
from gatewright.management.noun import require
from gatewright.management.patch import refused
from gatewright.management.rest.client_certificate import CLIENT_CERTIFICATE
from gatewright.management.rest.deployment import snapshot
from gatewright.management.rest.method import METHOD
from gatewright.values.records import Document, Store

# (snapshot, resource id, verb, input; account and region) -> TestInvokeMethodResponse. It may await only `Pending`s.
TestInvoke = Callable[[Document, str, str, Mapping[str, Any], str, str], Coroutine[Any, None, Output]]


async def test_invoke_method(store: Store, test_invoke: TestInvoke, call: Call) -> Output:
    """Run the method. Raises NotFoundException, and BadRequestException for one without an integration."""
    with store.read() as tx:
        method = require(tx, call, METHOD)
        taken = snapshot(tx, call)
        if call.input.get("clientCertificateId"):
            require(tx, call, CLIENT_CERTIFICATE)
    if not method.get("methodIntegration"):
        raise refused("No integration defined for method")
    here = call.input | {name: without_nulls(call.input.get(name)) for name in ("headers", "stageVariables")}
    return await test_invoke(taken, here["resourceId"], here["httpMethod"], here, call.account, call.region)


def without_nulls(values: Mapping[str, str | None] | None) -> dict[str, str]:
    """A map of an input without the entries that have no value."""
    return {name: value for name, value in (values or {}).items() if value is not None}


def handlers(store: Store, test_invoke: TestInvoke) -> dict[str, Handler]:
    """The operation that calls the data plane."""
    return {"TestInvokeMethod": partial(test_invoke_method, store, test_invoke)}
