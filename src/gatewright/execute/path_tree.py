"""Which of many paths with variables a request's path is: a trie of their parts, for resources and for routes alike.

At each level a static part wins over `{name}`, which wins over `{name+}`, and the most specific path *with a plan for
the verb* is found. The cost depends on the depth of the path, not on the number of paths.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, NoReturn, Protocol, TypeVar

from gatewright.values.refusal import Refused, refuse

P = TypeVar("P")
P_co = TypeVar("P_co", covariant=True)
Found = tuple[P, dict[str, str]]
"""A plan, and the values of the variables on the way to it, as received."""


class Match(NamedTuple, Generic[P_co]):
    """The method or route that serves a request, and the values of its path variables as received."""

    plan: P_co
    path_parameters: dict[str, str]


class Paths(Protocol[P_co]):
    """The resources, or the routes, of an API."""

    def find(self, verb: str, path: str) -> Match[P_co]:
        """What AWS would choose for `path`, which is the part after the stage. Raises Refusal when there is none."""
        ...


class NoPaths:
    """Of a stage that serves nothing: every request is refused with the same row. `cause` is for the log."""

    __slots__ = ("_row", "cause")

    def __init__(self, row: Refused, cause: str = "") -> None:
        self._row = row
        self.cause = cause

    def find(self, verb: str, path: str) -> NoReturn:
        """Always raises Refusal."""
        refuse(self._row, cause=self.cause)


@dataclass(slots=True)
class PathNode(Generic[P]):
    """One level of the tree, and its root. `variable` and `greedy` are the names in braces of the children that have
    one.

    What most nodes lack is one empty dict for all: a large tree stays small, and what every walk reads stays in cache.
    """

    plans: Mapping[str, P] = field(default_factory=lambda: _NONE)
    static: "dict[str, PathNode[P]]" = field(default_factory=lambda: _NONE)
    variable_name: str = ""
    variable: "PathNode[P] | None" = None
    greedy_name: str = ""
    greedy: Mapping[str, P] = field(default_factory=lambda: _NONE)


_NONE: dict[str, Any] = {}


def add(root: PathNode[P], parts: list[str], plans: Mapping[str, P]) -> None:
    """Put the plans, by verb, of the path with those parts into the tree; a greedy part ends it."""
    node = root
    for part in parts:
        if part.startswith("{") and part.endswith("+}"):
            node.greedy_name, node.greedy = part[1:-2], plans
            return
        if part.startswith("{") and part.endswith("}"):
            node.variable_name = part[1:-1]
            node.variable = node.variable or PathNode()
            node = node.variable
        else:
            if node.static is _NONE:
                node.static = {}
            node = node.static.setdefault(part, PathNode())
    node.plans = plans


def find(root: PathNode[P], verb: str, segments: list[str]) -> Found[P] | None:
    """The most specific path with a plan for `verb`, None when there is none. `segments` are compared as received."""
    return _descend(root, verb, segments) or _walk(root, verb, segments, 0)


def _descend(node: PathNode[P], verb: str, segments: list[str]) -> Found[P] | None:
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
    plan = node.plans.get(verb)
    return (plan, parameters) if plan is not None else None


def _walk(node: PathNode[P], verb: str, segments: list[str], at: int) -> Found[P] | None:
    """The best match below `node` of `segments[at:]`. Each node is tried once at most, since it has one parent."""
    if at == len(segments):
        plan = node.plans.get(verb)
        return (plan, {}) if plan is not None else None
    segment = segments[at]
    child = node.static.get(segment)
    if child is not None:
        found = _walk(child, verb, segments, at + 1)
        if found is not None:
            return found
    if node.variable is not None and segment:
        found = _walk(node.variable, verb, segments, at + 1)
        if found is not None:
            found[1][node.variable_name] = segment
            return found
    plan = node.greedy.get(verb)
    return (plan, {node.greedy_name: "/".join(segments[at:])}) if plan is not None else None
