"""What a function's result is for the client of an HTTP API, by its integration's payload format version.

Format 1.0 is the REST APIs' proxy response, with a status. Format 2.0 is one with a status, or anything else, which is
the body itself: also what is no JSON at all (seen by AWS's own Lambda test tool, which was compared with the service).
A body that says it is base64 is decoded, whatever the client accepts, and one without a type is plain text (seen there,
too). Developer guide: "AWS Lambda proxy integrations for HTTP APIs", "Lambda function response".
"""

from functools import lru_cache
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from gatewright.execute.content_handling import base64_decoded
from gatewright.execute.context import RequestContext
from gatewright.execute.http.returned_header import is_returned
from gatewright.execute.proxy_output import (
    HeaderName,
    MalformedOutput,
    ProxyOutput,
    cookie_lines,
    given_lines,
    read_output,
    status_of,
)
from gatewright.values.headers import CONTENT_TYPE, FIELD_NAME, KINDS
from gatewright.values.response import Response

PLAIN = b"content-type: text/plain; charset=utf-8\r\n"
JSON = b"content-type: application/json\r\n"


class _Structured(ProxyOutput, forbid_unknown_fields=False, rename="camel"):
    """A result of format 2.0; members that are not known mean nothing. Without a status it is the body itself."""

    status_code: float | str | UnsetType | None = UNSET  # type: ignore[assignment]
    multi_value_headers: Any = None


class _WithStatus(Struct, rename="camel"):
    status_code: msgspec.Raw | UnsetType = UNSET


_new = tuple.__new__  # a NamedTuple made without its Python-level constructor
_decode = msgspec.json.Decoder(_Structured).decode
_find_status = msgspec.json.Decoder(_WithStatus).decode
_decode_text = msgspec.json.Decoder(str).decode


def response_1_0(context: RequestContext, payload: bytes) -> Response:
    """The client's response from a result of format 1.0. Raises MalformedOutput, and Refusal."""
    output = read_output(payload)
    if output.status_code is None:
        raise MalformedOutput("statusCode is missing")
    return _structured(context, output)


def response_2_0(context: RequestContext, payload: bytes) -> Response:
    """The same of format 2.0."""
    try:
        output = _decode(payload)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        if _has_status(payload):
            raise MalformedOutput(str(error)) from None
        return _new(Response, (200, [JSON], _inferred(payload)))
    status = output.status_code
    if status is UNSET:
        return _new(Response, (200, [JSON], payload))
    if status is None:
        raise MalformedOutput("statusCode is null")
    output.multi_value_headers = None  # of format 1.0 only
    return _structured(context, output)


def _has_status(payload: bytes) -> bool:
    """What cannot be read, such as half of a surrogate pair, may be a refusal: its status is not lost with it."""
    try:
        return _find_status(payload).status_code is not UNSET
    except msgspec.ValidationError:  # no object
        return False
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return b'"statusCode"' in payload


def _inferred(payload: bytes) -> bytes:
    """Of a JSON string its text, and anything else as it is."""
    if payload.startswith(b'"'):
        try:
            return _decode_text(payload).encode()
        except (msgspec.DecodeError, UnicodeError):
            pass
    return payload


def _structured(context: RequestContext, output: ProxyOutput) -> Response:
    status = status_of(output)
    lines, seen = given_lines(output, _header_name)
    if not seen & CONTENT_TYPE:
        lines.append(PLAIN)
    if output.cookies and type(output) is _Structured:
        lines += cookie_lines(output)
    body = output.body or ""
    return _new(Response, (status, lines, base64_decoded(body, context) if output.is_base64_encoded else body.encode()))


@lru_cache(maxsize=1024)
def _header_name(name: str) -> HeaderName:
    """No header is remapped: AWS documents that for REST APIs alone. Raises MalformedOutput."""
    if not FIELD_NAME.fullmatch(name):
        raise MalformedOutput("a header has an invalid name")
    lower = name.lower()
    kind = KINDS.get(lower, 0)
    return HeaderName(f"{name}: " if is_returned(lower, kind) else "", kind)
