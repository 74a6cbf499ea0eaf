"""`$context.domainName`: the name by which a client called the API."""

from typing import TYPE_CHECKING

from gatewright.values.headers import HOST
from gatewright.values.request import Request

if TYPE_CHECKING:
    from gatewright.execute.plan import StagePlan

TEST_STAGE = "test-invoke-stage"  # the stage that a TestInvokeMethod call runs in
TEST_DOMAIN = "testPrefix.testDomainName"  # AWS shows these words to the function under test


def domain_name(plan: "StagePlan", request: Request) -> str:
    """The Host header without its port; for a request addressed by path, the name it could have used instead."""
    for line in request.headers:
        if line.kind & HOST and ".execute-api." in line.value.lower():
            return line.value.partition(":")[0]
    if not plan.deployment_id:
        return TEST_DOMAIN
    return f"{plan.api_id}.execute-api.{plan.region}.localhost"
