"""`gatewright render`: a mapping template against a request from a file, without a node."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from gatewright.languages.vtl import UTIL, Input, OverrideMap, TemplateError, TemplateSyntaxError, parse
from gatewright.languages.vtl.java_text import json_text
from gatewright.languages.vtl.values import SourceFloat

_MAPS = ("headers", "querystring", "path", "context", "stageVariables")
_MEMBERS = ("body", *_MAPS)
_STDIN = Path("-")


def render(
    template: Annotated[
        Path, typer.Argument(metavar="TEMPLATE", help="File with the mapping template, - for standard input.")
    ],
    request: Annotated[
        Path | None,
        typer.Argument(metavar="REQUEST", help="JSON file with the request, or -; without it the request is empty."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help='Print {"output": ..., "overrides": ...} instead of the output alone.')
    ] = False,
) -> None:
    """Render a mapping template as API Gateway would.

    The request is a JSON object whose members may all be left out: "body" (a text as it is, any other value as its
    JSON text), "headers", "querystring" and "path" (for $input.params), "context" (for $context) and "stageVariables".

    Exits with 0 when the template is rendered. When it is no template, or fails, prints FILE:LINE:COLUMN: what is
    wrong, the line and a mark below it, and exits with 1. Exits with 2 when a file cannot be used.
    """
    if template == request == _STDIN:
        raise typer.BadParameter("only one of TEMPLATE and REQUEST can be standard input")
    text = _read(template)
    given = {} if request is None else _request(request)
    context, overrides = _context(given.get("context", {}))
    try:
        output = parse(text).render(_roots(given, context))
    except (TemplateSyntaxError, TemplateError) as error:
        typer.echo(_told(template, text, error), err=True)
        raise typer.Exit(1) from None
    if as_json:
        output = json_text({"output": output, "overrides": {name: dict(held) for name, held in overrides.items()}})
    typer.echo(output, nl=as_json)


def _read(path: Path) -> str:
    try:
        return (sys.stdin.buffer.read() if path == _STDIN else path.read_bytes()).decode()
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise typer.BadParameter(f"{path} is not UTF-8: byte {error.start + 1}") from None


def _request(path: Path) -> dict[str, Any]:
    """The request, checked: a misspelt member would otherwise silently be empty."""
    try:
        given = json.loads(_read(path), parse_float=SourceFloat)
    except (ValueError, RecursionError) as error:
        raise typer.BadParameter(f"{path} is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise typer.BadParameter(f"{path} must be a JSON object with the members {', '.join(_MEMBERS)}")
    for name in given.keys() - set(_MEMBERS):
        raise typer.BadParameter(f'"{name}" in {path} is none of the members {", ".join(_MEMBERS)}')
    for name in _MAPS:
        if not isinstance(given.get(name, {}), dict):
            raise typer.BadParameter(f'"{name}" in {path} must be a JSON object')
    return given


def _context(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, OverrideMap]]:
    """`$context`, and in it where the template may set overrides."""
    overrides = {
        "requestOverride": OverrideMap(path=OverrideMap(), header=OverrideMap(), querystring=OverrideMap()),
        "responseOverride": OverrideMap(header=OverrideMap()),
    }
    return {**given, **overrides}, overrides


def _roots(given: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    body = given.get("body", "")
    places = [
        {name: value if isinstance(value, str) else json_text(value) for name, value in given.get(place, {}).items()}
        for place in ("path", "querystring", "headers")
    ]
    return {
        "input": Input(body if isinstance(body, str) else json_text(body), *places),
        "util": UTIL,
        "context": context,
        "stageVariables": given.get("stageVariables", {}),
    }


def _told(path: Path, text: str, error: TemplateSyntaxError | TemplateError) -> str:
    """The error with its place, the line, and a mark under where it is."""
    lines = text.split("\n")  # not splitlines(): the end of a text may stand on a line of its own
    line = lines[min(error.line, len(lines)) - 1]
    before = "".join("\t" if character == "\t" else " " for character in line[: error.column - 1])
    return f"{path}:{error.line}:{error.column}: {error.message}\n{line}\n{before}^"
