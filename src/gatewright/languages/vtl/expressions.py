"""Expressions to closures: their values, and whether they hold as conditions.

A reference holds unless it is null or false: the empty text and zero do. As in Velocity 1.7, a literal other than
`true`, and the result of arithmetic, never holds.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from gatewright.languages.vtl.compiler import Compiler
from gatewright.languages.vtl.errors import Fault, TemplateError
from gatewright.languages.vtl.frame import Frame, Value
from gatewright.languages.vtl.java_numbers import compute, equal, is_number
from gatewright.languages.vtl.nodes import (
    Binary,
    Constant,
    Expression,
    Interpolation,
    ListOf,
    MapOf,
    Not,
    Range,
    Reference,
)
from gatewright.languages.vtl.values import ArrayList

Truth: TypeAlias = Callable[[Frame], bool]

_ARITHMETIC = frozenset("+-*/%")


def compile_constant(node: Constant, compiler: Compiler) -> Value:
    value = node.value
    return lambda frame: value


def compile_interpolation(node: Interpolation, compiler: Compiler) -> Value:
    body, place = compiler.body(node.body), compiler.place(node.at)

    def text(frame: Frame) -> str:
        pieces: list[str] = []
        body(frame, pieces.append)
        try:
            return frame.meter.joined(pieces)
        except Fault as fault:
            raise TemplateError(str(fault), *place) from None

    return text


def compile_list(node: ListOf, compiler: Compiler) -> Value:
    items = tuple(map(compiler.value, node.items))

    def made(frame: Frame) -> ArrayList:
        found = ArrayList([item(frame) for item in items])
        for item in found:
            frame.graft(item)
        return found

    return made


def compile_map(node: MapOf, compiler: Compiler) -> Value:
    items = [(compiler.value(key), compiler.value(value)) for key, value in node.items]
    place = compiler.place(node.at)

    def made(frame: Frame) -> dict[Any, Any]:
        found = {}
        for key, value in items:
            name, item = key(frame), value(frame)
            if isinstance(name, list | dict):
                raise TemplateError("a list or map is no key", *place)
            frame.graft(item)
            found[name] = item
        return found

    return made


def compile_span(node: Range, compiler: Compiler) -> Callable[[Frame], range | None]:
    """The whole numbers of a range, up or down; null when an end is none."""
    first, last = compiler.value(node.first), compiler.value(node.last)

    def span(frame: Frame) -> range | None:
        low, high = first(frame), last(frame)
        if type(low) is not int or type(high) is not int:
            return None
        return range(low, high + 1) if low <= high else range(low, high - 1, -1)

    return span


def compile_range(node: Range, compiler: Compiler) -> Value:
    spanned, place = compile_span(node, compiler), compiler.place(node.at)

    def made(frame: Frame) -> ArrayList | None:
        span = spanned(frame)
        if span is None:
            return None
        try:
            frame.meter.charge(2 * abs(span.stop - span.start))
        except Fault as fault:
            raise TemplateError(str(fault), *place) from None
        return ArrayList(span)

    return made


def compile_truth(node: Expression, compiler: Compiler) -> Truth:
    """Whether the expression holds."""
    value = compiler.value(node)
    if isinstance(node, Reference):
        return lambda frame: (found := value(frame)) is not None and found is not False
    if isinstance(node, Not) or (isinstance(node, Binary) and node.operator not in _ARITHMETIC):
        return value
    holds = isinstance(node, Constant) and node.value is True
    return lambda frame: holds


def compile_not(node: Not, compiler: Compiler) -> Value:
    operand = compile_truth(node.operand, compiler)
    return lambda frame: not operand(frame)


def compile_binary(node: Binary, compiler: Compiler) -> Value:
    return _OPERATORS[node.operator](node, compiler)


def _and(node: Binary, compiler: Compiler) -> Value:
    left, right = compile_truth(node.left, compiler), compile_truth(node.right, compiler)
    return lambda frame: left(frame) and right(frame)


def _or(node: Binary, compiler: Compiler) -> Value:
    left, right = compile_truth(node.left, compiler), compile_truth(node.right, compiler)
    return lambda frame: left(frame) or right(frame)


def _equals(node: Binary, compiler: Compiler) -> Value:
    left, right = compiler.value(node.left), compiler.value(node.right)
    # Recorded of API Gateway: what `$input.path` does not find equals both null and the empty text.
    empty = () if compiler.shows_source else ("",)
    place = compiler.place(node.at)

    def compared(frame: Frame) -> bool:
        one, other = left(frame), right(frame)
        if one is None or other is None:
            return one is other or one in empty or other in empty
        try:
            return equal(frame, one, other)
        except Fault as fault:
            raise TemplateError(str(fault), *place) from None

    return compared


def _differs(node: Binary, compiler: Compiler) -> Value:
    equals = _equals(node, compiler)
    return lambda frame: not equals(frame)


def _ordered(holds: Callable[[Any, Any], bool]) -> Callable[[Binary, Compiler], Value]:
    """Only numbers have an order; of anything else each comparison is false."""

    def compiled(node: Binary, compiler: Compiler) -> Value:
        left, right = compiler.value(node.left), compiler.value(node.right)

        def compared(frame: Frame) -> bool:
            one, other = left(frame), right(frame)
            return is_number(one) and is_number(other) and holds(one, other)

        return compared

    return compiled


def _arithmetic(node: Binary, compiler: Compiler) -> Value:
    left, right = compiler.value(node.left), compiler.value(node.right)
    computed = compute(node.operator)

    def result(frame: Frame) -> Any:
        return computed(left(frame), right(frame))

    return result


def _plus(node: Binary, compiler: Compiler) -> Value:
    """Numbers are added; when one side is text, so is the result."""
    left, right = compiler.value(node.left), compiler.value(node.right)
    added, place = compute("+"), compiler.place(node.at)
    sources = (_source(node.left, compiler), _source(node.right, compiler))

    def result(frame: Frame) -> Any:
        one, other = left(frame), right(frame)
        if type(one) is not str and type(other) is not str:
            return added(one, other)
        try:
            texts = [
                source if value is None else frame.text(value)
                for value, source in zip((one, other), sources, strict=True)
            ]
            return frame.meter.joined(texts)
        except Fault as fault:
            raise TemplateError(str(fault), *place) from None

    return result


def _source(node: Any, compiler: Compiler) -> str:
    """What null adds to a text."""
    return node.source if compiler.shows_source and isinstance(node, Reference) else ""


_OPERATORS: dict[str, Callable[[Binary, Compiler], Value]] = {
    "&&": _and,
    "||": _or,
    "==": _equals,
    "!=": _differs,
    "<": _ordered(lambda one, other: one < other),
    "<=": _ordered(lambda one, other: one <= other),
    ">": _ordered(lambda one, other: one > other),
    ">=": _ordered(lambda one, other: one >= other),
    "+": _plus,
    "-": _arithmetic,
    "*": _arithmetic,
    "/": _arithmetic,
    "%": _arithmetic,
}
