"""The integration request of AWS, HTTP and MOCK: what the backend gets of a request, and nothing else of it.

Parameters are mapped, the body goes through content handling and the template for its media type, and what the
template overrode takes the place of what was mapped. Everything that a request does not change is decided when the
stage is compiled. Developer guide: "Set up an API integration request", "Content type conversions", "Override your
API's request and response parameters".
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from gatewright.execute.access_log_variables import BY_PROTOCOL
from gatewright.execute.content_handling import RequestContent, compile_request_content
from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE
from gatewright.execute.large_body import at_length
from gatewright.execute.mapped_header import IllegalHeader, is_sent
from gatewright.execute.mapping_template import RequestTemplates, compile_request_templates, media_type_key
from gatewright.execute.parameter_mapping import RequestParameter, as_text, compile_request_parameters
from gatewright.execute.plan import Source
from gatewright.execute.selection import compile_request_selection
from gatewright.execute.world import World
from gatewright.languages.vtl.java_text import text_of
from gatewright.values.headers import last
from gatewright.values.refusal import refuse
from gatewright.values.request import NO_BODY, WITH_BODY

JSON = "application/json"
Pairs = list[tuple[str, str]]
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor


class BackendRequest(NamedTuple):
    """What was mapped, rendered and overridden, and no more: no default headers, nothing encoded for the wire.

    Lists may name a parameter more than once."""

    path: dict[str, str]
    query: Pairs
    headers: Pairs
    body: bytes


@dataclass(frozen=True, slots=True)
class IntegrationRequest:
    """A method's compiled integration request. `select` yields the key of the template that a message goes through; of
    a method it is the media type of the request."""

    integration_type: str
    parameters: tuple[RequestParameter, ...]
    templates: RequestTemplates
    content: RequestContent
    select: Callable[[Any], str] | None = None

    def effort(self, context: RequestContext) -> int:
        """Bytes that `build` goes through, for `at_length`: the body, and templates not yet parsed."""
        return len(context.request.body) + self.templates.unparsed()

    def build(self, context: RequestContext) -> BackendRequest:
        """The request for the backend. Raises Refusal: 415, 400 for broken JSON that is mapped from, 500."""
        request = context.request
        content_type = last(request.headers, "content-type")
        select, templates = self.select, self.templates
        template = templates.chosen(content_type) if select is None else templates.of(select(context))
        path, query, headers = self._mapped(context) if self.parameters else ({}, [], [])
        if template is not None and template.literal is not None and self.content.is_text:
            body = template.literal
        else:
            content = self.content.of(request.body, content_type, context)
            if template is not None:
                content = template.rendered(context, content)
            body = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
        backend = _new(BackendRequest, (path, query, headers, body))
        if context.template_context is not None:
            self._override(backend, context.template_context.request_override, context)
        return backend

    def built(self, context: RequestContext, world: World) -> Awaitable[BackendRequest]:
        """The same, beside all other requests if it takes long."""
        return at_length(partial(self.build, context), self.effort(context), world)

    def _mapped(self, context: RequestContext) -> tuple[dict[str, str], Pairs, Pairs]:
        path: dict[str, str] = {}
        query: Pairs = []
        headers: Pairs = []
        for location, name, values in self.parameters:
            found = values(context)
            if location == "header":
                headers += [(name, value) for value in found]
            elif location == "querystring":
                query += [(name, value) for value in found]
            elif found:
                path[name] = found[-1]
        return path, query, headers

    def _override(self, backend: BackendRequest, override: Mapping[str, Any], context: RequestContext) -> None:
        """Put `$context.requestOverride` in place of what was mapped under the same names."""
        for name, value in override_members(override.get("path")):
            backend.path[name] = override_text(value)
        for name, value in override_members(override.get("querystring")):
            backend.query[:] = [pair for pair in backend.query if pair[0] != name]
            backend.query.extend([(name, text_of(one)) for one in (value if isinstance(value, list) else [value])])
        for name, value in override_members(override.get("header")):
            try:
                sent = is_sent(name, self.integration_type)
            except IllegalHeader as error:
                context.integration_error = f"{CONFIGURATION_FAILURE}{error}"
                refuse(API_CONFIGURATION_ERROR, cause=context.integration_error)
            lower = name.lower()
            backend.headers[:] = [pair for pair in backend.headers if pair[0].lower() != lower]
            if sent:
                backend.headers.append((name, override_text(value)))


def compile_integration_request(source: Source) -> IntegrationRequest:
    """The integration request of a method as configured. Raises MappingError, IllegalHeader and
    SelectionExpressionError, all ValueErrors."""
    integration = source.integration
    kind = integration["type"]
    mapped = compile_request_parameters(
        integration.get("requestParameters") or {}, source.variables, BY_PROTOCOL[source.protocol]
    )
    selected = source.protocol == "WEBSOCKET"
    expression = integration.get("templateSelectionExpression") if selected else None
    return IntegrationRequest(
        integration_type=kind,
        parameters=tuple(one for one in mapped if one.location != "header" or is_sent(one.name, kind)),
        templates=compile_request_templates(
            integration.get("requestTemplates") or {},
            integration.get("passthroughBehavior"),
            str if selected else media_type_key,
        ),
        content=compile_request_content(integration.get("contentHandling"), source.binary_media_types),
        select=compile_request_selection(expression) if expression else None,
    )


def default_headers(context: RequestContext, request: BackendRequest, verb: str) -> list[tuple[str, str]]:
    """The headers that AWS and HTTP integrations add to those of `request`, which win; `verb` is the backend's.

    Recorded: Accept, User-Agent, the client's Content-Type for verbs with a body, and the trace."""
    mapped = {name.lower() for name, _ in request.headers}
    defaults = [("Accept", JSON), ("User-Agent", f"AmazonAPIGateway_{context.plan.api_id}")]
    if verb not in NO_BODY:
        content_type = last(context.request.headers, "content-type")
        if content_type is None and (request.body or verb in WITH_BODY):
            content_type = JSON
        if content_type is not None:
            defaults.append(("Content-Type", as_text(content_type)))
    defaults.append(("X-Amzn-Trace-Id", context.trace_id))
    return [(name, value) for name, value in defaults if name.lower() not in mapped]


def override_text(value: Any) -> str:
    """The value of an override: a list is joined by commas."""
    return ",".join(map(text_of, value)) if isinstance(value, list) else text_of(value)


def override_members(values: Any) -> list[tuple[str, Any]]:
    """What a template set in one kind of override; what it set to null, or in place of the whole map, counts not."""
    if not isinstance(values, Mapping):
        return []
    return [(str(name), value) for name, value in values.items() if value is not None]
