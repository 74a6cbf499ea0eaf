"""The ids API Gateway gives to each request: request id, extended request id, trace id.

Randomness is drawn for many requests at once: a system call per request would cost as much as the rest of the ids.
AWS: API reference "Common headers"; X-Ray developer guide "Tracing header".
"""

import os
import re
from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import NamedTuple

from gatewright.values.uuids import draw_uuids

INVALID_REQUEST_ID = "UUID_REPLACED_INVALID_REQUEST_ID"
_AT_ONCE = 256
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


class RequestIds(NamedTuple):
    """`request_id` is a version 4 UUID, `extended_request_id` ends in "="; the others are parts of a trace header."""

    request_id: str
    extended_request_id: str
    root: str
    parent: str


def _draw() -> list[RequestIds]:
    """Ids for many requests, cut from a few long texts: hundreds cost little more than one."""
    letters = urlsafe_b64encode(os.urandom(12 * _AT_ONCE)).decode()
    extended = [letters[at : at + 15] + "=" for at in range(0, len(letters), 16)]
    roots = os.urandom(12 * _AT_ONCE).hex(" ", 12).split()
    parents = os.urandom(8 * _AT_ONCE).hex(" ", 8).split()
    ids = zip(draw_uuids(_AT_ONCE), extended, roots, parents, strict=True)
    return [_new(RequestIds, each) for each in ids]


_drawn: list[RequestIds] = []
os.register_at_fork(after_in_child=_drawn.clear)  # two processes must not give out the same ids


def new_ids() -> RequestIds:
    """Fresh ids for one request."""
    if not _drawn:
        _drawn.extend(_draw())
    return _drawn.pop()


def chosen_request_id(value: str) -> str:
    """The `$context.requestId` of a client that sent `x-amzn-RequestId: value`."""
    return value if _UUID.fullmatch(value) else INVALID_REQUEST_ID


def trace_header(received: str | None, root: str, parent: str, now: float) -> str:
    """The X-Amzn-Trace-Id handed to the integration. `root` and `parent` from `new_ids`, `now` in epoch seconds.

    A full header is kept as it is; one with only a Root gets a new Parent; without one, all is made here, unsampled.
    """
    if received is None or "Root=" not in received:
        return f"Root=1-{_hexadecimal(int(now))}-{root};Parent={parent};Sampled=0"
    if "Parent=" in received:
        return received
    return f"{received.rstrip(';')};Parent={parent}" + ("" if "Sampled=" in received else ";Sampled=0")


@lru_cache(maxsize=8)
def _hexadecimal(second: int) -> str:
    return f"{second:08x}"
