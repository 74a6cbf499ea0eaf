"""Route of an HTTP or WebSocket API: which requests or messages, who may send them, and the integration they go to.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes.html
"""

import re
from collections.abc import Mapping
from functools import partial

from gatewright.aws.call import Call, Handler
from gatewright.aws.errors import ServiceError
from gatewright.execute.unserved_routes import of_route
from gatewright.management.ids import ROUTED
from gatewright.management.noun import Change, Noun
from gatewright.management.paging import NEXT_TOKEN
from gatewright.management.patch import invalid, refused
from gatewright.management.v2.api import API, check_selection
from gatewright.management.v2.auto_deploy import auto_deployed
from gatewright.management.v2.errors import not_found
from gatewright.management.v2.inside import HTTP, key_inside, protocol_of, refuse_member
from gatewright.management.v2.merged import merged
from gatewright.management.v2.model import models_of
from gatewright.management.v2.route_key import CONNECT, DEFAULT, check_free, check_http_key, check_websocket_key
from gatewright.management.verbs import take_from
from gatewright.values.records import Document, Store

MOST_SCOPES = 10

_TARGET = re.compile(r"integrations/([^/]+)")
_PARAMETER = re.compile(r"route\.request\.(?:header|querystring)\.[A-Za-z0-9._$-]+")
_ONLY_WEBSOCKET = (
    *("modelSelectionExpression", "requestModels", "requestParameters"),
    "routeResponseSelectionExpression",
)
# What decides by an authorizer: the authorizer's type, and AWS's words for one that is not.
_BY_AUTHORIZER: Mapping[str, tuple[str, str]] = {
    # Seen: github.com/hashicorp/terraform-provider-aws/issues/17497
    "CUSTOM": (
        "REQUEST",
        "Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
    ),
    # Seen: github.com/anomalyco/sst/issues/4097
    "JWT": ("JWT", "Setting the authorization type to JWT requires a valid JWT authorizer."),
}


def key_settled(change: Change) -> None:
    """A key that is well formed, and no other route's; that of a route made by quick create stays."""
    old, key = change.old, change.new["routeKey"]
    if old is not None and old["routeKey"] == key:
        return
    if old is not None and old.get("apiGatewayManaged"):
        raise refused("Cannot change the route key of a route that is managed by API Gateway")
    (check_http_key if protocol_of(change) == HTTP else check_websocket_key)(key)
    routes = change.tx.list(key_inside(change.call, "Route"))
    check_free(key, (route["routeKey"] for id, route in routes if id != change.new["routeId"]))


def of_its_protocol(change: Change) -> None:
    """What only routes of WebSocket APIs can have."""
    new = change.new
    if protocol_of(change) == HTTP:
        if new["apiKeyRequired"]:
            raise refused("ApiKeyRequired is not currently supported for HTTP APIs.")
        for name in _ONLY_WEBSOCKET:
            if new.get(name):
                refuse_member(name, HTTP)


def authorization_settled(change: Change) -> None:
    """Who decides must be there, and what only one kind of them reads stays only with it."""
    new, given = change.new, change.call.input
    kind = new["authorizationType"]
    at_connect = protocol_of(change) == HTTP or new["routeKey"] == CONNECT
    if not at_connect and (kind != "NONE" or given.get("authorizerId")):
        raise refused(f"Currently, authorization is restricted to the {CONNECT} route only")
    if kind != "JWT" and given.get("authorizationScopes"):
        # Seen: github.com/aws/aws-cdk/pull/27576
        raise refused(
            "Invalid Route authorization type specified. "
            "Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization types"
        )
    if kind != "JWT":
        new.pop("authorizationScopes", None)
    if kind in _BY_AUTHORIZER:
        _check_authorizer(change)
    elif given.get("authorizerId"):
        raise refused(f"Invalid Route authorization type specified. {kind} does not use an authorizer")
    else:
        new.pop("authorizerId", None)
    scopes = new.get("authorizationScopes") or ()
    if not all(scopes) or len(scopes) > MOST_SCOPES:
        raise refused(f"A route can have at most {MOST_SCOPES} authorization scopes, none of them empty")


