"""The one table of what REST APIs may hold and this version does not serve, and what becomes of it.

What is REFUSED, management does not take, with the text given here. What is CLOSED is stored as AWS stores it, and
each request that depends on it is answered 500, or 403 by a domain name, and never let through: so it is with what
should decide who may call. What is STORED_ONLY is stored and has no effect. `compile` asks for the first two, so that
what came into the store some other way is never half served; `gatewright doctor` lists the last two. A property that
neither this table names nor the data plane reads is one that AWS only stores, too.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

from gatewright.execute.credentials import CALLER
from gatewright.execute.domain_policy import ANY_NAME, compile_domain_policy
from gatewright.execute.resource_policy import ANY_API, compile_resource_policy
from gatewright.languages.full_match import compile_full_match
from gatewright.languages.java_pattern import PatternError
from gatewright.languages.policy import PolicyError

Document = Mapping[str, Any]

_LONGEST_SHOWN = 200  # the URI of a function has some 130
AUTHORIZED = ("NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS")
SERVED_INTEGRATIONS = ("AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK")


class Effect(Enum):
    """What becomes of a property that is not served."""

    REFUSED = "refused"
    CLOSED = "closed"
    STORED_ONLY = "stored only"
    ENFORCED = "enforced"  # of properties that are served, and listed: see enforced.py


REFUSED, CLOSED, STORED_ONLY = Effect.REFUSED, Effect.CLOSED, Effect.STORED_ONLY
ENFORCED = Effect.ENFORCED


class Rule(NamedTuple):
    """A property, as a path of members, whether a value of it is one that is not served, in words what is, and what
    becomes of the others."""

    path: str
    is_unserved: Callable[[Any], bool]
    served: str
    effect: Effect = REFUSED


class Unserved(NamedTuple):
    """A property of a document that is not served: where it is, its value as shown, and what becomes of it."""

    path: str
    value: str
    effect: Effect

    @property
    def reason(self) -> str:
        """In a sentence, for a client of the management API or for the log."""
        shown = f" {self.value}" if self.value else ""
        end = ", so no request is let through" if self.effect is CLOSED else ""
        return f"{self.path}{shown} is not supported by this version of Gatewright{end}"


Part = tuple[str, Unserved]  # what has a property, such as `Method GET /pets`, and the property
Parts = dict[Part, set[str]]  # with the stages that serve it


def never(path: str, effect: Effect = REFUSED) -> Rule:
    """A property that is not served at all."""
    return Rule(path, bool, "not set", effect)


def only(path: str, *served: Any, effect: Effect = REFUSED) -> Rule:
    """A property of which nothing but these values is served."""
    words = " or ".join(f"`{value}`" for value in served)
    return Rule(path, lambda value: value is not None and value not in served, words or "not set", effect)


def must_be(path: str, *served: Any) -> Rule:
    """A property that lets no request through unless it has one of these values."""
    return Rule(path, lambda value: value not in served, " or ".join(f"`{value}`" for value in served), CLOSED)


def as_role(path: str) -> Rule:
    """Credentials that are a role's."""
    served = "to call as a role, whose own policies are not evaluated"
    return Rule(path, lambda arn: bool(arn) and not _is_caller(arn), served, STORED_ONLY)


def as_caller(path: str) -> Rule:
    """Credentials that are those of the client that calls."""
    return Rule(
        path, _is_caller, "to call as the caller, whose own policies the called service decides by", STORED_ONLY
    )


def never_as_caller(path: str) -> Rule:
    """The same of a backend that is not called with credentials."""
    return Rule(path, _is_caller, "not set", CLOSED)


def _is_caller(arn: Any) -> bool:
    return bool(CALLER.fullmatch(arn or ""))


def _no_pattern(pattern: Any) -> bool:
    """Of AWS's Java patterns those that no matcher can promise to be done with, and what is no pattern."""
    try:
        compile_full_match(pattern or "")
    except PatternError:
        return True
    return False


def changes_invocation(parameters: Any) -> bool:
    """Headers of Lambda's Invoke that would change what the function or the client gets."""
    headers = {target.lower().removeprefix("integration.request.header.") for target in parameters or ()}
    return not headers.isdisjoint(("x-amz-client-context", "x-amz-log-type"))


def _no_policy(text: Any) -> bool:
    """What management would not take now, but did once."""
    try:
        if text:
            compile_resource_policy(text, ANY_API)
    except PolicyError:
        return True
    return False


def _no_domain_policy(text: Any) -> bool:
    try:
        if text:
            compile_domain_policy(text, ANY_NAME)
    except PolicyError:
        return True
    return False


