"""A definition as the parts of the import see it: its data, its local references, and what is found wrong with it."""

from typing import Any
from urllib.parse import unquote

import msgspec

from gatewright.management.openapi.document import INVALID, LARGEST, Unreadable
from gatewright.management.openapi.findings import Findings

LONGEST_CHAIN = 32  # references that lead to references
MOST_BROUGHT = 2 * LARGEST  # bytes that references may put in their places, each time they do


class Definition:
    """One definition under way. `root` is its data, `findings` what its import warns of."""

    __slots__ = ("_brought", "_sizes", "findings", "root")

    def __init__(self, root: dict[str, Any], findings: Findings) -> None:
        self.root = root
        self.findings = findings
        self._brought = 0
        self._sizes: dict[str, int] = {}  # by reference

    def mapping(self, *names: str) -> dict[str, Any]:
        """The object that these members lead to from the root; empty when there is none."""
        node = self.root
        for depth, name in enumerate(names):
            node = self.findings.mapping(node.get(name), ".".join(names[: depth + 1]))
        return node

    def resolved(self, node: Any, where: str) -> dict[str, Any]:
        """`node` itself, or what its `$ref` leads to; empty, with a warning, when that is nothing."""
        told = node.get("$ref") if isinstance(node, dict) else None
        for _ in range(LONGEST_CHAIN):
            if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
                return self.findings.mapping(node, where)
            reference = node["$ref"]
            node = self.find(reference)
            if node is None:
                break
            self.bring(reference, node)
        self.findings.tell(f"Parse issue: attribute {where}.{told} is missing")
        return {}

    def bring(self, reference: str, node: Any) -> None:
        """Count what `reference` brings. Raises Unreadable: without a bound a small definition becomes a huge API."""
        if reference not in self._sizes:
            self._sizes[reference] = len(msgspec.json.encode(node))
        self._brought += self._sizes[reference]
        if self._brought > MOST_BROUGHT:
            raise Unreadable(INVALID)

    def find(self, reference: str) -> Any:
        """What a local reference (`#/...`, RFC 6901) leads to, or None."""
        if not reference.startswith("#/"):
            return None
        node: Any = self.root
        for segment in pointer_names(reference[2:]):
            if isinstance(node, dict):
                node = node.get(segment)
            elif isinstance(node, list) and segment.isdecimal() and len(segment) < 9 and int(segment) < len(node):
                node = node[int(segment)]
            else:
                return None
        return node


def pointer_names(pointer: str) -> list[str]:
    """The names of a JSON pointer in a URI fragment, unescaped."""
    return [unquote(name).replace("~1", "/").replace("~0", "~") for name in pointer.split("/")]
