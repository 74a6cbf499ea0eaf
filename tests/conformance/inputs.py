"""Requests that AWS refuses, made from the service models: for every operation an unsigned one, and valid ones broken
in one place.

`refused()` gives the same ones in the same order each time, to be sent to a handler in this process or to a port. None
is refused for what is stored: whether anything exists does not matter.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from itertools import cycle, islice
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from gatewright.aws.model import Operation, Shape, java_pattern, wire_name
from gatewright.aws.service import load_service
from tests.conformance.samples import valid_input, valid_value

INVALID, UNREADABLE = "invalid", "unreadable"
CODES = {
    (INVALID, "apigateway"): "ValidationException",
    (INVALID, "apigatewayv2"): "BadRequestException",
    (INVALID, "lambda"): "ValidationException",
}
SIGNING_NAMES = {"apigatewayv2": "apigateway"}

NOT_JSON = (
    *(b"{", b"}", b"[]", b'"text"', b"17", b"not json", b"<Input/>", b"name=value&x=y", b'{"name":}', b"{'name': 1}"),
    *(b'{"name": NaN}', b'{"name": 1e999}', b'{"name": "\xff\xfe"}', b'{"name": "\\ud800"}', b'{"name": "a\nb"}'),
    *(b"\x00", b'{"a":' * 3000, b"[" * 100_000, b'{"name": 1}}', b'{"name": "x"', b'{"n": ' + b"9" * 5000 + b"}"),
    *(b"\xff\xfe{\x00}\x00", b"PK\x03\x04", b'{"name": 1,}', b"{} {}"),
)
WRONG: Mapping[str, tuple[Any, ...]] = {
    "string": (True, 5, ["x"], {"x": "y"}),
    "boolean": ("true", 1, []),
    "integer": ("five", 1.5, 2**31, True, {}),
    "long": ("five", 2**63, False, []),
    "double": ("half", [], True),
    "float": ("half", {}),
    "timestamp": ("yesterday", True, []),
    "blob": ("%%%", 7, {}),
    "list": ({}, "x", 1),
    "map": ([], "x", True),
    "structure": ([], "x", 3),
}
ODD = ("", "\u00fc\U0001f600", "../..", "x" * 3000, "{}", "[]", "-1", "a,b:c", "$context.x #if")
UNFIT = ("no match!", "", "~", " ", "\u00fc", "a/b", "$")


class Refused(NamedTuple):
    """One request that must be refused, the code of the refusal, and what is wrong with it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    code: str
    why: str
    operation: tuple[str, str] = ("", "")  # service and name; of a request that means none: empty


def refused() -> Iterator[Refused]:
    """All of them."""
    yield from strangers()
    bodies = cycle(NOT_JSON)
    for name in ("apigateway", "apigatewayv2", "lambda"):
        for operation in load_service(name).operations.values():
            yield unsigned(operation)
            yield from broken_values(operation)
            if takes_json(operation):
                yield from (unreadable(operation, body) for body in [*islice(bodies, 2), *cut(operation)])


def strangers() -> Iterator[Refused]:
    """Requests that mean no operation, or are badly signed."""
    signed = headers_for("apigateway")
    for method, path in (
        ("GET", "/nothing"),
        ("DELETE", "/restapis"),
        ("POST", "/restapis/a/b/c"),
        ("PATCH", "/v2/apis"),
    ):
        yield Refused(method, path, signed, b"", "UnknownOperationException", "no such operation")
    for credential in (
        "////",
        "test/20260101/us-east-1/apigateway",
        "x",
        "test/2026/us-east-1/apigateway/aws4_request",
    ):
        signature = {"Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"}
        yield Refused("GET", "/restapis", signature, b"", "IncompleteSignatureException", "no credential scope")
    yield Refused(
        "GET", "/restapis", headers_for("apigateway", "us east"), b"", "InvalidSignatureException", "no region"
    )


def unsigned(operation: Operation) -> Refused:
    """A valid request of the operation that nobody signed."""
    valid = case(operation, valid_input(operation, whole=True), INVALID, "unsigned")
    return valid._replace(headers={"Content-Type": "application/json"}, code="MissingAuthenticationTokenException")


