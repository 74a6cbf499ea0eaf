"""Service models as data: the shapes and operations of one AWS service, read from the SDK's model files.

botocore ships the models of every service as JSON; its folder is found without importing it (an import costs more than
a whole start of the node). Documentation is never kept. A model is immutable once loaded.
"""

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class Member(msgspec.Struct, frozen=True, gc=False):
    """A member of a structure, or the element of a list or map: which shape, and where it travels."""

    shape: str
    location: str = ""
    location_name: str = msgspec.field(default="", name="locationName")


class ErrorTraits(msgspec.Struct, frozen=True, gc=False):
    """How an exception shape answers."""

    status: int = msgspec.field(default=400, name="httpStatusCode")


class Shape(msgspec.Struct, frozen=True, gc=False):
    """One shape: a type, its parts and its constraints. `min` and `max` bound a value or a length, by type."""

    type: str
    members: dict[str, Member] = {}
    required: tuple[str, ...] = ()
    member: Member | None = None
    key: Member | None = None
    value: Member | None = None
    enum: tuple[str, ...] = ()
    min: int | float | None = None
    max: int | float | None = None
    pattern: str = ""
    payload: str = ""
    exception: bool = False
    error: ErrorTraits = ErrorTraits()
    timestamp_format: str = msgspec.field(default="", name="timestampFormat")
    sensitive: bool = False
    eventstream: bool = False


class _Http(msgspec.Struct, frozen=True, gc=False):
    method: str
    uri: str = msgspec.field(name="requestUri")
    status: int = msgspec.field(default=200, name="responseCode")


class _Reference(msgspec.Struct, frozen=True, gc=False):
    shape: str


class _OperationData(msgspec.Struct, frozen=True, gc=False):
    name: str
    http: _Http
    input: _Reference | None = None
    output: _Reference | None = None
    deprecated: bool = False


class Model(msgspec.Struct, frozen=True, gc=False):
    """A model file without its prose."""

    operations: dict[str, _OperationData]
    shapes: dict[str, Shape]


EMPTY = Shape("structure")

# Java's Unicode classes inside brackets. Python's is letters, digits and "_" at once: models name all three together.
_JAVA_CLASSES = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\w",
    r"\p{Z}": r" \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
}
_LENGTH = re.compile(r"WithLengthBetween\d+And(\d+)(K?)$")  # in the names of the second API's shapes
Shapes = Mapping[str, Shape]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: `uri` is the model's own template with its labels and fixed query, `status` the success code."""

    service: str
    name: str
    method: str
    uri: str
    status: int
    input: Shape
    output: Shape | None
    shapes: Shapes

    def __repr__(self) -> str:
        return f"<{self.service} {self.name} {self.method} {self.uri}>"


def read_model(name: str) -> Model:
    """The newest model of the service `name` (botocore's folder name). Raises ModelMissing."""
    return read_as(name, Model)


def read_as(name: str, kind: type[T]) -> T:
    """As much of that model as the struct `kind` has members for. Raises ModelMissing."""
    folder = _data_folder() / name
    versions = sorted(path for path in folder.glob("*") if path.is_dir()) if folder.is_dir() else []
    for version in reversed(versions):
        packed, plain = version / "service-2.json.gz", version / "service-2.json"
        if packed.exists():
            return msgspec.json.decode(gzip.decompress(packed.read_bytes()), type=kind)
        if plain.exists():
            return msgspec.json.decode(plain.read_bytes(), type=kind)
    raise ModelMissing(f"botocore has no service model named {name!r}")


def in_wire_words(model: Model) -> Model:
    """The same model with its members named as on the wire: API Gateway's second API begins them with a capital letter
    in its model and nowhere else. Its documents are then of the words that clients send and get.

    Its texts have their greatest length in the name of their shape alone. Not so the least one: what an update clears
    is empty. Ranges of its numbers are told by the operations, each in words of its own."""
    shapes = {name: _in_wire_words(name, shape) for name, shape in model.shapes.items()}
    return msgspec.structs.replace(model, shapes=shapes)


def _in_wire_words(name: str, shape: Shape) -> Shape:
    length = _LENGTH.search(name) if shape.type == "string" else None
    if length is not None:
        return msgspec.structs.replace(shape, max=int(length[1]) * (1024 if length[2] else 1))
    if name.startswith("IntegerWithLengthBetween"):
        return msgspec.structs.replace(shape, min=None, max=None)
    if not shape.members:
        return shape
    return msgspec.structs.replace(
        shape,
        members={_uncapitalized(name): member for name, member in shape.members.items()},
        required=tuple(_uncapitalized(name) for name in shape.required),
        payload=_uncapitalized(shape.payload),
    )


def _uncapitalized(name: str) -> str:
    return name[:1].lower() + name[1:]


class ModelMissing(Exception):
    """The installed botocore lacks a service model, or botocore itself is missing."""


def operations(name: str, model: Model) -> dict[str, Operation]:
    """The operations of a model by name, each with its shapes at hand."""
    shapes = model.shapes
    return {
        data.name: Operation(
            service=name,
            name=data.name,
            method=data.http.method,
            uri=data.http.uri,
            status=data.http.status,
            input=_body_first(shapes[data.input.shape]) if data.input else EMPTY,
            output=shapes[data.output.shape] if data.output else None,
            shapes=shapes,
        )
        for data in model.operations.values()
    }


def _body_first(input: Shape) -> Shape:
    """Recorded: what is wrong in the body is told before what is wrong in the address."""
    members = dict(sorted(input.members.items(), key=lambda each: bool(each[1].location)))
    return msgspec.structs.replace(input, members=members)


def wire_name(name: str, member: Member) -> str:
    """The name a member has on the wire: its locationName, or its own."""
    return member.location_name or name


def java_pattern(pattern: str) -> re.Pattern[str]:
    """A model's regular expression, which is Java's, for `fullmatch`. Raises re.error when Python has no such thing."""
    if r"\p{" not in pattern:
        return re.compile(pattern, re.ASCII)  # Java's \d and \w are ASCII
    for java, python in _JAVA_CLASSES.items():
        pattern = pattern.replace(java, python)
    return re.compile(pattern)


def _data_folder() -> Path:
    spec: Any = find_spec("botocore")
    if spec is None or not spec.submodule_search_locations:
        raise ModelMissing("botocore is not installed: its service models are needed")
    return Path(next(iter(spec.submodule_search_locations))) / "data"
