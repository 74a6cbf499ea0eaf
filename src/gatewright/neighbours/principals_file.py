"""Whose an access key is, by a file: for gateways whose IAM does not give secrets away.

    {"principals": [{"arn": "arn:aws:iam::123456789012:user/ci",
                     "accessKeys": [{"accessKeyId": "...", "secretAccessKey": "..."}],
                     "policies": [{"Version": "2012-10-17", "Statement": [...]}]}]}

The file is read again when it has changed. One that cannot be read any more refuses everybody: it may be there to shut
somebody out.
"""

import hashlib
import json
import logging
import os
import re
import stat
import time
from base64 import b32encode
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec

from gatewright.execute.caller import Principal
from gatewright.languages.policy import Policy, PolicyError, compile_policy
from gatewright.values.faults import PrincipalsUnreachable

log = logging.getLogger(__name__)

LARGEST_FILE = 10_000_000
_TICK_NS = 50_000_000
_OTHERS = stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH
_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
# Of a session as AWS has it. When it began is not told: policies that shut out old sessions shut it out.
_OF_SESSIONS: dict[str, tuple[str, ...]] = {
    "aws:multifactorauthpresent": ("false",),
    "aws:tokenissuetime": ("1970-01-01T00:00:00Z",),
}
State = tuple[int, int, int]
Compiled = dict[bytes, Policy]  # by the policy's text
Compile = Callable[[list[dict[str, Any]]], tuple[Policy, ...]]
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
        self._doubt = ""
        self._compiled: Compiled = {}
        self._state: State | None = None
        self._by_key: dict[str, Principal] = {}
        self._read()

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
            if self._state is not None and self._state == _state(self._path):
                return
            self._read()
            log.info("%s is read again", self._path)
        except PrincipalsFileError as error:
            if str(error) != self._doubt:
                log.error("every call with AWS_IAM is refused: %s", error)
            self._by_key, self._doubt = {}, str(error)

    def _read(self) -> None:
        """Raises PrincipalsFileError, and then leaves a file that stays as it is unread."""
        try:
            with self._path.open("rb") as file:
                found = os.fstat(file.fileno())
                text = file.read(LARGEST_FILE + 1)
        except OSError as error:
            self._state = None
            raise PrincipalsFileError(f"{self._path} cannot be read: {error.strerror}") from error
        # What is written within one tick of the clock looks the same: so shortly after a change it is read again.
        is_settled = not 0 <= time.time_ns() - found.st_mtime_ns < _TICK_NS
        self._state = _state_of(found) if is_settled else None
        if found.st_mode & _OTHERS:
            log.warning("%s holds secrets, and other users of this machine may read or change it", self._path)
        compiled: Compiled = {}
        self._by_key = _by_key(self._path, _listed(self._path, text), partial(_policies, self._compiled, compiled))
        self._compiled, self._doubt = compiled, ""


def _state(path: Path) -> State | None:
    try:
        return _state_of(os.stat(path))
    except OSError:
        return None  # reading it tells why


def _state_of(found: os.stat_result) -> State:
    """What changes with a file's content."""
    return found.st_mtime_ns, found.st_size, found.st_ino


