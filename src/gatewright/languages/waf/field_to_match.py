"""FieldToMatch: which part of a request a rule looks at.

A field gives the texts to look at, of which one must match, or tells at once whether the statement matches: what a rule
says of a part that is too large, or that is no JSON. A request without the part matches nothing.
AWS WAF developer guide: "Adjusting rule statement settings", "Oversize web request components".
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from gatewright.languages.waf.document import WebAclError, entries, one_of, only, text, word
from gatewright.languages.waf.inspected import Inspected
from gatewright.languages.waf.json_body import NotJson, elements

Found = list[str] | bool
Field = Callable[[Inspected], Found]
Pairs = Iterable[tuple[str, str]]

MOST_BYTES = 8_192  # of headers, and of cookies
MOST_PARTS = 200
_OVERSIZE = ("CONTINUE", "MATCH", "NO_MATCH")
_FALLBACK = ("MATCH", "NO_MATCH")
# By MatchScope: whether keys (True) and values (False) are looked at.
_SCOPES = {"ALL": (True, False), "KEY": (True,), "VALUE": (False,)}


def compile_field(document: Any, body_limit: int) -> Field:
    """A FieldToMatch; of a body, `body_limit` bytes are looked at. Raises WebAclError."""
    name, given = one_of(document, "FieldToMatch")
    compiled = _FIELDS.get(name)
    if compiled is None:
        raise WebAclError(f"FieldToMatch {name} is not supported")
    return compiled(given, body_limit)


def _single_header(document: Any, _: int) -> Field:
    name = text(only(document, "Name", of="SingleHeader"), "Name").lower()
    return lambda request: request.header(name)


def _single_argument(document: Any, _: int) -> Field:
    name = text(only(document, "Name", of="SingleQueryArgument"), "Name").lower()
    return lambda request: [value for key, value in request.arguments if key == name]


def _whole(name: str, part: Callable[[Inspected], str]) -> Callable[[Any, int], Field]:
    def compiled(document: Any, _: int) -> Field:
        only(document, of=name)
        return lambda request: [found] if (found := part(request)) else []

    return compiled


def _all_arguments(document: Any, _: int) -> Field:
    only(document, of="AllQueryArguments")
    return lambda request: [value for _, value in request.arguments]


def _body(document: Any, limit: int) -> Field:
    oversize = word(only(document, "OversizeHandling", of="Body"), "OversizeHandling", *_OVERSIZE, default="CONTINUE")

    def field(request: Inspected) -> Found:
        if oversize != "CONTINUE" and len(request.body) > limit:
            return oversize == "MATCH"
        return [request.body[:limit].decode("latin-1")] if request.body else []

    return field


def _json_body(document: Any, limit: int) -> Field:
    members = ("MatchPattern", "MatchScope", "InvalidFallbackBehavior", "OversizeHandling")
    given = only(document, *members, of="JsonBody")
    wanted = _Wanted(_json_paths(given.get("MatchPattern")), _SCOPES[word(given, "MatchScope", *_SCOPES)])
    oversize = word(given, "OversizeHandling", *_OVERSIZE, default="CONTINUE")
    invalid = word(given, "InvalidFallbackBehavior", *_FALLBACK, "EVALUATE_AS_STRING", "", default="")

    def field(request: Inspected) -> Found:
        if not request.body:
            return []
        is_cut = len(request.body) > limit
        if oversize != "CONTINUE" and is_cut:
            return oversize == "MATCH"
        body = request.body[:limit].decode("latin-1")
        found, is_json = wanted.within(body, request.spend)
        # AWS: unless told, what comes before the mistake is looked at; if we cut it there, it is not the client's.
        if is_json or not invalid or (is_cut and invalid == "NO_MATCH"):
            return found
        return [body] if invalid == "EVALUATE_AS_STRING" else invalid == "MATCH"

    return field


class _Wanted(NamedTuple):
    """Which elements of a JSON body are looked at: those within `paths`, keys or values or both."""

    paths: list[tuple[str, ...]]
    of_keys: tuple[bool, ...]

    def within(self, body: str, spend: Callable[[int], None]) -> tuple[list[str], bool]:
        """The wanted elements as far as the body is JSON, and whether all of it is."""
        found: list[str] = []
        try:
            for path, is_key, text in elements(body, max(map(len, self.paths)), spend):
                spend(len(self.paths))
                if is_key in self.of_keys and any(path[: len(one)] == one for one in self.paths):
                    found.append(text)
        except NotJson:
            return found, False
        return found, True


def _json_paths(document: Any) -> list[tuple[str, ...]]:
    name, given = one_of(document, "MatchPattern")
    if name == "All":
        return [()]
    if name != "IncludedPaths" or not given:
        raise WebAclError(f"MatchPattern {name} is not supported")
    return [_pointer(one) for one in given]


def _pointer(given: Any) -> tuple[str, ...]:
    if not isinstance(given, str) or (given and not given.startswith("/")):
        raise WebAclError("an included path is no JSON pointer")
    parts = given.encode().decode("latin-1").split("/")[1:]
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)


def _pairs(kind: str, pairs: Callable[[Inspected], Pairs]) -> Callable[[Any, int], Field]:
    """Headers and cookies: some of them, their names, values or both, within the limits of both."""

    def compiled(document: Any, _: int) -> Field:
        given = only(document, "MatchPattern", "MatchScope", "OversizeHandling", of=kind)
        is_wanted = _names(given.get("MatchPattern"), kind)
        scope, oversize = word(given, "MatchScope", *_SCOPES), word(given, "OversizeHandling", *_OVERSIZE)

        def field(request: Inspected) -> Found:
            within, is_whole = _within_limits(pairs(request))
            if oversize != "CONTINUE" and not is_whole:
                return oversize == "MATCH"
            found: list[str] = []
            for name, value in within:
                if is_wanted(name):
                    found += {"ALL": (name, value), "KEY": (name,), "VALUE": (value,)}[scope]
            return found

        return field

    return compiled


def _within_limits(pairs: Pairs) -> tuple[list[tuple[str, str]], bool]:
    """The pairs WAF gets to see, and whether they are all."""
    within: list[tuple[str, str]] = []
    left = MOST_BYTES
    for name, value in pairs:
        if len(within) == MOST_PARTS or len(name) + len(value) > left:
            if len(within) < MOST_PARTS:
                within.append((name[:left], value[: max(left - len(name), 0)]))
            return within, False
        left -= len(name) + len(value)
        within.append((name, value))
    return within, True


def _names(document: Any, kind: str) -> Callable[[str], bool]:
    name, given = one_of(document, "MatchPattern")
    if name == "All":
        return lambda _: True
    if name not in (f"Included{kind}", f"Excluded{kind}"):
        raise WebAclError(f"MatchPattern {name} is not supported")
    fold = str.lower if kind == "Headers" else str  # cookies' names have a case
    names = frozenset(fold(text({"Name": one}, "Name")) for one in entries({"names": given}, "names"))
    included = name.startswith("Included")
    return lambda one: (fold(one) in names) == included


def _header_order(document: Any, _: int) -> Field:
    oversize = word(only(document, "OversizeHandling", of="HeaderOrder"), "OversizeHandling", *_OVERSIZE)

    def field(request: Inspected) -> Found:
        within, is_whole = _within_limits((line.lower, line.value) for line in request.headers)
        if oversize != "CONTINUE" and not is_whole:
            return oversize == "MATCH"
        return [":".join(name for name, _ in within)]

    return field


def _uri_fragment(document: Any, _: int) -> Field:
    """No client sends one: there is none in the origin form of a request's target (RFC 9112 section 3.2.1)."""
    given = only(document, "FallbackBehavior", of="UriFragment")
    matches = word(given, "FallbackBehavior", *_FALLBACK, default="NO_MATCH") == "MATCH"
    return lambda _: matches


_FIELDS: Mapping[str, Callable[[Any, int], Field]] = {
    "SingleHeader": _single_header,
    "SingleQueryArgument": _single_argument,
    "AllQueryArguments": _all_arguments,
    "UriPath": _whole("UriPath", lambda request: request.path),
    "QueryString": _whole("QueryString", lambda request: request.query),
    "Method": _whole("Method", lambda request: request.method),
    "Body": _body,
    "JsonBody": _json_body,
    "Headers": _pairs("Headers", lambda request: [(line.name, line.value) for line in request.headers]),
    "Cookies": _pairs("Cookies", lambda request: request.cookies),
    "HeaderOrder": _header_order,
    "UriFragment": _uri_fragment,
}
