"""Integration responses: which one answers, and the status, headers and body it gives (non-proxy integrations).

In this version templates are literal text. Developer guide: "Set up an integration response", "API Gateway important
notes".
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gatewright.execute.content_handling import IsBinary, base64_decoded, compile_content_handling
from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE
from gatewright.execute.mapped_header import mapped_line
from gatewright.execute.parameter_mapping import MappingError, Values, compile_response_headers
from gatewright.execute.plan import Document, Source
from gatewright.values.headers import CONTROL, FIELD_NAME, first
from gatewright.values.refusal import refuse
from gatewright.values.response import Response

JSON = "application/json"
_REMAPPED = frozenset(
    {
        *("authorization", "connection", "content-length", "content-md5", "date", "expect", "host", "max-forwards"),
        *("proxy-authenticate", "server", "trailer", "upgrade", "user-agent", "www-authenticate"),
        "keep-alive",  # for one hop only, like Connection, which the server writes
    }
)
_DROPPED = frozenset({"transfer-encoding"})


class IntegrationResponse(NamedTuple):
    """One compiled integration response; `pattern` is None for the default one. `invalid` says why it cannot answer.

    `is_binary` tells from the client's Accept whether the body, which is text, is base64 of what the client gets."""

    pattern: re.Pattern[str] | None
    status: int
    headers: tuple[tuple[str, Values], ...]
    templates: Mapping[str, bytes]
    is_binary: IsBinary
    invalid: str

    def response(self, context: RequestContext) -> Response:
        """The response to the client of a backend that returned no body. Raises Refusal."""
        if self.invalid:
            refuse(API_CONFIGURATION_ERROR, cause=CONFIGURATION_FAILURE + self.invalid)
        accept = first(context.request.headers, "accept")
        media_type, body = _chosen(self.templates, accept or JSON)
        if self.is_binary(accept):
            body = base64_decoded(body, context)
        lines = [mapped_line(name, value) for name, values in self.headers for value in values(context)]
        if not any(line[:13].lower() == b"content-type:" for line in lines):
            lines.append(f"Content-Type: {media_type}\r\n".encode("latin-1", "replace"))
        return Response(self.status, lines, body)


def compile_integration_responses(source: Source) -> tuple[IntegrationResponse, ...]:
    """A method's integration responses, in the order of their status codes. Raises MappingError."""
    responses = source.integration.get("integrationResponses") or {}
    declared = source.method.get("methodResponses") or {}
    return tuple(_compiled(code, responses[code], source, code in declared) for code in sorted(responses))


def select(responses: Sequence[IntegrationResponse], value: str) -> IntegrationResponse:
    """The first response whose pattern matches the entire `value`, else the default one. Raises Refusal."""
    default = None
    for response in responses:
        if response.pattern is None:
            default = default or response
        elif response.pattern.fullmatch(value):
            return response
    return default or refuse(
        API_CONFIGURATION_ERROR,
        cause=f"{CONFIGURATION_FAILURE}No match for output mapping and no default output mapping configured. "
        f"Endpoint Response Status Code: {value}",
    )


def _compiled(code: str, document: Document, source: Source, is_declared: bool) -> IntegrationResponse:
    pattern = document.get("selectionPattern")
    headers = compile_response_headers(document.get("responseParameters") or {}, source.variables)
    return IntegrationResponse(
        pattern=re.compile(pattern) if pattern else None,
        status=int(code),
        headers=tuple((_returned_name(name), values) for name, values in headers if name.lower() not in _DROPPED),
        templates=_templates(document.get("responseTemplates") or {}),
        is_binary=compile_content_handling(document.get("contentHandling"), source.binary_media_types),
        invalid="" if is_declared else f"Output mapping refers to an invalid method response: {code}",
    )


def _templates(texts: Mapping[str, str | None]) -> dict[str, bytes]:
    for media_type in texts:
        if CONTROL.search(media_type):
            raise MappingError(f"{media_type!r} is no media type")
    return {media_type: (text or "").encode() for media_type, text in texts.items()}


def _returned_name(name: str) -> str:
    if not FIELD_NAME.fullmatch(name):
        raise MappingError(f"{name} is no header name")
    return f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name


def _chosen(templates: Mapping[str, bytes], accept: str) -> tuple[str, bytes]:
    """The template for the first media type the client accepts, else the JSON one, else the first one."""
    media_type = accept.partition(",")[0].partition(";")[0].strip()
    for key in (media_type, JSON, *templates):
        if key in templates:
            return key, templates[key]
    return JSON, b""
