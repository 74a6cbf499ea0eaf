"""The header lines of a management answer."""

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def line(name: str, value: str) -> bytes:
    """One header line with CRLF. Control characters cannot get in: they become spaces."""
    return f"{name}: {_CONTROL.sub(' ', value)}\r\n".encode()


def answer_headers(request_id: str, content_type: str) -> list[bytes]:
    """What every answer of an AWS service carries; no Content-Type when there is none to tell."""
    headers = [line("x-amzn-RequestId", request_id)]
    if content_type:
        headers.append(line("Content-Type", content_type))
    return headers
