"""A definition's bytes to plain data: JSON or YAML, bounded in size, depth and what aliases may blow up.

JSON is tried first, since it is what the AWS CLI, CDK and Terraform send and reads a hundred times faster.
"""

import codecs
from typing import Any

import msgspec

LARGEST = 6 * 1024 * 1024  # bytes: the quota of a definition. Developer guide, "Quotas for creating a REST API"
DEEPEST = 100  # levels of objects and lists
INVALID = "Invalid OpenAPI input."


class Unreadable(ValueError):
    """The bytes are no definition at all; the text is AWS's."""


class TooLarge(ValueError):
    """The definition is larger than AWS takes."""


def read_document(body: bytes) -> dict[str, Any]:
    """The definition as data; every key is text. Raises Unreadable, TooLarge."""
    if len(body) > LARGEST:
        raise TooLarge(f"The definition is larger than {LARGEST} bytes")
    try:
        document: Any = msgspec.json.decode(body.removeprefix(codecs.BOM_UTF8))
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        document = _from_yaml(body)
    if not isinstance(document, dict) or is_deeper(document, DEEPEST):
        raise Unreadable("Unable to build importer with provided input.")
    return document


def _from_yaml(body: bytes) -> Any:
    # JSON that is not well formed is no YAML that anybody meant: without this, six megabytes of it are read twice.
    if body.lstrip()[:1] in (b"{", b"["):
        return None
    # Imported with the first YAML: the library is no small part of a start.
    from gatewright.management.openapi.yaml_document import YamlError, read_yaml  # noqa: PLC0415

    try:
        return read_yaml(body)
    except YamlError:
        return None


def is_deeper(node: Any, room: int) -> bool:
    """Whether objects and lists stand in each other more than `room` levels deep."""
    if room == 0:
        return True
    inside = node.values() if isinstance(node, dict) else node
    return any(is_deeper(child, room - 1) for child in inside if isinstance(child, dict | list))
