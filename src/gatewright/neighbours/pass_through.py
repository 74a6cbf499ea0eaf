"""Requests for other AWS services that arrived at our port: passed to the service's endpoint, the answer passed back.

Method, target, header lines (Host too, so that signatures and virtual-host buckets stay valid) and body go as they
came; what belongs to one hop is left out both ways.
"""

import re
from typing import NamedTuple

from gatewright.execute.web_acls import SERVICE as WAFV2
from gatewright.execute.world import HttpClient, Origin, Returned
from gatewright.functions.role_session import PREFIX, RoleSessions
from gatewright.neighbours import service_error
from gatewright.neighbours.embedded import EmbeddedMoto, MotoUnavailable
from gatewright.neighbours.endpoints import BuiltIn, Endpoints, Remote
from gatewright.neighbours.moto_control import SESSION_NAME
from gatewright.neighbours.moto_request import ACCOUNT_HEADER
from gatewright.neighbours.service_of import AWS_HOST, S3_HOST, host_name
from gatewright.neighbours.web_acl_association import WebAclAssociations
from gatewright.signatures.scope import scope_of
from gatewright.values.faults import NetworkFault
from gatewright.values.headers import CONNECTION, CONTENT_LENGTH, EXPECT, FRAMING, HOST, Headers
from gatewright.values.request import WITH_BODY, Request
from gatewright.values.response import Response

BODY_LIMIT = 256 * 1024 * 1024  # each way; larger objects come in parts
TIMEOUT_SECONDS = 300.0

_SANDBOX_KEY = re.compile(rf"{PREFIX}([0-9]{{12}})[A-Z2-7]{{16}}".encode())
_TOKEN_LINE = re.compile(rb"^x-amz-security-token:[^\r]*\r\n", re.IGNORECASE | re.MULTILINE)
_ONE_HOP = CONNECTION | FRAMING | EXPECT
_ONE_HOP_NAMES = frozenset({"te", "trailer", "upgrade", "proxy-authenticate", "proxy-authorization"})


class Refused(NamedTuple):
    """Why a request cannot be passed on."""

    status: int
    code: str
    message: str


class Destination(NamedTuple):
    """Where a request goes; `extra` are header lines added to it, `host` replaces its Host line unless empty."""

    origin: Origin
    base: str
    extra: bytes
    host: str


class PassThrough:
    """The door to the other services."""

    def __init__(
        self,
        endpoints: Endpoints,
        moto: EmbeddedMoto,
        http: HttpClient,
        web_acls: WebAclAssociations,
        sessions: RoleSessions,
    ) -> None:
        """`sessions` are those that this node gives its functions."""
        self._endpoints = endpoints
        self._sessions = sessions
        self._moto = moto
        self._http = http
        self._web_acls = web_acls

    async def handle(self, request: Request, service: str, account: str) -> Response:
        """The answer of `service` (a signing name, see service_of) for `account`. Never raises."""
        try:
            refusal = self._web_acls.refusal(request, account) if service == WAFV2 else None
            if refusal is not None:
                return service_error.answer(request, service, 400, *refusal)
            to = await self._destination(request, service, account)
            if isinstance(to, Refused):
                return service_error.answer(request, service, *to)
            head = head_for(request, to)
            if isinstance(self._endpoints.of(service), Remote):
                head = as_account(head)
            returned = await self._http.send(to.origin, request.method, head, request.body, TIMEOUT_SECONDS)
            if service == WAFV2:
                self._web_acls.passed(request, returned.status, account)
            return answer(returned, head_only=request.method == "HEAD")
        except MotoUnavailable as error:
            return service_error.answer(request, service, 503, "ServiceUnavailable", str(error))
        except NetworkFault as fault:
            message = f"The endpoint of {service} gave no usable answer: {fault.reason}"
            return service_error.answer(request, service, 503, "ServiceUnavailable", message)
        finally:
            self._moto.called(service)

    async def _destination(self, request: Request, service: str, account: str) -> Destination | Refused:
        endpoint = self._endpoints.of(service)
        if isinstance(endpoint, Remote):
            return Destination(endpoint.origin, endpoint.base, b"", "")
        if endpoint is BuiltIn.AWS:
            return real_aws(request, service)
        origin = await self._moto.origin()
        host = f"localhost:{origin.port}" if service == "s3" and is_path_style(request) else ""
        lines = self._moto.lines(account) + (self._session_line(request) if service == "sts" else "")
        return Destination(origin, "", lines.encode(), host)

    def _session_line(self, request: Request) -> str:
        """Which function calls, so that GetCallerIdentity can tell."""
        scope = scope_of(request)
        keys = self._sessions.of(scope.access_key) if scope is not None else None
        return f"{SESSION_NAME}: {keys.name}/{keys.role_arn}\r\n" if keys is not None else ""


def real_aws(request: Request, service: str) -> Destination | Refused:
    """Only a request signed for AWS's own host can go there; with another Host its signature would not hold."""
    host = host_name(request)
    if host.endswith((".amazonaws.com", ".amazonaws.com.cn")) and (AWS_HOST.fullmatch(host) or S3_HOST.fullmatch(host)):
        return Destination(Origin(host, 443, tls=True), "", b"", "")
    return Refused(
        501,
        "NotImplementedException",
        f"Requests for {service} go to real AWS here, and this one is signed for the host {host!r}: call AWS directly.",
    )


def is_path_style(request: Request) -> bool:
    """Whether the Host names S3 itself, such as s3.localhost; moto would take its first label for a bucket."""
    match = S3_HOST.fullmatch(host_name(request))
    return match is not None and not match["bucket"]


def head_for(request: Request, to: Destination) -> bytes:
    """The head sent to the endpoint."""
    named = _named_by_connection(request.headers)
    lines = [f"{request.method} {to.base}{request.target} HTTP/1.1\r\n".encode("latin-1")]
    for line in request.headers:
        if line.kind & _ONE_HOP or line.lower in _ONE_HOP_NAMES or line.lower in named or line.lower == ACCOUNT_HEADER:
            continue
        lines.append(f"Host: {to.host}\r\n".encode("latin-1") if to.host and line.kind & HOST else line.raw)
    lines.append(to.extra)
    if request.body or request.method in WITH_BODY or any(line.kind & FRAMING for line in request.headers):
        lines.append(b"Content-Length: %d\r\n" % len(request.body))
    lines.append(b"\r\n")
    return b"".join(lines)


def as_account(head: bytes) -> bytes:
    """A head in which a function's account takes the place of its sandbox's key, which says nothing to others: some
    servers keep apart what each key makes, or read the account from it. None knows the secret, to check a signature."""
    changed, found = _SANDBOX_KEY.subn(rb"\1", head)
    return _TOKEN_LINE.sub(b"", changed) if found else head


def answer(returned: Returned, *, head_only: bool) -> Response:
    """The endpoint's answer. To HEAD, Content-Length is the length a GET would have (RFC 9110 section 8.6)."""
    named = _named_by_connection(returned.headers)
    dropped = _ONE_HOP & ~CONTENT_LENGTH if head_only else _ONE_HOP
    kept = [
        line.raw
        for line in returned.headers
        if not (line.kind & dropped or line.lower in _ONE_HOP_NAMES or line.lower in named or line.lower == "date")
    ]
    return Response(returned.status, kept, returned.body)


def _named_by_connection(headers: Headers) -> frozenset[str]:
    values = [line.value for line in headers if line.lower == "connection"]
    return frozenset(re.split(r"[\s,]+", ",".join(values).lower())) - {"", "host", "authorization"}
