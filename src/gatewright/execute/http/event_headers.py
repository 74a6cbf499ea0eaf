"""The headers of an HTTP API's Lambda events, as JSON: the two maps of payload format 1.0, the one of 2.0.

A head is written once and remembered, as for REST APIs; the gateway's own headers are put in for each request. Seen in
events of format 1.0 that were published (curl, browsers, Postman, CloudFront, webhooks): names are sorted as bytes,
four and the gateway's own have capitals, other standard ones are in lower case (`accept`, `authorization`, `via`), and
all others are as they came (`Postman-Token`, `X-Amz-Cf-Id`). Content-Length is that of the body, there also when there
is none; a signature is shown. Developer guide: "AWS Lambda proxy integrations for HTTP APIs".
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from gatewright.execute.event_headers import OWN_NAMES, EventHeaders, own_values
from gatewright.execute.headers_memo import HeadersMemo
from gatewright.values.headers import CONTENT_TYPE, FORWARDED, HIDDEN, HOST, TRACE, USER_AGENT, Headers
from gatewright.values.request import Request

_NAMES = ("Content-Length", *OWN_NAMES)  # what the gateway says itself, in order
_WRITTEN_1_0 = {name.lower(): name for name in (*_NAMES, "Content-Type", "Host", "User-Agent")}
# What standard names are is not known; those of HTTP/2's own table (RFC 7541, appendix A) agree with what was seen.
_STANDARD = frozenset(
    {
        *("accept", "accept-charset", "accept-encoding", "accept-language", "accept-ranges"),
        *("access-control-allow-origin", "age", "allow", "authorization", "cache-control", "content-disposition"),
        *("content-encoding", "content-language", "content-location", "content-range", "cookie", "date", "etag"),
        *("expect", "expires", "from", "if-match", "if-modified-since", "if-none-match", "if-range"),
        *("if-unmodified-since", "last-modified", "link", "location", "max-forwards", "proxy-authenticate"),
        *("proxy-authorization", "range", "referer", "refresh", "retry-after", "server", "set-cookie"),
        *("strict-transport-security", "transfer-encoding", "vary", "via", "www-authenticate"),
    }
)
_SLOT = "\0"  # where the value of such a header goes: no header has this character
_SLOT_AS_JSON = b'"\\u0000"'
_Values = dict[str, list[str]]
_LEFT_OUT = HIDDEN | FORWARDED | TRACE
_encode = msgspec.json.Encoder(order="sorted").encode


class JoinedHeaders(NamedTuple):
    """Those of format 2.0; `cookies` are not among the `headers`."""

    headers: msgspec.Raw
    cookies: msgspec.Raw | UnsetType
    user_agent: str | None
    content_type: str | None


class _Head(NamedTuple):
    """What one head makes of an event: templates for the values of the gateway's own headers.

    `second` is the multi-value map of format 1.0, the cookies of 2.0. `forwarded_for` is "" or ends in ", "; `traced`:
    the client sent a trace itself."""

    first: bytes
    second: bytes
    host: str
    forwarded_for: str
    user_agent: str | None
    content_type: str | None
    traced: bool


def headers_1_0(request: Request, trace_id: str) -> EventHeaders:
    """Both header maps of format 1.0: of a repeated header the last value, and all."""
    head = _heads_1_0.of(request.headers)
    values = _values(head, request, trace_id)
    single, multi = msgspec.Raw(head.first % values), msgspec.Raw(head.second % values)
    return EventHeaders(single, multi, head.user_agent, head.content_type)


def headers_2_0(request: Request, trace_id: str) -> JoinedHeaders:
    """The header map of format 2.0, where repeated headers are joined, and the cookies."""
    head = _heads_2_0.of(request.headers)
    headers = msgspec.Raw(head.first % _values(head, request, trace_id))
    cookies = msgspec.Raw(head.second) if head.second else UNSET
    return JoinedHeaders(headers, cookies, head.user_agent, head.content_type)


def _values(head: _Head, request: Request, trace_id: str) -> tuple[bytes, ...]:
    trace = trace_id if head.traced else trace_id.partition(";")[0]
    return (b'"%d"' % len(request.body), *own_values(request, trace, head.host, head.forwarded_for))


def _read(headers: Headers, write: Callable[[_Values, Mapping[str, str]], tuple[bytes, bytes]]) -> _Head:
    """A head read; `write` makes both parts of its event of all values by lower-case name, and of the names as sent."""
    values: _Values = {name.lower(): [_SLOT] for name in _NAMES}
    names: dict[str, str] = {}
    host = forwarded_for = ""
    user_agent = content_type = None
    traced = False
    for line in headers:
        kind = line.kind
        if kind & _LEFT_OUT:
            traced |= bool(kind & TRACE)
            if line.lower == "x-forwarded-for":
                forwarded_for += line.value + ", "
            continue
        if kind & CONTENT_TYPE:
            content_type = line.value
        elif kind & USER_AGENT:
            user_agent = line.value
        elif kind & HOST:
            host = line.value
        values.setdefault(line.lower, []).append(line.value)
        names.setdefault(line.lower, line.name)
    first, second = write(values, names)
    return _Head(first, second, host, forwarded_for, user_agent, content_type, traced)


def _write_1_0(values: _Values, names: Mapping[str, str]) -> tuple[bytes, bytes]:
    written = {name: name if name in _STANDARD else names.get(name, name) for name in values} | _WRITTEN_1_0
    multi = {written[name]: listed for name, listed in values.items()}
    return _template({name: listed[-1] for name, listed in multi.items()}), _template(multi)


def _write_2_0(values: _Values, _: Mapping[str, str]) -> tuple[bytes, bytes]:
    lines = values.pop("cookie", [])
    cookies = [cookie.strip() for line in lines for cookie in line.split(";") if cookie.strip()]
    return _template({name: ",".join(listed) for name, listed in values.items()}), _encode(cookies) if cookies else b""


def _template(headers: Mapping[str, object]) -> bytes:
    return _encode(headers).replace(b"%", b"%%").replace(_SLOT_AS_JSON, b"%b")


_heads_1_0 = HeadersMemo(lambda headers: _read(headers, _write_1_0))
_heads_2_0 = HeadersMemo(lambda headers: _read(headers, _write_2_0))