def _check_authorizer(change: Change) -> None:
    wanted, words = _BY_AUTHORIZER[change.new["authorizationType"]]
    id = change.new.get("authorizerId") or ""
    found = change.tx.get(key_inside(change.call, "AuthorizerV2", id)) if id else None
    if found is None or found["authorizerType"] != wanted:
        raise refused(f"Invalid authorizer ID specified. {words}")


def target_exists(change: Change) -> None:
    """The integration of the API that the route leads to, if it leads anywhere."""
    target = change.new.get("target")
    if not target:
        return
    found = _TARGET.fullmatch(target)
    if found is None:
        raise refused(
            "Unexpected or malformed target in route. Correct format should be integrations/<integration_id>."
        )
    if change.tx.get(key_inside(change.call, "Integration", found[1])) is None:
        raise ServiceError("NotFoundException", f"Invalid Integration identifier specified {found[1]}")


def models_exist(change: Change) -> None:
    """The models that messages are held against, and how one of them is chosen."""
    new = change.new
    if new.get("modelSelectionExpression"):
        check_selection(new["modelSelectionExpression"])
    check_models(change, new.get("requestModels") or {})
    if new.get("requestModels") and not new.get("modelSelectionExpression"):
        raise refused("requestModels need a modelSelectionExpression")


def check_models(change: Change, models: Mapping[str, str | None]) -> None:
    """Names of models that the API has. Raises BadRequestException."""
    known = {model["name"] for model in models_of(change.tx, change.call)} if models else set()
    for name in models.values():
        if name not in known:
            raise refused(f"Invalid model identifier specified: {'null' if name is None else name}")


def parameters_settled(change: Change) -> None:
    """What a handshake must bring; those given are laid over those that are there."""
    merged(change, "requestParameters", lambda value: value is None)
    parameters = change.new.get("requestParameters") or {}
    if parameters and change.new["routeKey"] != CONNECT:
        raise refused(f"requestParameters are only supported for the route key {CONNECT}")
    check_parameters(parameters, _PARAMETER)


def check_parameters(parameters: Document, form: re.Pattern[str]) -> None:
    """Parameters and whether each is required, which it is not unless that is said. Raises BadRequestException."""
    for name, constraints in parameters.items():
        if not form.fullmatch(name):
            raise invalid("mapping expression", f"Invalid mapping expression specified: {name}")
        parameters[name] = {"required": False} | (constraints or {})


def reply_is_selected(change: Change) -> None:
    """Who gets a reply: everybody or nobody."""
    expression = change.new.get("routeResponseSelectionExpression")
    if expression and expression != DEFAULT:
        raise refused(f"Invalid routeResponseSelectionExpression specified: {expression}. It must be {DEFAULT}")


def gone_with_it(change: Change) -> None:
    """A route takes along its responses."""
    place = key_inside(change.call, "RouteResponse", within=change.call.input["routeId"])
    change.tx.delete_all(place)


ROUTE = Noun(
    name="Route",
    path=("apiId", "routeId"),
    missing=not_found("Route", "routeId"),
    inside=API,
    asks_inside=True,
    id="routeId",
    new_id=ROUTED,
    plural="Routes",
    paging=NEXT_TOKEN,
    defaults={"apiKeyRequired": False, "authorizationType": "NONE"},
    optional=(
        *("authorizationScopes", "authorizerId", "modelSelectionExpression", "operationName", "requestModels"),
        *("routeResponseSelectionExpression", "target"),
    ),
    rules=(
        key_settled,
        parameters_settled,
        of_its_protocol,
        authorization_settled,
        target_exists,
        models_exist,
        reply_is_selected,
    ),
    deleting=(gone_with_it,),
    settled=(auto_deployed,),
    unserved=of_route,
)


def without_parameter(route: Document, call: Call) -> Document:
    """A handshake needs that parameter no more. Raises NotFoundException when it did not."""
    parameters, key = route.get("requestParameters") or {}, call.input["requestParameterKey"]
    if key not in parameters:
        raise ServiceError("NotFoundException", f"Invalid request parameter key specified {key}")
    return route | {"requestParameters": {name: value for name, value in parameters.items() if name != key}}


def handlers(store: Store) -> dict[str, Handler]:
    """The operation on routes that is no shared verb."""
    return {"DeleteRouteRequestParameter": partial(take_from, ROUTE, without_parameter, store)}
