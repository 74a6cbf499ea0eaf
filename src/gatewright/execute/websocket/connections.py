"""The connections of a node's WebSocket APIs: what is known of each, by its id.

They outlive plans: a stage that is deployed anew keeps its connections. A connection of a node that has ended is known
to nobody, and messages to it are answered 410.
"""

import re
from functools import lru_cache

from gatewright.execute.caller import ANONYMOUS, Caller
from gatewright.execute.domain import MappedDomain
from gatewright.execute.request_headers import read_headers
from gatewright.values.headers import HOST, Headers, last
from gatewright.values.request import Request
from gatewright.values.session import Channel

GOING_AWAY = 1001, "Going away"
_ID = re.compile(r"[A-Za-z0-9_-]{15}=")


def is_connection_id(text: str) -> bool:
    """Whether a connection could have that id: each is an extended request id (ids.py) of its own."""
    return _ID.fullmatch(text) is not None


class _NotYet:
    """The channel of a connection without one."""

    is_open = False

    def send(self, text: bytes) -> bool:
        return True

    def reply(self, text: bytes) -> None:
        pass

    def close(self, code: int, reason: str = "") -> None:
        pass


_NOT_YET = _NotYet()


class Connection:
    """One connection. Times are epoch seconds.

    Of the handshake's headers, which can be many, those are kept that later events show: `later` is the request of
    each, without a message. A backend whose integration has the verb ANY gets a message as any body: by POST."""

    __slots__ = (
        "account",
        "api_id",
        "api_key",
        "caller",
        "channel",
        "connected_at",
        "domain",
        "id",
        "last_active_at",
        "later",
        "region",
        "stage",
        "user_agent",
    )

    def __init__(
        self, id: str, place: tuple[str, str, str, str], handshake: Request, domain: MappedDomain | None = None
    ) -> None:
        """`place` is account, Region, API id and stage, `domain` the custom domain name that led the client here."""
        self.id = id
        self.account, self.region, self.api_id, self.stage = place
        self.domain = domain
        self.user_agent = last(handshake.headers, "user-agent")
        self.api_key = read_headers(handshake.headers).api_key
        hosts = _known(tuple([line for line in handshake.headers if line.kind & HOST]))
        self.later = handshake._replace(method="POST", target=handshake.path, query="", headers=hosts, body=b"")
        self.connected_at = self.last_active_at = handshake.arrived
        self.caller: Caller = ANONYMOUS  # as the authorizer of $connect found out
        self.channel: Channel = _NOT_YET  # until the handshake is over


@lru_cache(maxsize=64)
def _known(headers: Headers) -> Headers:
    """The same for the same: what is read in a head is remembered by its identity."""
    return headers


class Connections:
    """All open connections of one node, each by an id that no other has, nor ever had."""

    __slots__ = ("_by_id",)

    def __init__(self) -> None:
        self._by_id: dict[str, Connection] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def add(self, connection: Connection) -> None:
        """One whose handshake is over."""
        self._by_id[connection.id] = connection

    def find(self, id: str) -> Connection | None:
        """The connection of that id, None for one that is closed or about to be, or never was."""
        connection = self._by_id.get(id)
        return connection if connection is not None and connection.channel.is_open else None

    def end(self, api_id: str, stage: str) -> None:
        """Close those of a stage that is no more."""
        for connection in tuple(self._by_id.values()):
            if (connection.api_id, connection.stage) == (api_id, stage):
                connection.channel.close(*GOING_AWAY)

    def forget(self, id: str) -> None:
        """It is closed."""
        self._by_id.pop(id, None)
