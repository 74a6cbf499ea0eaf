"""From a deployment's snapshot and a stage of an HTTP API to the plan that serves them: a pure function.

What cannot be compiled, or is not served, becomes part of the plan: the requests it concerns get 500 with the reason as
cause, the others are served.
"""

from dataclasses import replace
from itertools import chain

from gatewright.execute import unserved_routes
from gatewright.execute.access_log import compile_log_line
from gatewright.execute.access_log_variables import HTTP
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE
from gatewright.execute.http.cors import compile_cors
from gatewright.execute.http.counters import HttpApiCounters
from gatewright.execute.http.error import NOT_FOUND, render
from gatewright.execute.http.integration import compile_route_integration
from gatewright.execute.http.plan import HttpApiPlan
from gatewright.execute.http.routes import RouteTable
from gatewright.execute.network import NETWORK, Network
from gatewright.execute.path_tree import NoPaths, Paths
from gatewright.execute.plan import Document, RoutePlan, Source
from gatewright.execute.route import ApiRoutes, source_of
from gatewright.execute.unserved import closed


def compile_http_stage(
    snapshot: Document, stage: Document, *, account: str, region: str, network: Network = NETWORK
) -> HttpApiPlan:
    """`snapshot` as management stores it for a deployment, `stage` as GetStage gives it. Its counters are new ones."""
    api = snapshot["api"]
    source = source_of(api, stage, account, region, network)
    log_line, log_doubt = compile_log_line(stage, HTTP)
    doubt = log_doubt or closed(chain(unserved_routes.of_api(api), unserved_routes.of_stage(stage)))
    cors = api.get("corsConfiguration")
    return HttpApiPlan(
        api_id=source.api_id,
        api_name=api.get("name") or "",
        stage=source.stage,
        account=account,
        region=region,
        deployment_id=stage.get("deploymentId") or "",
        variables=source.variables,
        log_line=log_line,
        counters=HttpApiCounters(),
        refused=render,
        routes=_routes(snapshot, stage, source, doubt),
        cors=compile_cors(cors) if cors and doubt is None else None,
    )


def not_found() -> HttpApiPlan:
    """What answers for a stage that an HTTP API does not have."""
    return HttpApiPlan(counters=HttpApiCounters(), refused=render, routes=NoPaths(NOT_FOUND))


def _routes(snapshot: Document, stage: Document, source: Source, doubt: str | None) -> Paths[RoutePlan]:
    if doubt is not None:
        return NoPaths(API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE + doubt)
    return RouteTable(ApiRoutes(snapshot, stage, source).compiled(RoutePlan, _with_integration))


def _with_integration(plan: RoutePlan, source: Source) -> RoutePlan:
    if source.method.get("apiKeyRequired"):
        raise ValueError("an HTTP API has no API keys, so no request has the one that its route asks for")
    return replace(plan, integration=compile_route_integration(source))
