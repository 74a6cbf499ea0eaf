"""An event stream's messages, `application/vnd.amazon.eventstream`: lengths, headers and payload, each part summed.

Smithy specification: "Amazon Event Stream".
"""

from collections.abc import Mapping
from zlib import crc32

_STRING = 7  # the type of a header's value


def event(kind: str, payload: bytes, content_type: str) -> bytes:
    """One event of the stream, whole."""
    named = {":event-type": kind, ":content-type": content_type, ":message-type": "event"}
    headers = _headers(named)
    total = 16 + len(headers) + len(payload)
    prelude = total.to_bytes(4, "big") + len(headers).to_bytes(4, "big")
    message = b"".join((prelude, crc32(prelude).to_bytes(4, "big"), headers, payload))
    return message + crc32(message).to_bytes(4, "big")


def _headers(named: Mapping[str, str]) -> bytes:
    return b"".join(
        bytes((len(name),)) + name.encode() + bytes((_STRING,)) + len(value).to_bytes(2, "big") + value.encode()
        for name, value in named.items()
    )
