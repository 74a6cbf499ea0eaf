"""Which resource and method serve a request: the resource tree of an API, compiled to a trie.

At each level a static part wins over `{param}`, which wins over `{proxy+}`, and the most specific resource *with a
method for the verb* serves. Segments are compared as received, so `%2F` never splits one. The cost depends on the
depth of the path, not on the number of resources. Developer guide: "API Gateway REST API resources"; recorded cases
in the tests.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gatewright.execute.gateway_response import MISSING_AUTHENTICATION_TOKEN
from gatewright.execute.plan import Match, MethodPlan
from gatewright.values.refusal import Refusal, Refused, refuse
from gatewright.values.response import Response

ANY_VERBS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
Methods = Mapping[str, MethodPlan]
_HEALTH = Refused("", 200, "", None)
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor


@dataclass(slots=True)
class _Node:
    """One level of the tree. `variable` and `greedy` are the names in braces of the children that have one.

    What most nodes lack is one empty dict for all: a large tree stays small, and what every walk reads stays in cache.
    """

    methods: Methods = field(default_factory=lambda: _NO_METHODS)
    static: "dict[str, _Node]" = field(default_factory=lambda: _NO_NODES)
    variable_name: str = ""
    variable: "_Node | None" = None
    greedy_name: str = ""
    greedy: Methods = field(default_factory=lambda: _NO_METHODS)


_NO_METHODS: Methods = {}
_NO_NODES: dict[str, _Node] = {}


class ResourceTree:
    """The trie, and before it a table by verb of the wholly static paths: nothing is more specific than those."""

    __slots__ = ("_root", "_static")

    def __init__(self, resources: Iterable[tuple[str, Methods]]) -> None:
        """`resources` are pairs of a resource's path, such as `/users/{id}`, and its methods by the verbs served."""
        self._root = _Node()
        self._static: dict[str, dict[str, MethodPlan]] = {}
        for path, methods in resources:
            if not methods:
                continue
            if "{" not in path:
                for verb, plan in methods.items():
                    self._static.setdefault(verb, {})[path] = plan
            _add(self._root, path, methods)

    def find(self, verb: str, path: str) -> Match:
        """`path` is the part after the stage, as received. Raises Refusal: AWS calls any miss a missing token."""
        table = self._static.get(verb)
        if table is not None:
            plan = table.get(path)
            if plan is not None:
                return _new(Match, (plan, {}))
        # A trailing slash and doubled leading slashes do not matter; doubled slashes inside survive in {proxy+}.
        inner = path.strip("/")
        segments = inner.split("/") if inner else []
        match = _descend(self._root, verb, segments) or _walk(self._root, verb, segments, 0)
        return match or refuse(MISSING_AUTHENTICATION_TOKEN)

    def methods(self) -> Iterator[MethodPlan]:
        """All methods; one for ANY once, though it has a plan for each verb."""
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            yield from {
                (plan.resource_path, plan.verb): plan
                for methods in (node.methods, node.greedy)
                for plan in methods.values()
            }.values()
            waiting += node.static.values()
            if node.variable is not None:
                waiting.append(node.variable)


class NoResources:
    """The tree of a stage that serves nothing: every request is refused with the same row, for the same `cause`."""

    __slots__ = ("_row", "cause")

    def __init__(self, row: Refused, cause: str = "") -> None:
        self._row = row
        self.cause = cause

    def find(self, verb: str, path: str) -> Match:
        """Always raises Refusal."""
        refuse(self._row, cause=self.cause)


class Healthy:
    """The tree of an address that only tells that it is there: every request is answered 200."""

    __slots__ = ()

    def find(self, verb: str, path: str) -> Match:
        """Always raises Refusal, which holds the answer."""
        raise Refusal(_HEALTH, None, response=Response(200, [b"Content-Type: text/plain\r\n"], b"healthy"))


def verbs_served(verb: str, methods: Container[str]) -> Iterable[str]:
    """The verbs of requests to a method for `verb`: ANY has all that none of the resource's other `methods` is for."""
    return (verb,) if verb != "ANY" else (each for each in ANY_VERBS if each not in methods)


def _add(root: _Node, path: str, methods: Methods) -> None:
    node = root
    for part in path.strip("/").split("/") if path != "/" else ():
        if part.startswith("{") and part.endswith("+}"):
            node.greedy_name, node.greedy = part[1:-2], methods
            return
        if part.startswith("{") and part.endswith("}"):
            node.variable_name = part[1:-1]
            node.variable = node.variable or _Node()
            node = node.variable
        else:
            if node.static is _NO_NODES:
                node.static = {}
            node = node.static.setdefault(part, _Node())
    node.methods = methods


def _descend(node: _Node, verb: str, segments: list[str]) -> Match | None:
    """What `_walk` finds first if it never has to turn back, as it rarely has."""
    parameters = {}
    for segment in segments:
        child = node.static.get(segment)
        if child is None:
            child = node.variable
            if child is None or not segment:
                return None
            parameters[node.variable_name] = segment
        node = child
    plan = node.methods.get(verb)
    return _new(Match, (plan, parameters)) if plan is not None else None


def _walk(node: _Node, verb: str, segments: list[str], at: int) -> Match | None:
    """The best match below `node` of `segments[at:]`. Each node is tried once at most, since it has one parent."""
    if at == len(segments):
        plan = node.methods.get(verb)
        return _new(Match, (plan, {})) if plan is not None else None
    segment = segments[at]
    child = node.static.get(segment)
    if child is not None:
        match = _walk(child, verb, segments, at + 1)
        if match is not None:
            return match
    if node.variable is not None and segment:
        match = _walk(node.variable, verb, segments, at + 1)
        if match is not None:
            match.path_parameters[node.variable_name] = segment
            return match
    plan = node.greedy.get(verb)
    return Match(plan, {node.greedy_name: "/".join(segments[at:])}) if plan is not None else None
