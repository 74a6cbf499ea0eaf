"""The properties by which a REST API says who may call it, and how often: the data plane enforces each of them.

`gatewright doctor` lists those that are configured, so that nobody has to believe it. A value that is not served is in
the table of `unserved`, which is asked first.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gatewright.execute.unserved import ENFORCED, Document, Rule, Unserved, found_in, found_in_stage


def anything(path: str) -> Rule:
    """A property that is enforced whatever it is set to."""
    return Rule(path, bool, "", ENFORCED)


def other_than(path: str, *defaults: Any) -> Rule:
    """A property of which the defaults ask for nothing: without any, whatever there is is enforced, nought too."""
    return Rule(path, lambda value: value is not None and value not in defaults, "", ENFORCED)


def _includes(path: str, word: str) -> Rule:
    return Rule(path, lambda value: word in (value or ()), "", ENFORCED)


_REST_API = (
    anything("policy"),
    _includes("endpointConfiguration.types", "PRIVATE"),
    anything("endpointConfiguration.vpcEndpointIds"),
    other_than("apiKeySource", "HEADER"),
    anything("disableExecuteApiEndpoint"),
)
OF_A_CALL = (  # of a method, or of a route
    other_than("authorizationType", "NONE"),
    anything("authorizerId"),
    anything("authorizationScopes"),
    anything("apiKeyRequired"),
)
_INTEGRATION = (anything("cacheKeyParameters"),)
_AUTHORIZER = tuple(
    map(
        anything,
        (
            "type",
            "authorizerUri",
            "identitySource",
            "identityValidationExpression",
            "authorizerResultTtlInSeconds",
            "providerARNs",
        ),
    )
)
_STAGE = (anything("cacheClusterEnabled"), anything("webAclArn"), anything("clientCertificateId"))
_METHOD_SETTING = (
    other_than("throttlingBurstLimit", -1),
    other_than("throttlingRateLimit", -1),
    anything("cachingEnabled"),
    other_than("cacheTtlInSeconds", 300),
    anything("cacheDataEncrypted"),
    other_than("requireAuthorizationForCacheControl", True),
    other_than("unauthorizedCacheControlHeaderStrategy", "SUCCEED_WITH_RESPONSE_HEADER"),
)
TABLE: Mapping[str, Iterable[Rule]] = {
    "RestApi": _REST_API,
    "Method": OF_A_CALL,
    "Integration": _INTEGRATION,
    "Authorizer": _AUTHORIZER,
    "Stage": _STAGE,
    "Stage's method settings": _METHOD_SETTING,
}
# Whole nouns of an account: how many there are of each is told.
NOUNS = ("ApiKey", "UsagePlan", "UsagePlanKey")


def beside(unserved: Iterable[Unserved], enforced: Iterable[Unserved]) -> Iterator[Unserved]:
    """What is not served, and what is enforced of the other properties: each is told of once."""
    told = set()
    for found in unserved:
        told.add(found.path)
        yield found
    yield from (found for found in enforced if found.path not in told)


def of_rest_api(document: Document) -> Iterator[Unserved]:
    """Of a RestApi as GetRestApi gives it: what is configured of these properties."""
    return found_in(document, _REST_API)


def of_method(document: Document) -> Iterator[Unserved]:
    """Of a Method with its integration: likewise."""
    yield from found_in(document, OF_A_CALL)
    yield from found_in(document.get("methodIntegration") or {}, _INTEGRATION)


def of_authorizer(document: Document) -> Iterator[Unserved]:
    """Of an Authorizer: likewise."""
    return found_in(document, _AUTHORIZER)


def of_stage(document: Document) -> Iterator[Unserved]:
    """Of a Stage, with its method settings: likewise."""
    return found_in_stage(document, _STAGE, _METHOD_SETTING)
