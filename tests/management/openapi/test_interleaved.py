"""An import takes turns with others: whatever they do in the middle of it, it is as if one had come after the other."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.values.long_work import AtOnce
from tests.management.gateway import Endpoint, Gateway, replace
from tests.management.openapi.test_import_rest_api import SHOP
from tests.management.openapi.test_put_rest_api import SMALL
from tests.management.openapi.whole import as_bytes, document, listed, whole

TURNS = 12  # more than the import takes
TOKEN = SHOP["authorizers"]["byToken"]
Act = Callable[[Gateway], Any]


def inside(operation: str, **given: Any) -> Act:
    return lambda gateway: gateway.call(operation, restApiId="pets", **given)


def at(path: str, operation: str, **given: Any) -> Act:
    """The operation on the resource that is there at that moment."""

    def act(gateway: Gateway) -> Any:
        ids = {resource["path"]: resource["id"] for resource in listed(gateway, "get_resources", "pets")}
        member = "parentId" if operation == "create_resource" else "resourceId"
        return gateway.call(operation, restApiId="pets", **{member: ids.get(path, "none")}, **given)

    return act


OTHERS: dict[str, Act] = {
    "the API goes": inside("delete_rest_api"),
    "another name": inside("update_rest_api", patchOperations=replace("/name", "theirs")),
    "a method": at("/orders", "put_method", httpMethod="POST", authorizationType="NONE"),
    "the same method": at("/orders", "put_method", httpMethod="GET", authorizationType="AWS_IAM"),
    "a method less": at("/orders", "delete_method", httpMethod="GET"),
    "a resource": at("/", "create_resource", pathPart="theirs"),
    "the same resource": at("/", "create_resource", pathPart="carts"),
    "a resource less": at("/orders", "delete_resource"),
    "a model": inside("create_model", name="Cart", contentType="application/json", schema='{"type": "string"}'),
    "a response": inside("put_gateway_response", responseType="THROTTLED", statusCode="421"),
    "an authorizer": inside("create_authorizer", name="byToken", type="REQUEST", authorizerUri=TOKEN["authorizerUri"]),
    "a deployment": inside("create_deployment", stageName="prod"),
    "an import": inside("put_rest_api", mode="overwrite", body=as_bytes(SMALL | {"info": {"title": "theirs"}})),
}


class InTheMiddle(AtOnce):
    """Somebody else has the turn of that number."""

    def __init__(self, number: int, act: Callable[[], None]) -> None:
        self.left = number
        self._act = act

    async def turn(self) -> None:
        self.left -= 1
        if self.left == 0:
            self._act()


def outcome(act: Act, gateway: Gateway) -> str:
    try:
        act(gateway)
    except ClientError as error:
        return str(error)
    return "done"


def state(gateway: Gateway) -> Any:
    try:
        ids = [deployment["id"] for deployment in listed(gateway, "get_deployments", "pets")]
        summed = {"restApiId": "pets", "embed": ["apisummary"]}
        deployed = [gateway.call("get_deployment", deploymentId=id, **summed)["apiSummary"] for id in ids]
        return whole(gateway, "pets"), deployed
    except ClientError as error:
        return str(error)


def in_order(endpoint: Endpoint, start: str, *acts: Act) -> tuple[dict[Act, str], Any]:
    gateway = Gateway(endpoint)
    begin(gateway, start)
    ended = {act: outcome(act, gateway) for act in acts}
    found = ended, state(gateway)
    gateway.store.close()
    return found


def begin(gateway: Gateway, start: str) -> None:
    gateway.call("create_rest_api", name="pets", tags={"_custom_id_": "pets"})
    if start:
        gateway.call("put_rest_api", restApiId="pets", mode="overwrite", body=document("shop.oas30.yaml"))


@settings(max_examples=25, deadline=None)
@given(
    other=st.sampled_from(sorted(OTHERS)),
    mode=st.sampled_from(["merge", "overwrite"]),
    start=st.sampled_from(["", "full"]),
    turn=st.integers(1, TURNS),
)
def test_one_after_the_other(endpoint: Endpoint, other: str, mode: str, start: str, turn: int) -> None:
    ours, theirs = inside("put_rest_api", mode=mode, body=as_bytes(SMALL)), OTHERS[other]
    ended: dict[Act, str] = {}

    def act() -> None:
        ended[theirs] = outcome(theirs, gateway)

    work = InTheMiddle(0, act)
    gateway = Gateway(endpoint, work=work)
    begin(gateway, start)
    work.left = turn
    ended[ours] = outcome(ours, gateway)
    if theirs not in ended:
        act()
    found = ended, state(gateway)
    gateway.store.close()
    assert found in (in_order(endpoint, start, ours, theirs), in_order(endpoint, start, theirs, ours))
