"""A route of an HTTP or WebSocket API, compiled: what calls its integration, and what stands before it.

What is wrong with one route is that route's alone: it becomes a `Misconfigured` that nobody is let through to, and the
others are served.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import TypeVar

from gatewright.execute import unserved_routes
from gatewright.execute.authorizers.route_authorization import RouteAuthorizations
from gatewright.execute.gateway_response import CONFIGURATION_FAILURE
from gatewright.execute.misconfigured import Misconfigured
from gatewright.execute.network import Network
from gatewright.execute.plan import Document, RoutePlan, Source
from gatewright.execute.route_gate import RouteGate
from gatewright.execute.route_source import route_source
from gatewright.execute.unserved import closed

R = TypeVar("R", bound=RoutePlan)
_log = logging.getLogger(__name__)


class ApiRoutes:
    """Compiles the routes of one stage."""

    def __init__(self, snapshot: Document, stage: Document, source: Source) -> None:
        """`source` is what all routes share."""
        self._routes = snapshot["routes"]
        self._source = source
        self._authorizations = RouteAuthorizations(snapshot, source)
        self._integrations = {f"integrations/{each['integrationId']}": each for each in snapshot["integrations"]}
        self._gate = RouteGate(stage, source)

    def compiled(self, kind: type[R], complete: Callable[[R, Source], R]) -> Iterator[R]:
        """All routes. `complete` adds to one what only its kind of API has, its integration above all; raises
        ValueError."""
        return (self._route(route, kind, complete) for route in self._routes)

    def _route(self, route: Document, kind: type[R], complete: Callable[[R, Source], R]) -> R:
        integration = self._integrations.get(route.get("target") or "") or {}
        source = route_source(self._source, route, integration)
        plan = kind(source.verb, route["routeId"], source.resource_path, NOTHING, key=route["routeKey"])
        try:
            doubt = closed(chain(unserved_routes.of_route(route), unserved_routes.of_integration(integration)))
            if doubt is not None or not integration:
                raise ValueError(doubt or NOTHING.cause)
            served = replace(complete(plan, source), authorize=self._authorizations.of(source))
        except ValueError as error:
            doubt = str(error)
        except Exception:
            _log.exception("route %s of API %s cannot be compiled", plan.key, source.api_id)
            doubt = "the route cannot be compiled"
        else:
            return self._gate.before(served)
        return replace(plan, integration=Misconfigured(CONFIGURATION_FAILURE + doubt))


NOTHING = Misconfigured("No integration defined for route")


def source_of(api: Document, stage: Document, account: str, region: str, network: Network) -> Source:
    """What all routes of a stage share, for `ApiRoutes` to fill in. `api` is GetApi's output, `stage` GetStage's."""
    return Source(
        variables=dict(stage.get("stageVariables") or {}),
        account=account,
        region=region,
        api_id=api["apiId"],
        stage=stage["stageName"],
        network=network,
        protocol=api["protocolType"],
    )
