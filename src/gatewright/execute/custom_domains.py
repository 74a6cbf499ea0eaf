"""The custom domain names of a node: found by the Host header, compiled when first asked for.

An exact name wins over the wildcard of its parent. A public name that two Regions have cannot be told apart by a
header, so nobody is sent anywhere by it. What clients send is looked up, never kept.
Developer guide: "Custom domain names"; "Wildcard custom domain names".
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from gatewright.execute import unserved
from gatewright.execute.custom_domain import NOWHERE, Domain, compile_custom_domain
from gatewright.execute.domain_policy import compile_domain_policy
from gatewright.execute.method_arn import partition
from gatewright.execute.private_api import PrivateApi
from gatewright.execute.private_api import Way as WayIn
from gatewright.execute.private_domain import AlikeDomains, PrivateDomain, plan_of_name
from gatewright.values.records import Change, Key, Store, Transaction

_log = logging.getLogger(__name__)
_KINDS = ("BasePathMapping", "RoutingRule")  # what belongs to a name, and whose parent is its record
_ASSOCIATION = "DomainNameAccessAssociation"


class Domains(Protocol):
    """What knows custom domain names."""

    def find(self, name: str) -> Domain | None:
        """The one that requests for the host `name` are for, None when nobody has it. Raises when it cannot be read."""
        ...


class NoDomains:
    """Nobody has one."""

    def find(self, name: str) -> Domain | None:
        """None."""
        return None


class CustomDomains:
    """Those of a store."""

    def __init__(self, store: Store, ways: Sequence[WayIn] = ()) -> None:
        """`ways` tell who comes through which VPC endpoint."""
        self._store = store
        self._ways = ways
        self._names: Mapping[str, Sequence[Key]] | None = None
        self._compiled: dict[str, Domain] = {}

    def find(self, name: str) -> Domain | None:
        """See Domains."""
        if self._names is None:
            self._names = self._read_names()
        if not self._names:
            return None
        name = name.lower().removesuffix(".")
        if name not in self._names:
            label, _, parent = name.partition(".")
            name = f"*.{parent}"
            if not label or name not in self._names:
                return None
        compiled = self._compiled.get(name)
        if compiled is None:
            compiled = self._compiled[name] = self._load(name, self._names[name])
        return compiled

    def drop_changed(self, changes: Iterable[Change]) -> None:
        """Read anew what a commit has changed."""
        for change in changes:
            if change.key.kind in ("DomainName", _ASSOCIATION):
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

    def _load(self, name: str, keys: Sequence[Key]) -> Domain:
        private = [key for key in keys if key.id != name]
        public = [key for key in keys if key.id == name]
        if len(public) > 1:
            _log.error("the domain name %s is held in %d Regions, and requests for it are refused", name, len(public))
            public = []
        with self._store.read() as tx:
            there = self._domain(tx, public[0]) if public else NOWHERE
            alike = [found for key in private if (found := self._private(tx, key)) is not None]
        return AlikeDomains(alike, there, PrivateApi(self._ways, frozenset())) if alike else there

    def _domain(self, tx: Transaction, key: Key) -> Domain:
        document = tx.get(key) or {}
        why = unserved.closed(unserved.of_domain_name(document))
        if why is not None:
            _log.error("requests for the domain name %s are refused: %s", key.id, why)
            return NOWHERE
        inside = key._replace(parent=key.id, id="")
        mappings, rules = ([one for _, one in tx.list(inside._replace(kind=kind))] for kind in _KINDS)
        return compile_custom_domain(document["routingMode"], mappings, rules)

    def _private(self, tx: Transaction, key: Key) -> PrivateDomain | None:
        """None: nobody may call it."""
        document, domain = tx.get(key) or {}, self._domain(tx, key)
        if domain is NOWHERE or not document.get("policy"):
            return None
        arn = f"arn:{partition(key.region)}:execute-api:{key.region}:{key.account}:/domainnames/{key.id}"
        # Those of other accounts would be here by its managementPolicy, which is not evaluated.
        associations = [one for _, one in tx.list(key._replace(kind=_ASSOCIATION, id=""))]
        mine = [one for one in associations if one["domainNameArn"] == document["domainNameArn"]]
        return PrivateDomain(
            domain,
            frozenset(one["accessAssociationSource"] for one in mine),
            compile_domain_policy(document["policy"], arn),
            arn,
            plan_of_name(key.account, key.region, self._ways),
        )


def _name_of(id: str) -> str:
    """The name itself: the records of private ones have an id after it."""
    return id.partition("+")[0]
