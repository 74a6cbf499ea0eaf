"""A custom domain name, compiled: which API and stage the rules and mappings of the name send a request to.

Rules come first, by ascending priority; then the mapping whose key has the most of the path's segments, as received. A
request that neither sends anywhere is refused. Developer guide: "Send traffic to your APIs through your custom domain
name"; "How API Gateway evaluates routing rules".
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from gatewright.values.headers import Headers
from gatewright.values.request import Request

Document = Mapping[str, Any]
NONE = "(none)"  # the empty base path, as the first API's mappings call it
MAPPINGS_ONLY = "BASE_PATH_MAPPING_ONLY"
RULES_ONLY = "ROUTING_RULE_ONLY"
RULES_THEN_MAPPINGS = "ROUTING_RULE_THEN_BASE_PATH_MAPPING"
_AsksHeaders = Callable[[Headers], bool]


class Target(NamedTuple):
    """An API, and its stage, "" when the next segment of the path names the stage."""

    api_id: str
    stage: str


class Way(NamedTuple):
    """Where a request goes: `path` is what is left of its path as received. `base_path` is the key of the mapping that
    sent it there, `rule_id` is the rule's, "" when a mapping did."""

    target: Target
    path: str
    base_path: str = ""
    rule_id: str = ""


HEALTH_CHECKS = ("/ping", "/sping")  # reserved at the root of custom domain names
HEALTHY = Way(Target("", ""), "")  # the way of these


class Domain(Protocol):
    """What a host name stands for."""

    def way(self, request: Request) -> Way | None:
        """Where a request to the name goes, None for nowhere."""
        ...


@dataclass(frozen=True, slots=True)
class Rule:
    """A routing rule. `base_path` is the one that it asks for, "" for none; `strips` takes it off the path."""

    id: str
    target: Target
    headers: tuple[_AsksHeaders, ...]
    base_path: str
    strips: bool

    def way(self, request: Request) -> Way | None:
        """Where this rule sends a request, None when it does not match."""
        rest = _after(self.base_path, request.path)
        if rest is None or not all(asks(request.headers) for asks in self.headers):
            return None
        return Way(self.target, rest if self.strips else request.path, rule_id=self.id)


@dataclass(frozen=True, slots=True)
class CustomDomain:
    """Where one name leads. `mappings` are by key, "" for all other paths; the longest key has `depth` segments."""

    rules: tuple[Rule, ...]
    mappings: Mapping[str, Target]
    depth: int

    def way(self, request: Request) -> Way | None:
        """See Domain."""
        if request.path in HEALTH_CHECKS:
            return HEALTHY
        for rule in self.rules:
            way = rule.way(request)
            if way is not None:
                return way
        return self._mapped(request.path)

    def _mapped(self, path: str) -> Way | None:
        inner = path.lstrip("/")
        segments = inner.split("/")
        for count in range(min(self.depth, len(segments)), 0, -1):
            key = "/".join(segments[:count])
            target = self.mappings.get(key) if key else None
            if target is not None:
                return Way(target, inner.removeprefix(key), key)
        target = self.mappings.get("")
        return Way(target, path) if target is not None else None


class Nowhere:
    """A name that sends nobody anywhere."""

    __slots__ = ()

    def way(self, request: Request) -> Way | None:
        """None."""
        return None


NOWHERE = Nowhere()


def compile_custom_domain(mode: str, mappings: Iterable[Document], rules: Iterable[Document]) -> CustomDomain:
    """`mode` is the name's `routingMode` in the first API's words; `mappings` are BasePathMappings as stored, `rules`
    RoutingRules."""
    targets = {} if mode == RULES_ONLY else dict(map(_target_of, mappings))
    ordered = () if mode == MAPPINGS_ONLY else sorted(rules, key=lambda rule: rule["priority"])
    depth = max((key.count("/") + 1 for key in targets if key), default=0)
    return CustomDomain(tuple(map(_compiled, ordered)), targets, depth)


def _target_of(mapping: Document) -> tuple[str, Target]:
    key = mapping["basePath"]
    return ("" if key == NONE else key), Target(mapping["restApiId"], mapping.get("stage") or "")


def _compiled(rule: Document) -> Rule:
    (action,) = rule["actions"]
    invoked = action["invokeApi"]
    conditions = rule.get("conditions") or ()
    paths = [path for each in conditions for path in (each.get("matchBasePaths") or {}).get("anyOf", ())]
    headers = [asked for each in conditions for asked in (each.get("matchHeaders") or {}).get("anyOf", ())]
    return Rule(
        rule["routingRuleId"],
        Target(invoked["apiId"], invoked["stage"]),
        tuple(_asks_header(asked["header"].lower(), asked["valueGlob"]) for asked in headers),
        paths[0] if paths else "",
        bool(invoked.get("stripBasePath")),
    )


def _asks_header(name: str, glob: str) -> _AsksHeaders:
    """Whether one of the headers of that name has such a value: `*` stands at the glob's ends only."""
    text = glob.removeprefix("*").removesuffix("*")
    if glob.startswith("*") and (glob.endswith("*") or not text):
        return lambda headers: any(line.lower == name and text in line.value for line in headers)
    if glob.startswith("*"):
        return lambda headers: any(line.lower == name and line.value.endswith(text) for line in headers)
    if glob.endswith("*"):
        return lambda headers: any(line.lower == name and line.value.startswith(text) for line in headers)
    return lambda headers: any(line.lower == name and line.value == text for line in headers)


def _after(base_path: str, path: str) -> str | None:
    """What follows the base path, whose segments are whole ones of the path; None when it is not there."""
    if not base_path:
        return path
    inner = path.lstrip("/")
    if inner != base_path and not inner.startswith(f"{base_path}/"):
        return None
    return inner.removeprefix(base_path)
