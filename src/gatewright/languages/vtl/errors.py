"""What can go wrong with a template: in its text, and while it is rendered."""

from typing import NamedTuple


class Place(NamedTuple):
    """Where in a template, both counted from 1."""

    line: int
    column: int


class TemplateSyntaxError(ValueError):
    """The text is no template. `message` without the place, which is `line` and `column`."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(f"{message} (line {line}, column {column})")
        self.message, self.line, self.column = message, line, column


class TemplateError(Exception):
    """Rendering failed, or grew beyond its bounds. `message` without the place, which is `line` and `column`."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(f"{message} (line {line}, column {column})")
        self.message, self.line, self.column = message, line, column


class Fault(Exception):
    """A failure whose place is not known where it happens; whoever knows it raises `TemplateError` instead."""


class NoSuchMethodError(Exception):
    """Arguments for which Java has no method of the name. Velocity then takes the whole reference for null."""
