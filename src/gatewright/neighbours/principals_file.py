"""Whose an access key is, by a file: for gateways whose IAM does not give secrets away.

    {"principals": [{"arn": "arn:aws:iam::123456789012:user/ci",
                     "accessKeys": [{"accessKeyId": "...", "secretAccessKey": "..."}],
                     "policies": [{"Version": "2012-10-17", "Statement": [...]}]}]}

The file is read again when it has changed. One that cannot be read any more refuses everybody: it may be there to shut
somebody out.
"""

import hashlib
import logging
import os
import re
from base64 import b32encode
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec

from gatewright.execute.caller import Principal
from gatewright.languages.policy import Policy, PolicyError, compile_policy
from gatewright.values.faults import PrincipalsUnreachable

log = logging.getLogger(__name__)

LARGEST_FILE = 10_000_000
_ARN = re.compile(
    r"arn:aws[a-z-]*:iam::(?P<account>[0-9]{12}):(?:root|user/(?:\S+/)?(?P<user>[^\s/]+))"
    r"|arn:(?P<partition>aws[a-z-]*):sts::(?P<sts>[0-9]{12})"
    r":(?P<kind>assumed-role|federated-user)/(?:(?P<role>[^\s/]+)/)?(?P<session>[^\s/]+)"
)


class PrincipalsFileError(ValueError):
    """The file cannot be used; the text says why, and shows no secret."""


class _Key(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    access_key_id: str
    secret_access_key: str
    session_token: str = ""
    expiration: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class _Listed(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """One principal. `role_arn` is needed only where a session's role has a path."""

    arn: str
    access_keys: list[_Key]
    policies: list[dict[str, Any]] = []
    permissions_boundary: dict[str, Any] | None = None
    session_policies: list[dict[str, Any]] | None = None
    tags: dict[str, str] = {}
    user_id: str = ""
    role_arn: str = ""
    organization_id: str | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    principals: list[_Listed]


class PrincipalsFile:
    """Implements `execute.world.Principals`."""

    def __init__(self, path: Path) -> None:
        """Raises PrincipalsFileError for a file that cannot be used."""
        self._path = path
        self._state = _state(path)
        self._by_key = _read(path)
        self._doubt = ""

    async def of(self, access_key: str) -> Principal | None:
        """See execute.world.Principals."""
        doubt = self.doubt()
        if doubt:
            raise PrincipalsUnreachable(doubt)
        return self._by_key.get(access_key)

    def doubt(self) -> str:
        """See execute.world.Principals: why the file cannot be read."""
        self._look()
        return self._doubt

    def _look(self) -> None:
        try:
            state = _state(self._path)
            if state == self._state:
                return
            self._state = state
            self._by_key, self._doubt = _read(self._path), ""
            log.info("%s is read again", self._path)
        except PrincipalsFileError as error:
            if str(error) != self._doubt:
                log.error("every call with AWS_IAM is refused: %s", error)
            self._by_key, self._doubt = {}, str(error)


def _state(path: Path) -> tuple[int, int, int]:
    """What changes with a file's content."""
    try:
        found = os.stat(path)
    except OSError as error:
        raise PrincipalsFileError(f"{path} cannot be read: {error.strerror}") from error
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: Path) -> dict[str, Principal]:
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise PrincipalsFileError(f"{path} cannot be read: {error.strerror}") from error
    if len(text) > LARGEST_FILE:
        raise PrincipalsFileError(f"{path} is larger than {LARGEST_FILE} bytes")
    try:
        listed = msgspec.json.decode(text, type=_File).principals
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PrincipalsFileError(f"{path} is no file of principals: {error}") from error
    by_key: dict[str, Principal] = {}
    for number, each in enumerate(listed):
        try:
            for principal in _principals(each):
                if principal.access_key in by_key:
                    raise PrincipalsFileError("its access key stands there twice")
                by_key[principal.access_key] = principal
        except ValueError as error:
            raise PrincipalsFileError(f"{path}, principal {number + 1} ({each.arn[:200]}): {error}") from error
    return by_key


def _principals(listed: _Listed) -> Iterator[Principal]:
    """The principal once for each of its access keys. Raises ValueError."""
    match = _ARN.fullmatch(listed.arn)
    if match is None or (match["kind"] == "assumed-role") != bool(match["role"]):
        raise ValueError("its arn is not that of a user, an account's root, or the session of a role or federated user")
    account = match["account"] or match["sts"]
    role_arn = f"arn:{match['partition']}:iam::{account}:role/{match['role']}" if match["role"] else ""
    bounds = [[listed.permissions_boundary]] if listed.permissions_boundary is not None else []
    if listed.session_policies is not None:
        bounds.append(listed.session_policies)
    policies, limits = _compiled(listed.policies), tuple(_compiled(bound) for bound in bounds)
    for key in listed.access_keys:
        if not key.access_key_id or "/" in key.access_key_id or not key.secret_access_key:
            raise ValueError("an access key needs an accessKeyId without a slash, and a secretAccessKey")
        yield Principal(
            account=account,
            arn=listed.arn,
            user_id=listed.user_id or _user_id(match, account, role_arn),
            access_key=key.access_key_id,
            secret_key=key.secret_access_key,
            session_token=key.session_token,
            until=key.expiration.timestamp() if key.expiration is not None else None,
            role_arn=listed.role_arn or role_arn,
            policies=policies,
            bounds=limits,
            keys={f"aws:principaltag/{name.lower()}": (value,) for name, value in listed.tags.items()},
            organization=listed.organization_id,
        )


def _compiled(documents: list[dict[str, Any]]) -> tuple[Policy, ...]:
    try:
        return tuple(compile_policy(document, kind="identity") for document in documents)
    except PolicyError as error:
        raise ValueError(f"a policy of it cannot be read: {error}") from error


def _user_id(match: re.Match[str], account: str, role_arn: str) -> str:
    """An id of AWS's form, the same each time, for who is listed without one."""
    if match["kind"] == "federated-user":
        return f"{account}:{match['session']}"
    if role_arn:
        return f"AROA{_unique(role_arn)}:{match['session']}"
    return f"AIDA{_unique(match[0])}" if match["user"] else account


def _unique(arn: str) -> str:
    return b32encode(hashlib.sha256(arn.encode()).digest())[:17].decode()
