"""What a compiled stage lets nobody reach, and why: for the doctor, who tells it before a client asks."""

from collections.abc import Iterable, Iterator
from typing import Any

from gatewright.execute.gateway_response import CONFIGURATION_FAILURE
from gatewright.execute.http.plan import HttpApiPlan
from gatewright.execute.http.routes import RouteTable
from gatewright.execute.misconfigured import Misconfigured
from gatewright.execute.path_tree import NoPaths, Paths
from gatewright.execute.plan import Integration, RestPlan, RoutePlan, StagePlan
from gatewright.execute.resource import ResourceTree
from gatewright.execute.web_acl import WebAclFilter
from gatewright.execute.websocket.plan import WebSocketPlan


def closed(plan: StagePlan | None) -> Iterator[tuple[str, str]]:
    """What is closed, such as `Method GET /pets` or the whole `Stage`, with the reason; its canary's, too."""
    if isinstance(plan, RestPlan):
        yield from _of_methods(plan)
    elif isinstance(plan, HttpApiPlan):
        yield from _whole(plan.routes)
        yield from _of_routes(plan.routes if isinstance(plan.routes, RouteTable) else ())
    elif isinstance(plan, WebSocketPlan):
        yield from _of_routes(plan.routes.values())


def _of_methods(plan: RestPlan) -> Iterator[tuple[str, str]]:
    resources = plan.resources
    yield from _whole(resources)
    for method in resources.methods() if isinstance(resources, ResourceTree) else ():
        yield from _misconfigured(f"Method {method.verb} {method.resource_path}", method.integration)
    if plan.canary is not None:
        yield from _of_methods(plan.canary.plan)


def _whole(paths: Paths[Any]) -> Iterator[tuple[str, str]]:
    if isinstance(paths, NoPaths) and paths.cause:
        yield "Stage", _reason(paths.cause)


def _of_routes(routes: Iterable[RoutePlan]) -> Iterator[tuple[str, str]]:
    for route in routes:
        yield from _misconfigured(f"Route {route.key}", route.integration)


def _misconfigured(of: str, integration: Integration) -> Iterator[tuple[str, str]]:
    if isinstance(integration, Misconfigured):
        yield of, _reason(integration.cause)


def _reason(cause: str) -> str:
    return cause.removeprefix(CONFIGURATION_FAILURE)


def web_acl_of(plan: StagePlan | None) -> str:
    """The ARN of the stage's web ACL, "" when it has none: only REST APIs have one."""
    return plan.filter.arn if isinstance(plan, RestPlan) and isinstance(plan.filter, WebAclFilter) else ""
