"""Whose an access key is, as the embedded moto server's IAM and STS know it now.

Which keys there are, and then whose one is, is asked for once however many wait for it. What was answered holds for a
few seconds, or until a call of IAM or STS has passed through this node.
"""

import math
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec

from gatewright.execute.caller import Principal
from gatewright.execute.world import HttpClient
from gatewright.functions.role_session import PREFIX, RoleSessions, SandboxKeys
from gatewright.neighbours.embedded import EmbeddedMoto, MotoUnavailable
from gatewright.neighbours.identity_policies import identity_policies, limits
from gatewright.neighbours.moto_control import PRINCIPALS, ROLES
from gatewright.values.faults import NetworkFault, PrincipalsUnreachable
from gatewright.values.least_recent import LeastRecent
from gatewright.values.pending import Pending
from gatewright.values.single_flight import SingleFlight

FRESH_SECONDS = 5.0
TIMEOUT_SECONDS = 10.0
MOST = 10_000


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


T = TypeVar("T")
_read = msgspec.json.Decoder(_Known | None).decode
_read_keys = msgspec.json.Decoder(frozenset[str]).decode


class Question(Generic[T]):
    """One that is asked once however many wait. Its answer holds for FRESH_SECONDS by `now`, or until a call that may
    have changed it went to `moto`."""

    __slots__ = ("_answer", "_ask", "_flights", "_identities", "_moto", "_now", "_seen")

    def __init__(self, ask: Callable[[], Coroutine[Any, Any, T]], moto: EmbeddedMoto, now: Callable[[], float]) -> None:
        self._ask = ask
        self._moto = moto
        self._now = now
        self._seen = -math.inf  # when the answer was asked for
        self._identities = 0  # how many calls that may change it had been then
        self._flights: dict[int, SingleFlight[T]] = {}  # by how many there had been when they began

    def answer(self) -> Pending[T]:
        """Fails as asking does; the next one asks again."""
        identities = self._moto.identities
        if self._identities == identities and self._now() - self._seen < FRESH_SECONDS:
            pending: Pending[T] = Pending()
            pending.complete(self._answer)
            return pending
        return self._flights.setdefault(identities, SingleFlight()).ask(lambda: self._asked(identities))

    async def _asked(self, identities: int) -> T:
        seen = self._now()
        try:
            answer = await self._ask()
        finally:
            del self._flights[identities]
        if identities >= self._identities:
            self._answer, self._seen, self._identities = answer, seen, identities
        return answer


class EmbeddedPrincipals:
    """Implements `execute.world.Principals`. Use it from the event loop's thread only; `now` gives seconds."""

    def __init__(self, moto: EmbeddedMoto, http: HttpClient, now: Callable[[], float], sessions: RoleSessions) -> None:
        """`sessions` are those that this node gives its functions."""
        self._sessions = sessions
        self._moto = moto
        self._http = http
        self._now = now
        self._keys = Question(self._all_keys, moto, now)
        self._by_key: LeastRecent[str, Question[Principal | None]] = LeastRecent(MOST)

    async def of(self, access_key: str) -> Principal | None:
        """See execute.world.Principals. A key that nobody has costs the child nothing: any client may make some up."""
        if access_key.startswith(PREFIX):
            if self._sessions.of(access_key) is None:
                return None
        elif access_key not in await self._keys.answer():
            return None
        principal = await self._question(access_key).answer()
        ended = access_key.startswith(PREFIX) and self._sessions.of(access_key) is None  # meanwhile
        return None if ended else principal

    def doubt(self) -> str:
        """See execute.world.Principals: the child process is started when it is first asked."""
        return ""

    def _question(self, access_key: str) -> Question[Principal | None]:
        return self._by_key.get_or_put(
            access_key, lambda: Question(partial(self._principal, access_key), self._moto, self._now)
        )

    async def _all_keys(self) -> frozenset[str]:
        return await self._asked(PRINCIPALS, _read_keys)

    async def _principal(self, access_key: str) -> Principal | None:
        session = self._sessions.of(access_key)
        known = await self._asked(_path(access_key, session), _read)
        return _principal(known if session is None or known is None else _of_sandbox(known, session))

    async def _asked(self, path: str, read: Callable[[bytes], T]) -> T:
        try:
            origin = await self._moto.origin()
            head = f"GET {path} HTTP/1.1\r\nHost: localhost:{origin.port}\r\n{self._moto.control_lines()}\r\n"
            returned = await self._http.send(origin, "GET", head.encode(), b"", TIMEOUT_SECONDS)
        except MotoUnavailable as error:
            raise PrincipalsUnreachable(str(error)) from error
        except NetworkFault as fault:
            raise PrincipalsUnreachable(f"the embedded moto server gave no answer: {fault.reason}") from fault
        if returned.status != 200:
            raise PrincipalsUnreachable(f"the embedded moto server answered {returned.status}")
        try:
            return read(returned.body)
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
