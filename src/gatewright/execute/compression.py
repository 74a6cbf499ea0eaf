"""Content codings: a request's body as it was before the client compressed it, a response's body compressed for it.

A large body is worked on beside all other requests, and none may be larger than 10 MB, before or after.
Developer guide: "Payload compression for REST APIs in API Gateway"; RFC 9110 sections 8.4 and 12.5.3.
"""

import zlib
from collections.abc import Awaitable, Callable
from functools import partial

from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import REQUEST_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE
from gatewright.execute.headers_memo import HeadersMemo
from gatewright.execute.large_body import at_length
from gatewright.execute.world import World
from gatewright.values.headers import Headers
from gatewright.values.refusal import refuse
from gatewright.values.request import Request
from gatewright.values.response import Response

Compress = Callable[[RequestContext, Response, World], Awaitable[Response]]

LARGEST_BODY = 10_485_760
_SMALL = 8_192  # bytes that are decompressed at once: at most some 10 ms, should they become 8 MB
_MOST_CODINGS = 4
_FASTEST = 1
_GZIP, _ZLIB, _RAW = 31, 15, -15  # zlib's wbits for gzip, for deflate as RFC 9110 has it, and as some clients have it
_CODINGS = {"gzip": _GZIP, "deflate": _ZLIB}


async def decompressed(request: Request, world: World) -> Request:
    """`request`, which has a body, with the body as it was before its Content-Encoding.

    The headers stay as they are. Raises Refusal: 415 for another coding than gzip, deflate and identity and for a body
    that is not so coded, 413 for one that would be larger than 10 MB."""
    body = request.body
    codings = _members(request.headers, "content-encoding")
    if len(codings) > _MOST_CODINGS:
        refuse(UNSUPPORTED_MEDIA_TYPE, cause=f"the request's body is coded {len(codings)} times")
    for coding in reversed(codings):
        if coding == "identity":
            continue
        if coding not in _CODINGS:
            refuse(UNSUPPORTED_MEDIA_TYPE, cause=f"the request's Content-Encoding is {coding[:64]}")
        body = await at_length(partial(_expanded, body, _CODINGS[coding]), len(body), world, _SMALL)
    return request._replace(body=body)


def compile_compression(minimum: int | None) -> Compress | None:
    """An API's minimumCompressionSize, in bytes, to what compresses its responses; None when it is switched off."""
    if minimum is None:
        return None

    async def compress(context: RequestContext, response: Response, world: World) -> Response:
        body = response.body
        # An empty body, as that of any answer to HEAD, has nothing to compress.
        if not body or len(body) < minimum:
            return response
        if coding_of(response):
            return response
        coding = _wanted(_members(context.request.headers, "accept-encoding"))
        if coding not in _CODINGS:
            return response
        lines = (*response.headers, f"Content-Encoding: {coding}\r\n".encode())
        shrunk = await at_length(partial(_shrunk, body, _CODINGS[coding]), len(body), world)
        return Response(response.status, lines, shrunk)

    return compress


def coding_of(response: Response) -> str:
    """The Content-Encoding that a response has already, in lower case, "" without one."""
    for line in response.headers:
        if line[:17].lower() == b"content-encoding:":
            return line[17:].strip().lower().decode("latin-1")
    return ""


def _shrunk(body: bytes, bits: int) -> bytes:
    coder = zlib.compressobj(_FASTEST, zlib.DEFLATED, bits)
    return coder.compress(body) + coder.flush()


def _expanded(body: bytes, bits: int) -> bytes:
    if bits == _ZLIB and not _is_zlib(body):
        bits = _RAW
    coder = zlib.decompressobj(bits)
    try:
        plain = coder.decompress(body, LARGEST_BODY + 1)
    except zlib.error:
        refuse(UNSUPPORTED_MEDIA_TYPE, cause="the request's body is not coded as its Content-Encoding says")
    if len(plain) > LARGEST_BODY:
        refuse(REQUEST_TOO_LARGE, cause=f"the request's body has more than {LARGEST_BODY} bytes once decompressed")
    if not coder.eof or coder.unused_data:
        refuse(UNSUPPORTED_MEDIA_TYPE, cause="the request's body ends before or after its coding does")
    return plain


def _is_zlib(body: bytes) -> bool:
    """RFC 1950 section 2.2: the first two bytes name the method and are a multiple of 31."""
    return len(body) > 1 and body[0] & 15 == 8 and (body[0] << 8 | body[1]) % 31 == 0


def _members(headers: Headers, name: str) -> list[str]:
    """The members of a header, all its lines together, in lower case."""
    lines = (line.value for line in headers if line.lower == name)
    return [member.strip().lower() for value in lines for member in value.split(",") if member.strip()]


def _accepted(headers: Headers) -> frozenset[str]:
    members = (member.partition(";") for member in _members(headers, "accept-encoding"))
    return frozenset(coding.strip() for coding, _, parameters in members if _weight(parameters) > 0)


accepted_codings = HeadersMemo(_accepted).of
"""The codings that a head takes, in lower case; `*` stands for itself."""


def _wanted(accepted: list[str]) -> str:
    """The coding a client likes best, "" when it names none; of equals the one it names first.

    AWS compresses only when that very one is a coding it supports: `*` asks for none."""
    best, best_weight = "", 0.0
    for member in accepted:
        coding, _, parameters = member.partition(";")
        weight = _weight(parameters)
        if weight > best_weight:
            best, best_weight = coding.strip(), weight
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
