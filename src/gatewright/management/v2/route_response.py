"""RouteResponse of a WebSocket API: a route that has one gives the client what its integration answers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html
"""

import re

from gatewright.aws.errors import ServiceError
from gatewright.execute.selection import compile_response_selection
from gatewright.management.ids import INNER
from gatewright.management.noun import Change, Noun
from gatewright.management.paging import NEXT_TOKEN
from gatewright.management.patch import refused
from gatewright.management.v2.api import check_selection
from gatewright.management.v2.auto_deploy import auto_deployed
from gatewright.management.v2.errors import not_found
from gatewright.management.v2.inside import key_inside, websocket_only
from gatewright.management.v2.merged import merged
from gatewright.management.v2.route import ROUTE, check_models, check_parameters
from gatewright.management.v2.route_key import DEFAULT

_PARAMETER = re.compile(r"route\.response\.header\.[A-Za-z0-9._$-]+")


def key_settled(change: Change) -> None:
    """A route has one response, for all replies."""
    key = change.new["routeResponseKey"]
    if key != DEFAULT:
        raise refused(f"Currently, only {DEFAULT} is supported as a RouteResponseKey.")
    for id, _ in change.tx.list(key_inside(change.call, "RouteResponse", within=change.call.input["routeId"])):
        if id != change.new["routeResponseId"]:
            raise ServiceError("ConflictException", f"RouteResponse with key {key} already exists for this route")


def models_exist(change: Change) -> None:
    """The models that describe replies, and how one of them is chosen."""
    new = change.new
    if new.get("modelSelectionExpression"):
        check_selection(new["modelSelectionExpression"], compile_response_selection)
    check_models(change, new.get("responseModels") or {})


def parameters_settled(change: Change) -> None:
    """Headers of replies; those given are laid over those that are there."""
    merged(change, "responseParameters", lambda value: value is None)
    check_parameters(change.new.get("responseParameters") or {}, _PARAMETER)


ROUTE_RESPONSE = Noun(
    name="RouteResponse",
    path=("apiId", "routeId", "routeResponseId"),
    missing=not_found("RouteResponse", "routeResponseId"),
    inside=ROUTE,
    asks_inside=True,
    id="routeResponseId",
    new_id=INNER,
    plural="RouteResponses",
    paging=NEXT_TOKEN,
    optional=("modelSelectionExpression", "responseModels"),
    rules=(
        websocket_only("RouteResponses are currently not supported for this API protocol type."),
        key_settled,
        models_exist,
        parameters_settled,
    ),
    settled=(auto_deployed,),
)
