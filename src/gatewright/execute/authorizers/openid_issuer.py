"""OpenID Connect issuers: those of JWT authorizers, and those that stand in the place of user pools as settings name
them, Keycloak and the like.

An issuer tells in its discovery document where its keys are; or a file holds them, for issuers that the node does not
reach. OpenID Connect Discovery 1.0, sections 3 and 4; RFC 7517.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from gatewright.execute.authorizers.user_pool import Issuer, UserPool
from gatewright.execute.endpoint import InvalidEndpoint, compile_endpoint
from gatewright.execute.world import HttpClient, Returned
from gatewright.values.faults import NetworkFault

DISCOVERY = "/.well-known/openid-configuration"
LARGEST_DOCUMENT = 150_000  # bytes


class IssuerFault(Exception):
    """An issuer does not give its keys: why."""


class KeySetFault(IssuerFault):
    """It tells where its keys are, and they are not to be had there: why."""


class _Discovery(msgspec.Struct):
    issuer: str
    jwks_uri: str


class OpenIdIssuers:
    """The issuers of one node's settings, by the pool in whose place they are."""

    def __init__(self, http: HttpClient, issuers: Mapping[UserPool, Issuer]) -> None:
        self._http = http
        self._issuers = issuers

    def of(self, pool: UserPool) -> Issuer | None:
        """The issuer in that pool's place, None for a pool of Cognito."""
        return self._issuers.get(pool)

    async def key_set(self, issuer: Issuer) -> bytes:
        """The issuer's JSON Web Key Set. Raises IssuerFault, and NetworkFault when it tells nothing."""
        if issuer.keys is not None:
            return _read(issuer.keys)
        told = await self._get(issuer.url.rstrip("/") + DISCOVERY, issuer.patience)
        try:
            discovery = msgspec.json.decode(told, type=_Discovery)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise IssuerFault("the issuer gives no discovery document") from None
        if discovery.issuer != issuer.url:
            raise IssuerFault("the issuer's discovery document is of another issuer")
        if issuer.url.startswith("https:") and not discovery.jwks_uri.startswith("https:"):
            raise IssuerFault("the issuer's keys are not at an https address")
        try:
            return await self._get(discovery.jwks_uri, issuer.patience)
        except (IssuerFault, NetworkFault) as fault:
            raise KeySetFault(fault.reason if isinstance(fault, NetworkFault) else str(fault)) from None

    async def _get(self, url: str, patience: float) -> bytes:
        try:
            endpoint = compile_endpoint(url, {}, verify=True)
        except InvalidEndpoint as error:
            raise IssuerFault(str(error)) from None
        path, query = endpoint.path.literals[0], endpoint.query.literals[0]
        if endpoint.path.names or endpoint.query.names:
            raise IssuerFault("Invalid endpoint address: it has braces")
        target = f"{path}?{query}" if query else path
        head = f"GET {target} HTTP/1.1\r\nHost: {endpoint.host}\r\nAccept: application/json\r\n\r\n"
        return document_of(await self._http.send(endpoint.origin, "GET", head.encode("ascii"), b"", patience))


def document_of(returned: Returned) -> bytes:
    """The document in an answer. Raises IssuerFault for one that is no success."""
    if returned.status != 200:
        raise IssuerFault(f"the answer is {returned.status}")
    return returned.body


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST_DOCUMENT + 1)
    except OSError as error:
        raise IssuerFault(f"{file} cannot be read: {error.strerror}") from None
