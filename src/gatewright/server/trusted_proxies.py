"""Who really calls, where requests come through proxies: what stands before the front door when a setting names some.

A proxy adds the address it was called from at the end of X-Forwarded-For. What a proxy of ours added is true; whatever
stands to the left of the first address that is not one of ours, a client may have made up. Headers stay as they are.
"""

import re
from collections.abc import Coroutine, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from typing import Any

import msgspec

from gatewright.server.pages import JSON
from gatewright.server.service import BodyRefusal, Front
from gatewright.values.ip import read_address
from gatewright.values.request import Request
from gatewright.values.response import Answer, Response

# With or without the port, which some proxies add.
_ENTRY = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?|([0-9.]+)(?::[0-9]{1,5})?|([0-9A-Fa-f:.]+)")
_LONGEST = 64  # characters of an entry
_UNKNOWN = Response(
    400, [JSON], msgspec.json.encode({"message": "X-Forwarded-For of a trusted proxy does not end in an address"})
)


class TrustedProxies:
    """`front`, which gets the client's address in place of a proxy's of `networks`."""

    def __init__(self, front: Front, networks: Sequence[IPv4Network | IPv6Network]) -> None:
        self._front = front
        self._networks = tuple(networks)
        self._is_ours = lru_cache(1024)(self._is_in)

    def __call__(self, request: Request) -> Coroutine[Any, None, Answer]:
        """The way to the response: 400 if a trusted proxy does not tell who called it in words that can be read."""
        client = self.client(request)
        return _refused() if client is None else self._front(request._replace(source_ip=client))

    def refusing(self, ask: BodyRefusal) -> BodyRefusal:
        """`ask`, told the client's address likewise."""
        return lambda request: ask(request._replace(source_ip=self.client(request) or request.source_ip))

    def client(self, request: Request) -> str | None:
        """The last address that is not a trusted proxy's, or the first one of all; None if it cannot be read."""
        client = request.source_ip
        if not self._is_ours(client):
            return client
        listed = ",".join(line.value for line in request.headers if line.lower == "x-forwarded-for")
        for entry in reversed([entry for each in listed.split(",") if (entry := each.strip(" \t"))]):
            address = _address(entry) if len(entry) <= _LONGEST else None
            if address is None or not self._is_ours(address):
                return address
            client = address
        return client

    def _is_in(self, client: str) -> bool:
        address = read_address(client)
        return address is not None and any(address in network for network in self._networks)


@lru_cache(1024)
def _address(entry: str) -> str | None:
    match = _ENTRY.fullmatch(entry)
    address = read_address(match[match.lastindex or 0]) if match else None
    return None if address is None else str(address)


async def _refused() -> Answer:
    return _UNKNOWN
