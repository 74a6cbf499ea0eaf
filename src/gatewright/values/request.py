"""A request as the gateway received it, whichever protocol brought it."""

from typing import NamedTuple

from gatewright.values.headers import Headers

NO_BODY = frozenset({"GET", "HEAD", "OPTIONS"})  # verbs whose body is not sent to a backend
WITH_BODY = frozenset({"PATCH", "POST", "PUT"})  # these say Content-Length: 0 when they have none


class Request(NamedTuple):
    """One whole request. Text is latin-1 of the bytes received: nothing is percent-decoded or re-cased.

    `target` is the origin form of the request line, `path` and `query` its two halves (query "" when absent).
    `arrived` is in epoch seconds.
    """

    method: str
    target: str
    path: str
    query: str
    headers: Headers
    body: bytes
    source_ip: str
    scheme: str
    arrived: float
