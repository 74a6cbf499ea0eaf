"""The properties by which an HTTP or WebSocket API says who may call it, and how often: see enforced.py."""

from collections.abc import Iterable, Iterator, Mapping

from gatewright.execute.enforced import OF_A_CALL, anything, other_than
from gatewright.execute.unserved import Document, Rule, Unserved, found_in
from gatewright.execute.unserved_routes import of_settings

ISSUER = "jwtConfiguration.issuer"
_API = (
    other_than("apiKeySelectionExpression", "$request.header.x-api-key"),
    anything("disableExecuteApiEndpoint"),
)
_AUTHORIZER = tuple(
    map(
        anything,
        (
            "authorizerType",
            "authorizerUri",
            "identitySource",
            "identityValidationExpression",
            "authorizerResultTtlInSeconds",
            ISSUER,
            "jwtConfiguration.audience",
        ),
    )
)
_STAGE = (anything("clientCertificateId"),)
_ROUTE_SETTING = (other_than("throttlingBurstLimit"), other_than("throttlingRateLimit"))

TABLE: Mapping[str, Iterable[Rule]] = {
    "Api": _API,
    "Route": OF_A_CALL,
    "Authorizer": _AUTHORIZER,
    "Stage": _STAGE,
    "Stage's route settings": _ROUTE_SETTING,
}


def of_api(document: Document) -> Iterator[Unserved]:
    """Of an Api as GetApi gives it: what is configured of these properties."""
    return found_in(document, _API)


def of_route(document: Document) -> Iterator[Unserved]:
    """Of a Route: likewise."""
    return found_in(document, OF_A_CALL)


def of_authorizer(document: Document) -> Iterator[Unserved]:
    """Of an Authorizer: likewise."""
    return found_in(document, _AUTHORIZER)


def of_stage(document: Document) -> Iterator[Unserved]:
    """Of a Stage, with its route settings: likewise."""
    yield from found_in(document, _STAGE)
    yield from of_settings(document, _ROUTE_SETTING)
