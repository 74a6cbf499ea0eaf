"""Rate-based statements: requests counted by what they have in common, and matched while there are too many.

Every request that comes this far counts, whether it is then blocked or not. AWS looks at its counts every few seconds;
here the request that goes over the limit is the first that matches. AWS WAF developer guide: "Rate-based rule".
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from gatewright.languages.waf.addresses import Forwarded, compile_forwarded
from gatewright.languages.waf.document import WebAclError, entries, number, one_of, only, text
from gatewright.languages.waf.inspected import Inspected, Match
from gatewright.languages.waf.text_transformation import compile_transformations

# What a request is counted by; None: it is not counted.
Key = Callable[[Inspected], str | None]

WINDOWS = (60, 120, 300, 600)
MOST_CUSTOM_KEYS = 5
_LONGEST_KEY = 128
_MEMBERS = ("Limit", "EvaluationWindowSec", "AggregateKeyType", "ScopeDownStatement", "ForwardedIPConfig", "CustomKeys")


def compile_rate_based(document: Any, rule: str, scope_down: Callable[[Any], Match]) -> Match:
    """A RateBasedStatement; `rule` names it among all that count. Raises WebAclError."""
    given = only(document, *_MEMBERS, of="RateBasedStatement")
    limit, window = number(given, "Limit", 1, 2_000_000_000), given.get("EvaluationWindowSec", 300)
    if window not in WINDOWS:
        raise WebAclError(f"EvaluationWindowSec is {window!r}, not one of {WINDOWS}")
    inner = scope_down(given["ScopeDownStatement"]) if "ScopeDownStatement" in given else None
    forwarded = compile_forwarded(given["ForwardedIPConfig"], has_position=False) if _forwards(given) else None
    key = _key(given, forwarded)
    if given["AggregateKeyType"] == "CONSTANT" and inner is None:
        raise WebAclError("AggregateKeyType CONSTANT needs a ScopeDownStatement")

    def matches(request: Inspected) -> bool:
        if inner is not None and not inner(request):
            return False
        if forwarded is not None and not forwarded.addresses(request):
            return forwarded.falls_back
        found = key(request)
        if found is None:
            return False
        if len(found) > _LONGEST_KEY:
            found = hashlib.sha256(found.encode("latin-1", "replace")).hexdigest()
        return request.count(rule, found, window) > limit

    return matches


def _forwards(given: Mapping[str, Any]) -> bool:
    kinds = [given.get("AggregateKeyType"), *(name for one in entries(given, "CustomKeys") for name in one or ())]
    needed = "FORWARDED_IP" in kinds or "ForwardedIP" in kinds
    if needed != ("ForwardedIPConfig" in given):
        raise WebAclError("ForwardedIPConfig is " + ("missing" if needed else "set, but no address is forwarded"))
    return needed


def _key(given: Mapping[str, Any], forwarded: Forwarded | None) -> Key:
    kind = given.get("AggregateKeyType")
    if kind != "CUSTOM_KEYS" and "CustomKeys" in given:
        raise WebAclError(f"CustomKeys go with AggregateKeyType CUSTOM_KEYS, not {kind}")
    if kind == "CUSTOM_KEYS":
        return _custom(entries(given, "CustomKeys"), forwarded)
    if kind == "FORWARDED_IP" and forwarded is not None:
        return _forwarded_ip(forwarded)
    if kind == "IP":
        return _ip
    if kind == "CONSTANT":
        return lambda _: ""
    raise WebAclError(f"AggregateKeyType {kind!r} is not supported")


def _ip(request: Inspected) -> str:
    return str(request.address or request.source_ip)


def _forwarded_ip(forwarded: Forwarded) -> Key:
    return lambda request: str(found[0]) if (found := forwarded.addresses(request)) else None


def _custom(keys: list[Any], forwarded: Forwarded | None) -> Key:
    """All keys together: a request that lacks one of them is not counted."""
    if not 0 < len(keys) <= MOST_CUSTOM_KEYS:
        raise WebAclError(f"CustomKeys are not 1 to {MOST_CUSTOM_KEYS}")
    parts = [_custom_key(*one_of(key, "a custom key"), forwarded) for key in keys]

    def key(request: Inspected) -> str | None:
        found = [part(request) for part in parts]
        return None if None in found else repr(found)

    return key


def _custom_key(kind: str, document: Any, forwarded: Forwarded | None) -> Key:
    if kind == "IP":
        return _ip
    if kind == "ForwardedIP" and forwarded is not None:
        return _forwarded_ip(forwarded)
    if kind == "HTTPMethod":
        return lambda request: request.method
    if kind == "LabelNamespace":
        return _labels(text(only(document, "Namespace", of=kind), "Namespace"))
    part = _PARTS.get(kind)
    if part is None:
        raise WebAclError(f"the custom key {kind} is not supported")
    named = kind in _NAMED
    given = only(document, *(("Name",) if named else ()), "TextTransformations", of=kind)
    transform = compile_transformations(entries(given, "TextTransformations"))
    values = part(text(given, "Name") if named else "")

    def key(request: Inspected) -> str | None:
        found = values(request)
        if not found:
            return None
        return ",".join([transform(one, request.spend) for one in found] if transform else found)

    return key


def _labels(namespace: str) -> Key:
    def key(request: Inspected) -> str | None:
        return ",".join(sorted(one for one in request.labels if one.startswith(namespace))) or None

    return key


_NAMED = frozenset({"Header", "Cookie", "QueryArgument"})
_PARTS: Mapping[str, Callable[[str], Callable[[Inspected], list[str]]]] = {
    "Header": lambda name: lambda request: request.header(name.lower()),
    "Cookie": lambda name: lambda request: [value for one, value in request.cookies if one == name],
    "QueryArgument": lambda name: lambda request: [value for one, value in request.arguments if one == name.lower()],
    "QueryString": lambda _: lambda request: [request.query] if request.query else [],
    "UriPath": lambda _: lambda request: [request.path],
}
