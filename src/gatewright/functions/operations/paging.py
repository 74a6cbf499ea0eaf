"""Lists in pages: `Marker` and `MaxItems` in, `NextMarker` out. AWS gives at most 50 items a page."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.values.records import Document

_PAGE = 50


def page(call: Call, member: str, items: Sequence[Document]) -> Document:
    """The page of `items` that the call asks for. Markers are opaque; a foreign one is refused."""
    start = _start(call.input.get("Marker"))
    size = min(call.input.get("MaxItems") or _PAGE, _PAGE)
    output: Document = {member: list(items[start : start + size])}
    if start + size < len(items):
        output["NextMarker"] = urlsafe_b64encode(b"%d" % (start + size)).decode()
    return output


def _start(marker: str | None) -> int:
    if not marker:
        return 0
    try:
        text = urlsafe_b64decode(marker.encode()).decode()
    except ValueError:
        text = ""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ServiceError("InvalidParameterValueException", f"Invalid Marker: {marker}")
    return int(text)
