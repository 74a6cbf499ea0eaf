"""The two header maps of a Lambda proxy event, `headers` and `multiValueHeaders`, as JSON.

Clients repeat their lines and whole heads, so each is written as JSON once and remembered; only the gateway's own
headers differ in each request, and are put in last. Headers are sorted by name, as AWS does; names keep the client's
case but for three that AWS rewrites [recorded].
Developer guide: "Input format of a Lambda function for proxy integration", "Remapped headers".
"""

from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import msgspec

from gatewright.execute.headers_memo import HeadersMemo
from gatewright.values.headers import (
    AUTHORIZATION,
    CONTENT_TYPE,
    FORWARDED,
    HIDDEN,
    HOST,
    TRACE,
    USER_AGENT,
    Headers,
)
from gatewright.values.request import Request
from gatewright.wire.header_lines import read_header_line
from gatewright.wire.memo import Memo


class EventHeaders(NamedTuple):
    """Both maps as JSON, None when empty; and the values of two headers that other parts of an event look at."""

    single: msgspec.Raw | None
    multi: msgspec.Raw | None
    user_agent: str | None
    content_type: str | None


# One header line as JSON: its name in lower case, `"Name":"value"`, `"Name":["value"]`, `"Name"` and `"value"`.
# A plain tuple, because itemgetter is twice as fast on it as on a NamedTuple.
Piece = tuple[str, bytes, bytes, bytes, bytes]

CANONICAL = {"authorization": "Authorization", "host": "Host", "user-agent": "User-Agent"}
_PORTS = {"http": "80", "https": "443"}
_LOOKED_AT = HIDDEN | FORWARDED | TRACE | AUTHORIZATION | CONTENT_TYPE | HOST | USER_AGENT
OWN_NAMES = ("X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto")
_SLOT = b"\0"  # where the value of such a header goes: no JSON has this byte
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, str]).decode
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor
_by_name, _single, _multi = itemgetter(0), itemgetter(1), itemgetter(2)


class _Head(NamedTuple):
    """What one head makes of both maps: templates for the values of the gateway's own headers, in order of name.

    `forwarded_for` is "" or ends in ", "; `traced`: the client sent a trace itself."""

    single: bytes
    multi: bytes
    host: str
    forwarded_for: str
    user_agent: str | None
    content_type: str | None
    traced: bool


def event_headers(request: Request, trace_id: str) -> EventHeaders:
    """The header maps of a request's event, with the gateway's own headers."""
    single, multi, host, forwarded_for, user_agent, content_type, traced = _heads.of(request.headers)
    values = own_values(request, trace_id if traced else trace_id.partition(";")[0], host, forwarded_for)
    return _new(EventHeaders, (msgspec.Raw(single % values), msgspec.Raw(multi % values), user_agent, content_type))


def own_values(request: Request, trace: str, host: str, forwarded_for: str) -> tuple[bytes, bytes, bytes, bytes]:
    """The values of the gateway's own headers as JSON, in order of their names.

    A `trace` that begins here shows only its root: X-Ray adds the rest when it samples."""
    port, scheme = _port_and_scheme(host, request.scheme)
    return _encode(trace), _encode(forwarded_for + request.source_ip), port, scheme


def given_headers(request: Request) -> EventHeaders:
    """The same in a test invocation: what was given to it and nothing else, no map when nothing was."""
    if not request.headers:
        return EventHeaders(None, None, None, None)
    head = _read_head(request.headers, ())
    return EventHeaders(msgspec.Raw(head.single % ()), msgspec.Raw(head.multi % ()), head.user_agent, head.content_type)


def header_values(request: Request, trace_id: str, *, in_test: bool) -> dict[str, str]:
    """The header map itself, of a request or of a test invocation: what templates and mappings see."""
    single = (given_headers(request) if in_test else event_headers(request, trace_id)).single
    return {} if single is None else _decode(single)


def _read_head(headers: Headers, ours: Iterable[Piece]) -> _Head:
    pieces: list[Piece] = []
    host = forwarded_for = ""
    user_agent = content_type = None
    traced = False
    for raw, _, lower, value, kind in headers:
        if kind & _LOOKED_AT:
            if kind & (HIDDEN | FORWARDED | TRACE):
                traced |= bool(kind & TRACE)
                if lower == "x-forwarded-for":
                    forwarded_for += value + ", "
                continue
            if kind & CONTENT_TYPE:
                content_type = value
            elif kind & USER_AGENT:
                user_agent = value
            elif kind & HOST:
                host = value
            elif value.startswith("AWS4-"):
                continue  # a signature is for the gateway alone
        pieces.append(_PIECES[raw])
    single, multi = _maps([*pieces, *ours])
    return _Head(single, multi, host, forwarded_for, user_agent, content_type, traced)


def _maps(pieces: list[Piece]) -> tuple[bytes, bytes]:
    pieces.sort(key=_by_name)
    if len(set(map(_by_name, pieces))) < len(pieces):
        pieces = _merged(pieces)
    single, multi = b",".join(map(_single, pieces)), b",".join(map(_multi, pieces))
    return _template(b"{%b}" % single), _template(b"{%b}" % multi)


def _template(json: bytes) -> bytes:
    return json.replace(b"%", b"%%").replace(_SLOT, b"%b")


def _merged(pieces: list[Piece]) -> list[Piece]:
    """Repeated headers: the last value and the list of all. Of names that differ in case the first one shows."""
    merged = []
    for lower, group in groupby(pieces, key=_by_name):
        lines = list(group)
        name, values = lines[0][3], b",".join([line[4] for line in lines])
        merged.append((lower, name + b":" + lines[-1][4], name + b":[" + values + b"]", name, values))
    return merged


def _piece(written: str, value: str) -> Piece:
    return _json_piece(written, _encode(value))


def _json_piece(written: str, text: bytes) -> Piece:
    lower = written.lower()
    name = _encode(CANONICAL.get(lower, written))
    return lower, name + b":" + text, name + b":[" + text + b"]", name, text


def _read_piece(raw: bytes) -> Piece:
    line = read_header_line(raw.removesuffix(b"\r\n"))
    return _piece(line.name, line.value)


_OURS = [_json_piece(name, _SLOT) for name in OWN_NAMES]
_PIECES = Memo(_read_piece, count=4096, longest=512)
_heads = HeadersMemo(lambda headers: _read_head(headers, _OURS))


@lru_cache(maxsize=256)
def _port_and_scheme(host: str, scheme: str) -> tuple[bytes, bytes]:
    port = host.rpartition(":")[2] if ":" in host else ""
    if not port.isdigit():
        port = _PORTS.get(scheme, "443")
    return _encode(port), _encode(scheme)
