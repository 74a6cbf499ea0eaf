"""Gateway responses as an API defines them: status, headers and body in place of the gateway's own.

A definition of the very type wins over one of DEFAULT_4XX or DEFAULT_5XX, and that over what is built in. Templates are
text with variables, no Velocity: only `$context`, `$stageVariables` and `$method.request` are put in. Everything is
looked up when the stage is compiled. Developer guide: "Set up gateway responses to customize error responses".
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import CONTENT_TYPE, error_type_line, render
from gatewright.execute.parameter_mapping import MappingError, compile_request_source
from gatewright.values.headers import CONTROL, FIELD_NAME, first
from gatewright.values.refusal import Refusal
from gatewright.values.response import Response

Refuse = Callable[[Refusal, RequestContext], Response]
Text = Callable[[RequestContext], str]

DEFAULT_TEMPLATES: Mapping[str, str] = {"application/json": '{"message":$context.error.messageString}'}
_JSON = "application/json"
_HEADER = "gatewayresponse.header."
_VARIABLE = re.compile(
    r"\$(context(?:\.[A-Za-z0-9_-]+)+|stageVariables\.[A-Za-z0-9_]+"
    r"|method\.request\.(?:header|querystring|path)\.[A-Za-z0-9_-]+)"
)
# AWS gives a message as it is, and null where there is none. What a validator found comes escaped as within a JSON
# string, for templates put it between quotes (seen in answers of AWS that projects quote).
_ERROR: Mapping[str, Text] = {
    "context.error.message": lambda context: context.error_message or "",
    "context.error.messageString": lambda context: json.dumps(context.error_message, ensure_ascii=False),
    "context.error.responseType": lambda context: context.error_type,
    "context.error.validationErrorString": lambda context: json.dumps(context.validation_error, ensure_ascii=False)[
        1:-1
    ],
}


class Custom(NamedTuple):
    """One compiled definition. `status` 0 keeps the type's own; `templates` is empty for the built-in body."""

    status: int
    headers: tuple[tuple[str, Text], ...]
    templates: Mapping[str, Text]

    def response(self, refusal: Refusal, context: RequestContext) -> Response:
        """The response to the client."""
        built_in = render(refusal, context)
        body = built_in.body
        lines = {"x-amzn-errortype": error_type_line(refusal.row), "content-type": CONTENT_TYPE}
        if self.templates:
            media_type = _accepted(context, self.templates)
            lines["content-type"] = f"Content-Type: {media_type}\r\n".encode("utf-8", "replace")
            body = self.templates[media_type](context).encode("utf-8", "replace")
        for name, text in self.headers:
            value = text(context).strip()
            # What a client chose may be anything, line ends included; a header that cannot be resolved is left out.
            if value and not CONTROL.search(value):
                lines[name.lower()] = f"{name}: {value}\r\n".encode("utf-8", "replace")
        return Response(self.status or built_in.status, tuple(lines.values()), body)


def compile_gateway_responses(definitions: Iterable[Mapping[str, Any]], variables: Mapping[str, str]) -> Refuse:
    """The GatewayResponses of an API, with a stage's variables, to what answers every refused request."""
    customs = {each["responseType"]: _compiled(each, variables) for each in definitions}
    if not customs:
        return render

    def refuse(refusal: Refusal, context: RequestContext) -> Response:
        row = refusal.row
        custom = customs.get(row.response_type)
        if custom is None and row.response_type:  # what has no type cannot be customised
            custom = customs.get("DEFAULT_4XX" if row.status < 500 else "DEFAULT_5XX")
        return custom.response(refusal, context) if custom is not None else render(refusal, context)

    return refuse


def _compiled(definition: Mapping[str, Any], variables: Mapping[str, str]) -> Custom:
    templates = definition.get("responseTemplates") or {}
    status = int(definition.get("statusCode") or 0)
    names = {target: target.removeprefix(_HEADER) for target in definition.get("responseParameters") or {}}
    return Custom(
        status=status if status >= 200 else 0,  # clients wait for another response after one of 1xx
        headers=tuple(
            (name, _source(definition["responseParameters"][target], variables))
            for target, name in names.items()
            if FIELD_NAME.fullmatch(name)
        ),
        templates=(
            {media_type: _template(text or "", variables) for media_type, text in templates.items()}
            if templates != DEFAULT_TEMPLATES
            else {}
        ),
    )


def _template(text: str, variables: Mapping[str, str]) -> Text:
    """A template to the function that fills it in."""
    pieces = _VARIABLE.split(text)
    literals, sources = pieces[::2], [_source(name, variables) for name in pieces[1::2]]

    def filled(context: RequestContext) -> str:
        values = [source(context) for source in sources]
        return literals[0] + "".join(value + literal for value, literal in zip(values, literals[1:], strict=True))

    return filled


def _source(expression: str, variables: Mapping[str, str]) -> Text:
    """What an expression says; nothing for one that AWS does not know."""
    if expression in _ERROR:
        return _ERROR[expression]
    if expression.startswith("method.request.body"):  # a source of mappings, but not of gateway responses
        return lambda context: ""
    try:
        values = compile_request_source(expression, variables)
    except MappingError:
        return lambda context: ""
    return lambda context: ",".join(values(context))


def _accepted(context: RequestContext, templates: Mapping[str, Text]) -> str:
    """The media type of the template that a client asks for, else JSON, else the first."""
    for wanted in (first(context.request.headers, "accept") or "").split(","):
        media_type = wanted.partition(";")[0].strip().lower()
        if media_type in templates:
            return media_type
    return _JSON if _JSON in templates else next(iter(templates))
