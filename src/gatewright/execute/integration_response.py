"""Integration responses: which one answers, and the status, headers and body the client gets of what came back.

For AWS, HTTP and MOCK. The parts stand in AWS's order: selection by pattern, mapped headers, template, content
handling, overrides. Developer guide: "Set up an integration response", "API Gateway important notes".
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

from gatewright.execute.access_log_variables import BY_PROTOCOL
from gatewright.execute.content_handling import ResponseContent, compile_message_content, compile_response_content
from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE
from gatewright.execute.integration_request import override_members, override_text
from gatewright.execute.large_body import at_length
from gatewright.execute.mapped_header import IllegalHeader, mapped_line, returned_name
from gatewright.execute.mapping_template import (
    DEFAULT,
    ResponseTemplates,
    compile_response_templates,
    compile_selected_templates,
)
from gatewright.execute.parameter_mapping import Fixed, ReturnedValues, compile_response_headers
from gatewright.execute.plan import Document, Source
from gatewright.execute.selection import Answered, compile_response_selection
from gatewright.execute.world import World
from gatewright.languages.full_match import FullMatch, compile_full_match
from gatewright.languages.selection_expression import fixed_key
from gatewright.values.headers import CONTROL, Headers, first, last
from gatewright.values.refusal import refuse
from gatewright.values.response import Response

_new = tuple.__new__  # a NamedTuple made without its Python-level constructor
_TRACED = frozenset({"AWS", "HTTP"})  # of these types the client sees the trace [recorded]


class IntegrationResponse(NamedTuple):
    """One compiled integration response; `pattern` is None for the default one. `invalid` says why it cannot answer.

    `select` yields the key of the template of one of a WebSocket API, which has no status of its own: 0 is the one that
    came back. Of a method it is the media type that the client takes.
    `constant` is the whole response of one that neither a request nor what came back can change: a CORS preflight's."""

    pattern: FullMatch | None
    status: int
    headers: tuple[tuple[str, ReturnedValues], ...]
    templates: ResponseTemplates
    content: ResponseContent
    traced: bool
    invalid: str
    constant: Response | None = None
    select: Callable[[Any], str] | None = None

    def response(self, context: RequestContext, headers: Headers, body: bytes) -> Response:
        """The response to the client. Raises Refusal."""
        if self.constant is not None and context.template_context is None:
            return self.constant
        if self.invalid:
            refuse(API_CONFIGURATION_ERROR, cause=CONFIGURATION_FAILURE + self.invalid)
        mapped = [(name, value) for name, values in self.headers for value in values(context, headers, body)]
        accept = first(context.request.headers, "accept")
        content_type = last(headers, "content-type")
        content = self.content.read(body, content_type, accept)
        select, status = self.select, self.status or context.endpoint_status or 200
        if select is None:
            type_line, template = self.templates.chosen(accept)
        else:
            type_line, template = self.templates.of(select(Answered(context, status, headers, body)))
        if template is not None:
            content = template.rendered(context, content)
        sent = self.content.written(content, content_type, accept, context)
        if context.template_context is not None:
            status = _overridden(mapped, status, context.template_context.response_override)
        lines = _lines(mapped, type_line, context.trace_id if self.traced else "")
        return _new(Response, (status, lines, sent))

    async def answer(self, context: RequestContext, headers: Headers, body: bytes, world: World) -> Response:
        """The same, beside all other requests if it takes long. Raises Refusal."""
        if self.constant is not None and context.template_context is None:
            return self.constant
        size = len(body) + self.templates.unparsed()
        return await at_length(partial(self.response, context, headers, body), size, world)


class IntegrationResponses(NamedTuple):
    """A method's integration responses, in the order in which they are asked."""

    patterned: tuple[IntegrationResponse, ...]
    default: IntegrationResponse | None

    def selected(self, selection: str) -> IntegrationResponse:
        """The first response whose pattern matches all of `selection`, else the default one. Raises Refusal.

        `selection` is what the patterns are matched with: the backend's status, or the message of a function's error.
        """
        for response in self.patterned:
            if response.pattern is not None and response.pattern(selection):
                return response
        return self.default or refuse(
            API_CONFIGURATION_ERROR,
            cause=f"{CONFIGURATION_FAILURE}No match for output mapping and no default output mapping configured. "
            f"Endpoint Response Status Code: {selection[:256]}",
        )


def compile_integration_responses(source: Source) -> IntegrationResponses:
    """A method's integration responses, in the order of their status codes; a route's in that of their keys.

    Raises ValueError."""
    responses = source.integration.get("integrationResponses") or {}
    if source.protocol == "WEBSOCKET":
        compiled = [_keyed(one, source) for one in sorted(responses, key=itemgetter("integrationResponseKey"))]
    else:
        declared = source.method.get("methodResponses") or {}
        compiled = [_compiled(code, responses[code], source, code in declared) for code in sorted(responses)]
    return IntegrationResponses(
        tuple(one for one in compiled if one.pattern is not None),
        next((one for one in compiled if one.pattern is None), None),
    )


