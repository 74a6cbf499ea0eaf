"""Route settings of a stage: throttling, metrics and logging, of all its routes and of single ones by their keys.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename-routesettings-routekey.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.management.noun import Change
from gatewright.management.patch import refused
from gatewright.management.rest.access_log_settings import need_log_role
from gatewright.management.v2.inside import HTTP, WEBSOCKET, key_inside, protocol_of
from gatewright.management.v2.route_key import CONNECT, DEFAULT, DISCONNECT
from gatewright.values.records import Document

# Recorded: HTTP APIs tell of metrics alone. Seen: terraform-provider-aws, tests of aws_apigatewayv2_stage.
_ROW: Mapping[str, Mapping[str, Any]] = {
    HTTP: {"detailedMetricsEnabled": False},
    WEBSOCKET: {"detailedMetricsEnabled": False, "dataTraceEnabled": False},
}
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    HTTP: _ROW[HTTP],
    WEBSOCKET: {**_ROW[WEBSOCKET], "loggingLevel": "OFF"},
}
# Keys that may have settings before they have a route. Seen: terraform-provider-aws, tests of aws_apigatewayv2_stage.
_OF_ANY_API = {HTTP: (DEFAULT,), WEBSOCKET: (CONNECT, DISCONNECT, DEFAULT)}


def settings_settled(change: Change) -> None:
    """What is given is laid over what was there, member by member, and complete then; each row has a route.

    AWS looks at all rows when one is given: one whose route is gone is in the way until it is deleted."""
    old, new = change.old or {}, change.new
    protocol = protocol_of(change)
    before = old.get("defaultRouteSettings", _DEFAULTS[protocol])
    new["defaultRouteSettings"] = {**before, **(new.get("defaultRouteSettings") or {})}
    new.setdefault("routeSettings", {})
    if "routeSettings" in change.call.input:
        rows, given = old.get("routeSettings", {}), new["routeSettings"] or {}
        new["routeSettings"] = rows | {key: {**rows.get(key, _ROW[protocol]), **given[key]} for key in given}
        _check_keys(change)
    for row in _rows(new):
        _check_row(row, protocol)
    if protocol == WEBSOCKET:
        _need_role(change)


def _check_keys(change: Change) -> None:
    call = change.call
    routes = change.tx.list(key_inside(call, "Route"))
    keys = {route["routeKey"] for _, route in routes}
    for key in change.new["routeSettings"]:
        if key not in keys and key not in _OF_ANY_API[protocol_of(change)]:
            raise no_route(key)


def no_route(key: str) -> ServiceError:
    """No route has that key. Seen: github.com/terraform-aws-modules/terraform-aws-apigateway-v2/pull/80"""
    return ServiceError("NotFoundException", f"Unable to find Route by key {key} within the provided RouteSettings")


def _check_row(row: Document, protocol: str) -> None:
    if protocol == HTTP and ("loggingLevel" in row or row.get("dataTraceEnabled")):
        # Seen: github.com/hashicorp/terraform-provider-aws/issues/13801, where the level was OFF
        raise refused("Execution logs are not supported on protocolType HTTP")
    for name in ("throttlingBurstLimit", "throttlingRateLimit"):
        if row.get(name, 0) < 0:
            raise refused(f"Invalid {name} specified: {row[name]}")


def _need_role(change: Change) -> None:
    """Logs need the account's role, once they are switched on."""
    before = change.old or {}
    levels = {row.get("loggingLevel", "OFF") for row in _rows(change.new)}
    if not levels <= {"OFF", *(row.get("loggingLevel") for row in _rows(before))}:
        need_log_role(change)


def _rows(stage: Document) -> Iterator[Document]:
    if "defaultRouteSettings" in stage:
        yield stage["defaultRouteSettings"]
    yield from stage.get("routeSettings", {}).values()


def without_row(stage: Document, call: Call) -> Document:
    """The stage without the settings of one route. Raises NotFoundException when it has none for it."""
    rows, key = stage["routeSettings"], call.input["routeKey"]
    if key not in rows:
        raise no_route(key)
    return stage | {"routeSettings": {other: row for other, row in rows.items() if other != key}}
