"""Cross-origin answers of the management endpoint: a console in a browser may call it, a strange page may not.

Pages served from this machine (any port) and those of configured origins are allowed; each is named back, never `*`,
and cookies are never asked for: calls are signed in a header. Fetch: https://fetch.spec.whatwg.org/#http-cors-protocol
"""

import re
from collections.abc import Collection

from gatewright.aws.response_headers import line
from gatewright.values.headers import FIELD_NAME, first
from gatewright.values.request import Request
from gatewright.values.response import AnyResponse, Response

METHODS = "GET,POST,PUT,PATCH,DELETE,HEAD"
MAX_AGE_SECONDS = 600
EXPOSED = (
    *("x-amzn-RequestId", "x-amzn-ErrorType", "x-amzn-ErrorMessage", "X-Amzn-Trace-Id", "x-amz-apigw-id"),
    *("x-amz-request-id", "x-amz-id-2", "X-Amz-Function-Error", "X-Amz-Log-Result", "X-Amz-Executed-Version"),
    *("Content-Disposition", "Date", "ETag", "Retry-After"),
)

_LOOPBACK = re.compile(r"https?://(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?")
_EXPOSE = line("Access-Control-Expose-Headers", ",".join(EXPOSED))
_VARY = line("Vary", "Origin")


def is_allowed(origin: str, origins: Collection[str]) -> bool:
    """Whether a page of `origin` (as its browser names it) may call us; `origins` are those allowed beside loopback."""
    name = origin.lower()
    return _LOOPBACK.fullmatch(name) is not None or any(name == other.lower().rstrip("/") for other in origins)


def preflight(request: Request, origins: Collection[str]) -> Response | None:
    """The answer to a browser's question before the call itself; None when the request is no such question.

    An origin that is not allowed gets 403 without any permission.
    """
    origin = first(request.headers, "origin")
    method = first(request.headers, "access-control-request-method")
    if request.method != "OPTIONS" or origin is None or method is None:
        return None
    if not is_allowed(origin, origins):
        return Response(403, [_VARY], b"")
    headers = [
        *(line("Access-Control-Allow-Origin", origin), line("Access-Control-Allow-Methods", METHODS)),
        *(line("Access-Control-Max-Age", str(MAX_AGE_SECONDS)), _VARY),
    ]
    asked = first(request.headers, "access-control-request-headers") or ""
    names = [name for name in (part.strip() for part in asked.split(",")) if FIELD_NAME.fullmatch(name)]
    if names:
        headers.append(line("Access-Control-Allow-Headers", ",".join(names)))
    if first(request.headers, "access-control-request-private-network") == "true":
        headers.append(line("Access-Control-Allow-Private-Network", "true"))
    return Response(204, headers, b"")


def with_cors(response: AnyResponse, request: Request, origins: Collection[str]) -> AnyResponse:
    """The answer, readable by a page of an allowed origin. What it carried of the kind is replaced: twice is once."""
    origin = first(request.headers, "origin")
    if origin is None:
        return response
    kept = [raw for raw in response.headers if not raw.lower().startswith(b"access-control-") and raw != _VARY]
    kept.append(_VARY)
    if is_allowed(origin, origins):
        kept += [line("Access-Control-Allow-Origin", origin), _EXPOSE]
    return response._replace(headers=kept)
