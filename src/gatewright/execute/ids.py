"""The ids API Gateway gives to each request: request id, extended request id, trace id.

Randomness is drawn for many requests at once: a system call per request would cost as much as the rest of the ids.
AWS: API reference "Common headers"; X-Ray developer guide "Tracing header".
"""

import os
import re
from base64 import urlsafe_b64encode
from typing import NamedTuple

INVALID_REQUEST_ID = "UUID_REPLACED_INVALID_REQUEST_ID"
_AT_ONCE = 64
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


class RequestIds(NamedTuple):
    """`request_id` is a version 4 UUID, `extended_request_id` ends in "=", `span` is 40 hex digits for the trace."""

    request_id: str
    extended_request_id: str
    span: str


def _draw() -> list[RequestIds]:
    chance = os.urandom(47 * _AT_ONCE)
    return [_ids(chance[at : at + 47]) for at in range(0, len(chance), 47)]


def _ids(chance: bytes) -> RequestIds:
    text = chance[:16].hex()
    request_id = f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[chance[8] & 3]}{text[17:20]}-{text[20:]}"
    return RequestIds(request_id, urlsafe_b64encode(chance[16:27]).decode(), chance[27:].hex())


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


def trace_header(received: str | None, span: str, now: float) -> str:
    """The X-Amzn-Trace-Id handed to the integration. `span` from `new_ids`, `now` in epoch seconds.

    A full header is kept as it is; one with only a Root gets a new Parent; without one, all is made here, unsampled.
    """
    if received is None or "Root=" not in received:
        return f"Root=1-{int(now):08x}-{span[:24]};Parent={span[24:]};Sampled=0"
    if "Parent=" in received:
        return received
    return f"{received.rstrip(';')};Parent={span[24:]}" + ("" if "Sampled=" in received else ";Sampled=0")
