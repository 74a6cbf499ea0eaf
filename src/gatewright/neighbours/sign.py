"""Signature version 4 of a GET to S3, made with the node's own credentials.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

import hashlib
import hmac
import time
from typing import NamedTuple

_NO_BODY = hashlib.sha256(b"").hexdigest()


class Credentials(NamedTuple):
    """An access key; `token` is "" unless it is a temporary one."""

    access_key: str
    secret_key: str
    token: str


def signed_headers(credentials: Credentials, region: str, host: str, path: str, query: str, now: float) -> str:
    """The header lines, each ending in CRLF. `path` and `query` are already encoded; `now` is in epoch seconds."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    headers = {"host": host, "x-amz-content-sha256": _NO_BODY, "x-amz-date": stamp}
    if credentials.token:
        headers["x-amz-security-token"] = credentials.token
    names = ";".join(sorted(headers))
    canonical = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = f"GET\n{path}\n{query}\n{canonical}\n{names}\n{_NO_BODY}"
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{credentials.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    authorization = f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}"
    return f"{lines}authorization: {authorization}, SignedHeaders={names}, Signature={signature}\r\n"
