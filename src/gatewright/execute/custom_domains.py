"""The custom domain names of a node: found by the Host header, compiled when first asked for.

An exact name wins over the wildcard of its parent. A name that two Regions have cannot be told apart by a header, nor
can private names that are alike, so nobody is sent anywhere by one. What clients send is looked up, never kept.
Developer guide: "Custom domain names"; "Wildcard custom domain names".
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from gatewright.execute import unserved
from gatewright.execute.custom_domain import NOWHERE, CustomDomain, compile_custom_domain
from gatewright.values.records import Change, Key, Store

_log = logging.getLogger(__name__)
_KINDS = ("BasePathMapping", "RoutingRule")  # what belongs to a name, and whose parent is its record


class Domains(Protocol):
    """What knows custom domain names."""

    def find(self, name: str) -> CustomDomain | None:
        """The one that requests for the host `name` are for, None when nobody has it. Raises when it cannot be read."""
        ...


class NoDomains:
    """Nobody has one."""

    def find(self, name: str) -> CustomDomain | None:
        """None."""
        return None


class CustomDomains:
    """Those of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._names: Mapping[str, Sequence[Key]] | None = None
        self._compiled: dict[str, CustomDomain] = {}

    def find(self, name: str) -> CustomDomain | None:
        """See Domains."""
        if self._names is None:
            self._names = self._read_names()
        if not self._names:
            return None
        name = name.lower().removesuffix(".")
        if name not in self._names:
            name = f"*.{name.partition('.')[2]}"
            if name not in self._names:
                return None
        compiled = self._compiled.get(name)
        if compiled is None:
            compiled = self._compiled[name] = self._load(name, self._names[name])
        return compiled

    def drop_changed(self, changes: Iterable[Change]) -> None:
        """Read anew what a commit has changed."""
        for change in changes:
            if change.key.kind == "DomainName":
                self._names = None
                self._compiled.clear()
            elif change.key.kind in _KINDS:
                self._compiled.pop(_name_of(change.key.parent), None)

    def _read_names(self) -> Mapping[str, Sequence[Key]]:
        names: dict[str, list[Key]] = {}
        with self._store.read() as tx:
            for key in tx.keys("DomainName"):
                names.setdefault(_name_of(key.id), []).append(key)
        return names

    def _load(self, name: str, keys: Sequence[Key]) -> CustomDomain:
        if len(keys) > 1:
            _log.error("the domain name %s is held by %d, and requests for it are refused", name, len(keys))
            return NOWHERE
        (key,) = keys
        inside = key._replace(parent=key.id, id="")
        with self._store.read() as tx:
            document = tx.get(key) or {}
            mappings, rules = ([one for _, one in tx.list(inside._replace(kind=kind))] for kind in _KINDS)
        why = unserved.closed(unserved.of_domain_name(document))
        if why is not None:
            _log.error("requests for the domain name %s are refused: %s", name, why)
            return NOWHERE
        return compile_custom_domain(document["routingMode"], mappings, rules)


def _name_of(id: str) -> str:
    """The name itself: the records of private ones have an id after it."""
    return id.partition("+")[0]
