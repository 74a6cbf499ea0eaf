"""Whatever the model allows is answered: an output of its, or one of its errors, which then has changed nothing."""

from collections.abc import Iterator
from typing import Any

import pytest

from gatewright.aws.model import Operation
from gatewright.management.dispatch import Management
from gatewright.values.headers import header_line, pairs
from gatewright.values.pending import Drive
from gatewright.values.records import Change
from gatewright.values.request import Request
from tests.conformance.inputs import case, odd_inputs
from tests.conformance.sdk import SERVICES
from tests.conformance.story import OPERATIONS
from tests.management.rest.gateway import NOW, Endpoint, Gateway
from tests.management.rest.test_any_patch import beside_it, inside_an_api

READS = ("Get", "TestInvoke")
EXCEPTIONS = {"ValidationException"} | {
    name for name, shape in SERVICES["apigateway"].shapes.items() if shape.exception
}


async def nothing(*arguments: Any) -> dict[str, Any]:
    return {}


class Account:
    """An account that has one of everything: its management, and the members that lead to what it has."""

    def __init__(self) -> None:
        gateway = Gateway(Endpoint(), nothing, nothing)
        made = gateway.call("create_rest_api", name="pets", tags={"_custom_id_": "pets"})
        method = {"restApiId": "pets", "resourceId": made["rootResourceId"], "httpMethod": "GET"}
        gateway.call("put_method", **method, authorizationType="NONE")
        gateway.call("put_integration", **method, type="MOCK")
        for kind in ("method", "integration"):
            gateway.call(f"put_{kind}_response", **method, statusCode="200")
        deployment = gateway.call("create_deployment", restApiId="pets", stageName="prod")["id"]
        self.ids = method | {"stageName": "prod", "deploymentId": deployment, "statusCode": "200"}
        self.ids |= {"parentId": made["rootResourceId"]} | inside_an_api(gateway) | beside_it(gateway)
        self.management = Management({"apigateway": gateway.handlers})
        self.store = gateway.store
        self.changes: list[Change] = []
        self.store.subscribe(self.changes.extend)


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    """Shared by all operations, deletion last."""
    made = Account()
    yield made
    made.store.close()


def error_of(management: Management, operation: Operation, values: dict[str, Any]) -> str:
    """The error's name, if it ends with one."""
    sent = case(operation, values, "invalid", "")
    path, _, query = sent.path.partition("?")
    headers = [header_line(name, value) for name, value in sent.headers.items()]
    request = Request(sent.method, sent.path, path, query, headers, sent.body, "127.0.0.1", "http", float(NOW))
    ended: list[Any] = []
    Drive(management.handle(request), lambda response, error: ended.append((response, error))).step()
    ((response, error),) = ended
    assert error is None
    told = {name.lower(): value for name, value in pairs(response.headers)}
    return told.get("x-amzn-errortype", "")


@pytest.mark.parametrize("verb", ["Create", "Put", "Get", "Update", "Other", "Delete"])
def test_every_valid_input_is_answered(account: Account, verb: str) -> None:
    known = ("Create", "Put", "Get", "Update", "Delete")
    for name, operation in OPERATIONS.items():
        if name.startswith(verb) or (verb == "Other" and not name.startswith(known)):
            for values in odd_inputs(operation, account.ids):
                account.changes.clear()
                error = error_of(account.management, operation, values)
                assert not error or error in EXCEPTIONS, (name, values)
                assert not account.changes or not (error or name.startswith(READS)), (name, values)
