"""Header lines, parsed once per distinct line, and what API Gateway does with each name.

A head is a tuple of `HeaderLine` in the order and case the peer sent. `kind` says, as bits, whether a name needs
attention; an ordinary header has kind 0, so the data plane looks closely at a few lines only.
Tables: developer guide "API Gateway important notes", "Remapped headers".
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

CONTENT_LENGTH = 1
TRANSFER_ENCODING = 2
CONNECTION = 4  # Connection, Keep-Alive, Proxy-Connection: for one hop only
HOST = 8
EXPECT = 16
HIDDEN = 32  # dropped on entry: neither mappings nor integrations see these request headers
NOT_PROXIED = 64  # further request headers an HTTP_PROXY backend does not get
REMAPPED = 128  # sent to the client as x-amzn-Remapped-{Name} when an HTTP_PROXY or Lambda answer has it
NOT_RETURNED = 256  # dropped from the answer of an HTTP_PROXY backend
FORWARDED = 512  # X-Forwarded-For, -Port, -Proto: rewritten by the gateway
TRACE = 1024  # X-Amzn-Trace-Id
CONTENT_TYPE = 2048
ACCEPT = 4096
USER_AGENT = 8192
AUTHORIZATION = 16384
METHOD_OVERRIDE = 32768
REQUEST_ID = 65536  # x-amzn-RequestId: a client may choose it
CONTENT_ENCODING = 131072
API_KEY = 262144
FRAMING = CONTENT_LENGTH | TRANSFER_ENCODING

# What a name must be (RFC 9110 section 5.1), and what a value made here must not hold.
FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

_NAMES: dict[int, tuple[str, ...]] = {
    CONTENT_LENGTH: ("content-length",),
    TRANSFER_ENCODING: ("transfer-encoding",),
    CONNECTION: ("connection", "keep-alive", "proxy-connection"),
    HOST: ("host",),
    EXPECT: ("expect",),
    HIDDEN: (
        *("connection", "keep-alive", "proxy-connection", "content-length", "content-md5", "expect", "max-forwards"),
        *("proxy-authenticate", "server", "te", "transfer-encoding", "trailer", "upgrade", "www-authenticate"),
    ),
    NOT_PROXIED: ("host", "content-encoding", "via"),
    REMAPPED: (
        *("connection", "content-length", "date", "server", "x-amzn-requestid"),
        *("authorization", "content-md5", "max-forwards", "user-agent", "www-authenticate"),
    ),
    NOT_RETURNED: (
        *("transfer-encoding", "content-encoding", "via", "keep-alive"),
        *("expect", "host", "proxy-authenticate", "te", "trailer", "upgrade"),
    ),
    FORWARDED: ("x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"),
    TRACE: ("x-amzn-trace-id",),
    CONTENT_TYPE: ("content-type",),
    ACCEPT: ("accept",),
    USER_AGENT: ("user-agent",),
    AUTHORIZATION: ("authorization",),
    CONTENT_ENCODING: ("content-encoding",),
    METHOD_OVERRIDE: ("x-http-method-override",),
    REQUEST_ID: ("x-amzn-requestid",),
    API_KEY: ("x-api-key",),
}


def _kinds() -> dict[str, int]:
    kinds: dict[str, int] = {}
    for bit, names in _NAMES.items():
        for name in names:
            kinds[name] = kinds.get(name, 0) | bit
    return kinds


KINDS = _kinds()


class HeaderLine(NamedTuple):
    """One header as received: `raw` is the line with its CRLF, `lower` the name for comparing, `value` trimmed."""

    raw: bytes
    name: str
    lower: str
    value: str
    kind: int


Headers = Sequence[HeaderLine]


def header_line(name: str, value: str) -> HeaderLine:
    """A line made here rather than received. `name` and `value` must already be free of control characters."""
    lower = name.lower()
    return HeaderLine(f"{name}: {value}\r\n".encode("latin-1"), name, lower, value, KINDS.get(lower, 0))


def first(headers: Headers, lower: str) -> str | None:
    """The value of the first header of that lower-case name, or None."""
    for line in headers:
        if line.lower == lower:
            return line.value
    return None


def last(headers: Headers, lower: str) -> str | None:
    """The value of the last header of that lower-case name (the one REST events and mappings take), or None."""
    found = None
    for line in headers:
        if line.lower == lower:
            found = line.value
    return found


def pairs(lines: Iterable[bytes]) -> list[tuple[str, str]]:
    """Names and values of raw header lines such as those of a `Response`."""
    split = (line.rstrip(b"\r\n").decode("latin-1").partition(":") for line in lines)
    return [(name, value.strip()) for name, _, value in split]
