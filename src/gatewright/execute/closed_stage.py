"""What a compiled stage lets nobody reach, and why: for the doctor, who tells it before a client asks."""

from collections.abc import Iterator

from gatewright.execute.gateway_response import CONFIGURATION_FAILURE
from gatewright.execute.misconfigured import Misconfigured
from gatewright.execute.plan import RestPlan
from gatewright.execute.resource import NoResources, ResourceTree
from gatewright.execute.web_acl import WebAclFilter


def closed_methods(plan: RestPlan) -> Iterator[tuple[str, str]]:
    """What is closed, such as `Method GET /pets` or the whole `Stage`, with the reason; its canary's, too."""
    resources = plan.resources
    if isinstance(resources, NoResources) and resources.cause:
        yield "Stage", resources.cause.removeprefix(CONFIGURATION_FAILURE)
    for method in resources.methods() if isinstance(resources, ResourceTree) else ():
        if isinstance(method.integration, Misconfigured):
            cause = method.integration.cause.removeprefix(CONFIGURATION_FAILURE)
            yield f"Method {method.verb} {method.resource_path}", cause
    if plan.canary is not None:
        yield from closed_methods(plan.canary.plan)


def web_acl_of(plan: RestPlan) -> str:
    """The ARN of the stage's web ACL, "" when it has none."""
    return plan.filter.arn if isinstance(plan.filter, WebAclFilter) else ""
