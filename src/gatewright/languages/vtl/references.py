"""References to closures: reading, assigning and printing them."""

from collections.abc import Callable, Mapping
from typing import Any

from gatewright.languages.java_regex import RegexError
from gatewright.languages.vtl.compiler import Compiler
from gatewright.languages.vtl.errors import Fault, NoSuchMethodError, TemplateError
from gatewright.languages.vtl.frame import Argument, Frame, Run, Value, Write
from gatewright.languages.vtl.java_methods import item_of, methods_of, property_of
from gatewright.languages.vtl.nodes import Access, Index, Method, Property, Reference
from gatewright.languages.vtl.values import OverrideMap

_LONG = 60  # characters: from here on a text counts by its length


def compile_reference(node: Reference, compiler: Compiler) -> Value:
    """The value; null where anything on the way is null or unknown."""
    return _accessed(node, node.accesses, compiler)


def _accessed(node: Reference, accesses: tuple[Access, ...], compiler: Compiler) -> Value:
    value = _variable(node.name, compiler)
    for access in accesses:
        value = _ACCESS[type(access)](access, value, compiler)
    return value


def _variable(name: str, compiler: Compiler) -> Value:
    if not compiler.has_macros:
        return lambda frame: frame.variables.get(name)

    def read(frame: Frame) -> Any:
        argument = frame.arguments.get(name) if frame.arguments else None
        if argument is None:
            return frame.variables.get(name)
        # Arguments may be made of arguments, each of which is used more than once.
        frame.meter.charge(12)
        return argument.value(argument.frame)

    return read


def _property(access: Property, target: Value, compiler: Compiler) -> Value:
    name = access.name

    def read(frame: Frame) -> Any:
        holder = target(frame)
        if type(holder) is dict:
            return holder.get(name)
        return None if holder is None else property_of(holder, name)

    return read


def _index(access: Index, target: Value, compiler: Compiler) -> Value:
    index, place = compiler.value(access.key), compiler.place(access.at)

    def read(frame: Frame) -> Any:
        holder = target(frame)
        try:
            return None if holder is None else item_of(holder, index(frame))
        except Fault as fault:
            raise TemplateError(str(fault), *place) from None

    return read


def _method(access: Method, target: Value, compiler: Compiler) -> Value:
    arguments = tuple(map(compiler.value, access.arguments))
    name, place = f"{access.name}/{len(arguments)}", compiler.place(access.at)

    def called(frame: Frame) -> Any:
        holder = target(frame)
        method = methods_of(holder).get(name)
        if method is None:
            return None
        try:
            if type(holder) is str and len(holder) > _LONG:
                frame.meter.charge(len(holder) >> 6)
            result = method(frame, holder, *[argument(frame) for argument in arguments])
            if type(result) is str and len(result) > _LONG:
                frame.meter.length(len(result))
        except NoSuchMethodError:
            return None
        except (Fault, RegexError) as fault:
            raise TemplateError(f"{access.name}(): {fault}", *place) from None
        return result

    return called


_ACCESS: dict[type, Callable[[Any, Value, Compiler], Value]] = {Property: _property, Index: _index, Method: _method}


def compile_assignment(node: Reference, compiler: Compiler) -> Callable[[Frame, Any], None]:
    """How a value gets to where the reference points. Where it points to nothing, nothing happens."""
    if not node.accesses:
        return _assign_variable(node.name, compiler)
    last, place = node.accesses[-1], compiler.place(node.at)
    target = _accessed(node, node.accesses[:-1], compiler)
    key = compiler.value(last.key) if isinstance(last, Index) else None
    name = last.name if isinstance(last, Property) else ""

    def assign(frame: Frame, value: Any) -> None:
        holder = target(frame)
        if holder is None:
            return
        try:
            _put(frame, holder, key(frame) if key else name, value)
        except Fault as fault:
            raise TemplateError(str(fault), *place) from None

    return assign


def _assign_variable(name: str, compiler: Compiler) -> Callable[[Frame, Any], None]:
    def assign(frame: Frame, value: Any) -> None:
        # An argument is only hidden by it: what it was given for keeps its value.
        if frame.arguments and name in frame.arguments:
            frame.arguments[name] = Argument(lambda frame: value, frame, "")
        frame.variables[name] = value

    return assign


def _put(frame: Frame, holder: Any, key: Any, value: Any) -> None:
    frame.graft(value)
    if isinstance(key, list | dict):
        raise Fault("a list or map is no key")
    if isinstance(holder, OverrideMap):
        holder.assign(key, value)
    elif isinstance(holder, dict):
        holder[key] = value
    elif isinstance(holder, Mapping):
        raise Fault("this map cannot be changed")
    elif isinstance(holder, list) and type(key) is int:
        item_of(holder, key)
        holder[key] = value


def compile_printed(node: Reference, compiler: Compiler) -> Run:
    """A reference in the text of a template."""
    read = compile_reference(node, compiler)
    if node.escapes:
        return _printed_after_slashes(node, read, compiler)
    place = compiler.place(node.at)
    empty = _printed_null(node, compiler)

    def run(frame: Frame, write: Write) -> None:
        value = read(frame)
        if type(value) is str:
            write(value)
        elif value is not None:
            try:
                write(frame.text(value))
            except Fault as fault:
                raise TemplateError(str(fault), *place) from None
        elif empty is not None:
            write(empty(frame))

    return run


def _printed_null(node: Reference, compiler: Compiler) -> Callable[[Frame], str] | None:
    """What is printed for null: nothing, or the source in Velocity's own way, and of a macro's argument the call's."""
    if node.quiet or not compiler.shows_source:
        return None
    source, plain = node.source, f"${node.name}"

    def printed(frame: Frame) -> str:
        argument = frame.arguments.get(node.name) if frame.arguments and source == plain else None
        return argument.source or source if argument else source

    return printed


def _printed_after_slashes(node: Reference, read: Value, compiler: Compiler) -> Run:
    """Backslashes before a reference go by twos, and an odd one keeps it from being one; but before a reference
    that is null they are only text."""
    half = "\\" * (node.escapes // 2)
    escaped = node.escapes % 2 == 1
    place = compiler.place(node.at)
    unset = node.source if escaped or (compiler.shows_source and not node.quiet) else ""

    def run(frame: Frame, write: Write) -> None:
        value = read(frame)
        if value is None:
            write("\\" * (node.escapes // 2 + 1) if escaped else half + half)
            write(unset)
            return
        write(half)
        try:
            write(node.source if escaped else frame.text(value))
        except Fault as fault:
            raise TemplateError(str(fault), *place) from None

    return run
