"""Raw header bytes to `HeaderLine`s: RFC 9110 section 5 and RFC 9112 section 5, without the leniencies.

Refused: obsolete line folding, space before the colon, empty names, bare CR or LF and other control bytes in a value.
"""

import re

from gatewright.values.headers import CONNECTION, EXPECT, FRAMING, HOST, KINDS, HeaderLine
from gatewright.wire.malformed import Malformed

FOR_THE_WIRE = FRAMING | CONNECTION | HOST | EXPECT
TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]"
_VISIBLE = rb"[^\x00-\x20\x7f]"
_WITHIN = rb"[^\x00-\x08\x0a-\x1f\x7f]"
_VALUE = rb"(?:" + _VISIBLE + rb"(?:" + _WITHIN + rb"*" + _VISIBLE + rb")?)?"
_LINE = re.compile(rb"(" + TOKEN + rb"{1,256}):[ \t]*(" + _VALUE + rb")[ \t]*")
_LENGTH = re.compile(r"[0-9]{1,15}")
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%!$&'()*+,;=-]*)(?::[0-9]{0,5})?")


def read_header_line(line: bytes) -> HeaderLine:
    """One line without its CRLF. Raises Malformed."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise Malformed
    name = match[1].decode("ascii")
    lower = name.lower()
    value = match[2].decode("latin-1")
    kind = KINDS.get(lower, 0)
    if kind & HOST and not _HOST.fullmatch(value):
        raise Malformed
    return HeaderLine(line + b"\r\n", name, lower, value, kind)


def content_length(value: str) -> int:
    """The number in a Content-Length value: digits only, no sign, no list. Raises Malformed."""
    if not _LENGTH.fullmatch(value):
        raise Malformed
    return int(value)
