"""`$context.domainName`: the name by which a client called the API."""

from typing import TYPE_CHECKING, NamedTuple

from gatewright.values.headers import HOST
from gatewright.values.request import Request

if TYPE_CHECKING:
    from gatewright.execute.plan import StagePlan

TEST_STAGE = "test-invoke-stage"  # the stage that a TestInvokeMethod call runs in
TEST_DOMAIN = "testPrefix.testDomainName"  # AWS shows these words to the function under test


class MappedDomain(NamedTuple):
    """A custom domain name by which a request came. `base_path` is the key of the mapping that matched, "" for the one
    of all other paths; `rule_id` is the routing rule's, "" when a mapping led to the API."""

    name: str
    base_path: str = ""
    rule_id: str = ""


def domain_name(plan: "StagePlan", request: Request) -> str:
    """The Host header without its port; for a request addressed by path, the name it could have used instead."""
    for line in request.headers:
        if line.kind & HOST and ".execute-api." in line.value.lower():
            return line.value.partition(":")[0]
    if not plan.deployment_id:
        return TEST_DOMAIN
    return f"{plan.api_id}.execute-api.{plan.region}.localhost"
