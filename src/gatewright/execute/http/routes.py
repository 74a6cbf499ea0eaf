"""Which route of an HTTP API serves a request, in AWS's order: a full match, a greedy one, `$default`.

A full match has a part for each segment of the path. Of two, the one with a static part where the other has a variable
is more specific; of two greedy ones the one with the longer literal beginning. A verb's own route wins over ANY on the
same path only. Segments are compared as received, a slash at the end counts, and a variable is never empty.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from collections.abc import Iterable, Iterator

from gatewright.execute.http.error import NOT_FOUND
from gatewright.execute.http.plan import RouteMatch
from gatewright.execute.path_tree import PathNode, add, find
from gatewright.execute.plan import RoutePlan
from gatewright.execute.resource import verbs_served
from gatewright.values.refusal import refuse

DEFAULT_ROUTE = "$default"
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor


class RouteTable:
    """All routes of an API. Two may name the variables of the same parts differently: in the tree these have numbers,
    and the route that is found names them."""

    __slots__ = ("_default", "_full", "_greedy", "_names", "_routes", "_static")

    def __init__(self, routes: Iterable[RoutePlan]) -> None:
        self._routes = tuple(routes)
        self._default: RouteMatch | None = None
        self._full: PathNode[RoutePlan] = PathNode()
        self._greedy: PathNode[RoutePlan] = PathNode()
        self._static: dict[str, dict[str, RouteMatch]] = {}
        self._names: dict[str, dict[str, str]] = {}
        by_path: dict[str, dict[str, RoutePlan]] = {}
        for route in self._routes:
            if route.key == DEFAULT_ROUTE:
                self._default = RouteMatch(route, {})
                continue
            path, names = _numbered(route.resource_path)
            self._names[route.key] = names
            by_path.setdefault(path, {})[route.verb] = route
        for path, plans in by_path.items():
            self._add(path, {each: plan for verb, plan in plans.items() for each in verbs_served(verb, plans)})

    def _add(self, path: str, plans: dict[str, RoutePlan]) -> None:
        if "{" not in path:
            for verb, plan in plans.items():
                self._static.setdefault(verb, {})[path] = RouteMatch(plan, {})
        else:
            add(self._greedy if path.endswith("+}") else self._full, path[1:].split("/"), plans)

    def find(self, verb: str, path: str) -> RouteMatch:
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
        route, values = found
        names = self._names[route.key]
        return _new(RouteMatch, (route, {names[number]: value for number, value in values.items()}))

    def __iter__(self) -> Iterator[RoutePlan]:
        return iter(self._routes)


def _numbered(path: str) -> tuple[str, dict[str, str]]:
    """A route's path with numbers for the names of its variables, and the names by number."""
    parts = path.split("/")
    names: dict[str, str] = {}
    for at, part in enumerate(parts):
        if part.startswith("{") and part.endswith("}"):
            name = part[1:-1].removesuffix("+")
            names[str(at)] = name
            parts[at] = "{" + str(at) + ("+}" if part.endswith("+}") else "}")
    return "/".join(parts), names
