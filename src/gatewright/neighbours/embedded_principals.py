"""Whose an access key is, as the embedded moto server's IAM and STS know it now.

Each key is asked for once however many wait for it, and what was answered holds for a few seconds, or until a call of
IAM or STS has passed through this node.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from gatewright.execute.caller import Principal
from gatewright.execute.world import HttpClient
from gatewright.functions.role_session import PREFIX, RoleSessions, SandboxKeys
from gatewright.neighbours.embedded import EmbeddedMoto, MotoUnavailable
from gatewright.neighbours.identity_policies import identity_policies, limits
from gatewright.neighbours.moto_control import PRINCIPALS, ROLES, SECRET_NAME
from gatewright.values.faults import NetworkFault, PrincipalsUnreachable
from gatewright.values.pending import Drive, Pending

FRESH_SECONDS = 5.0
TIMEOUT_SECONDS = 10.0
MOST = 10_000
_ACCESS_KEY = re.compile(r"[A-Z0-9]{16,128}")  # as moto makes them


class _Known(msgspec.Struct):
    """What the child process answers: see moto_principals."""

    account: str
    arn: str
    user_id: str
    access_key: str = ""
    secret_key: str = ""
    session_token: str = ""
    until: float | None = None
    role_arn: str = ""
    policies: list[str] = []
    bounds: list[list[str]] = []
    keys: dict[str, str] = {}
    organization: str | None = None


class Answer(NamedTuple):
    """`seen` is when it was asked for, `identities` how many calls had been that may change it."""

    principal: Principal | None
    seen: float
    identities: int


_read = msgspec.json.Decoder(_Known | None).decode


class EmbeddedPrincipals:
    """Implements `execute.world.Principals`. Use it from the event loop's thread only; `now` gives seconds."""

    def __init__(self, moto: EmbeddedMoto, http: HttpClient, now: Callable[[], float], sessions: RoleSessions) -> None:
        """`sessions` are those that this node gives its functions."""
        self._sessions = sessions
        self._moto = moto
        self._http = http
        self._now = now
        self._answers: dict[str, Answer] = {}
        self._waiting: dict[tuple[str, int], list[Pending[Principal | None]]] = {}

    def of(self, access_key: str) -> Pending[Principal | None]:
        """See execute.world.Principals. Fails with PrincipalsUnreachable."""
        pending: Pending[Principal | None] = Pending()
        ended = access_key.startswith(PREFIX) and self._sessions.of(access_key) is None
        if ended or not _ACCESS_KEY.fullmatch(access_key):
            pending.complete(None)
            return pending
        answer = self._answers.get(access_key)
        identities = self._moto.identities
        if answer is not None and answer.identities == identities and self._now() - answer.seen < FRESH_SECONDS:
            pending.complete(answer.principal)
            return pending
        waiting = self._waiting.setdefault((access_key, identities), [])
        waiting.append(pending)
        if len(waiting) == 1:
            asked = Answer(None, self._now(), identities)
            Drive(self._ask(access_key), lambda found, error: self._told(access_key, asked, found, error)).step()
        return pending

    def doubt(self) -> str:
        """See execute.world.Principals: the child process is started when it is first asked."""
        return ""

    def _told(self, access_key: str, asked: Answer, principal: Principal | None, error: BaseException | None) -> None:
        if error is None:
            if len(self._answers) >= MOST:
                self._answers.clear()
            self._answers[access_key] = asked._replace(principal=principal)
        for pending in self._waiting.pop((access_key, asked.identities)):
            if error is None:
                pending.complete(principal)
            else:
                pending.fail(error)

    async def _ask(self, access_key: str) -> Principal | None:
        session = self._sessions.of(access_key)
        try:
            origin = await self._moto.origin()
            head = (
                f"GET {_path(access_key, session)} HTTP/1.1\r\nHost: localhost:{origin.port}\r\n"
                f"{SECRET_NAME}: {self._moto.secret}\r\n\r\n"
            )
            returned = await self._http.send(origin, "GET", head.encode(), b"", TIMEOUT_SECONDS)
        except MotoUnavailable as error:
            raise PrincipalsUnreachable(str(error)) from error
        except NetworkFault as fault:
            raise PrincipalsUnreachable(f"the embedded moto server gave no answer: {fault.reason}") from fault
        if returned.status != 200:
            raise PrincipalsUnreachable(f"the embedded moto server answered {returned.status}")
        try:
            known = _read(returned.body)
            return _principal(known if session is None or known is None else _of_sandbox(known, session))
        except msgspec.MsgspecError as error:
            raise PrincipalsUnreachable(f"the embedded moto server answered something else: {error}") from error


def _path(access_key: str, session: SandboxKeys | None) -> str:
    return PRINCIPALS + access_key if session is None else f"{ROLES}{session.name}/{quote(session.role_arn)}"


def _of_sandbox(known: _Known, session: SandboxKeys) -> _Known:
    issued = datetime.fromtimestamp(int(session.since), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return msgspec.structs.replace(
        known,
        access_key=session.access_key,
        secret_key=session.secret_key,
        session_token=session.session_token,
        keys=known.keys | {"aws:tokenissuetime": issued, "aws:multifactorauthpresent": "false"},
    )


def _principal(known: _Known | None) -> Principal | None:
    if known is None:
        return None
    members: dict[str, Any] = msgspec.structs.asdict(known)
    return Principal(
        **members
        | {
            "policies": identity_policies(known.arn, known.policies),
            "bounds": tuple(limits(known.arn, bound) for bound in known.bounds),
            "keys": {name: (value,) for name, value in known.keys.items()},
        }
    )
