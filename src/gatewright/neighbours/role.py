"""Roles assumed through the token service, each by one call however many wait for it, and kept until they expire.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

import re
from collections.abc import Callable, Coroutine
from datetime import datetime
from html import unescape
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlencode

from gatewright.aws.service_api import service_host
from gatewright.execute.world import Returned, ServiceCall
from gatewright.neighbours.sign import Credentials
from gatewright.values.faults import NetworkFault, RoleFault
from gatewright.values.least_recent import LeastRecent
from gatewright.values.pending import Pending
from gatewright.values.single_flight import SingleFlight

SESSION_NAME = "BackplaneAssumeRoleSession"  # what AWS names it: trails and policies of users may say so
TIMEOUT_SECONDS = 10.0
EARLY_SECONDS = 120.0  # before its end a session is replaced
_REMEMBERED = 1000
_FORM = (("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),)


class Session(NamedTuple):
    """A role assumed; `until` in epoch seconds."""

    credentials: Credentials
    until: float


class Calling(Protocol):
    """`Services.call`."""

    def __call__(self, call: ServiceCall, *, timeout: float) -> Coroutine[Any, Any, Returned]: ...


class Roles:
    """The roles of one node. Use it from the event loop's thread only."""

    def __init__(self, call: Calling, now: Callable[[], float]) -> None:
        self._call = call
        self._now = now
        self._sessions: LeastRecent[str, Session] = LeastRecent(_REMEMBERED)
        self._flights: dict[str, SingleFlight[Credentials]] = {}

    def credentials(self, role: str, region: str) -> Pending[Credentials]:
        """Those of the role with the ARN `role`, assumed in `region`. Fails with RoleFault or NetworkFault."""
        session = self._sessions.get(role)
        if session is None or session.until - EARLY_SECONDS <= self._now():
            return self._flights.setdefault(role, SingleFlight()).ask(lambda: self._assumed(role, region))
        pending: Pending[Credentials] = Pending()
        pending.complete(session.credentials)
        return pending

    async def _assumed(self, role: str, region: str) -> Credentials:
        try:
            session = await self._assume(role, region)
            self._sessions.put(role, session, 1)
            return session.credentials
        finally:
            del self._flights[role]

    async def _assume(self, role: str, region: str) -> Session:
        form = {"Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": role, "RoleSessionName": SESSION_NAME}
        host = service_host("sts", region)
        body = urlencode(form).encode()
        call = ServiceCall("sts", region, role.split(":")[4], "", "POST", host, "/", _FORM, body)
        try:
            returned = await self._call(call, timeout=TIMEOUT_SECONDS)
        except NetworkFault as fault:
            raise NetworkFault(fault.kind, f"{role} could not be assumed at {host}: {fault.reason}") from fault
        text = returned.body.decode("utf-8", "replace")
        if returned.status != 200:
            raise RoleFault(_element("Message", text) or f"the token service answered {returned.status}")
        key, secret, token = (_element(name, text) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
        try:
            until = datetime.fromisoformat(_element("Expiration", text)).timestamp()
        except ValueError as error:
            raise NetworkFault("malformed", "the token service gave no credentials") from error
        return Session(Credentials(key, secret, token), until)


def _element(name: str, text: str) -> str:
    found = re.search(rf"<{name}>([^<]*)</{name}>", text)
    return unescape(found[1]).strip() if found else ""
