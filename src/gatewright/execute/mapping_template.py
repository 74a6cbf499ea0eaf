"""Mapping templates: which one applies to a body, and what it makes of it.

A template is parsed when it is first used; one that is mere text costs nothing at request time, and one that
cannot be parsed fails the requests it is chosen for, as on AWS. A request's template is chosen by its Content-Type,
else `$default`, else `passthroughBehavior` decides; a response's by the first media type of the client's Accept.
Developer guide: "Mapping template", "Method request behavior for payloads without mapping templates".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from gatewright.execute.content_handling import Content
from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE, UNSUPPORTED_MEDIA_TYPE
from gatewright.execute.parameter_mapping import MappingError
from gatewright.execute.template_context import template_context
from gatewright.languages.vtl import Template, TemplateError, TemplateSyntaxError, parse
from gatewright.values.headers import CONTROL
from gatewright.values.refusal import refuse

JSON = "application/json"
DEFAULT = "$default"
LONGEST_TEMPLATE = 300 * 1024  # bytes: API Gateway's quota
_PARSING = 8  # a character of a template takes as long to parse as so many bytes of a body to map


class MappingTemplate:
    """One template. `literal` is its text, in UTF-8, when nothing in it is evaluated. Any other is parsed when it is
    first rendered: a stage can have thousands, of which a few are used at a time. `side` is "request" or "response"."""

    __slots__ = ("_parsed", "_text", "literal", "side")

    def __init__(self, side: str, text: str) -> None:
        self.side = side
        self.literal = None if "$" in text or "#" in text else text.encode("utf-8", "replace")
        self._text = "" if self.literal is not None else text  # until it is parsed
        self._parsed: Template | str = ""  # or what is wrong with it, and where

    @property
    def unparsed(self) -> int:
        """What the next rendering has to parse first, in bytes of a body that take as long."""
        return len(self._text) * _PARSING

    def rendered(self, context: RequestContext, content: Content) -> str:
        """The template's text for a body, which has to be text itself. Raises Refusal."""
        if isinstance(content, bytes):
            self._fail(context, "a template cannot read a binary body")
        if self.literal is not None:
            return self.literal.decode()
        text = self._text  # looked at once: another thread may do the same
        if text:
            self._parsed = _parsed(text)
            self._text = ""
        if isinstance(self._parsed, str):
            self._fail(context, self._parsed)
        try:
            return self._parsed.render(template_context(context).roots(context, content))
        except TemplateError as error:
            self._fail(context, str(error))

    def _fail(self, context: RequestContext, detail: str) -> NoReturn:
        context.integration_error = f"{CONFIGURATION_FAILURE}Unable to transform {self.side}"
        refuse(API_CONFIGURATION_ERROR, cause=f"{context.integration_error}: {detail}")


@dataclass(frozen=True, slots=True)
class RequestTemplates:
    """`by_type` are the templates by media type in lower case, None for one that passes the body through."""

    by_type: Mapping[str, MappingTemplate | None]
    passthrough: str

    def unparsed(self) -> int:
        """What the next request may have to parse first; see MappingTemplate."""
        return sum([template.unparsed for template in self.by_type.values() if template is not None])

    def chosen(self, content_type: str | None) -> MappingTemplate | None:
        """The template for a Content-Type; None when the body passes through. Raises Refusal when it may not."""
        return self.of(media_type_of(content_type or JSON))

    def of(self, key: str) -> MappingTemplate | None:
        """The same for a key of the table, or one that is not in it."""
        by_type = self.by_type
        if key in by_type:
            return by_type[key]
        if DEFAULT in by_type:
            return by_type[DEFAULT]
        if self.passthrough == "NEVER" or (self.passthrough == "WHEN_NO_TEMPLATES" and by_type):
            refuse(UNSUPPORTED_MEDIA_TYPE)
        return None


@dataclass(frozen=True, slots=True)
class ResponseTemplates:
    """`by_type` are the Content-Type line and the template by media type in lower case, None for a template that passes
    the body through; `fallback` serves whom none fits."""

    by_type: Mapping[str, tuple[bytes, MappingTemplate | None]]
    fallback: tuple[bytes, MappingTemplate | None]

    def unparsed(self) -> int:
        """What the next response may have to parse first; see MappingTemplate."""
        return sum([template.unparsed for _, template in self.by_type.values() if template is not None])

    def chosen(self, accept: str | None) -> tuple[bytes, MappingTemplate | None]:
        """The Content-Type line and the template for an Accept header: of what it lists only the first counts."""
        return self.of(media_type_of((accept or JSON).partition(",")[0]))

    def of(self, key: str) -> tuple[bytes, MappingTemplate | None]:
        """The same for a key of the table, or one that is not in it."""
        return self.by_type.get(key, self.fallback)


def media_type_key(key: str) -> str:
    """A template's media type as it is looked up."""
    return key if key == DEFAULT else key.strip().lower()


def compile_request_templates(
    texts: Mapping[str, str | None], passthrough: str | None, key: Callable[[str], str] = media_type_key
) -> RequestTemplates:
    """An Integration's `requestTemplates` and `passthroughBehavior`; `key` is how a template's key is looked up."""
    return RequestTemplates(_compiled(texts, "request", key), passthrough or "WHEN_NO_MATCH")


def compile_selected_templates(texts: Mapping[str, str | None]) -> ResponseTemplates:
    """The `responseTemplates` of a WebSocket API, whose keys are what selection expressions yield."""
    line = _typed(JSON)
    by_key = {key: (line, template) for key, template in _compiled(texts, "response", str).items()}
    return ResponseTemplates(by_key, by_key.get(DEFAULT) or (line, None))


def compile_response_templates(texts: Mapping[str, str | None]) -> ResponseTemplates:
    """An IntegrationResponse's `responseTemplates`. Raises MappingError for a media type that is none."""
    for media_type in texts:
        if CONTROL.search(media_type):
            raise MappingError(f"{media_type!r} is no media type")
    by_type = {
        key: (_typed(JSON if key == DEFAULT else key), template)
        for key, template in _compiled(texts, "response", media_type_key).items()
    }
    fallback = by_type.get(JSON) or next(iter(by_type.values()), (_typed(JSON), None))
    return ResponseTemplates(by_type, fallback)


def _typed(media_type: str) -> bytes:
    return f"Content-Type: {media_type}\r\n".encode("latin-1", "replace")


def _compiled(
    texts: Mapping[str, str | None], side: str, key: Callable[[str], str]
) -> dict[str, MappingTemplate | None]:
    return {key(name): MappingTemplate(side, text) if text else None for name, text in texts.items()}


def _parsed(text: str) -> Template | str:
    if len(text) > LONGEST_TEMPLATE:
        return "it is larger than 300 KB"
    try:
        return parse(text)
    except TemplateSyntaxError as error:
        return str(error)


def media_type_of(value: str) -> str:
    """What a Content-Type names, in lower case and without its parameters."""
    return value.partition(";")[0].strip().lower()
