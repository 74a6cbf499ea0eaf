"""From a deployment's snapshot and a stage of a WebSocket API to the plan that serves them: a pure function.

What cannot be compiled, or is not served, becomes part of the plan: the routes it concerns refuse their events with the
reason as cause, the others are served. If it concerns the whole stage, nobody can connect.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain

from gatewright.execute import unserved_routes
from gatewright.execute.access_log import compile_log_line
from gatewright.execute.access_log_variables import WEBSOCKET
from gatewright.execute.gateway_response import CONFIGURATION_FAILURE
from gatewright.execute.limits.api_key import compile_api_key
from gatewright.execute.limits.method_throttle import account_limit
from gatewright.execute.limits.throttle import Limit
from gatewright.execute.misconfigured import Misconfigured
from gatewright.execute.network import NETWORK, Network
from gatewright.execute.plan import Document, Source
from gatewright.execute.request_validator import Models
from gatewright.execute.route import ApiRoutes, source_of
from gatewright.execute.selection import compile_request_selection
from gatewright.execute.unserved import closed
from gatewright.execute.websocket.counters import WebSocketCounters
from gatewright.execute.websocket.error import render
from gatewright.execute.websocket.integration import compile_message_integration
from gatewright.execute.websocket.plan import CONNECT, DEFAULT, DISCONNECT, WebSocketPlan, WebSocketRoute
from gatewright.execute.websocket.route_validator import compile_route_validator
from gatewright.languages.selection_expression import SelectionExpressionError

NEW_CONNECTIONS = 500  # a second, of an account in a Region
_KEY_SOURCES = {"$request.header.x-api-key": "HEADER", "$context.authorizer.usageIdentifierKey": "AUTHORIZER"}
_USUAL_KEY_SOURCE = "$request.header.x-api-key"


def compile_websocket_stage(
    snapshot: Document, stage: Document, *, account: str, region: str, network: Network = NETWORK
) -> WebSocketPlan:
    """`snapshot` as management stores it for a deployment, `stage` as GetStage gives it. Its counters are new ones."""
    api = snapshot["api"]
    source = source_of(api, stage, account, region, network)
    log_line, doubt = compile_log_line(stage, WEBSOCKET)
    doubt = doubt or closed(chain(unserved_routes.of_api(api), unserved_routes.of_stage(stage)))
    try:
        select = compile_request_selection(api.get("routeSelectionExpression") or "")
    except SelectionExpressionError as error:
        select, doubt = compile_request_selection(""), doubt or str(error)
    return WebSocketPlan(
        api_id=source.api_id,
        api_name=api.get("name") or "",
        stage=source.stage,
        account=account,
        region=region,
        deployment_id=stage.get("deploymentId") or "",
        variables=source.variables,
        log_line=log_line,
        counters=WebSocketCounters(),
        refused=render,
        routes=_routes(snapshot, stage, source) if doubt is None else _closed(doubt),
        select=select,
        account_limit=account_limit(source),
        connect_limit=Limit(f"connect/{account}/{region}", NEW_CONNECTIONS, NEW_CONNECTIONS),
    )


def _routes(snapshot: Document, stage: Document, source: Source) -> Mapping[str, WebSocketRoute]:
    models = Models(snapshot.get("models") or ())
    expression = snapshot["api"].get("apiKeySelectionExpression") or _USUAL_KEY_SOURCE

    def complete(plan: WebSocketRoute, source: Source) -> WebSocketRoute:
        route = source.method
        return replace(
            plan,
            integration=compile_message_integration(source),
            require_key=compile_api_key(route, _KEY_SOURCES.get(expression, expression)),
            validate=compile_route_validator(route, models),
            answers=_answers(route),
        )

    return {plan.key: plan for plan in ApiRoutes(snapshot, stage, source).compiled(WebSocketRoute, complete)}


def _answers(route: Document) -> bool:
    """Developer guide, "Set up a route response": AWS knows no other key of route responses than `$default`."""
    expression = route.get("routeResponseSelectionExpression") or ""
    if expression and expression != DEFAULT:
        raise ValueError(f"routeResponseSelectionExpression {expression} is not {DEFAULT}")
    keys = {response.get("routeResponseKey") for response in route.get("routeResponses") or ()}
    return bool(expression) and DEFAULT in keys


def _closed(doubt: str) -> Mapping[str, WebSocketRoute]:
    """The routes of a stage that serves nobody."""
    integration = Misconfigured(CONFIGURATION_FAILURE + doubt)
    return {key: WebSocketRoute("ANY", "", key, integration, key=key) for key in (CONNECT, DISCONNECT, DEFAULT)}
