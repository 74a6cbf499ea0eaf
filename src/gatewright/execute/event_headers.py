"""The two header maps of a Lambda proxy event, `headers` and `multiValueHeaders`, as JSON.

Clients repeat their lines and whole heads, and the wire remembers both: so does this page, by the identity of a head
and by the bytes of a line. Headers are sorted by name, as AWS does; names keep the client's case but for three that
AWS rewrites [recorded]. The trace is the one value that differs in each request; it is put in last.
Developer guide: "Input format of a Lambda function for proxy integration", "Remapped headers".
"""

from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import msgspec

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

_CANONICAL = {"authorization": "Authorization", "host": "Host", "user-agent": "User-Agent"}
_PORTS = {"http": "80", "https": "443"}
_LOOKED_AT = HIDDEN | FORWARDED | TRACE | AUTHORIZATION | CONTENT_TYPE | HOST | USER_AGENT
_SLOT = b"\0"  # where the trace goes: no JSON has this byte
_EMPTY = b"{}"
_HEADS_REMEMBERED = 256
_LONGEST_REMEMBERED = 4096  # bytes of one map: a client cannot fill the memory
_encode = msgspec.json.Encoder().encode
_by_name, _single, _multi = itemgetter(0), itemgetter(1), itemgetter(2)


def event_headers(request: Request, trace_id: str | None) -> EventHeaders:
    """The header maps of a request's event, with the gateway's own headers unless `trace_id` is None (a test call)."""
    if trace_id is None:
        head = _read_head(request, ours=False)
        trace = b""
    else:
        head = _remembered(request)
        # A trace that begins here shows only its root: X-Ray adds the rest when it samples.
        trace = _encode(trace_id if head.traced else trace_id.partition(";")[0])
    single, multi = trace.join(head.single), trace.join(head.multi)
    if single == _EMPTY:
        return EventHeaders(None, None, None, None)
    return EventHeaders(msgspec.Raw(single), msgspec.Raw(multi), head.user_agent, head.content_type)


class _Head(NamedTuple):
    """Both maps of a request in the pieces between which the trace goes. `traced`: the client sent one itself."""

    headers: Headers
    source_ip: str
    scheme: str
    single: list[bytes]
    multi: list[bytes]
    user_agent: str | None
    content_type: str | None
    traced: bool


_heads: dict[int, _Head] = {}


def _remembered(request: Request) -> _Head:
    """A head keeps its headers alive, so their id means them; one connection's are the same object each time."""
    head = _heads.get(id(request.headers))
    if head is None or head.source_ip != request.source_ip or head.scheme != request.scheme:
        head = _read_head(request, ours=True)
        if sum(map(len, head.single)) <= _LONGEST_REMEMBERED:
            if len(_heads) >= _HEADS_REMEMBERED:
                _heads.clear()
            _heads[id(request.headers)] = head
    return head


def _read_head(request: Request, *, ours: bool) -> _Head:
    pieces: list[Piece] = []
    host = forwarded_for = ""
    user_agent = content_type = None
    traced = False
    for raw, _, lower, value, kind in request.headers:
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
    if ours:
        pieces.append(_TRACE)
        pieces.extend(_forwarded(forwarded_for + request.source_ip, request.scheme, host))
    single, multi = _maps(pieces)
    return _Head(
        *(request.headers, request.source_ip, request.scheme, single.split(_SLOT), multi.split(_SLOT)),
        *(user_agent, content_type, traced),
    )


def _maps(pieces: list[Piece]) -> tuple[bytes, bytes]:
    pieces.sort(key=_by_name)
    if len(set(map(_by_name, pieces))) < len(pieces):
        pieces = _merged(pieces)
    return b"{%b}" % b",".join(map(_single, pieces)), b"{%b}" % b",".join(map(_multi, pieces))


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
    name = _encode(_CANONICAL.get(lower, written))
    return lower, name + b":" + text, name + b":[" + text + b"]", name, text


def _read_piece(raw: bytes) -> Piece:
    line = read_header_line(raw.removesuffix(b"\r\n"))
    return _piece(line.name, line.value)


_TRACE = _json_piece("X-Amzn-Trace-Id", _SLOT)
_PIECES = Memo(_read_piece, count=4096, longest=512)


@lru_cache(maxsize=1024)
def _forwarded(addresses: str, scheme: str, host: str) -> tuple[Piece, Piece, Piece]:
    port = host.rpartition(":")[2] if ":" in host else ""
    if not port.isdigit():
        port = _PORTS.get(scheme, "443")
    return (
        _piece("X-Forwarded-For", addresses),
        _piece("X-Forwarded-Port", port),
        _piece("X-Forwarded-Proto", scheme),
    )