def _listed(path: Path, text: bytes) -> list[_Listed]:
    if len(text) > LARGEST_FILE:
        raise PrincipalsFileError(f"{path} is larger than {LARGEST_FILE} bytes")
    try:
        document = json.loads(text.decode(), object_pairs_hook=_once, parse_constant=_no_number)
        return msgspec.convert(document, _File).principals
    except (ValueError, RecursionError) as error:  # of msgspec, too
        raise PrincipalsFileError(f"{path} is no file of principals: {error}") from error


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        names = [name for name, _ in members]
        raise ValueError(f"an object has {next(name for name in names if names.count(name) > 1)!r} twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _by_key(path: Path, listed: list[_Listed], compiled: Compile) -> dict[str, Principal]:
    by_key: dict[str, Principal] = {}
    for number, each in enumerate(listed):
        try:
            for principal in _principals(each, compiled):
                if principal.access_key in by_key:
                    raise PrincipalsFileError("its access key stands there twice")
                by_key[principal.access_key] = principal
        except ValueError as error:
            raise PrincipalsFileError(f"{path}, principal {number + 1} ({each.arn[:200]}): {error}") from error
    return by_key


def _principals(listed: _Listed, compiled: Compile) -> Iterator[Principal]:
    """The principal once for each of its access keys. Raises ValueError."""
    match = _ARN.fullmatch(listed.arn)
    if match is None or (match["kind"] == "assumed-role") != bool(match["role"]):
        raise ValueError("its arn is not that of a user, an account's root, or the session of a role or federated user")
    account = match["account"] or match["sts"]
    role_arn = _role_arn(listed, match, account)
    policies, bounds = _allowed(listed, compiled)
    for key in listed.access_keys:
        if not key.access_key_id or "/" in key.access_key_id or not key.secret_access_key:
            raise ValueError("an access key needs an accessKeyId without a slash, and a secretAccessKey")
        is_session = bool(key.session_token or match["sts"])
        yield Principal(
            account=account,
            arn=listed.arn,
            user_id=listed.user_id or _user_id(match, account, role_arn),
            access_key=key.access_key_id,
            secret_key=key.secret_access_key,
            session_token=key.session_token,
            until=key.expiration.timestamp() if key.expiration is not None else None,
            role_arn=role_arn,
            policies=policies,
            bounds=bounds,
            keys={f"aws:principaltag/{name.lower()}": (value,) for name, value in listed.tags.items()}
            | (_OF_SESSIONS if is_session else {}),
            organization=listed.organization_id,
        )


def _allowed(listed: _Listed, compiled: Compile) -> tuple[tuple[Policy, ...], tuple[tuple[Policy, ...], ...]]:
    """The principal's policies, and what bounds them. Raises ValueError."""
    bounds = [] if listed.permissions_boundary is None else [compiled([listed.permissions_boundary])]
    if listed.session_policies is not None:
        bounds.append(compiled(listed.session_policies))
    if not listed.arn.endswith(":root"):
        return compiled(listed.policies), tuple(bounds)
    if listed.policies or listed.permissions_boundary is not None:
        raise ValueError("an account's root user may do everything: it has neither policies nor a permissionsBoundary")
    return compiled([_ALL]), tuple(bounds)


def _policies(before: Compiled, now: Compiled, documents: list[dict[str, Any]]) -> tuple[Policy, ...]:
    """Each document compiled once, and not again when the file has changed elsewhere. Raises ValueError."""
    texts = [msgspec.json.encode(document) for document in documents]
    for text, document in zip(texts, documents, strict=True):
        if text not in now:
            try:
                now[text] = before.get(text) or compile_policy(document, kind="identity")
            except PolicyError as error:
                raise ValueError(f"a policy of it cannot be read: {error}") from error
    return tuple(now[text] for text in texts)


def _role_arn(listed: _Listed, match: re.Match[str], account: str) -> str:
    """Of a session of a role, "" of others. Raises ValueError for one that is not the session's."""
    start = f"arn:{match['partition']}:iam::{account}:role/"
    if not listed.role_arn:
        return start + match["role"] if match["role"] else ""
    path, _, name = listed.role_arn.rpartition("/")
    if not match["role"] or name != match["role"] or not f"{path}/".startswith(start):
        raise ValueError("its roleArn is not that of the session's role")
    return listed.role_arn


def _user_id(match: re.Match[str], account: str, role_arn: str) -> str:
    """An id of AWS's form, the same each time, for who is listed without one."""
    if match["kind"] == "federated-user":
        return f"{account}:{match['session']}"
    if role_arn:
        return f"AROA{_unique(role_arn)}:{match['session']}"
    return f"AIDA{_unique(match[0])}" if match["user"] else account


def _unique(arn: str) -> str:
    return b32encode(hashlib.sha256(arn.encode()).digest())[:17].decode()
