"""Signature version 4 of a request to an AWS service.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import time
from collections.abc import Iterable
from typing import NamedTuple

from gatewright.signatures.canonical_request import canonical_headers, canonical_path, canonical_query
from gatewright.signatures.claim import HMAC
from gatewright.signatures.sigv4 import digest, signer
from gatewright.values.request import WITH_BODY

# What a proxy on the way may change, and so what AWS's own clients leave out.
_UNSIGNED = frozenset({"connection", "expect", "transfer-encoding", "user-agent", "x-amzn-trace-id"})


class Credentials(NamedTuple):
    """An access key; `token` is "" unless it is a temporary one."""

    access_key: str
    secret_key: str
    token: str

    def __repr__(self) -> str:
        return f"Credentials({self.access_key!r})"


class Scope(NamedTuple):
    """What a signature is for: the service's signing name and the region."""

    service: str
    region: str


class Unsigned(NamedTuple):
    """A request before it is signed. `path` and `query` are encoded as they will be sent; `host` is the Host header.

    `headers` lacks Host, framing and what the signature adds."""

    method: str
    host: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def signed_head(credentials: Credentials, scope: Scope, request: Unsigned, now: float, extra: str = "") -> bytes:
    """The whole head to send, request line to empty line, framing included. `now` is in epoch seconds.

    `extra` are header lines, each ending in CRLF, that are sent unsigned."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    payload = digest(request.body)
    headers = [("Host", request.host), *request.headers, ("X-Amz-Date", stamp)]
    if scope.service == "s3":
        headers.append(("X-Amz-Content-SHA256", payload))
    if credentials.token:
        headers.append(("X-Amz-Security-Token", credentials.token))
    path = request.path if scope.service == "s3" else canonical_path(request.path)
    by_name = [(name.lower(), value.strip()) for name, value in headers]
    lines, names = canonical_headers(by_name, {name for name, _ in by_name} - _UNSIGNED)
    canonical = f"{request.method}\n{path}\n{canonical_query(request.query)}\n{lines}\n{names}\n{payload}"
    scope_text = f"{stamp[:8]}/{scope.region}/{scope.service}/aws4_request"
    text = f"{HMAC}\n{stamp}\n{scope_text}\n{digest(canonical.encode())}"
    signature = signer(credentials.secret_key, stamp[:8], scope.region, scope.service)(text)
    authorization = (
        f"{HMAC} Credential={credentials.access_key}/{scope_text}, SignedHeaders={names}, Signature={signature}"
    )
    return _head(request, [*headers, ("Authorization", authorization)], extra)


def unsigned_head(request: Unsigned) -> bytes:
    """The same of a call that is not signed."""
    return _head(request, [("Host", request.host), *request.headers])


def _head(request: Unsigned, headers: Iterable[tuple[str, str]], extra: str = "") -> bytes:
    target = f"{request.path}?{request.query}" if request.query else request.path
    sent = "".join(f"{name}: {value}\r\n" for name, value in headers)
    framing = f"Content-Length: {len(request.body)}\r\n" if request.body or request.method in WITH_BODY else ""
    return f"{request.method} {target} HTTP/1.1\r\n{sent}{framing}{extra}\r\n".encode()
