"""The logo of a portal: read from S3 when a portal is given one, and kept with it.

AWS takes the address of an object; the sizes of both fit one of S3. Developer guide, "Quotas for configuring portals".
"""

import base64
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from gatewright.aws.call import Call
from gatewright.management.patch import refused
from gatewright.values.faults import ObjectFault
from gatewright.values.pending import Pending

# (bucket, key, version, Region): the bytes of an object of S3. Fails with ObjectFault.
ReadObject = Callable[[str, str, str, str], Pending[bytes]]
LARGEST = 200 * 1024  # bytes

_ADDRESS = re.compile(
    r"s3://([a-z0-9.-]{3,63})/(.+)|https://([a-z0-9.-]{3,63})\.s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com/([^?#]+)"
)
_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"<svg", "image/svg+xml"),
    (b"<?xml", "image/svg+xml"),
)


def nowhere(bucket: str, key: str, version: str, region: str) -> Pending[bytes]:
    """Where there is no S3."""
    pending: Pending[bytes] = Pending()
    pending.fail(ObjectFault("ServiceUnavailable", "there is no S3"))
    return pending


async def with_logo(read_object: ReadObject, call: Call) -> Call:
    """The call with the logo itself as `logo`, if it names one; an empty address takes a portal's logo away.

    Raises BadRequestException for what is no image in S3."""
    uri = call.input.get("logoUri")
    if uri is None:
        return call
    return call._replace(input=call.input | {"logo": await _read(read_object, uri, call.region) if uri else {}})


async def _read(read_object: ReadObject, uri: str, region: str) -> dict[str, Any]:
    address = _ADDRESS.fullmatch(uri)
    if address is None:
        raise refused("Invalid logo URI specified: it must be the address of an object in Amazon S3")
    bucket, key = (address[1], address[2]) if address[1] else (address[3], unquote(address[4]))
    try:
        content = await read_object(bucket, key, "", region)
    except ObjectFault as fault:
        raise refused(f"Invalid logo URI specified: {fault.message}") from None
    if len(content) > LARGEST:
        raise refused(f"Invalid logo specified: a logo has at most {LARGEST} bytes")
    return {"contentType": content_type(content), "bytes": base64.b64encode(content).decode()}


def content_type(content: bytes) -> str:
    """Of an image, by how it begins. Raises BadRequestException for anything else."""
    for start, type in _STARTS:
        if content.lstrip().startswith(start):
            return type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    raise refused("Invalid logo specified: a logo is a PNG, JPEG, GIF, WebP or SVG image")
