"""An exported definition as text: JSON or YAML."""

from typing import Any

import msgspec


def to_json(document: dict[str, Any]) -> bytes:
    """With an indent of two, as AWS writes it."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2)


def to_yaml(document: dict[str, Any]) -> bytes:
    """In blocks, members in their order."""
    # Imported with the first YAML: the library is no small part of a start.
    from gatewright.management.openapi.yaml_text import write_yaml  # noqa: PLC0415

    return write_yaml(document)
