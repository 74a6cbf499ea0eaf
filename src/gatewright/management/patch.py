"""The PATCH machine: a table of paths, and what each operation on them does to a document.

`patchOperations` are applied in order to a copy of the document, which is kept only if all of them succeed. A path is a
JSON pointer with `~1` for `/` and `~0` for `~`; in a table `{name}` stands for any one segment. Values are always text.
https://docs.aws.amazon.com/apigateway/latest/api/API_PatchOperation.html
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from gatewright.aws.errors import ServiceError
from gatewright.values.records import Document

# The node does nothing else while it applies them: what AWS takes is larger, or not known.
MOST_OPERATIONS = 5000
MOST_ELEMENTS = 1000  # of one list


class Operation(NamedTuple):
    """One patch operation; `names` holds what stands at the path's placeholders, unescaped. Absent members are ""."""

    op: str
    path: str
    value: str = ""
    source: str = ""  # the operation's `from`
    names: tuple[str, ...] = ()


Act = Callable[[Document, Operation], None]
Acts = Mapping[str, Act]  # what each supported op does
Tell = Callable[["Patch", Operation, Acts | None], ServiceError]
Read = Callable[[str], Any]  # a value's text to what is stored; None: nothing is stored. Raises ServiceError


@dataclass(frozen=True, slots=True)
class Patch:
    """A noun's table. `tell` words the error for an unknown path (no acts) or an op that the path does not support.

    `otherwise` takes the operations that no path of the table matches; False means that it does not know them either.
    """

    paths: Mapping[str, Acts]
    tell: Tell
    otherwise: Callable[[Document, Operation], bool] | None = None


def apply(patch: Patch, document: Document, operations: Sequence[Mapping[str, Any]]) -> None:
    """Change `document` by `operations`, in order. Raises ServiceError, with `document` half changed."""
    if len(operations) > MOST_OPERATIONS:
        raise refused(f"Invalid patch operations specified: at most {MOST_OPERATIONS} are applied at once")
    for given in operations:
        if given.get("path") is None:
            raise refused("Invalid patch path null")
        operation = Operation(
            given.get("op") or "null", given["path"], given.get("value") or "", given.get("from") or ""
        )
        _apply_one(patch, document, operation)


def _apply_one(patch: Patch, document: Document, operation: Operation) -> None:
    for template, acts in patch.paths.items():
        names = match(template, operation.path)
        if names is None:
            continue
        if operation.op not in acts:
            raise patch.tell(patch, operation, acts)
        acts[operation.op](document, operation._replace(names=names))
        return
    if patch.otherwise is None or not patch.otherwise(document, operation):
        raise patch.tell(patch, operation, None)


def match(template: str, path: str) -> tuple[str, ...] | None:
    """What stands at the placeholders of `template`, unescaped; None when the path is another."""
    wanted, segments = template.split("/"), path.split("/")
    if len(wanted) != len(segments):
        return None
    names = []
    for want, segment in zip(wanted, segments, strict=True):
        if want.startswith("{") and segment:
            names.append(unescape(segment))
        elif want != segment:
            return None
    return tuple(names)


def unescape(segment: str) -> str:
    """A segment of a JSON pointer as the name it stands for. RFC 6901, section 4."""
    return segment.replace("~1", "/").replace("~0", "~")


def refused(message: str) -> ServiceError:
    """A BadRequestException."""
    return ServiceError("BadRequestException", message)


def invalid(what: str, error: object) -> ServiceError:
    """A BadRequestException that tells, as AWS does, what a validation found."""
    return refused(f"Invalid {what} specified: Validation Result: warnings : [], errors : [{error}]")


def bad_path(operation: Operation) -> ServiceError:
    """The path leads nowhere."""
    return refused(f"Invalid patch path {operation.path}")


def bad_value(operation: Operation) -> ServiceError:
    """The path cannot have that value."""
    return refused(f"Invalid patch value specified for path {operation.path}")


# How errors are told.


def tell_paths(patch: Patch, operation: Operation, acts: Acts | None) -> ServiceError:
    """AWS's wording with the paths that the operation may name, in the table's order. The two spaces are AWS's."""
    named = [path for path, supported in patch.paths.items() if operation.op in supported]
    start = f"Invalid patch path  '{operation.path}' specified for op '{operation.op}'. "
    return refused(start + (f"Must be one of: [{', '.join(named)}]" if named else "Please choose supported operations"))


def tell_operations(patch: Patch, operation: Operation, acts: Acts | None) -> ServiceError:
    """AWS's wording with the operations that the path supports."""
    if acts is None:
        return bad_path(operation)
    return refused(f"Invalid patch operation specified. Must be one of: [{', '.join(acts)}]")


# What operations do. Ops are given in the order AWS's messages name them.

ALL = ("add", "replace", "remove")


def member(name: str, read: Read, ops: tuple[str, ...] = ("replace",)) -> Acts:
    """A member of the document; `outer.inner` is one of a structure, which comes and goes with its last member."""

    def write(document: Document, operation: Operation) -> None:
        _place(document, name, read(operation.value))

    def remove(document: Document, operation: Operation) -> None:
        _place(document, name, None)

    return {op: remove if op == "remove" else write for op in ops}


def entry(name: str, read: Read, missing: str, *, replace_adds: bool = True) -> Acts:
    """An entry of the map `name`, its key the path's one placeholder. Removing an absent one is a NotFoundException.

    So is replacing it, unless `replace_adds`: AWS's nouns differ in that.
    """

    def add(document: Document, operation: Operation) -> None:
        document.setdefault(name, {})[operation.names[0]] = read(operation.value)

    def replace(document: Document, operation: Operation) -> None:
        find(document, operation)
        add(document, operation)

    def find(document: Document, operation: Operation) -> Document:
        held: Document = document.get(name) or {}
        if operation.names[0] not in held:
            raise ServiceError("NotFoundException", missing)
        return held

    def remove(document: Document, operation: Operation) -> None:
        held = find(document, operation)
        del held[operation.names[0]]
        if not held:
            del document[name]

    return {"add": add, "replace": add if replace_adds else replace, "remove": remove}


def element(name: str, missing: str, ops: tuple[str, ...] = ("add", "remove")) -> Acts:
    """An element of the list `name`: the path's placeholder if it has one, the value otherwise; added once, at the end.

    A replacement gives the new element as its value and puts it last, as AWS does.
    """

    def add(document: Document, operation: Operation) -> None:
        given = operation.names[0] if operation.names else operation.value
        if not given:
            raise bad_value(operation)
        held = document.setdefault(name, [])
        if given in held:
            return
        if len(held) >= MOST_ELEMENTS:
            raise ServiceError("LimitExceededException", f"{name} can have at most {MOST_ELEMENTS} elements")
        held.append(given)

    def remove(document: Document, operation: Operation) -> None:
        given = operation.names[0] if operation.names else operation.value
        held = document.get(name) or []
        if given not in held:
            raise ServiceError("NotFoundException", missing)
        held.remove(given)

    def replace(document: Document, operation: Operation) -> None:
        remove(document, operation)
        add(document, operation._replace(names=()))

    acts = {"add": add, "replace": replace, "remove": remove}
    return {op: acts[op] for op in ops}


def _place(document: Document, name: str, value: Any) -> None:
    outer, _, inner = name.rpartition(".")
    if outer:
        held = document.get(outer) or {}
        _place(held, inner, value)
        _place(document, outer, held or None)
    elif value is None:
        document.pop(name, None)
    else:
        document[name] = value
