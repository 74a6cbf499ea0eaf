"""Which operation a method and a raw path mean: one small tree of path segments per service.

Paths are matched undecoded, because an ARN is one segment whose slashes arrive as %2F. A literal segment wins over a
label and a label over a greedy one; a fixed query (`?mode=import`) wins over none. A trailing slash says nothing.
"""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, unquote_to_bytes

from gatewright.aws.model import Operation

_LABEL = re.compile(r"\{([^}+]+)(\+?)\}")


class _End:
    """An operation at the end of a path: the names of its labels in order, and the query that must be there."""

    __slots__ = ("labels", "operation", "query")

    def __init__(self, operation: Operation, labels: Sequence[str], query: Sequence[tuple[str, str]]) -> None:
        self.operation = operation
        self.labels = labels
        self.query = query


class _Node:
    __slots__ = ("ends", "greedy", "label", "literals")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.label: _Node | None = None
        self.greedy: _Node | None = None
        self.ends: dict[str, list[_End]] = {}


class Routes:
    """The routing tree of one service; built once, then only read."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _Node()
        for operation in operations:
            self._add(operation)

    def match(self, method: str, raw_path: str, query: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation and its decoded URI labels, or None. `raw_path` and `query` are as received."""
        found = _walk(self._root, method, segments(raw_path), 0, query)
        if found is None:
            return None
        end, values = found
        return end.operation, dict(zip(end.labels, map(decoded, values), strict=True))

    def _add(self, operation: Operation) -> None:
        path, _, query = operation.uri.partition("?")
        node, labels = self._root, []
        for segment in segments(path):
            label = _LABEL.fullmatch(segment)
            if label is None:
                node = node.literals.setdefault(segment, _Node())
                continue
            labels.append(label[1])
            if label[2]:
                node.greedy = node = node.greedy or _Node()
            else:
                node.label = node = node.label or _Node()
        ends = node.ends.setdefault(operation.method, [])
        ends.append(_End(operation, labels, parse_qsl(query, keep_blank_values=True)))
        ends.sort(key=lambda end: -len(end.query))


def segments(path: str) -> list[str]:
    """The segments of a path, without the empty ones its ends leave."""
    parts = path.split("/")
    return parts[1 : -1 if len(parts) > 1 and not parts[-1] else None]


def decoded(text: str) -> str:
    """Percent-decoded UTF-8; what is not UTF-8 becomes U+FFFD."""
    return unquote_to_bytes(text.encode("latin-1", "replace")).decode("utf-8", "replace")


def query_pairs(query: str) -> list[tuple[str, str]]:
    """The decoded name and value pairs of a raw query string, in order."""
    if not query:
        return []
    pairs = (part.partition("=") for part in query.replace("+", " ").split("&") if part)
    return [(decoded(name), decoded(value)) for name, _, value in pairs]


def _walk(node: _Node, method: str, parts: list[str], at: int, query: str) -> tuple[_End, list[str]] | None:
    if at == len(parts):
        end = _end(node, method, query)
        return None if end is None else (end, [])
    part = parts[at]
    literal = node.literals.get(part)
    if literal is not None and (found := _walk(literal, method, parts, at + 1, query)) is not None:
        return found
    if node.label is not None and part and (found := _walk(node.label, method, parts, at + 1, query)) is not None:
        return found[0], [part, *found[1]]
    if node.greedy is not None and (end := _end(node.greedy, method, query)) is not None:
        return end, ["/".join(parts[at:])]
    return None


def _end(node: _Node, method: str, query: str) -> _End | None:
    ends = node.ends.get(method)
    if not ends:
        return None
    if ends[0].query:
        present = set(query_pairs(query))
        return next((end for end in ends if present.issuperset(end.query)), None)
    return ends[0]
