"""The Principal of a resource policy's statement: whom it is about.

User guide: "AWS JSON policy elements: Principal"; "AWS JSON policy elements: NotPrincipal".
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from gatewright.languages.policy.effect import Effect
from gatewright.languages.policy.errors import PolicyError
from gatewright.languages.policy.request import PolicyPrincipal

# ALLOW: it is about the caller. DELEGATES: about the caller's account. SILENT: about someone else.
About = Callable[[PolicyPrincipal | None], Effect]

_ACCOUNT = re.compile(r"(?:arn:aws[a-z-]*:iam::)?([0-9]{12})(?::root)?")
_ARN = re.compile(r"arn:aws[a-z-]*:(?:iam|sts)::[0-9]{12}:(?:user|role|assumed-role|federated-user)/[^*?]+")
_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{12,124}")
_SERVICE = re.compile(r"[A-Za-z0-9.-]+\.amazonaws\.com(?:\.cn)?")


class _Named:
    """Accounts, ARNs and unique ids. AWS services may be named, but none of them calls an API."""

    def __init__(self, written: Any) -> None:
        self.anyone = written == "*"
        self.accounts: set[str] = set()
        self.others: set[str] = set()
        if self.anyone:
            return
        if not isinstance(written, Mapping) or not written:
            raise PolicyError('a principal is "*" or an object')
        for kind, values in written.items():
            for value in _listed(values):
                self._add(kind, value)

    def _add(self, kind: str, value: str) -> None:
        account = _ACCOUNT.fullmatch(value)
        if kind == "Service" and _SERVICE.fullmatch(value):
            return
        if kind != "AWS":
            raise PolicyError(f"principals of kind {kind} are not supported")
        if value == "*":
            self.anyone = True
        elif account is not None:
            self.accounts.add(account[1])
        elif _ARN.fullmatch(value) or _UNIQUE_ID.fullmatch(value):
            self.others.add(value)
        else:
            raise PolicyError(f"not a principal: {value}")


def compile_principal(written: Any) -> About:
    """Whom `Principal` names. Raises PolicyError."""
    named = _Named(written)
    if named.anyone:
        return lambda caller: Effect.ALLOW

    def about(caller: PolicyPrincipal | None) -> Effect:
        if caller is None:
            return Effect.SILENT
        if not named.others.isdisjoint(_names(caller)) or (_is_root(caller) and caller.account in named.accounts):
            return Effect.ALLOW
        return Effect.DELEGATES if caller.account in named.accounts else Effect.SILENT

    return about


def compile_not_principal(written: Any) -> About:
    """Whom `NotPrincipal` does not name. A caller is many, as far as AWS is concerned: a session is its role and its
    account, too, and each of them must be named. Raises PolicyError."""
    named = _Named(written)

    def about(caller: PolicyPrincipal | None) -> Effect:
        if named.anyone:
            return Effect.SILENT
        if caller is None or caller.account not in named.accounts:
            return Effect.ALLOW
        needed = [caller.role_arn] if caller.role_arn else []
        if not _is_root(caller):
            needed.append(caller.arn)
        return Effect.SILENT if named.others.issuperset(needed) else Effect.ALLOW

    return about


def _listed(values: Any) -> list[str]:
    listed = values if isinstance(values, list) else [values]
    if not listed or not all(isinstance(value, str) for value in listed):
        raise PolicyError("a principal is text, or a list of texts")
    return listed


def _is_root(caller: PolicyPrincipal) -> bool:
    return caller.arn.endswith(f"::{caller.account}:root")


def _names(caller: PolicyPrincipal) -> tuple[str, ...]:
    """By which a caller may be named: a session's id begins with its role's."""
    return caller.arn, caller.role_arn, caller.user_id, caller.user_id.partition(":")[0]