def _compiled(code: str, document: Document, source: Source, is_declared: bool) -> IntegrationResponse:
    kind = source.integration["type"]
    pattern = document.get("selectionPattern")
    mapped = compile_response_headers(document.get("responseParameters") or {}, source.variables)
    named = [(returned_name(name), values) for name, values in mapped]
    invalid = "" if is_declared else f"Output mapping refers to an invalid method response: {code}"
    response = IntegrationResponse(
        pattern=compile_full_match(pattern) if pattern else None,
        status=int(code),
        headers=tuple((name, values) for name, values in named if name is not None),
        templates=compile_response_templates(document.get("responseTemplates") or {}),
        content=compile_response_content(
            document.get("contentHandling"), source.binary_media_types, from_backend=kind != "MOCK"
        ),
        traced=kind in _TRACED,
        invalid=invalid or _interim(int(code)),
    )
    return constant(response, response.status) if kind == "MOCK" else response


def _keyed(document: Document, source: Source) -> IntegrationResponse:
    """Of a WebSocket API: its key says what it answers, `$default` or a pattern between slashes. Of its headers only
    $connect has a use."""
    key, expression = document["integrationResponseKey"], document.get("templateSelectionExpression")
    mapped = compile_response_headers(
        document.get("responseParameters") or {}, source.variables, BY_PROTOCOL[source.protocol]
    )
    named = [(returned_name(name), values) for name, values in mapped]
    templates = compile_selected_templates(document.get("responseTemplates") or {})
    fixed = fixed_key(expression) if expression else None
    if fixed is not None:
        templates = ResponseTemplates({}, templates.of(fixed))
    return IntegrationResponse(
        pattern=_pattern(key),
        status=0,
        headers=tuple((name, values) for name, values in named if name is not None),
        templates=templates,
        content=compile_message_content(document.get("contentHandlingStrategy")),
        traced=False,
        invalid="",
        select=compile_response_selection(expression) if expression and fixed is None else None,
    )


def _pattern(key: str) -> FullMatch | None:
    if key == DEFAULT:
        return None
    is_pattern = len(key) > 1 and key.startswith("/") and key.endswith("/")
    return compile_full_match(key[1:-1] if is_pattern else re.escape(key))


def constant(response: IntegrationResponse, status: int) -> IntegrationResponse:
    """A mock's response whose status is known: with what it always is, if it is."""
    return response._replace(constant=_constant(response, status))


def _constant(response: IntegrationResponse, status: int) -> Response | None:
    templates, values = response.templates, [values for _, values in response.headers]
    if response.invalid or response.select or not response.content.is_text or len(templates.by_type) > 1:
        return None
    if templates.by_type and templates.fallback not in templates.by_type.values():
        return None
    if not all(isinstance(one, Fixed) and not any(map(CONTROL.search, one.values)) for one in values):
        return None
    type_line, template = templates.fallback
    if template is not None and template.literal is None:
        return None
    mapped = [(name, value) for name, fixed in response.headers if isinstance(fixed, Fixed) for value in fixed.values]
    body = b"" if template is None else template.literal or b""
    return Response(status, _lines(mapped, type_line, ""), body)


def _lines(mapped: list[tuple[str, str]], type_line: bytes, trace_id: str) -> list[bytes]:
    """The header lines: those that were mapped, and of those that AWS adds the ones that were not."""
    names = [name.lower() for name, _ in mapped]
    lines = [mapped_line(name, value) for name, value in mapped]
    if "content-type" not in names:
        lines.append(type_line)
    if trace_id and "x-amzn-trace-id" not in names:
        lines.append(f"X-Amzn-Trace-Id: {trace_id}\r\n".encode())
    return lines


def _interim(status: int) -> str:
    """Why a status of 1xx fails the request: clients take such a response for no answer, and wait for one."""
    return f"Invalid status code {status}" if status < 200 else ""


def _overridden(mapped: list[tuple[str, str]], status: int, override: Mapping[str, Any]) -> int:
    """Put `$context.responseOverride` in place of mapped headers and of the status. Raises Refusal."""
    for name, value in override_members(override.get("header")):
        try:
            returned = returned_name(name)
        except IllegalHeader as error:
            refuse(API_CONFIGURATION_ERROR, cause=f"{CONFIGURATION_FAILURE}{error}")
        if returned is not None:
            lower = returned.lower()
            mapped[:] = [pair for pair in mapped if pair[0].lower() != lower]
            mapped.append((returned, override_text(value)))
    chosen = override.get("status")
    # Recorded: what is no status is ignored; so is text, even of digits.
    if type(chosen) is not int or not 100 <= chosen <= 599:
        return status
    if _interim(chosen):
        refuse(API_CONFIGURATION_ERROR, cause=CONFIGURATION_FAILURE + _interim(chosen))
    return chosen