def broken_values(operation: Operation) -> Iterator[Refused]:
    """A valid input of the operation with one value missing, mistyped or outside its constraints."""
    whole = valid_input(operation, whole=True)
    for name, member in operation.input.members.items():
        shape = operation.shapes[member.shape]
        if name in operation.input.required and member.location != "uri":
            rest = {other: value for other, value in whole.items() if other != name}
            yield case(operation, rest, INVALID, f"{name} is missing")
        if name == operation.input.payload and shape.type == "blob":
            continue
        for code, why, value in bad_values(operation, shape, member.location):
            kind = "Runtime" if name == "Runtime" and why == "enum" else code
            yield case(operation, whole | {name: value}, kind, f"{name}: {why}")


def bad_values(operation: Operation, shape: Shape, location: str) -> Iterator[tuple[str, str, Any]]:
    """Values that the shape refuses, each with the kind of its refusal and what is wrong; one level deep."""
    if not location:
        yield from ((UNREADABLE, "type", Raw(value)) for value in WRONG[shape.type])
    elif shape.type in ("boolean", "integer", "long", "timestamp"):
        yield from ((UNREADABLE, "type", text) for text in ("maybe", "1.5.5"))
    elif location == "uri" and shape.type == "string" and shape.min:
        return  # an empty label is another path
    yield from ((INVALID, why, value) for why, value in out_of_bounds(shape, location))
    if shape.type == "structure" and not location:
        yield from inside(operation, shape)
    if shape.type == "list" and shape.member is not None and not location:
        inner = operation.shapes[shape.member.shape]
        yield UNREADABLE, "element type", [Raw(WRONG[inner.type][0])]
        yield from ((INVALID, f"element {why}", [value]) for why, value in out_of_bounds(inner, location))
        if inner.type == "structure":
            yield from ((code, f"element {why}", [value]) for code, why, value in inside(operation, inner))
    if shape.type == "map" and shape.value is not None and not location:
        yield UNREADABLE, "entry type", {"key": Raw(WRONG[operation.shapes[shape.value.shape].type][0])}


def inside(operation: Operation, shape: Shape) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """A valid structure with one member missing, mistyped or out of bounds."""
    whole = valid_value(operation.shapes, shape)
    for name, member in shape.members.items():
        target = operation.shapes[member.shape]
        if name in shape.required:
            yield INVALID, f"{name} is missing", {other: value for other, value in whole.items() if other != name}
        yield UNREADABLE, f"{name} type", whole | {name: Raw(WRONG[target.type][0])}
        yield from ((INVALID, f"{name} {why}", whole | {name: value}) for why, value in out_of_bounds(target, ""))


def out_of_bounds(shape: Shape, location: str) -> Iterator[tuple[str, Any]]:
    """Values of the right type that break the shape's own constraints."""
    if shape.type == "string":
        if shape.enum:
            yield "enum", "no-such-value"
        if shape.max is not None and shape.max <= (1000 if location else 20_000):
            yield "too long", "x" * (int(shape.max) + 1)
        if shape.min and not location:
            yield "too short", "x" * (int(shape.min) - 1)
        unfit = next(
            (text for text in UNFIT if shape.pattern and not java_pattern(shape.pattern).fullmatch(text)), None
        )
        if unfit is not None:
            yield "pattern", unfit
    elif shape.type in ("integer", "long", "double", "float"):
        if shape.max is not None and (shape.type != "integer" or shape.max < 2**31 - 1):
            yield "above its range", int(shape.max) + 1
        if shape.min is not None and shape.min > -(2**31):
            yield "below its range", int(shape.min) - 1
    elif shape.type == "list" and shape.min and not location:
        yield "too few", []


def takes_json(operation: Operation) -> bool:
    """Whether the operation reads a JSON body at all."""
    shape = operation.input
    if shape.payload:
        return operation.shapes[shape.members[shape.payload].shape].type == "structure"
    return any(not member.location for member in shape.members.values())


