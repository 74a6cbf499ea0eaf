"""Statements: what a rule says of a request, compiled to a function that tells whether it is so.

What only AWS can know (its managed rules, where an address is in the world, who runs its network) and what would have
to be guessed (attacks by SQL and by scripts) is refused. AWS WAF API reference: Statement.
"""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from operator import eq, ge, gt, le, lt, ne
from typing import Any, NamedTuple

from gatewright.languages.java_pattern import PatternError
from gatewright.languages.perl_search import Search, Spend, compile_search
from gatewright.languages.waf.addresses import compile_forwarded, compile_ip_set
from gatewright.languages.waf.document import Document, WebAclError, entries, number, one_of, only, text, word
from gatewright.languages.waf.field_to_match import compile_field
from gatewright.languages.waf.inspected import Inspected, Match
from gatewright.languages.waf.text_transformation import compile_transformations

# Whether a text is what a statement looks for; it tells how much work that took, when that is more than a glance.
IsHit = Callable[[str, Spend], bool]

DEEPEST = 20
LONGEST_SEARCH = 200
LONGEST_PATTERN = 512
REFERENCES = frozenset({"IPSetReferenceStatement", "RegexPatternSetReferenceStatement", "RuleGroupReferenceStatement"})
_COMPARISONS: Mapping[str, Callable[[int, int], bool]] = {"EQ": eq, "NE": ne, "LE": le, "LT": lt, "GE": ge, "GT": gt}
_LOOKING, _GLANCED = 20, 200  # tenths of microseconds of a look; characters that are compared in one of them
_LOOKS_AT = ("FieldToMatch", "TextTransformations", "PreParseTextTransformations")
_WORD = "[A-Za-z0-9_]"


class Scope(NamedTuple):
    """What statements are compiled with: documents by ARN of what they refer to, and how much of a body is seen."""

    documents: Mapping[str, Document]
    body_limit: int

    def referred(self, statement: Mapping[str, Any]) -> Document:
        """What a reference statement names. Raises WebAclError."""
        arn = text(statement, "ARN")
        if arn not in self.documents:
            raise WebAclError(f"{arn} does not exist")
        return self.documents[arn]


def references(document: Any) -> Iterator[str]:
    """The ARNs that the statements within a document refer to."""
    waiting = [document]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            for name, value in one.items():
                if name in REFERENCES and isinstance(value, dict) and isinstance(value.get("ARN"), str):
                    yield value["ARN"]
                waiting.append(value)


def compile_statement(document: Any, scope: Scope, depth: int = 0) -> Match:
    """A Statement that may stand in others. Raises WebAclError."""
    if depth > DEEPEST:
        raise WebAclError("statements are nested too deeply")
    kind, given = one_of(document, "Statement")
    if kind in ("AndStatement", "OrStatement"):
        return _several(kind, given, scope, depth)
    if kind == "NotStatement":
        inner = compile_statement(only(given, "Statement", of=kind).get("Statement"), scope, depth + 1)
        return lambda request: not inner(request)
    compiled = _STATEMENTS.get(kind)
    if compiled is None:
        raise WebAclError(f"{kind} is not supported" + (" here" if kind in _OF_RULES else ""))
    return compiled(given, scope)


def _several(kind: str, document: Any, scope: Scope, depth: int) -> Match:
    given = entries(only(document, "Statements", of=kind), "Statements")
    parts = [compile_statement(one, scope, depth + 1) for one in given]
    if len(parts) < 2:
        raise WebAclError(f"{kind} has fewer than two statements")
    if kind == "AndStatement":
        return lambda request: all(part(request) for part in parts)
    return lambda request: any(part(request) for part in parts)


