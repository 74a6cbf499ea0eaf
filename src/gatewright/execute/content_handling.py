"""Content handling: when a body that is text here becomes bytes for the client.

Developer guide: "Content type conversions in API Gateway", of whose table these are the rows with a text body. What
counts as binary is told by media types alone, never by a look at the content [recorded].
"""

import binascii
from base64 import b64decode
from collections.abc import Callable, Iterable

from gatewright.execute.binary_media_types import compile_binary_media_types
from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE
from gatewright.values.refusal import refuse

TO_TEXT = "CONVERT_TO_TEXT"
IsBinary = Callable[[str | None], bool]


def compile_content_handling(handling: str | None, binary_media_types: Iterable[str]) -> IsBinary:
    """Whether a message with this Content-Type, or this Accept, is binary: never with CONVERT_TO_TEXT."""
    return compile_binary_media_types(() if handling == TO_TEXT else binary_media_types)


def base64_decoded(body: str | bytes, context: RequestContext) -> bytes:
    """The bytes that `body` is base64 of. Raises Refusal: what is not base64 is a fault of the API's."""
    try:
        return b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        context.integration_error = CONFIGURATION_FAILURE + "Unable to base64 decode the body."
        refuse(API_CONFIGURATION_ERROR, cause=context.integration_error)