_REST_API = (
    Rule("policy", _no_policy, "a policy of IAM's language, without federated principals", CLOSED),
    only("securityPolicy", "TLS_1_0", effect=STORED_ONLY),  # AWS's own default, which asks for the least
    only("endpointAccessMode", "BASIC", effect=STORED_ONLY),
)
_METHOD = (must_be("authorizationType", *AUTHORIZED),)  # a method that lacks one is not open
_INTEGRATION = (
    only("type", *SERVED_INTEGRATIONS),
    as_role("credentials"),
    never("tlsConfig.serverNameToVerify"),
)
_BY_TYPE = {
    "AWS": (
        Rule("requestParameters", changes_invocation, "without `X-Amz-Client-Context` and `X-Amz-Log-Type`"),
        as_caller("credentials"),
    ),
    "HTTP": (never_as_caller("credentials"),),
    "HTTP_PROXY": (never_as_caller("credentials"),),
    "MOCK": (never_as_caller("credentials"),),
    # A Lambda proxy sends text or base64 by binaryMediaTypes alone, which is what CONVERT_TO_TEXT asks for.
    "AWS_PROXY": (
        only("contentHandling", "CONVERT_TO_TEXT"),
        Rule("uri", lambda uri: ":firehose:" in (uri or ""), "a Lambda function"),
    ),
}
_INTEGRATION_RESPONSE = (
    Rule(
        "selectionPattern",
        _no_pattern,
        "a Java pattern without back references, look-behind, possessive parts, and look-ahead after its beginning",
    ),
)
_STAGE = (never("tracingEnabled", STORED_ONLY),)
_METHOD_SETTING = (
    only("loggingLevel", "OFF", effect=STORED_ONLY),
    never("dataTraceEnabled", STORED_ONLY),
)

_AUTHORIZER = (
    only("type", "TOKEN", "REQUEST", "COGNITO_USER_POOLS"),
    as_role("authorizerCredentials"),
)

_DOMAIN_NAME = (
    Rule("policy", _no_domain_policy, "of the whole name, and denying it to no principal by name", CLOSED),
    never("managementPolicy", STORED_ONLY),  # associations of other accounts let nobody in
    never("mutualTlsAuthentication", CLOSED),
    # The node has one way of taking TLS connections, which its operator chooses, for all names.
    only("securityPolicy", "TLS_1_2", effect=STORED_ONLY),
    only("endpointAccessMode", "BASIC", effect=STORED_ONLY),
)

TABLE: Mapping[str, Iterable[Rule]] = {
    "RestApi": _REST_API,
    "Method": _METHOD,
    "Integration": _INTEGRATION,
    **{f"Integration of type {type}": rules for type, rules in _BY_TYPE.items()},
    "IntegrationResponse": _INTEGRATION_RESPONSE,
    "Authorizer": _AUTHORIZER,
    "Stage": _STAGE,
    "Stage's method settings": _METHOD_SETTING,
    "DomainName": _DOMAIN_NAME,
}

# Whole nouns that are stored and have no effect yet.
STORED_NOUNS: tuple[str, ...] = ()


def of_rest_api(document: Document) -> Iterator[Unserved]:
    """Of a RestApi as GetRestApi gives it: what is not served, in the table's order."""
    return found_in(document, _REST_API)


def of_method(document: Document) -> Iterator[Unserved]:
    """Of a Method, without its integration: likewise."""
    return found_in(document, _METHOD)


def of_integration(document: Document) -> Iterator[Unserved]:
    """Of an Integration, without its responses: likewise."""
    return found_in(document, (*_INTEGRATION, *_BY_TYPE.get(document.get("type", ""), ())))


def of_integration_response(document: Document) -> Iterator[Unserved]:
    """Of an IntegrationResponse: likewise."""
    return found_in(document, _INTEGRATION_RESPONSE)


def of_authorizer(document: Document) -> Iterator[Unserved]:
    """Of an Authorizer: likewise."""
    return found_in(document, _AUTHORIZER)


def of_stage(document: Document) -> Iterator[Unserved]:
    """Of a Stage, with its method settings: likewise."""
    return found_in_stage(document, _STAGE, _METHOD_SETTING)


def of_domain_name(document: Document) -> Iterator[Unserved]:
    """Of a DomainName as the first API's GetDomainName gives it: likewise."""
    return found_in(document, _DOMAIN_NAME)


def closed(found: Iterable[Unserved]) -> str | None:
    """Why requests must not be served, or None: the first that is refused or closed."""
    return next((each.reason for each in found if each.effect is not STORED_ONLY), None)


def refused(found: Iterable[Unserved]) -> str | None:
    """Why management does not take a document, or None: the first that is refused."""
    return next((each.reason for each in found if each.effect is REFUSED), None)


def found_in(document: Document, rules: Iterable[Rule], where: str = "") -> Iterator[Unserved]:
    """The properties of a document that the rules tell of; `where` begins their paths."""
    for rule in rules:
        value: Any = document
        for member in rule.path.split("."):
            value = value.get(member) if isinstance(value, dict) else None
        if rule.is_unserved(value):
            yield Unserved(where + rule.path, _shown(value), rule.effect)


def found_in_stage(document: Document, rules: Iterable[Rule], setting_rules: Iterable[Rule]) -> Iterator[Unserved]:
    """Likewise, of a Stage and, by rules of their own, of its method settings."""
    yield from found_in(document, rules)
    yield from found_in_rows(document, "methodSettings", setting_rules)


def found_in_rows(document: Document, member: str, rules: Iterable[Rule]) -> Iterator[Unserved]:
    """Likewise, of each of the documents that a member of `document` has by key."""
    for key, row in (document.get(member) or {}).items():
        yield from found_in(row, rules, f"{member} {key} ")


def _shown(value: Any) -> str:
    """A value as far as it can be told in a line; policies and templates cannot."""
    if isinstance(value, list):
        value = ",".join(each for each in value if isinstance(each, str))
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, int | float):
        return str(value)
    return value if isinstance(value, str) and len(value) <= _LONGEST_SHOWN and not value.startswith("{") else ""
