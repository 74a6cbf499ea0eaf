"""Content handling: when a body is text, when it is bytes, and how one becomes the other.

What counts as binary is told by headers and the API's binary media types, never by a look at the content [recorded]:
a request by its Content-Type, what a backend returns by its own, and what the client takes by the first of its Accept.
A body that counts as text and is no UTF-8 loses bytes: each wrong sequence becomes U+FFFD [recorded].
Developer guide: "Content type conversions in API Gateway", whose two tables are the cases of the tests.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from gatewright.execute.binary_media_types import IsBinary, compile_binary_media_types
from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE
from gatewright.values.refusal import refuse

TO_TEXT = "CONVERT_TO_TEXT"
TO_BINARY = "CONVERT_TO_BINARY"
Content = str | bytes


@dataclass(frozen=True, slots=True)
class RequestContent:
    """The content handling of an integration request; `is_text`: of every body, whatever its type."""

    handling: str | None
    is_binary: IsBinary
    is_text: bool

    def of(self, body: bytes, content_type: str | None, context: RequestContext) -> Content:
        """`body` as the integration gets it: str is text, which templates can read. Raises Refusal."""
        if self.is_binary(content_type):
            return b64encode(body).decode() if self.handling == TO_TEXT else body
        if self.handling == TO_BINARY:
            return base64_decoded(body, context)
        return body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class ResponseContent:
    """The content handling of an integration response: `read` before its template, `written` after it.

    `is_binary` is for what a backend returned, `accepted` for the client's Accept; `is_text`: no header changes that
    the body is text."""

    handling: str | None
    is_binary: IsBinary
    accepted: IsBinary
    is_text: bool

    def read(self, body: bytes, content_type: str | None, accept: str | None) -> Content:
        """What a backend returned, as text or as bytes that stay bytes."""
        if self.is_binary(content_type):
            return body if self._gives_bytes(accept) else b64encode(body).decode()
        return body.decode("utf-8", "replace")

    def written(self, content: Content, content_type: str | None, accept: str | None, context: RequestContext) -> bytes:
        """The bytes for the client. Text of a text body is base64 where the client gets bytes. Raises Refusal."""
        if isinstance(content, bytes):
            return content
        if self._gives_bytes(accept) and not self.is_binary(content_type):
            return base64_decoded(content, context)
        return content.encode("utf-8", "replace")

    def _gives_bytes(self, accept: str | None) -> bool:
        return self.handling == TO_BINARY or (self.handling is None and self.accepted(accept))


def compile_request_content(handling: str | None, binary_media_types: Iterable[str]) -> RequestContent:
    """`contentHandling` of an Integration with the API's binary media types."""
    listed = tuple(binary_media_types)
    return RequestContent(handling, compile_binary_media_types(listed), not listed and handling != TO_BINARY)


def compile_response_content(
    handling: str | None, binary_media_types: Iterable[str], *, from_backend: bool
) -> ResponseContent:
    """`contentHandling` of an IntegrationResponse with the API's binary media types. What no backend returned is text,
    also where everything is binary."""
    listed = tuple(binary_media_types)
    accepted = compile_binary_media_types(listed)
    is_binary = accepted if from_backend else compile_binary_media_types(())
    return ResponseContent(handling, is_binary, accepted, not listed and handling != TO_BINARY)


def compile_message_content(handling: str | None) -> ResponseContent:
    """`contentHandlingStrategy` of a WebSocket API's IntegrationResponse: the strategy, no list, says what is binary.

    Developer guide: "Binary media types for WebSocket APIs"."""
    never = compile_binary_media_types(())
    is_binary = compile_binary_media_types(("*/*",)) if handling == TO_TEXT else never
    return ResponseContent(handling, is_binary, never, is_text=handling is None)


def base64_decoded(body: str | bytes, context: RequestContext) -> bytes:
    """The bytes that `body` is base64 of. Raises Refusal: what is not base64 is a fault of the API's."""
    try:
        return b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        context.integration_error = CONFIGURATION_FAILURE + "Unable to base64 decode the body."
        refuse(API_CONFIGURATION_ERROR, cause=context.integration_error)
