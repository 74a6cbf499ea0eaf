"""The headers of an HTTP API's Lambda events, as JSON: the two maps of payload format 1.0, the one of 2.0.

A head is written once and remembered, as for REST APIs; the gateway's own headers are put in for each request. Seen in
events of format 1.0 that were published (curl, Postman, a browser): names are in lower case but for those below, and
sorted as bytes. Content-Length is that of the body, there also when there is none; a signature is shown.
Developer guide: "AWS Lambda proxy integrations for HTTP APIs".
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
_SLOT = "\0"  # where the value of such a header goes: no header has this character
_SLOT_AS_JSON = b'"\\u0000"'
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


def _read(headers: Headers, write: Callable[[dict[str, list[str]]], tuple[bytes, bytes]]) -> _Head:
    """A head read; `write` makes both parts of its event of all values by lower-case name."""
    values: dict[str, list[str]] = {name.lower(): [_SLOT] for name in _NAMES}
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
    first, second = write(values)
    return _Head(first, second, host, forwarded_for, user_agent, content_type, traced)


def _write_1_0(values: dict[str, list[str]]) -> tuple[bytes, bytes]:
    multi = {_WRITTEN_1_0.get(name, name): listed for name, listed in values.items()}
    return _template({name: listed[-1] for name, listed in multi.items()}), _template(multi)


def _write_2_0(values: dict[str, list[str]]) -> tuple[bytes, bytes]:
    lines = values.pop("cookie", [])
    cookies = [cookie.strip() for line in lines for cookie in line.split(";") if cookie.strip()]
    return _template({name: ",".join(listed) for name, listed in values.items()}), _encode(cookies) if cookies else b""


def _template(headers: Mapping[str, object]) -> bytes:
    return _encode(headers).replace(b"%", b"%%").replace(_SLOT_AS_JSON, b"%b")


_heads_1_0 = HeadersMemo(lambda headers: _read(headers, _write_1_0))
_heads_2_0 = HeadersMemo(lambda headers: _read(headers, _write_2_0))
