"""The one table of what REST APIs may hold and this version does not serve.

Management refuses such a property when it is configured, with the text given here; `compile` asks again, so that what
came into the store some other way is answered with 500 and never half served. A property that neither this table
names nor the data plane reads is one that AWS only stores, too.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

Document = Mapping[str, Any]

SERVED_INTEGRATIONS = ("AWS_PROXY", "HTTP_PROXY", "MOCK")
_TEMPLATE_SIGNS = ("$", "#")


class Rule(NamedTuple):
    """A property, as a path of members, whether a value of it is one that is not served, and in words what is."""

    path: str
    is_unserved: Callable[[Any], bool]
    served: str


def _never(path: str) -> Rule:
    return Rule(path, bool, "not set")


def _only(path: str, *served: Any) -> Rule:
    words = " or ".join(f"`{value}`" for value in served)
    return Rule(path, lambda value: value is not None and value not in served, words or "not set")


def _literal(path: str) -> Rule:
    return Rule(path, _evaluated, "literal text, without `$` and `#`")


def _evaluated(templates: Any) -> bool:
    return any(sign in (text or "") for text in (templates or {}).values() for sign in _TEMPLATE_SIGNS)


def _no_pattern(pattern: Any) -> bool:
    """Of AWS's Java patterns, the few that Python does not know, such as `\\p{Alpha}`, and what is no pattern."""
    try:
        re.compile(pattern or "")
    except re.error:
        return True
    return False


_REST_API = (
    _never("policy"),
    _only("minimumCompressionSize"),
    Rule("endpointConfiguration.types", lambda types: "PRIVATE" in (types or ()), "`REGIONAL` or `EDGE`"),
    _only("securityPolicy", "TLS_1_0"),  # AWS's own default, which asks for the least
    _only("endpointAccessMode", "BASIC"),
)
_METHOD = (
    _only("authorizationType", "NONE"),
    _never("authorizerId"),
    _never("authorizationScopes"),
    _never("apiKeyRequired"),
    _never("requestValidatorId"),
)
_INTEGRATION = (
    _only("type", *SERVED_INTEGRATIONS),
    _only("connectionType", "INTERNET"),
    _never("connectionId"),
    _never("integrationTarget"),
    _never("credentials"),
    _never("tlsConfig.serverNameToVerify"),
    _only("responseTransferMode", "BUFFERED"),
)
_BY_TYPE = {
    # A Lambda proxy sends text or base64 by binaryMediaTypes alone, which is what CONVERT_TO_TEXT asks for.
    "AWS_PROXY": (
        _only("contentHandling", "CONVERT_TO_TEXT"),
        Rule("uri", lambda uri: ":firehose:" in (uri or ""), "a Lambda function"),
    ),
    "HTTP_PROXY": (_only("contentHandling"),),
    "MOCK": (_only("contentHandling", "CONVERT_TO_TEXT"), _literal("requestTemplates")),
}
_INTEGRATION_RESPONSE = (
    _only("contentHandling", "CONVERT_TO_TEXT"),
    _literal("responseTemplates"),
    Rule("selectionPattern", _no_pattern, "a pattern that Python's `re` knows"),
)
_STAGE = (
    _never("cacheClusterEnabled"),
    _never("canarySettings"),
    _never("clientCertificateId"),
    _never("tracingEnabled"),
    _never("webAclArn"),
)
_METHOD_SETTING = (
    _only("loggingLevel", "OFF"),
    _never("dataTraceEnabled"),
    _never("cachingEnabled"),
    # The limits of an account, which AWS takes for "no limit of its own".
    _only("throttlingBurstLimit", -1, 5000),
    _only("throttlingRateLimit", -1, 10000),
)

TABLE: Mapping[str, Iterable[Rule]] = {
    "RestApi": _REST_API,
    "Method": _METHOD,
    "Integration": _INTEGRATION,
    **{f"Integration of type {type}": rules for type, rules in _BY_TYPE.items()},
    "IntegrationResponse": _INTEGRATION_RESPONSE,
    "Stage": _STAGE,
    "Stage's method settings": _METHOD_SETTING,
}


def unserved_rest_api(document: Document) -> str | None:
    """Of a RestApi as GetRestApi gives it: why it is not served, or None."""
    return _first(document, _REST_API)


def unserved_method(document: Document) -> str | None:
    """Of a Method, without its integration: why it is not served, or None."""
    return _first(document, _METHOD)


def unserved_integration(document: Document) -> str | None:
    """Of an Integration, without its responses: why it is not served, or None."""
    return _first(document, (*_INTEGRATION, *_BY_TYPE.get(document.get("type", ""), ())))


def unserved_integration_response(document: Document) -> str | None:
    """Of an IntegrationResponse: why it is not served, or None."""
    return _first(document, _INTEGRATION_RESPONSE)


def unserved_stage(document: Document) -> str | None:
    """Of a Stage, with its method settings: why it is not served, or None."""
    reason = _first(document, _STAGE)
    for key, setting in (document.get("methodSettings") or {}).items():
        reason = reason or _first(setting, _METHOD_SETTING, f"methodSettings {key} ")
    return reason


def _first(document: Document, rules: Iterable[Rule], where: str = "") -> str | None:
    for rule in rules:
        value: Any = document
        for member in rule.path.split("."):
            value = value.get(member) if isinstance(value, dict) else None
        if rule.is_unserved(value):
            return _text(where + rule.path, value)
    return None


def _text(path: str, value: Any) -> str:
    if path.endswith("Templates"):
        return f"{path} with $ or # (mapping templates) are not supported by this version of Gatewright"
    value = ",".join(map(str, value)) if isinstance(value, list) else value
    shown = value if isinstance(value, str) and len(value) <= 64 else ("true" if value is True else "")
    return f"{path}{f' {shown}' if shown else ''} is not supported by this version of Gatewright"
