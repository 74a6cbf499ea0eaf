"""Directives to closures."""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from gatewright.languages.vtl.compiler import Compiler
from gatewright.languages.vtl.errors import Fault, TemplateError
from gatewright.languages.vtl.frame import Argument, CompiledMacro, Frame, Run, Write
from gatewright.languages.vtl.nodes import (
    Body,
    Break,
    Call,
    Define,
    Expression,
    Foreach,
    If,
    Reference,
    Set,
    Stop,
    Text,
)
from gatewright.languages.vtl.references import compile_assignment
from gatewright.languages.vtl.values import Loop, Printed


class BreakSignal(Exception):
    """`#break`: ends the innermost loop, or the whole template outside of loops."""


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
    for condition, body in reversed(node.branches):
        otherwise = _branch(condition, body, otherwise, compiler)
    return otherwise


def _branch(condition: Expression, body: Body, otherwise: Run, compiler: Compiler) -> Run:
    test, then = compiler.value(condition), compiler.body(body)

    def run(frame: Frame, write: Write) -> None:
        value = test(frame)
        if value is None or value is False:
            otherwise(frame, write)
        else:
            then(frame, write)

    return run


def _items(value: Any, most: int) -> tuple[list[Any], int] | None:
    """What a loop goes through, at most so many, and how many there are; None when it cannot be gone through."""
    if isinstance(value, list):
        return value[:most], len(value)
    if isinstance(value, Mapping):
        return list(islice(value.values(), most)), len(value)
    return None


def compile_foreach(node: Foreach, compiler: Compiler) -> Run:
    source, body = compiler.value(node.items), compiler.body(node.body)
    name, weight, place = node.name, node.body.weight + 1, compiler.place(node.at)
    names = (name, "foreach", "velocityCount", "velocityHasNext")

    def run(frame: Frame, write: Write) -> None:
        variables, meter = frame.variables, frame.meter
        found = _items(source(frame), meter.bounds.iterations)
        if found is None:
            return
        items, total = found
        before = [variables.get(known) for known in names]
        loop = Loop(total, variables.get("foreach"))
        variables["foreach"] = loop
        try:
            meter.charge(weight * len(items))
            for loop.index, item in enumerate(items):
                variables[name] = item
                variables["velocityCount"] = loop.index + 1
                body(frame, write)
        except BreakSignal:
            pass
        except Fault as fault:
            raise TemplateError(str(fault), *place) from None
        for known, value in zip(names, before, strict=True):
            variables[known] = value

    return run


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
        finally:
            meter.leave()
        return meter.joined(pieces)


def compile_define(node: Define, compiler: Compiler) -> Run:
    body, name, weight = compiler.body(node.body), node.name, node.body.weight + 1

    def run(frame: Frame, write: Write) -> None:
        frame.variables[name] = Block(body, frame, weight)

    return run


def _assigner(node: Expression, compiler: Compiler) -> Callable[[Frame, Any], None] | None:
    return compile_assignment(node, compiler) if isinstance(node, Reference) and _assignable(node) else None


def _assignable(node: Reference) -> bool:
    return not node.accesses or hasattr(node.accesses[-1], "index") or not hasattr(node.accesses[-1], "arguments")


def compile_call(node: Call, compiler: Compiler) -> Run:
    arguments = [
        (compiler.value(argument), _assigner(argument, compiler), getattr(argument, "source", ""))
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
            parameter: Argument(value, frame, assign, source)
            for parameter, (value, assign, source) in zip(macro.parameters, arguments, strict=False)
        }
        if block is not None:
            content = Block(block, frame, block_weight)
            given["bodyContent"] = Argument(lambda frame: content, frame, None, "$bodyContent")
        try:
            _call(macro, frame.inside(given), write)
        except Fault as fault:
            raise TemplateError(str(fault), *place) from None

    return run


def _call(macro: CompiledMacro, frame: Frame, write: Write) -> None:
    frame.meter.enter(macro.weight)
    try:
        macro.body(frame, write)
    finally:
        frame.meter.leave()
