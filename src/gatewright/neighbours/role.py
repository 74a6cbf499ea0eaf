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
from gatewright.values.pending import Drive, Pending

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
        self._sessions: dict[str, Session] = {}
        self._waiting: dict[str, list[Pending[Credentials]]] = {}

    def credentials(self, role: str, region: str) -> Pending[Credentials]:
        """Those of the role with the ARN `role`, assumed in `region`. Fails with RoleFault or NetworkFault."""
        pending: Pending[Credentials] = Pending()
        session = self._sessions.get(role)
        if session is not None and session.until - EARLY_SECONDS > self._now():
            pending.complete(session.credentials)
        elif role in self._waiting:
            self._waiting[role].append(pending)
        else:
            self._waiting[role] = [pending]
            Drive(self._assume(role, region), lambda session, error: self._assumed(role, session, error)).step()
        return pending

    def _assumed(self, role: str, session: Session | None, error: BaseException | None) -> None:
        if session is not None:
            if len(self._sessions) >= _REMEMBERED:
                self._sessions.clear()
            self._sessions[role] = session
        for pending in self._waiting.pop(role):
            if session is not None:
                pending.complete(session.credentials)
            else:
                pending.fail(error or RoleFault("no session"))

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
