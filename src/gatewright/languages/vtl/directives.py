"""Directives to closures."""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from gatewright.languages.vtl.compiler import Compiler
from gatewright.languages.vtl.errors import Fault, TemplateError
from gatewright.languages.vtl.expressions import Truth, compile_span, compile_truth
from gatewright.languages.vtl.frame import Argument, CompiledMacro, Frame, Run, Write
from gatewright.languages.vtl.nodes import (
    Break,
    Call,
    Define,
    Foreach,
    If,
    Range,
    Reference,
    Set,
    Stop,
    Text,
)
from gatewright.languages.vtl.references import compile_assignment
from gatewright.languages.vtl.values import Iterator, Loop, Printed

# What loops set beside `$foreach` since Velocity 1.0.
_COUNTERS = ("velocityCount", "velocityHasNext")


class BreakSignal(Exception):
    """`#break`: ends the innermost loop, macro, defined block or evaluated text, or else the template."""


class StopSignal(Exception):
    """`#stop`: ends the template."""


def compile_text(node: Text, compiler: Compiler) -> Run:
    text = node.text

    def run(frame: Frame, write: Write) -> None:
        write(text)

    return run


def compile_set(node: Set, compiler: Compiler) -> Run:
    value, assign = compiler.value(node.value), compile_assignment(node.target, compiler)
    if not node.target.accesses and not compiler.has_macros:
        name = node.target.name

        def run_plain(frame: Frame, write: Write) -> None:
            frame.variables[name] = value(frame)

        return run_plain

    def run(frame: Frame, write: Write) -> None:
        assign(frame, value(frame))

    return run


def compile_if(node: If, compiler: Compiler) -> Run:
    otherwise = compiler.body(node.otherwise)
    branches = [(compile_truth(condition, compiler), compiler.body(body)) for condition, body in node.branches]
    if len(branches) > 1:
        return _choice(branches, otherwise)
    holds, then = branches[0]

    def run(frame: Frame, write: Write) -> None:
        if holds(frame):
            then(frame, write)
        else:
            otherwise(frame, write)

    return run


def _choice(branches: list[tuple[Truth, Run]], otherwise: Run) -> Run:
    def run(frame: Frame, write: Write) -> None:
        for holds, then in branches:
            if holds(frame):
                then(frame, write)
                return
        otherwise(frame, write)

    return run


def _items(value: Any, most: int) -> tuple[Sequence[Any], int] | None:
    """What a loop goes through, at most so many, and how many there are; None when it cannot be gone through."""
    if isinstance(value, list):
        return value[:most], len(value)
    if isinstance(value, range):
        return value[:most], abs(value.stop - value.start)
    if isinstance(value, Iterator):
        left = value.items[value.at :]
        value.at = len(value.items)
        return left[:most], len(left)
    if isinstance(value, Mapping):
        return list(islice(value.values(), most)), len(value)
    return None


def compile_foreach(node: Foreach, compiler: Compiler) -> Run:
    items = node.items
    source = compile_span(items, compiler) if isinstance(items, Range) else compiler.value(items)
    turns, weight, place = _turns(node, compiler), node.body.weight + 1, compiler.place(node.at)
    names = (node.name, "foreach", *_COUNTERS)

    def run(frame: Frame, write: Write) -> None:
        variables, arguments, meter = frame.variables, frame.arguments, frame.meter
        found = _items(source(frame), meter.bounds.iterations)
        if found is None:
            return
        turned, total = found
        before = [variables.get(name) for name in names]
        if arguments and node.name in arguments:
            frame.arguments = {name: argument for name, argument in arguments.items() if name != node.name}
        loop = variables["foreach"] = Loop(total, variables.get("foreach"))
        try:
            meter.charge(weight * len(turned))
            turns(frame, write, loop, turned)
        except BreakSignal:
            pass
        except Fault as fault:
            raise TemplateError(str(fault), *place) from None
        frame.arguments = arguments
        variables.update(zip(names, before, strict=True))

    return run


def _turns(node: Foreach, compiler: Compiler) -> Callable[[Frame, Write, Loop, Sequence[Any]], None]:
    name, body = node.name, compiler.body(node.body)

    def turns(frame: Frame, write: Write, loop: Loop, items: Sequence[Any]) -> None:
        variables = frame.variables
        for loop.index, variables[name] in enumerate(items):
            body(frame, write)

    def counted(frame: Frame, write: Write, loop: Loop, items: Sequence[Any]) -> None:
        variables = frame.variables
        for loop.index, variables[name] in enumerate(items):
            variables["velocityCount"] = loop.index + 1
            variables["velocityHasNext"] = loop.index + 1 < loop.total
            body(frame, write)

    return counted if compiler.counts_turns else turns


def compile_break(node: Break, compiler: Compiler) -> Run:
    def run(frame: Frame, write: Write) -> None:
        raise BreakSignal

    return run


def compile_stop(node: Stop, compiler: Compiler) -> Run:
    def run(frame: Frame, write: Write) -> None:
        raise StopSignal

    return run


class Block(Printed):
    """A body and the frame it is printed in, each time anew."""

    __slots__ = ("body", "frame", "weight")

    def __init__(self, body: Run, frame: Frame, weight: int) -> None:
        self.body, self.frame, self.weight = body, frame, weight

    def text(self) -> str:
        pieces: list[str] = []
        meter = self.frame.meter
        meter.enter(self.weight)
        try:
            self.body(self.frame, pieces.append)
        except BreakSignal:
            pass
        finally:
            meter.leave()
        return meter.joined(pieces)


def compile_define(node: Define, compiler: Compiler) -> Run:
    body, name, weight = compiler.body(node.body), node.name, node.body.weight + 1

    def run(frame: Frame, write: Write) -> None:
        frame.variables[name] = Block(body, frame, weight)

    return run


def compile_call(node: Call, compiler: Compiler) -> Run:
    arguments = [
        (compiler.value(argument), argument.source if isinstance(argument, Reference) else "")
        for argument in node.arguments
    ]
    block = compiler.body(node.body) if node.body else None
    block_weight = node.body.weight + 1 if node.body else 0
    place = compiler.place(node.at)

    def run(frame: Frame, write: Write) -> None:
        macro = frame.macros.get(node.name)
        if macro is None:
            write(node.source)
            return
        given = {
            parameter: Argument(value, frame, source)
            for parameter, (value, source) in zip(macro.parameters, arguments, strict=False)
        }
        if block is not None:
            content = Block(block, frame, block_weight)
            given["bodyContent"] = Argument(lambda frame: content, frame, "$bodyContent")
        try:
            _call(macro, frame.inside(given), write)
        except Fault as fault:
            raise TemplateError(str(fault), *place) from None

    return run


def _call(macro: CompiledMacro, frame: Frame, write: Write) -> None:
    frame.meter.enter(macro.weight)
    try:
        macro.body(frame, write)
    except BreakSignal:
        pass
    finally:
        frame.meter.leave()
