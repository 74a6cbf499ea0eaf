"""The status line: RFC 9112 section 4. The reason phrase is not kept: nobody downstream may rely on it.

`STATUS_LINES` are those that the server's side says.
"""

import re
from http import HTTPStatus
from typing import NamedTuple

from gatewright.wire.malformed import Malformed

_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?")
_BEGINNING = b"HTTP/1."
_OLDER_PHRASES = {  # as AWS sends them; Python 3.13 has the newer ones
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    416: "Requested Range Not Satisfiable",
    422: "Unprocessable Entity",
}
_PHRASES = {status.value: status.phrase for status in HTTPStatus} | _OLDER_PHRASES
STATUS_LINES = {status: f"HTTP/1.1 {status} {phrase}\r\n".encode() for status, phrase in _PHRASES.items()}


class StatusLine(NamedTuple):
    """`old`: HTTP/1.0, which ends the connection unless it says otherwise."""

    status: int
    old: bool


def read_status_line(line: bytes) -> StatusLine:
    """One line without its CRLF. Raises Malformed."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise Malformed
    return StatusLine(int(match[2]), match[1] == b"0")


def may_begin_a_response(data: bytes) -> bool:
    """False when no response can begin like this."""
    return data.startswith(_BEGINNING) or _BEGINNING.startswith(data)
