"""Which resource and method serve a request: the resource tree of an API, compiled to a trie.

At each level a static part wins over `{param}`, which wins over `{proxy+}`, and the most specific resource *with a
method for the verb* serves. Segments are compared as received, so `%2F` never splits one. The cost depends on the
depth of the path, not on the number of resources. Developer guide: "API Gateway REST API resources"; recorded cases
in the tests.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NoReturn

from gatewright.execute.gateway_response import MISSING_AUTHENTICATION_TOKEN
from gatewright.execute.path_tree import Match, PathNode, add, find
from gatewright.execute.plan import MethodPlan
from gatewright.values.refusal import Refusal, Refused, refuse
from gatewright.values.response import Response

ANY_VERBS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
Methods = Mapping[str, MethodPlan]
_HEALTH = Refused("", 200, "", None)
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor


class ResourceTree:
    """The trie, and before it a table by verb of the wholly static paths: nothing is more specific than those."""

    __slots__ = ("_root", "_static")

    def __init__(self, resources: Iterable[tuple[str, Methods]]) -> None:
        """`resources` are pairs of a resource's path, such as `/users/{id}`, and its methods by the verbs served."""
        self._root: PathNode[MethodPlan] = PathNode()
        self._static: dict[str, dict[str, MethodPlan]] = {}
        for path, methods in resources:
            if not methods:
                continue
            if "{" not in path:
                for verb, plan in methods.items():
                    self._static.setdefault(verb, {})[path] = plan
            add(self._root, path.strip("/").split("/") if path != "/" else [], methods)

    def find(self, verb: str, path: str) -> Match[MethodPlan]:
        """`path` is the part after the stage, as received. Raises Refusal: AWS calls any miss a missing token."""
        table = self._static.get(verb)
        if table is not None:
            plan = table.get(path)
            if plan is not None:
                return _new(Match, (plan, {}))
        # A trailing slash and doubled leading slashes do not matter; doubled slashes inside survive in {proxy+}.
        inner = path.strip("/")
        found = find(self._root, verb, inner.split("/") if inner else [])
        return _new(Match, found) if found is not None else refuse(MISSING_AUTHENTICATION_TOKEN)

    def methods(self) -> Iterator[MethodPlan]:
        """All methods; one for ANY once, though it has a plan for each verb."""
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            yield from {
                (plan.resource_path, plan.verb): plan
                for methods in (node.plans, node.greedy)
                for plan in methods.values()
            }.values()
            waiting += node.static.values()
            if node.variable is not None:
                waiting.append(node.variable)


class Healthy:
    """The tree of an address that only tells that it is there: every request is answered 200."""

    __slots__ = ()

    def find(self, verb: str, path: str) -> NoReturn:
        """Always raises Refusal, which holds the answer."""
        raise Refusal(_HEALTH, None, response=Response(200, [b"Content-Type: text/plain\r\n"], b"healthy"))


def verbs_served(verb: str, methods: Container[str]) -> Iterable[str]:
    """The verbs of requests to a method for `verb`: ANY has all that none of the resource's other `methods` is for."""
    return (verb,) if verb != "ANY" else (each for each in ANY_VERBS if each not in methods)
