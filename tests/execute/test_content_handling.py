"""The two tables of content type conversions, each row as recorded on AWS or in its developer guide."""

from base64 import b64encode
from typing import Any

import pytest

from gatewright.execute.world import Returned
from tests.execute.stage import CHOSEN_ID, Scene, compiled, headers, method, request, snapshot

NONE, TO_BINARY, TO_TEXT = None, "CONVERT_TO_BINARY", "CONVERT_TO_TEXT"
BYTES = b"\x1f\x8b\x08\xee\xff text"
LOSSY = BYTES.decode("utf-8", "replace").encode()
ENCODED = b64encode(BYTES)
TWICE = b64encode(ENCODED)
FAILS = None
PNG = ["image/png"]


def exchange(
    integration: dict[str, Any], types: list[str], body: bytes, lines: list[str], returned: Returned
) -> tuple[bytes | None, bytes | None]:
    """The body the backend got and the body the client got; None where the request ended in 500."""
    scene = Scene(returned)
    http = {"type": "HTTP", "httpMethod": "POST", "uri": "http://backend.test", "integrationResponses": {"200": {}}}
    stage = compiled(snapshot({"/": {"POST": method(http | integration)}}, binaryMediaTypes=types))
    response = scene.serve(stage, request("POST", "/", CHOSEN_ID, *lines, body=body))
    sent = scene.backend.sent[0][3] if scene.backend.sent else None
    return sent, response.body if response.status == 200 else None


@pytest.mark.parametrize(
    ("types", "content_type", "handling", "body", "sent"),
    [
        ([], "image/png", NONE, BYTES, LOSSY),
        ([], "image/png", TO_BINARY, ENCODED, BYTES),
        ([], "image/png", TO_BINARY, BYTES, FAILS),
        ([], "image/png", TO_TEXT, BYTES, LOSSY),
        (PNG, "text/plain", NONE, BYTES, LOSSY),
        (PNG, "text/plain", TO_BINARY, ENCODED, BYTES),
        (PNG, "text/plain", TO_BINARY, b"this is a text", FAILS),
        (PNG, "text/plain", TO_TEXT, b"text", b"text"),
        (PNG, "image/png", NONE, BYTES, BYTES),
        (PNG, "image/png", TO_BINARY, BYTES, BYTES),
        (PNG, "image/png", TO_BINARY, ENCODED, ENCODED),
        (PNG, "image/png", TO_TEXT, BYTES, ENCODED),
        (PNG, "image/png", TO_TEXT, ENCODED, TWICE),
        (PNG, "image/png", TO_TEXT, b"text", b64encode(b"text")),
        (["*/*"], None, NONE, BYTES, BYTES),
    ],
)
def test_requests(types: list[str], content_type: str | None, handling: str | None, body: bytes, sent: bytes | None):
    lines = [f"Content-Type: {content_type}"] if content_type else []
    got, _ = exchange({"contentHandling": handling}, types, body, lines, Returned(200, (), b""))
    assert got == sent


@pytest.mark.parametrize(
    ("types", "returned_type", "accept", "handling", "body", "received"),
    [
        ([], "text/plain", "text/plain", NONE, BYTES, LOSSY),
        ([], "image/png", "image/png", NONE, BYTES, LOSSY),
        ([], "image/png", "image/png", TO_BINARY, ENCODED, BYTES),
        ([], "image/png", "image/png", TO_BINARY, BYTES, FAILS),
        ([], "text/plain", "text/plain", TO_TEXT, BYTES, LOSSY),
        (PNG, "text/plain", "text/plain", NONE, BYTES, LOSSY),
        (PNG, "text/plain", "text/plain", TO_BINARY, ENCODED, BYTES),
        (PNG, "text/plain", "text/plain", TO_BINARY, b"this is a text", FAILS),
        (PNG, "text/plain", "text/plain", TO_TEXT, b"text", b"text"),
        (PNG, "text/plain", "image/png", NONE, ENCODED, BYTES),
        (PNG, "text/plain", "image/png", NONE, BYTES, FAILS),
        (PNG, "text/plain", "image/png", TO_BINARY, ENCODED, BYTES),
        (PNG, "text/plain", "image/png", TO_TEXT, BYTES, LOSSY),
        (PNG, "image/png", "text/plain", NONE, BYTES, ENCODED),
        (PNG, "image/png", "text/plain", NONE, ENCODED, TWICE),
        (PNG, "image/png", "text/plain", TO_BINARY, BYTES, BYTES),
        (PNG, "image/png", "text/plain", TO_TEXT, BYTES, ENCODED),
        (PNG, "image/png", "image/png", NONE, BYTES, BYTES),
        (PNG, "image/png", "image/png", TO_BINARY, ENCODED, ENCODED),
        (PNG, "image/png", "image/png", TO_TEXT, BYTES, ENCODED),
        (PNG, "image/png", "text/plain, image/png", NONE, BYTES, ENCODED),
        (["*/*"], None, None, NONE, BYTES, BYTES),
    ],
)
def test_responses(
    types: list[str],
    returned_type: str | None,
    accept: str | None,
    handling: str | None,
    body: bytes,
    received: bytes | None,
):
    returned = Returned(200, headers(*([f"Content-Type: {returned_type}"] if returned_type else [])), body)
    responses = {"integrationResponses": {"200": {"contentHandling": handling}}}
    _, got = exchange(responses, types, b"", [f"Accept: {accept}"] if accept else [], returned)
    assert got == received


@pytest.mark.parametrize(
    ("handling", "content_type", "body", "sent"),
    [
        (NONE, "image/png", BYTES, BYTES),
        (NONE, "text/plain", BYTES, BYTES),  # passed through without modification
        (TO_TEXT, "image/png", BYTES, ENCODED),
        (TO_TEXT, "text/plain", BYTES, LOSSY),
        (TO_BINARY, "text/plain", ENCODED, BYTES),
        (TO_BINARY, "text/plain", BYTES, FAILS),
        (TO_BINARY, "image/png", BYTES, BYTES),
    ],
)
def test_http_proxies(handling: str | None, content_type: str, body: bytes, sent: bytes | None):
    integration = {"type": "HTTP_PROXY", "contentHandling": handling}
    got, _ = exchange(integration, PNG, body, [f"Content-Type: {content_type}"], Returned(200, (), b""))
    assert got == sent
