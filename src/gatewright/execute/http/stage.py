"""From a deployment's snapshot and a stage of an HTTP API to the plan that serves them: a pure function.

What cannot be compiled, or is not served, becomes part of the plan: the requests it concerns get 500 with the reason as
cause, the others are served.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain

from gatewright.execute import unserved_routes
from gatewright.execute.access_log import compile_log_line
from gatewright.execute.access_log_variables import HTTP
from gatewright.execute.authorizers.route_authorization import RouteAuthorizations
from gatewright.execute.counters import Counters
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE
from gatewright.execute.http.cors import compile_cors
from gatewright.execute.http.error import NOT_FOUND, render
from gatewright.execute.http.integration import compile_route_integration
from gatewright.execute.http.plan import HttpApiPlan, NoRoutes, Routes
from gatewright.execute.http.routes import RouteTable
from gatewright.execute.misconfigured import Misconfigured
from gatewright.execute.network import NETWORK, Network
from gatewright.execute.plan import Document, RoutePlan, Source
from gatewright.execute.route_gate import RouteGate
from gatewright.execute.route_source import route_source
from gatewright.execute.unserved import closed

_log = logging.getLogger(__name__)


def compile_http_stage(
    snapshot: Document, stage: Document, *, account: str, region: str, network: Network = NETWORK
) -> HttpApiPlan:
    """`snapshot` as management stores it for a deployment, `stage` as GetStage gives it. Its counters are new ones."""
    api = snapshot["api"]
    source = _source(api, stage, account, region, network)
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
        counters=Counters(),
        refused=render,
        routes=_routes(snapshot, stage, source, doubt),
        cors=compile_cors(cors) if cors and doubt is None else None,
    )


def not_found() -> HttpApiPlan:
    """What answers for a stage that an HTTP API does not have."""
    return HttpApiPlan(
        api_id="",
        api_name="",
        stage="",
        account="",
        region="",
        deployment_id="",
        variables={},
        log_line=None,
        counters=Counters(),
        refused=render,
        routes=NoRoutes(NOT_FOUND),
    )


def _source(api: Document, stage: Document, account: str, region: str, network: Network) -> Source:
    """What all routes of the stage share."""
    return Source(
        method={},
        integration={},
        variables=dict(stage.get("stageVariables") or {}),
        account=account,
        region=region,
        api_id=api["apiId"],
        stage=stage["stageName"],
        verb="",
        resource_path="",
        network=network,
        protocol="HTTP",
    )


def _routes(snapshot: Document, stage: Document, source: Source, doubt: str | None) -> Routes:
    if doubt is not None:
        return NoRoutes(API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE + doubt)
    authorizations = RouteAuthorizations(snapshot, source)
    integrations = {f"integrations/{each['integrationId']}": each for each in snapshot["integrations"]}
    gate = RouteGate(stage, source)
    return RouteTable(_route(route, integrations, source, authorizations, gate) for route in snapshot["routes"])


def _route(
    route: Document,
    integrations: Mapping[str, Document],
    shared: Source,
    authorizations: RouteAuthorizations,
    gate: RouteGate,
) -> RoutePlan:
    """One route; a `Misconfigured` one if something is wrong with it, which nobody is let through to."""
    integration = integrations.get(route.get("target") or "") or {}
    source = route_source(shared, route, integration)
    plan = RoutePlan(route["routeKey"], source.verb, source.resource_path, _NOTHING, resource_id=route["routeId"])
    try:
        doubt = closed(chain(unserved_routes.of_route(route), unserved_routes.of_integration(integration)))
        if doubt is not None or not integration:
            raise ValueError(doubt or "No integration defined for route")
        served = replace(plan, integration=compile_route_integration(source), authorize=authorizations.of(source))
    except ValueError as error:
        doubt = str(error)
    except Exception:
        _log.exception("route %s of API %s cannot be compiled", plan.key, source.api_id)
        doubt = "the route cannot be compiled"
    else:
        return gate.before(served)
    return replace(plan, integration=Misconfigured(CONFIGURATION_FAILURE + doubt))


_NOTHING = Misconfigured("No integration defined for route")
