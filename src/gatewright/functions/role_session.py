"""The credentials that a sandbox gets: a session of its function's role, as on AWS, or just the account.

A session's keys are nobody's to guess and end with the sandbox. What the role may do is asked of IAM when they are
used. Where no IAM of this node could tell, a sandbox's key is its account, which services of this machine read from it.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
"""

import secrets
import string
import time
from typing import NamedTuple, Protocol

from gatewright.functions.function import Function

PREFIX = "GSIA"  # and the account: see signatures/scope.py
_LETTERS = string.ascii_uppercase + "234567"


class SandboxKeys(NamedTuple):
    """What a sandbox signs with. `session_token` is "" without a session. `role_arn` is the function's role, `name` the
    session's, which is the function's; `since` in epoch seconds."""

    access_key: str
    secret_key: str
    session_token: str = ""
    role_arn: str = ""
    name: str = ""
    since: float = 0.0

    def __repr__(self) -> str:
        return f"SandboxKeys({self.access_key})"


class SandboxCredentials(Protocol):
    """Gives each sandbox its keys."""

    def begin(self, function: Function) -> SandboxKeys:
        """Those of a new sandbox."""
        ...

    def end(self, keys: SandboxKeys) -> None:
        """The sandbox is gone."""
        ...


class AccountKeys:
    """The account as key, and a secret that says nothing."""

    def begin(self, function: Function) -> SandboxKeys:
        """See SandboxCredentials."""
        return SandboxKeys(function.account, "gatewright")

    def end(self, keys: SandboxKeys) -> None:
        """See SandboxCredentials."""


class RoleSessions:
    """A session for each sandbox. Use it from the event loop's thread only."""

    def __init__(self) -> None:
        self._by_key: dict[str, SandboxKeys] = {}

    def begin(self, function: Function) -> SandboxKeys:
        """See SandboxCredentials."""
        access_key = f"{PREFIX}{function.account}{''.join(secrets.choice(_LETTERS) for _ in range(16))}"
        keys = SandboxKeys(
            access_key, secrets.token_urlsafe(30), secrets.token_urlsafe(96), function.role, function.name, time.time()
        )
        self._by_key[access_key] = keys
        return keys

    def end(self, keys: SandboxKeys) -> None:
        """See SandboxCredentials."""
        self._by_key.pop(keys.access_key, None)

    def of(self, access_key: str) -> SandboxKeys | None:
        """The keys of a sandbox that runs, None for any other."""
        return self._by_key.get(access_key)
