"""YAML to plain data, from libyaml's events, so that depth, aliases and duplicate keys are ours to bound.

Plain scalars mean what YAML's core schema (1.2, section 10.3) says: `no` is text and a date is text. Keys are always
text: `200:` is the status code "200".
"""

import re
from typing import Any

import yaml

from gatewright.management.openapi.document import DEEPEST

MOST_NODES = 500_000  # written ones: reading them takes a second, in which the node does nothing else
MOST_ALIASED = 6 * 1024 * 1024  # characters and nodes that aliases may add to those written

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = re.compile(r"|~|null|Null|NULL")
_BOOLEANS = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_MERGE = "<<"


class YamlError(ValueError):
    """Not YAML, or more of it than is taken."""


class _Open:
    """A mapping or sequence whose end has not come yet. `size` counts nodes and characters, aliases included."""

    __slots__ = ("anchor", "key", "merged", "node", "size")

    def __init__(self, node: dict[str, Any] | list[Any], anchor: str | None) -> None:
        self.node = node
        self.anchor = anchor
        self.key: str | None = None
        self.merged: dict[str, Any] = {}  # what its own keys stand before
        self.size = 1


class _Reader:
    """Takes the events of one document. Aliases share their node: nothing is copied."""

    def __init__(self) -> None:
        self.root: Any = None
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._aliased = 0

    def take(self, event: yaml.Event) -> None:
        """One event after the other."""
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._begin({} if isinstance(event, yaml.MappingStartEvent) else [], event.anchor)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._end()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event.anchor)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        within = self._open[-1] if self._open else None
        if within is not None and within.key is None and isinstance(within.node, dict):
            within.key = event.value
            if within.key in within.node:
                raise YamlError(f"duplicate key {within.key}")
            within.size += len(event.value)
            if event.anchor:
                self._anchors[event.anchor] = (event.value, 1 + len(event.value))
            return
        size = 1 + len(event.value)
        value = _plain(event.value) if event.implicit[0] else event.value
        if event.anchor:
            self._anchors[event.anchor] = (value, size)
        self._place(value, size)

    def _begin(self, node: dict[str, Any] | list[Any], anchor: str | None) -> None:
        if len(self._open) == DEEPEST:
            raise YamlError("too deep")
        self._open.append(_Open(node, anchor))

    def _end(self) -> None:
        ended = self._open.pop()
        if isinstance(ended.node, dict):
            ended.node |= {name: value for name, value in ended.merged.items() if name not in ended.node}
        if ended.anchor:
            self._anchors[ended.anchor] = (ended.node, ended.size)
        self._place(ended.node, ended.size)

    def _alias(self, anchor: str | None) -> None:
        if anchor is None or anchor not in self._anchors:  # also one of a node that holds its own alias
            raise YamlError(f"unknown alias {anchor}")
        node, size = self._anchors[anchor]
        self._aliased += size
        if self._aliased > MOST_ALIASED:
            raise YamlError("too many aliases")
        self._place(node, size)

    def _place(self, value: Any, size: int) -> None:
        if not self._open:
            self.root = value
            return
        within = self._open[-1]
        within.size += size
        if isinstance(within.node, list):
            within.node.append(value)
        elif within.key is None:
            raise YamlError("a key that is not text")
        elif within.key == _MERGE:
            self._merge(within, value)
        else:
            within.node[within.key] = value
        within.key = None

    def _merge(self, within: _Open, value: Any) -> None:
        for mapping in value if isinstance(value, list) else [value]:
            if not isinstance(mapping, dict):
                raise YamlError("a merge of what is no mapping")
            within.merged = mapping | within.merged
            self._aliased += len(mapping)


def _plain(text: str) -> Any:
    if _NULL.fullmatch(text):
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def read_yaml(body: bytes) -> Any:
    """The one document that `body` holds. Raises YamlError."""
    reader, documents, events = _Reader(), 0, 0
    try:
        for event in yaml.parse(body, Loader=_Loader):
            documents += isinstance(event, yaml.DocumentStartEvent)
            events += 1
            if documents > 1 or events > MOST_NODES:
                raise YamlError("more than one document, or too large a one")
            reader.take(event)
    except (yaml.YAMLError, UnicodeError) as error:
        raise YamlError(str(error)) from error
    return reader.root
