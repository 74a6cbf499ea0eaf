"""Signature version 4 of a request to an AWS service.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import time
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote

from gatewright.values.request import WITH_BODY

# What a proxy on the way may change, and so what AWS's own clients leave out.
_UNSIGNED = frozenset({"connection", "expect", "transfer-encoding", "user-agent", "x-amzn-trace-id"})


class Credentials(NamedTuple):
    """An access key; `token` is "" unless it is a temporary one."""

    access_key: str
    secret_key: str
    token: str


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
    digest = hashlib.sha256(request.body).hexdigest()
    headers = [("Host", request.host), *request.headers, ("X-Amz-Date", stamp)]
    if scope.service == "s3":
        headers.append(("X-Amz-Content-SHA256", digest))
    if credentials.token:
        headers.append(("X-Amz-Security-Token", credentials.token))
    values = _canonical(headers)
    names = ";".join(values)
    path = request.path if scope.service == "s3" else quote(_normalized(request.path), safe="/~")
    lines = "".join(f"{name}:{value}\n" for name, value in values.items())
    canonical = f"{request.method}\n{path}\n{_sorted(request.query)}\n{lines}\n{names}\n{digest}"
    scope_text = f"{stamp[:8]}/{scope.region}/{scope.service}/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope_text}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{credentials.secret_key}".encode()
    for part in scope_text.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope_text}, "
        f"SignedHeaders={names}, Signature={signature}"
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


def _canonical(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Signed headers by lower-case name in order, inner spaces squeezed, repeated ones joined."""
    values: dict[str, list[str]] = {}
    for name, value in headers:
        if name.lower() not in _UNSIGNED:
            values.setdefault(name.lower(), []).append(" ".join(value.split()))
    return {name: ",".join(values[name]) for name in sorted(values)}


def _normalized(path: str) -> str:
    """The path as all services but S3 compute it: without empty and dot segments."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept[-1:] = []
        elif segment not in ("", "."):
            kept.append(segment)
    return f"/{'/'.join(kept)}{'/' if kept and path.endswith('/') else ''}"


def _sorted(query: str) -> str:
    """The query with its parameters in order; each has a "=", as AWS computes it."""
    if not query:
        return ""
    pairs = sorted(part.partition("=")[::2] for part in query.split("&"))
    return "&".join(f"{name}={value}" for name, value in pairs)
