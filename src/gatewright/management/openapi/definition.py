"""A definition as the parts of the import see it: its data, its local references, and what is found wrong with it."""

from typing import Any
from urllib.parse import unquote

from gatewright.management.openapi.findings import Findings

LONGEST_CHAIN = 32  # references that lead to references


class Definition:
    """One definition under way. `root` is its data, `findings` what its import warns of."""

    __slots__ = ("findings", "root")

    def __init__(self, root: dict[str, Any], findings: Findings) -> None:
        self.root = root
        self.findings = findings

    def mapping(self, *names: str) -> dict[str, Any]:
        """The object that these members lead to from the root; empty when there is none."""
        node: Any = self.root
        for depth, name in enumerate(names):
            node = self.findings.mapping(node.get(name), ".".join(names[: depth + 1]))
        return node  # type: ignore[no-any-return]

    def resolved(self, node: Any, where: str) -> dict[str, Any]:
        """`node` itself, or what its `$ref` leads to; empty, with a warning, when that is nothing."""
        told = node.get("$ref") if isinstance(node, dict) else None
        for _ in range(LONGEST_CHAIN):
            if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
                return self.findings.mapping(node, where)
            node = self.find(node["$ref"])
            if node is None:
                break
        self.findings.tell(f"Parse issue: attribute {where}.{told} is missing")
        return {}

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
