"""A template, parsed and compiled once, rendered as often as you like."""

from collections.abc import Mapping
from typing import Any, Literal

from gatewright.languages.vtl.bounds import DEFAULT, Bounds, Meter
from gatewright.languages.vtl.compiler import Compiler, Kinds
from gatewright.languages.vtl.directives import (
    BreakSignal,
    StopSignal,
    compile_break,
    compile_call,
    compile_define,
    compile_foreach,
    compile_if,
    compile_set,
    compile_stop,
    compile_text,
)
from gatewright.languages.vtl.errors import Fault, TemplateError, TemplateSyntaxError
from gatewright.languages.vtl.expressions import (
    compile_binary,
    compile_constant,
    compile_interpolation,
    compile_list,
    compile_map,
    compile_not,
    compile_range,
)
from gatewright.languages.vtl.frame import CompiledMacro, Frame, Run, Write
from gatewright.languages.vtl.nodes import (
    Binary,
    Break,
    Call,
    Constant,
    Define,
    Evaluate,
    Foreach,
    If,
    Interpolation,
    ListOf,
    MapOf,
    Not,
    Range,
    Reference,
    Set,
    Stop,
    Text,
)
from gatewright.languages.vtl.parser import Parser, parse_template
from gatewright.languages.vtl.references import compile_printed, compile_reference
from gatewright.languages.vtl.scanner import Lines


class Template:
    """Text with values put in. Safe to render from many threads: a rendering changes nothing but its roots."""

    __slots__ = ("_body", "_macros")

    def __init__(self, body: Run, macros: Mapping[str, CompiledMacro]) -> None:
        self._body = body
        self._macros = macros

    def render(self, roots: Mapping[str, Any], bounds: Bounds = DEFAULT) -> str:
        """`roots`: names without the dollar to values. Raises TemplateError for whatever goes wrong."""
        frame = Frame(dict(roots), Meter(bounds), dict(self._macros))
        pieces: list[str] = []
        try:
            self._body(frame, pieces.append)
        except (BreakSignal, StopSignal):
            pass
        except Fault as fault:
            raise TemplateError(str(fault), 1, 1) from None
        except RecursionError:
            raise TemplateError("the template is nested too deeply", 1, 1) from None
        try:
            return frame.meter.joined(pieces)
        except Fault as fault:
            raise TemplateError(str(fault), 1, 1) from None


def parse(text: str, undefined: Literal["empty", "source"] = "empty") -> Template:
    """A template from its text; raises TemplateSyntaxError with line and column.

    `undefined`: what a reference to nothing prints. Nothing, as in API Gateway, or its own source, as in Velocity.
    """
    parsed = parse_template(text)
    evaluates = "evaluate" in text
    compiler = Compiler(
        _KINDS,
        Lines(text),
        shows_source=undefined == "source",
        has_macros=evaluates or bool(parsed.macros),
        counts_turns=evaluates or "velocity" in text,
    )
    macros = {name: compiler.macro(macro) for name, macro in parsed.macros.items()}
    return Template(compiler.body(parsed.body), macros)


def _compile_evaluate(node: Evaluate, compiler: Compiler) -> Run:
    value, place = compiler.value(node.text), compiler.place(node.at)

    def run(frame: Frame, write: Write) -> None:
        text = value(frame)
        if text is None:
            return
        if type(text) is not str:
            raise TemplateError("#evaluate takes a text", *place)
        try:
            _run_text(text, frame, write, shows_source=compiler.shows_source)
        except TemplateSyntaxError as error:
            raise TemplateError(f"in the text of #evaluate: {error}", *place) from None
        except Fault as fault:
            raise TemplateError(str(fault), *place) from None

    return run


def _run_text(text: str, frame: Frame, write: Write, *, shows_source: bool) -> None:
    frame.meter.enter(10 + len(text) * 5)
    try:
        _compiled_now(text, frame, shows_source=shows_source)(frame, write)
    except BreakSignal:
        pass
    finally:
        frame.meter.leave()


def _compiled_now(text: str, frame: Frame, *, shows_source: bool) -> Run:
    lines = Lines(text)
    parser = Parser(text, lines)
    body = parser.parse()
    compiler = Compiler(_KINDS, lines, shows_source=shows_source)
    for name, macro in parser.macros.items():
        frame.macros.setdefault(name, compiler.macro(macro))
    return compiler.body(body)


_KINDS = Kinds(
    values={
        Reference: compile_reference,
        Constant: compile_constant,
        Interpolation: compile_interpolation,
        ListOf: compile_list,
        MapOf: compile_map,
        Range: compile_range,
        Binary: compile_binary,
        Not: compile_not,
    },
    statements={
        Text: compile_text,
        Reference: compile_printed,
        Set: compile_set,
        If: compile_if,
        Foreach: compile_foreach,
        Break: compile_break,
        Stop: compile_stop,
        Define: compile_define,
        Call: compile_call,
        Evaluate: _compile_evaluate,
    },
)
