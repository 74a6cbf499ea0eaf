"""The one table of what REST APIs may hold and this version does not serve.

Management refuses such a property when it is configured, with the text given here; `compile` asks again, so that what
came into the store some other way is answered with 500 and never half served. A property that neither this table
names nor the data plane reads is one that AWS only stores, too.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Document = Mapping[str, Any]
Rule = tuple[str, Callable[[Any], bool]]

SERVED_INTEGRATIONS = ("AWS_PROXY", "HTTP_PROXY", "MOCK")
_TEMPLATE_SIGNS = ("$", "#")
_ACCOUNT_THROTTLE = {"throttlingBurstLimit": (-1, 5000), "throttlingRateLimit": (-1, 10000)}


def _set(value: Any) -> bool:
    return bool(value)


def _other_than(*served: Any) -> Callable[[Any], bool]:
    return lambda value: value is not None and value not in served


def _evaluated(templates: Any) -> bool:
    return any(sign in (text or "") for text in (templates or {}).values() for sign in _TEMPLATE_SIGNS)


def _no_pattern(pattern: Any) -> bool:
    """Of AWS's Java patterns, the few that Python does not know, such as `\\p{Alpha}`, and what is no pattern."""
    try:
        re.compile(pattern or "")
    except re.error:
        return True
    return False


# A row is a property, as a path of members, and whether its value is one that is not served.
_REST_API: tuple[Rule, ...] = (
    ("policy", _set),
    ("minimumCompressionSize", _other_than()),
    ("endpointConfiguration.types", lambda types: "PRIVATE" in (types or ())),
)
_METHOD: tuple[Rule, ...] = (
    ("authorizationType", _other_than("NONE")),
    ("authorizerId", _set),
    ("authorizationScopes", _set),
    ("apiKeyRequired", _set),
    ("requestValidatorId", _set),
)
_INTEGRATION: tuple[Rule, ...] = (
    ("type", _other_than(*SERVED_INTEGRATIONS)),
    ("connectionType", _other_than("INTERNET")),
    ("connectionId", _set),
    ("integrationTarget", _set),
    ("credentials", _set),
    ("tlsConfig.serverNameToVerify", _set),
    ("responseTransferMode", _other_than("BUFFERED")),
)
_CONTENT_HANDLING: Rule = ("contentHandling", _other_than("CONVERT_TO_TEXT"))
_REQUEST_TEMPLATES: Rule = ("requestTemplates", _evaluated)
_BY_TYPE: Mapping[str, tuple[Rule, ...]] = {
    # A Lambda proxy sends text or base64 by binaryMediaTypes alone, which is what CONVERT_TO_TEXT asks for.
    "AWS_PROXY": (_CONTENT_HANDLING,),
    "HTTP_PROXY": (("contentHandling", _other_than()),),
    "MOCK": (_CONTENT_HANDLING, _REQUEST_TEMPLATES),
}
_INTEGRATION_RESPONSE: tuple[Rule, ...] = (
    _CONTENT_HANDLING,
    ("responseTemplates", _evaluated),
    ("selectionPattern", _no_pattern),
)
_STAGE: tuple[Rule, ...] = (
    ("cacheClusterEnabled", _set),
    ("canarySettings", _set),
    ("clientCertificateId", _set),
    ("tracingEnabled", _set),
    ("webAclArn", _set),
)
_METHOD_SETTING: tuple[Rule, ...] = (
    ("loggingLevel", _other_than("OFF")),
    ("dataTraceEnabled", _set),
    ("cachingEnabled", _set),
    *((name, _other_than(*served)) for name, served in _ACCOUNT_THROTTLE.items()),
)


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
    for path, is_unserved in rules:
        value: Any = document
        for member in path.split("."):
            value = value.get(member) if isinstance(value, dict) else None
        if is_unserved(value):
            return _text(where + path, value)
    return None


def _text(path: str, value: Any) -> str:
    if path.endswith("Templates"):
        return f"{path} with $ or # (mapping templates) are not supported by this version of Gatewright"
    shown = value if isinstance(value, str) and len(value) <= 64 else ("true" if value is True else "")
    return f"{path}{f' {shown}' if shown else ''} is not supported by this version of Gatewright"
