"""Raw header bytes to `HeaderLine`s: RFC 9110 section 5 and RFC 9112 section 5, without the leniencies.

Refused: obsolete line folding, space before the colon, empty names, bare CR or LF and other control bytes in a value.
"""

import re
from typing import NamedTuple

from gatewright.values.headers import CONNECTION, EXPECT, FRAMING, HOST, KINDS, HeaderLine
from gatewright.wire.malformed import Malformed
from gatewright.wire.memo import Memo

FOR_THE_WIRE = FRAMING | CONNECTION | HOST | EXPECT
TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]"
_NAME = re.compile(TOKEN + rb"{1,256}")
_IN_VALUES = bytes([9, *range(32, 127), *range(128, 256)])
_LENGTH = re.compile(r"[0-9]{1,15}")
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%!$&'()*+,;=-]*)(?::[0-9]{0,5})?")
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor


class _Name(NamedTuple):
    name: str
    lower: str
    kind: int


def _read_name(raw: bytes) -> _Name:
    if not _NAME.fullmatch(raw):
        raise Malformed
    name = raw.decode("ascii")
    lower = name.lower()
    return _Name(name, lower, KINDS.get(lower, 0))


_NAMES: Memo[_Name] = Memo(_read_name, count=512, longest=64)


def read_header_line(line: bytes) -> HeaderLine:
    """One line without its CRLF. Raises Malformed."""
    raw, colon, value = line.partition(b":")
    # Deleting every byte that may stand in a value leaves the others: the quickest search there is.
    if not colon or value.translate(None, _IN_VALUES):
        raise Malformed
    name, lower, kind = _NAMES[raw]
    text = value.strip(b" \t").decode("latin-1")
    if kind & HOST and not _HOST.fullmatch(text):
        raise Malformed
    return _new(HeaderLine, (line + b"\r\n", name, lower, text, kind))


def content_length(value: str) -> int:
    """The number in a Content-Length value: digits only, no sign, no list. Raises Malformed."""
    if not _LENGTH.fullmatch(value):
        raise Malformed
    return int(value)
