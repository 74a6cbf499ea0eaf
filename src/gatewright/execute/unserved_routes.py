"""What HTTP APIs, WebSocket APIs and portals may hold and this version does not serve, in one table: see unserved.py.

Both kinds of APIs share it, as they share their nouns: a property that only one of them has is in its place here too.
"""

from collections.abc import Iterable, Iterator, Mapping

from gatewright.execute.unserved import (
    CLOSED,
    SERVED_INTEGRATIONS,
    STORED_ONLY,
    Document,
    Rule,
    Unserved,
    as_caller,
    as_role,
    changes_invocation,
    found_in,
    found_in_rows,
    must_be,
    never,
    never_as_caller,
    only,
)

AUTHORIZED = ("NONE", "AWS_IAM", "CUSTOM", "JWT")

_API: tuple[Rule, ...] = ()
_ROUTE = (must_be("authorizationType", *AUTHORIZED),)  # a route that lacks one is not open
_INTEGRATION = (
    only("integrationType", *SERVED_INTEGRATIONS),
    as_role("credentialsArn"),
)


def _is_of_websocket(parameters: Mapping[str, str] | None) -> bool:
    """Of its words for where a parameter goes; an event of a WebSocket API shows nothing that is mapped."""
    return any(name.startswith("integration.request.") for name in parameters or ())


_BY_TYPE = {
    "AWS": (
        Rule("requestParameters", changes_invocation, "without `X-Amz-Client-Context` and `X-Amz-Log-Type`"),
        as_caller("credentialsArn"),
    ),
    "HTTP": (never_as_caller("credentialsArn"),),
    "HTTP_PROXY": (never_as_caller("credentialsArn"),),
    "MOCK": (never_as_caller("credentialsArn"),),
    "AWS_PROXY": (
        Rule("integrationUri", lambda uri: ":firehose:" in (uri or ""), "a Lambda function"),
        Rule("requestParameters", _is_of_websocket, "not set, for a WebSocket API"),
    ),
    "AWS_PROXY with integrationSubtype": (as_caller("credentialsArn"),),
}
_AUTHORIZER = (
    only("authorizerType", "REQUEST", "JWT"),
    as_role("authorizerCredentialsArn"),
)
_STAGE: tuple[Rule, ...] = ()
_ROUTE_SETTING = (
    only("loggingLevel", "OFF", effect=STORED_ONLY),
    Rule("dataTraceEnabled", bool, "not set", STORED_ONLY),
)

_PORTAL = (
    # Readers who should sign in cannot: the portal is shown to nobody.
    never("authorization.cognitoConfig", CLOSED),
    never("rumAppMonitorName", STORED_ONLY),
)

TABLE: Mapping[str, Iterable[Rule]] = {
    "Api": _API,
    "Route": _ROUTE,
    "Integration": _INTEGRATION,
    **{f"Integration of type {type}": rules for type, rules in _BY_TYPE.items()},
    "Authorizer": _AUTHORIZER,
    "Stage": _STAGE,
    "Stage's route settings": _ROUTE_SETTING,
    "Portal": _PORTAL,
}


def of_api(document: Document) -> Iterator[Unserved]:
    """Of an Api as GetApi gives it: what is not served, in the table's order."""
    return found_in(document, _API)


def of_route(document: Document) -> Iterator[Unserved]:
    """Of a Route: likewise."""
    return found_in(document, _ROUTE)


def of_integration(document: Document) -> Iterator[Unserved]:
    """Of an Integration, without its responses: likewise."""
    kind = document.get("integrationType", "")
    if document.get("integrationSubtype"):
        kind += " with integrationSubtype"
    return found_in(document, (*_INTEGRATION, *_BY_TYPE.get(kind, ())))


def of_authorizer(document: Document) -> Iterator[Unserved]:
    """Of an Authorizer: likewise."""
    return found_in(document, _AUTHORIZER)


def of_stage(document: Document) -> Iterator[Unserved]:
    """Of a Stage, with its route settings: likewise."""
    yield from found_in(document, _STAGE)
    yield from of_settings(document, _ROUTE_SETTING)


def of_portal(document: Document) -> Iterator[Unserved]:
    """Of a Portal: likewise."""
    return found_in(document, _PORTAL)


def of_settings(stage: Document, rules: Iterable[Rule]) -> Iterator[Unserved]:
    """What the rules tell of a Stage's default route settings, and of those of each of its routes."""
    yield from found_in(stage.get("defaultRouteSettings") or {}, rules, "defaultRouteSettings ")
    yield from found_in_rows(stage, "routeSettings", rules)
