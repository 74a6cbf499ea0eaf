"""The ids API Gateway gives to each request: request id, extended request id, trace id.

Randomness is drawn for many requests at once: a system call per request would cost as much as the rest of the ids.
AWS: API reference "Common headers"; X-Ray developer guide "Tracing header".
"""

import os
import re
from base64 import urlsafe_b64encode
from binascii import hexlify
from functools import lru_cache
from struct import Struct
from typing import NamedTuple

INVALID_REQUEST_ID = "UUID_REPLACED_INVALID_REQUEST_ID"
_AT_ONCE = 64
_PARTS = Struct("8s4sx3ss3s12s24s16s")  # the pieces of a UUID between its hyphens, and of a trace id
_BYTES = _PARTS.size // 2
_VARIANTS = {b"%x" % number: b"89ab"[number & 3 : (number & 3) + 1] for number in range(16)}
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


class RequestIds(NamedTuple):
    """`request_id` is a version 4 UUID, `extended_request_id` ends in "="; the others are parts of a trace header."""

    request_id: str
    extended_request_id: str
    root: str
    parent: str


def _draw() -> list[RequestIds]:
    """Ids for many requests, taken apart from one long text: slicing it for each would take twice as long."""
    digits = hexlify(os.urandom(_BYTES * _AT_ONCE))
    letters = urlsafe_b64encode(os.urandom(12 * _AT_ONCE)).decode()
    ids = []
    at = 0
    for low, middle, high, variant, sequence, node, root, parent in _PARTS.iter_unpack(digits):
        request_id = b"%b-%b-4%b-%b%b-%b" % (low, middle, high, _VARIANTS[variant], sequence, node)
        extended = letters[at : at + 15] + "="
        ids.append(_new(RequestIds, (request_id.decode(), extended, root.decode(), parent.decode())))
        at += 16
    return ids


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
