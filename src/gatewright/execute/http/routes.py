"""Which route of an HTTP API serves a request, in AWS's order: a full match, a greedy one, `$default`.

A full match has a part for each segment of the path. Of two, the one with a static part where the other has a variable
is more specific; of two greedy ones the one with the longer literal beginning. A verb's own route wins over ANY on the
same path only. Segments are compared as received and a slash at the end counts: after it a greedy variable may be
empty, which no other is (seen: `/handler/` at `ANY /handler/{proxy+}`, `/` at `ANY /{proxy+}`, each with the value "").
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from collections.abc import Iterable, Iterator

from gatewright.execute.http.error import NOT_FOUND
from gatewright.execute.path_tree import Match, PathNode, add, find
from gatewright.execute.plan import RoutePlan
from gatewright.execute.resource import verbs_served
from gatewright.values.refusal import refuse

DEFAULT_ROUTE = "$default"
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor


class RouteTable:
    """All routes of an API. Two may name the same variable part differently: in the tree it has a number then, and the
    route that is found names it."""

    __slots__ = ("_default", "_full", "_greedy", "_renamed", "_routes", "_static")

    def __init__(self, routes: Iterable[RoutePlan]) -> None:
        self._routes = tuple(routes)
        self._default: Match[RoutePlan] | None = None
        self._full: PathNode[RoutePlan] = PathNode()
        self._greedy: PathNode[RoutePlan] = PathNode()
        self._static: dict[str, dict[str, Match[RoutePlan]]] = {}
        self._renamed: dict[str, dict[str, str]] = {}
        named = _names([route.resource_path for route in self._routes])
        by_path: dict[str, dict[str, RoutePlan]] = {}
        for route in self._routes:
            if route.key == DEFAULT_ROUTE:
                self._default = Match(route, {})
                continue
            path, renamed = _in_tree(route.resource_path, named)
            if renamed:
                self._renamed[route.key] = renamed
            by_path.setdefault(path, {})[route.verb] = route
        for path, plans in by_path.items():
            self._add(path, {each: plan for verb, plan in plans.items() for each in verbs_served(verb, plans)})

    def _add(self, path: str, plans: dict[str, RoutePlan]) -> None:
        if "{" not in path:
            for verb, plan in plans.items():
                self._static.setdefault(verb, {})[path] = Match(plan, {})
        else:
            add(self._greedy if path.endswith("+}") else self._full, path[1:].split("/"), plans)

    def find(self, verb: str, path: str) -> Match[RoutePlan]:
        """`path` is the part after the stage, as received. Raises Refusal: 404."""
        table = self._static.get(verb)
        if table is not None:
            match = table.get(path or "/")
            if match is not None:
                return match
        segments = path[1:].split("/")
        found = find(self._full, verb, segments) or find(self._greedy, verb, segments)
        if found is None:
            return self._default or refuse(NOT_FOUND)
        renamed = self._renamed and self._renamed.get(found[0].key)
        if not renamed:
            return _new(Match, found)
        return Match(found[0], {renamed.get(name, name): value for name, value in found[1].items()})

    def __iter__(self) -> Iterator[RoutePlan]:
        return iter(self._routes)


def _variables(path: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Of each variable part of a path: where it is, its name, and where in any tree: the parts before it, nameless."""
    before: tuple[str, ...] = ()
    for at, part in enumerate(path.split("/")):
        is_variable = part.startswith("{") and part.endswith("}")
        if is_variable:
            yield at, part[1:-1].removesuffix("+"), (*before, "{+}" if part.endswith("+}") else "{}")
        before = (*before, "{}" if is_variable else part)


def _names(paths: Iterable[str]) -> dict[tuple[str, ...], set[str]]:
    """All names that variables have, by where they are."""
    names: dict[tuple[str, ...], set[str]] = {}
    for path in paths:
        for _, name, where in _variables(path):
            names.setdefault(where, set()).add(name)
    return names


def _in_tree(path: str, named: dict[tuple[str, ...], set[str]]) -> tuple[str, dict[str, str]]:
    """A path with numbers for variables that have several names, and the path's own names for those."""
    parts = path.split("/")
    renamed = {}
    for at, name, where in _variables(path):
        if len(named[where]) > 1:
            renamed[f"#{at}"] = name
            parts[at] = parts[at].replace("{" + name, f"{{#{at}")
    return "/".join(parts), renamed