def _looking(given: Mapping[str, Any], scope: Scope, is_hit: IsHit) -> Match:
    """Whether any of the field's texts, transformed, is a hit."""
    for one in entries(given, "PreParseTextTransformations"):
        if (one or {}).get("Type") != "NONE":
            raise WebAclError("PreParseTextTransformations are not supported")
    field = compile_field(given.get("FieldToMatch"), scope.body_limit)
    transform = compile_transformations(entries(given, "TextTransformations"))

    def matches(request: Inspected) -> bool:
        spend = request.spend
        spend(_LOOKING + len(request.headers))
        found = field(request)
        if isinstance(found, bool):
            return found
        for one in found:
            spend(3 + len(one) // _GLANCED)
            if is_hit(transform(one, spend) if transform else one, spend):
                return True
        return False

    return matches


def _byte_match(document: Any, scope: Scope) -> Match:
    given = only(document, *_LOOKS_AT, "SearchString", "PositionalConstraint", of="ByteMatchStatement")
    encoded = text(given, "SearchString")
    try:
        wanted = base64.b64decode(encoded, validate=True).decode("latin-1")
    except ValueError:
        raise WebAclError("SearchString is not in base64") from None
    if not 0 < len(wanted) <= LONGEST_SEARCH:
        raise WebAclError(f"SearchString is not 1 to {LONGEST_SEARCH} bytes")
    hits: Mapping[str, IsHit] = {
        "EXACTLY": lambda found, _: found == wanted,
        "STARTS_WITH": lambda found, _: found.startswith(wanted),
        "ENDS_WITH": lambda found, _: found.endswith(wanted),
        "CONTAINS": lambda found, _: wanted in found,
        "CONTAINS_WORD": _word(wanted),
    }
    return _looking(given, scope, hits[word(given, "PositionalConstraint", *hits)])


def _word(wanted: str) -> IsHit:
    search = re.compile(f"(?<!{_WORD}){re.escape(wanted)}(?!{_WORD})").search

    def is_hit(found: str, spend: Spend) -> bool:
        spend(len(found) * (1 + len(wanted) // 20))  # it may compare most of `wanted` at each place
        return search(found) is not None

    return is_hit


def _size_constraint(document: Any, scope: Scope) -> Match:
    given = only(document, *_LOOKS_AT, "ComparisonOperator", "Size", of="SizeConstraintStatement")
    compares = _COMPARISONS[word(given, "ComparisonOperator", *_COMPARISONS)]
    size = number(given, "Size", 0, 21_474_836_480)
    return _looking(given, scope, lambda found, _: compares(len(found), size))


def _regex_match(document: Any, scope: Scope) -> Match:
    given = only(document, *_LOOKS_AT, "RegexString", of="RegexMatchStatement")
    return _looking(given, scope, _search(text(given, "RegexString")))


def _regex_set(document: Any, scope: Scope) -> Match:
    given = only(document, *_LOOKS_AT, "ARN", of="RegexPatternSetReferenceStatement")
    listed = entries(scope.referred(given), "RegularExpressionList")
    searches = [_search(text(only(one, "RegexString", of="a regex pattern"), "RegexString")) for one in listed]
    return _looking(given, scope, lambda found, spend: any(search(found, spend) for search in searches))


def _search(pattern: str) -> Search:
    if len(pattern) > LONGEST_PATTERN:
        raise WebAclError("a pattern is too long")
    try:
        return compile_search(pattern)
    except PatternError as error:
        raise WebAclError(f"the pattern {pattern!r} has {error}") from None


def _ip_set(document: Any, scope: Scope) -> Match:
    given = only(document, "ARN", "IPSetForwardedIPConfig", of="IPSetReferenceStatement")
    configured = given.get("IPSetForwardedIPConfig")
    forwarded = compile_forwarded(configured, has_position=True) if configured is not None else None
    return compile_ip_set(entries(scope.referred(given), "Addresses"), forwarded)


def _label_match(document: Any, _: Scope) -> Match:
    given = only(document, "Scope", "Key", of="LabelMatchStatement")
    key = text(given, "Key")
    if word(given, "Scope", "LABEL", "NAMESPACE") == "LABEL":
        return lambda request: any(f":{label}".endswith(f":{key}") for label in request.labels)
    inside = f":{key.rstrip(':')}:"
    return lambda request: any(inside in f":{label.rpartition(':')[0]}:" for label in request.labels)


_OF_RULES = ("RateBasedStatement", "RuleGroupReferenceStatement")  # they stand in nothing else
_STATEMENTS: Mapping[str, Callable[[Any, Scope], Match]] = {
    "ByteMatchStatement": _byte_match,
    "SizeConstraintStatement": _size_constraint,
    "RegexMatchStatement": _regex_match,
    "RegexPatternSetReferenceStatement": _regex_set,
    "IPSetReferenceStatement": _ip_set,
    "LabelMatchStatement": _label_match,
}
