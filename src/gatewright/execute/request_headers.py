"""What the data plane must know of a request's headers, read in one pass for all its steps."""

from typing import NamedTuple

from gatewright.execute.headers_memo import HeadersMemo
from gatewright.values.headers import (
    API_KEY,
    AUTHORIZATION,
    FORWARDED,
    HIDDEN,
    HOST,
    METHOD_OVERRIDE,
    NOT_PROXIED,
    REQUEST_ID,
    TRACE,
    Headers,
)

_NOT_AS_IT_IS = HIDDEN | NOT_PROXIED | FORWARDED | TRACE | AUTHORIZATION
_NOTED = METHOD_OVERRIDE | REQUEST_ID | API_KEY


class RequestHeaders(NamedTuple):
    """What one head says. `kinds` has the bits of all its lines; of repeated headers the last counts.

    `passed` are the lines an HTTP backend gets as they came; `forwarded_for` is "" or ends in ", "."""

    kinds: int
    passed: bytes
    host: str
    forwarded_for: str
    trace: str | None
    request_id: str | None
    verb: str | None
    api_key: str | None


def _read(headers: Headers) -> RequestHeaders:
    kinds = 0
    passed: list[bytes] = []
    host = forwarded_for = ""
    trace = request_id = verb = api_key = None
    for line in headers:
        kind = line[4]
        if kind:
            kinds |= kind
            if kind & _NOT_AS_IT_IS:
                if kind & HOST:
                    host = line.value
                elif kind & TRACE:
                    trace = line.value
                elif kind & FORWARDED:
                    if line.lower == "x-forwarded-for":
                        forwarded_for += line.value + ", "
                elif kind & AUTHORIZATION and not line.value.startswith("AWS4-"):
                    passed.append(line[0])  # a signature is for the gateway alone
                continue
            if kind & _NOTED:
                if kind & REQUEST_ID:
                    request_id = line.value
                elif kind & API_KEY:
                    api_key = line.value
                else:
                    verb = line.value
        passed.append(line[0])
    return RequestHeaders(kinds, b"".join(passed), host, forwarded_for, trace, request_id, verb, api_key)


read_headers = HeadersMemo(_read).of
"""What the headers of a request say."""
