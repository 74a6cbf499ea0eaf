"""What a Lambda function gave back to a proxy integration, and the response made of it.

Developer guide: "Output format of a Lambda function for proxy integration". All members are optional, no other is
allowed, and anything else is a malformed proxy response. Recorded on AWS: a status as text of digits, header values
that are booleans or numbers, and null for any member are accepted.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from gatewright.values.headers import (
    CONTENT_ENCODING,
    CONTENT_TYPE,
    CONTROL,
    FIELD_NAME,
    KINDS,
    NOT_RETURNED,
    REMAPPED,
    TRACE,
)

HeaderValue = str | bool | int | float | None
_STATUS = re.compile(r"[0-9]{3}")
_LENGTH_DIGITS = 16
_JSON = b"Content-Type: application/json\r\n"


class MalformedOutput(ValueError):
    """The function's result is no proxy response."""


class Metadata(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """What a function writes before the body of a stream."""

    status_code: float | str | None = None
    headers: dict[str, HeaderValue] | None = None
    multi_value_headers: dict[str, list[HeaderValue]] | None = None
    cookies: Any = None


class ProxyOutput(Metadata, forbid_unknown_fields=True, rename="camel"):
    """The members of a result. Its `cookies` belong to HTTP APIs and are ignored."""

    body: str | None = None
    is_base64_encoded: bool | None = None


class HeaderName(NamedTuple):
    """A name as it goes to the client, with colon and blank; `written` is empty when AWS drops the header."""

    written: str
    kind: int


METADATA_END = bytes(8)
_decode = msgspec.json.Decoder(ProxyOutput).decode
_decode_metadata = msgspec.json.Decoder(Metadata).decode


def read_output(payload: bytes) -> ProxyOutput:
    """A function's result. Raises MalformedOutput."""
    try:
        return _decode(payload)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        metadata, end, _ = payload.partition(METADATA_END)
        if end:
            # A function that streams, invoked without: status and headers arrive, and an empty body. Developer guide:
            # "Set up a Lambda proxy integration with payload response streaming".
            return read_output(metadata)
        raise MalformedOutput(str(error)) from None


def read_metadata(text: bytes) -> Metadata:
    """What a stream begins with. Raises MalformedOutput."""
    try:
        return _decode_metadata(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise MalformedOutput(str(error)) from None


def status_of(output: Metadata) -> int:
    """The status for the client: 200 unless the function says otherwise. Raises MalformedOutput."""
    status = output.status_code
    if status is None:
        return 200
    if isinstance(status, str) and not _STATUS.fullmatch(status):
        raise MalformedOutput("statusCode is no number")
    number = int(status)
    if not 200 <= number <= 599:
        raise MalformedOutput(f"statusCode is {number}")
    return number


def header_lines(output: Metadata, trace_id: str) -> list[bytes]:
    """The header lines for the client, with a Content-Type and the trace. Raises MalformedOutput."""
    lines, seen = given_lines(output, header_name)
    if not seen & CONTENT_TYPE:
        lines.append(_JSON)
    if not seen & TRACE:
        lines.append(f"X-Amzn-Trace-Id: {trace_id}\r\n".encode())
    return lines


def given_lines(output: Metadata, named: Callable[[str], HeaderName]) -> tuple[list[bytes], int]:
    """The header lines that a function gave, as `named` names them, and the kinds of all of them.

    Raises MalformedOutput."""
    pairs = _merged(output) if output.multi_value_headers else (output.headers or {}).items()
    lines = []
    seen = 0
    for name, value in pairs:
        if value is not None:
            written, kind = named(name)
            seen |= kind
            if written:
                lines.append((written + _text(value) + "\r\n").encode())
    return lines, seen


def framing_of(metadata: Metadata) -> int | None:
    """The length of a stream's body, when its headers tell it; they are taken out. Raises MalformedOutput."""
    length = None
    for headers in (metadata.headers or {}, metadata.multi_value_headers or {}):
        for name in [name for name in headers if name.lower() == "content-length"]:
            given = headers.pop(name)
            value = (given or [None])[-1] if isinstance(given, list) else given
            if value is None:
                continue
            text = str(value)
            if not (text.isascii() and text.isdigit() and len(text) < _LENGTH_DIGITS):
                raise MalformedOutput("Content-Length is no number")
            length = int(text)
    return length


def cookie_lines(metadata: Metadata) -> list[bytes]:
    """A stream's cookies, one header line each. Raises MalformedOutput."""
    cookies = metadata.cookies or []
    if not isinstance(cookies, list) or not all(isinstance(cookie, str) for cookie in cookies):
        raise MalformedOutput("cookies is no list of text")
    return [f"Set-Cookie: {_text(cookie)}\r\n".encode() for cookie in cookies]


def _merged(output: Metadata) -> list[tuple[str, HeaderValue]]:
    """Both maps as one list: the values of multiValueHeaders first and in its case, then those only `headers` has."""
    multi = output.multi_value_headers or {}
    known = {name.lower(): name for name in multi}
    values: dict[str, list[HeaderValue]] = {name: list(listed) for name, listed in multi.items()}
    for name, value in (output.headers or {}).items():
        listed = values.setdefault(known.get(name.lower(), name), [])
        if value not in listed:
            listed.append(value)
    return [(name, value) for name, listed in values.items() for value in listed]


@lru_cache(maxsize=1024)
def header_name(name: str) -> HeaderName:
    """What AWS makes of a header name of a function. Raises MalformedOutput for what is no header name (RFC 9110)."""
    if not FIELD_NAME.fullmatch(name):
        raise MalformedOutput("a header has an invalid name")
    kind = KINDS.get(name.lower(), 0)
    if kind & REMAPPED:
        return HeaderName(f"x-amzn-Remapped-{name}: ", kind)
    if kind & NOT_RETURNED and not kind & CONTENT_ENCODING:
        return HeaderName("", kind)
    return HeaderName(f"{name}: ", kind)


def _text(value: str | bool | float) -> str:
    if isinstance(value, str):
        # A line break would let the function's input forge headers of the response.
        if not value.isprintable() and CONTROL.search(value):
            raise MalformedOutput("a header value has control characters")
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
