"""Until the template engine stands: every template with a sign in it is unreadable."""

from typing import Any


class TemplateSyntaxError(ValueError):
    line = column = 0


class TemplateError(ValueError):
    line = column = 0


class Template:
    def render(self, roots: dict[str, Any]) -> str:
        raise TemplateError("no engine")


def parse(text: str) -> Template:
    raise TemplateSyntaxError("no engine")


class OverrideMap(dict[str, Any]):
    pass


class Input:
    def __init__(self, body: str, path: object, querystring: object, header: object) -> None:
        self.body = body


class SilentMap(dict[str, Any]):
    pass


UTIL = object()


def text_of(value: Any) -> str:
    return str(value)
