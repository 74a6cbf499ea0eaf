"""The other AWS services as integrations call them: signed, and sent to the endpoint this node has for each.

To the embedded moto server a call goes as the role's account, or else the caller's, and likewise to this node, which
serves some services itself. To any other endpoint it is signed with the node's own credentials, or with those of the
role, which is assumed first, or of the caller.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from gatewright.execute.world import HttpClient, Origin, Returned, ServiceCall
from gatewright.neighbours.embedded import EmbeddedMoto, MotoUnavailable
from gatewright.neighbours.endpoints import BuiltIn, Endpoints, Remote, remote
from gatewright.neighbours.moto_request import for_moto
from gatewright.neighbours.own_credentials import OwnCredentials
from gatewright.neighbours.role import Roles
from gatewright.neighbours.service_of import S3_HOST
from gatewright.neighbours.sign import Credentials, Scope, Unsigned, signed_head, unsigned_head
from gatewright.values.faults import NetworkFault

SERVED_HERE = frozenset({"apigateway", "lambda"})


class Place(NamedTuple):
    """Where a call goes: `base` is put before its path, `extra` are header lines sent unsigned. `account` is whom
    servers of our own take for the caller, None elsewhere."""

    origin: Origin
    host: str
    base: str
    account: str | None
    extra: str = ""


class Services:
    """Implements `execute.world.Services`. `environ` leads to the node's own credentials, `now` gives epoch seconds."""

    def __init__(
        self,
        endpoints: Endpoints,
        moto: EmbeddedMoto,
        http: HttpClient,
        now: Callable[[], float],
        environ: Mapping[str, str],
        node_url: str,
    ) -> None:
        self._endpoints = endpoints
        self._node = remote(node_url, "this node")
        self._moto = moto
        self._http = http
        self._now = now
        self._own = OwnCredentials(environ)
        self._roles = Roles(self.call, now)

    async def call(self, call: ServiceCall, *, timeout: float) -> Returned:
        """See execute.world.Services. Raises NetworkFault and RoleFault."""
        until = self._now() + timeout
        place = await self._place(call)
        path, _, query = call.target.partition("?")
        request = Unsigned(call.method, place.host, place.base + path, query, call.headers, call.body)
        if place.account is not None:
            request = for_moto(request, call.service, place.account)
            credentials = Credentials(place.account or "test", "test", "")  # a key of twelve digits is the account
            head = self._signed_head(credentials, call, request, place.extra)
        elif call.anonymous:
            head = unsigned_head(request)
        elif call.caller is not None:
            theirs = Credentials(call.caller.access_key, call.caller.secret_key, call.caller.session_token)
            head = self._signed_head(theirs, call, request)
        elif call.role:
            head = self._signed_head(await self._roles.credentials(call.role, call.region), call, request)
        else:
            head = self._signed_head(self._own.current(), call, request)
        left = until - self._now()
        if left <= 0:
            raise NetworkFault("timeout", f"{call.service} could not be asked within {timeout} s")
        try:
            return await self._http.send(place.origin, request.method, head, request.body, left)
        finally:
            self._moto.called(call.service)

    def _signed_head(self, credentials: Credentials, call: ServiceCall, request: Unsigned, extra: str = "") -> bytes:
        return signed_head(credentials, Scope(call.service, call.region), request, self._now(), extra)

    async def _place(self, call: ServiceCall) -> Place:
        endpoint = self._endpoints.of(call.service)
        if endpoint is BuiltIn.AWS:
            return Place(Origin(call.host, 443, tls=True), call.host, "", None)
        # Elsewhere a bucket is part of the path: a URL's host name has no subdomains.
        bucket = S3_HOST.fullmatch(call.host)
        base = f"/{bucket['bucket']}" if bucket and bucket["bucket"] else ""
        if isinstance(endpoint, Remote):
            return Place(endpoint.origin, endpoint.authority, endpoint.base + base, None)
        account = call.role.split(":")[4] if call.role.count(":") >= 5 else call.account
        if call.caller is not None:
            account = call.caller.account
        if call.service in SERVED_HERE:
            return Place(self._node.origin, self._node.authority, "", account)
        try:
            origin = await self._moto.origin()
        except MotoUnavailable as error:
            raise NetworkFault("connect", str(error)) from error
        host = f"localhost:{origin.port}" if bucket else call.host
        return Place(origin, host, base, account, self._moto.lines(account))
