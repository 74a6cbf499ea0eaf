"""The request line: RFC 9112 section 3. Absolute-form targets become origin form; their authority replaces Host."""

import re
from typing import NamedTuple

from gatewright.wire.header_lines import TOKEN
from gatewright.wire.malformed import Malformed

_LINE = re.compile(rb"(" + TOKEN + rb"{1,32}) ([!\"$-~]+) HTTP/1\.([01])")
_BEGINNING = re.compile(TOKEN + rb"{1,32} |" + TOKEN + rb"{0,32}\Z")
_ABSOLUTE = re.compile(r"(?i:https?)://([A-Za-z0-9._~%!$&'()*+,;=:\[\]-]+)(/[^?]*)?(\?.*)?")
_REFUSED_METHODS = frozenset({"CONNECT", "PRI"})


class RequestLine(NamedTuple):
    """`target` in origin form or "*"; `authority` is "" unless the client sent absolute form; `version` as sent.

    `ordinary`: HTTP/1.1 in origin form, with a method whose answer may have a body.
    """

    method: str
    target: str
    path: str
    query: str
    version: str
    authority: str
    ordinary: bool


def read_request_line(line: bytes) -> RequestLine:
    """One line without its CRLF. Raises Malformed."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise Malformed
    method = match[1].decode("ascii")
    target = match[2].decode("ascii")
    authority = ""
    if method in _REFUSED_METHODS:
        raise Malformed
    if target[0] != "/" and target != "*":
        target, authority = _origin_form(method, target)
    if target == "*" and method != "OPTIONS":
        raise Malformed
    path, _, query = target.partition("?")
    version = "HTTP/1.1" if match[3] == b"1" else "HTTP/1.0"
    ordinary = version == "HTTP/1.1" and not authority and method != "HEAD"
    return RequestLine(method, target, path, query, version, authority, ordinary)


def may_begin_a_request(data: bytes) -> bool:
    """False when no method can begin like this: a TLS greeting, say, need not be waited out."""
    return _BEGINNING.match(data) is not None


def _origin_form(method: str, target: str) -> tuple[str, str]:
    match = _ABSOLUTE.fullmatch(target)
    if match is None:
        raise Malformed
    authority, path, query = match[1], match[2] or "", match[3] or ""
    if method == "OPTIONS" and not path and not query:
        return "*", authority
    return (path or "/") + query, authority