def cut(operation: Operation) -> list[bytes]:
    """The operation's valid body, ended too early."""
    body = case(operation, valid_input(operation, whole=True), UNREADABLE, "").body
    return [body[: len(body) // 2], body[:-1]]


def unreadable(operation: Operation, body: bytes) -> Refused:
    """The operation with that body."""
    return case(operation, valid_input(operation, whole=True), UNREADABLE, f"body {body[:20]!r}")._replace(body=body)


class Raw(NamedTuple):
    """A value that goes into JSON as it is, whatever the shape says."""

    value: Any


def case(operation: Operation, values: Mapping[str, Any], kind: str, why: str) -> Refused:
    """The request of `operation` with `values`, written by the model."""
    path, _, fixed = operation.uri.partition("?")
    query = [tuple(pair.split("=", 1)) for pair in fixed.split("&") if pair]
    headers, document, payload = headers_for(operation.service), {}, None
    for name, value in values.items():
        member = operation.input.members[name]
        wire = wire_name(name, member)
        if member.location == "uri":
            label = "{" + wire + "}"
            path = path.replace("{" + wire + "+}", quote(str(value), safe="")).replace(
                label, quote(str(value), safe="")
            )
        elif member.location == "querystring":
            query += pairs(wire, value)
        elif member.location:
            headers[wire] = str(value)
        elif name == operation.input.payload:
            payload = value
        else:
            document[wire] = as_json(operation, operation.shapes[member.shape], value)
    body = body_of(operation, document, payload)
    target = f"{path}?{urlencode(query)}" if query else path
    code = {UNREADABLE: "SerializationException", "Runtime": "InvalidParameterValueException"}.get(kind, "")
    code = code or CODES[kind, operation.service]
    told = f"{operation.service} {operation.name}: {why}"
    return Refused(operation.method, target, headers, body, code, told, (operation.service, operation.name))


def pairs(name: str, value: Any) -> list[tuple[str, str]]:
    """The query parameters of one member."""
    if isinstance(value, dict):
        return [(key, str(item)) for key, item in value.items()]
    return [(name, str(item)) for item in (value if isinstance(value, list) else [value])]


def body_of(operation: Operation, document: Mapping[str, Any], payload: Any) -> bytes:
    """The bytes of a body."""
    if isinstance(payload, bytes):
        return payload
    if operation.input.payload and payload is not None:
        target = operation.shapes[operation.input.members[operation.input.payload].shape]
        return json.dumps(as_json(operation, target, payload)).encode()
    return json.dumps(document).encode() if takes_json(operation) else b""


def as_json(operation: Operation, shape: Shape, value: Any) -> Any:
    """A value as its JSON."""
    if isinstance(value, Raw):
        return value.value
    if shape.type == "structure":
        members, shapes = shape.members, operation.shapes
        return {
            wire_name(name, members[name]): as_json(operation, shapes[members[name].shape], item)
            for name, item in value.items()
        }
    if shape.type == "list" and shape.member is not None:
        return [as_json(operation, operation.shapes[shape.member.shape], item) for item in value]
    if shape.type == "map" and shape.value is not None:
        return {key: as_json(operation, operation.shapes[shape.value.shape], item) for key, item in value.items()}
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def headers_for(service: str, region: str = "us-east-1") -> dict[str, str]:
    """Headers of a request signed, with a signature that nobody checks, for the service."""
    scope = f"test/20260101/{region.replace(' ', '_')}/{SIGNING_NAMES.get(service, service)}/aws4_request"
    return {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}",
        "Content-Type": "application/json",
        "X-Amz-Date": "20260101T000000Z",
    }


def odd_inputs(
    operation: Operation, there: Mapping[str, Any], needed: Mapping[str, Any], good: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """What the model allows: a whole input, the least one, that with one more member, and the whole and the least one
    with one odd text.

    `there` has members that lead to something, `needed` those that inputs have whatever the model says, and `good`
    values that are better than the model's."""
    known = {**good, **there, **needed}
    whole = valid_input(operation, whole=True) | {
        name: known[name] for name in operation.input.members if name in known
    }
    least = {name: whole[name] for name in valid_input(operation, whole=False)}
    yield whole
    yield least
    enough = least | {name: whole[name] for name in whole if name in needed}
    if enough != least:
        yield enough
    for name, member in operation.input.members.items():
        if name in whole and name not in least:
            yield enough | {name: whole[name]}
        shape = operation.shapes[member.shape]
        if shape.type == "blob" and not member.location:
            yield from (whole | {name: text.encode()} for text in ODD if text)
        if shape.type == "string" and not shape.enum and member.location != "header":
            odd = [text for text in ODD if text or member.location != "uri"]
            yield from (rest | {name: text} for rest in (whole, least) for text in odd)
