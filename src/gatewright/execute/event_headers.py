"""The two header maps of a Lambda proxy event, `headers` and `multiValueHeaders`, as JSON.

Clients repeat the same lines, so each line's JSON is written once and remembered; per request the pieces are sorted by
name, as AWS does, and joined. Names keep the client's case but for three that AWS rewrites [recorded].
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
_encode = msgspec.json.Encoder().encode
_by_name, _single, _multi = itemgetter(0), itemgetter(1), itemgetter(2)


def event_headers(request: Request, trace_id: str | None) -> EventHeaders:
    """The header maps of a request's event, with the gateway's own headers unless `trace_id` is None (a test call)."""
    pieces: list[Piece] = []
    host = forwarded_for = ""
    user_agent = content_type = traced = None
    for raw, _, lower, value, kind in request.headers:
        if kind & _LOOKED_AT:
            if kind & (HIDDEN | FORWARDED | TRACE):
                if kind & TRACE:
                    traced = trace_id
                elif lower == "x-forwarded-for":
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
    if trace_id is not None:
        # A trace that begins here shows only its root: X-Ray adds the rest when it samples.
        pieces.append(_piece("X-Amzn-Trace-Id", traced or trace_id.partition(";")[0]))
        pieces.extend(_forwarded(forwarded_for + request.source_ip, request.scheme, host))
    return EventHeaders(*_maps(pieces), user_agent, content_type)


def _maps(pieces: list[Piece]) -> tuple[msgspec.Raw, msgspec.Raw] | tuple[None, None]:
    if not pieces:
        return None, None
    pieces.sort(key=_by_name)
    if len(set(map(_by_name, pieces))) < len(pieces):
        pieces = _merged(pieces)
    return (
        msgspec.Raw(b"{%b}" % b",".join(map(_single, pieces))),
        msgspec.Raw(b"{%b}" % b",".join(map(_multi, pieces))),
    )


def _merged(pieces: list[Piece]) -> list[Piece]:
    """Repeated headers: the last value and the list of all. Of names that differ in case the first one shows."""
    merged = []
    for lower, group in groupby(pieces, key=_by_name):
        lines = list(group)
        name, values = lines[0][3], b",".join([line[4] for line in lines])
        merged.append((lower, name + b":" + lines[-1][4], name + b":[" + values + b"]", name, values))
    return merged


def _piece(written: str, value: str) -> Piece:
    lower = written.lower()
    name, text = _encode(_CANONICAL.get(lower, written)), _encode(value)
    return lower, name + b":" + text, name + b":[" + text + b"]", name, text


def _read_piece(raw: bytes) -> Piece:
    line = read_header_line(raw.removesuffix(b"\r\n"))
    return _piece(line.name, line.value)


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
