"""The constraints of the model: required, enum, length, range, pattern. All that fail are told in one message.

The sentences are AWS's own; elements of lists and maps of scalars are told on the list or map itself, members of
structures inside a list by their place, from 1 (`patchOperations.1.member.op`).
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from gatewright.aws.errors import ServiceError
from gatewright.aws.model import Member, Operation, Shape, java_pattern

# Which exception each service answers broken constraints with; the others answer ValidationException.
_CODES = {"apigatewayv2": "BadRequestException"}
_SIZED = ("string", "blob", "list", "map")
# Enumerations in the order in which AWS's messages list them, where that is recorded and not the SDK's.
_ORDERS: dict[frozenset[str], tuple[str, ...]] = {
    frozenset(words): tuple(words)
    for words in (
        ["add", "remove", "move", "test", "replace", "copy"],
        ["PRIVATE", "EDGE", "REGIONAL"],
        ["HTTP", "MOCK", "AWS_PROXY", "HTTP_PROXY", "AWS"],
        [
            *("RESPONSE_BODY", "RESPONSE", "METHOD", "MODEL", "AUTHORIZER", "RESPONSE_HEADER", "RESOURCE"),
            *("PATH_PARAMETER", "REQUEST_BODY", "QUERY_PARAMETER", "API", "REQUEST_HEADER"),
        ],
        [
            *("REQUEST_TOO_LARGE", "RESOURCE_NOT_FOUND", "AUTHORIZER_CONFIGURATION_ERROR"),
            *("MISSING_AUTHENTICATION_TOKEN", "BAD_REQUEST_BODY", "INVALID_SIGNATURE", "INVALID_API_KEY"),
            *("BAD_REQUEST_PARAMETERS", "AUTHORIZER_FAILURE", "UNAUTHORIZED", "INTEGRATION_TIMEOUT", "ACCESS_DENIED"),
            *("DEFAULT_4XX", "DEFAULT_5XX", "WAF_FILTERED", "QUOTA_EXCEEDED", "THROTTLED", "API_CONFIGURATION_ERROR"),
            *("UNSUPPORTED_MEDIA_TYPE", "INTEGRATION_FAILURE", "EXPIRED_TOKEN"),
        ],
    )
}


def check(operation: Operation, values: dict[str, Any]) -> None:
    """Raise the service's validation error when `values` break a constraint of the operation's input."""
    _check_runtime(operation, values)
    problems = list(_members(operation, operation.input, values, ""))
    if problems:
        counted = "1 validation error" if len(problems) == 1 else f"{len(problems)} validation errors"
        code = _CODES.get(operation.service, "ValidationException")
        raise ServiceError(code, f"{counted} detected: {'; '.join(problems)}")


def _check_runtime(operation: Operation, values: dict[str, Any]) -> None:
    # Lambda checks the runtime itself, with a sentence of its own; its list is the model's.
    member = operation.input.members.get("Runtime")
    runtime = values.get("Runtime")
    if operation.service != "lambda" or member is None or runtime is None:
        return
    known = operation.shapes[member.shape].enum
    if runtime not in known:
        sentence = f"Member must satisfy enum value set: [{', '.join(known)}] or be a valid ARN"
        raise ServiceError(
            "InvalidParameterValueException", f"Value {runtime} at 'runtime' failed to satisfy constraint: {sentence}"
        )


def _members(operation: Operation, shape: Shape, values: dict[str, Any], path: str) -> Iterator[str]:
    for name, member in shape.members.items():
        value = values.get(name)
        if value is None and name not in shape.required:
            continue
        where = path + _prefix(operation, member, path) + name[:1].lower() + name[1:]
        if value is None:
            yield _problem("null", where, "Member must not be null")
        else:
            yield from _value(operation, operation.shapes[member.shape], value, where)


def _prefix(operation: Operation, member: Member, path: str) -> str:
    # API Gateway's first model nests the body in one structure, whose name its messages show.
    # Seen: 'putIntegrationInput.type', 'updateRestApiInput.patchOperations.1.member.op', but 'statusCode' of the URI.
    if path or member.location or operation.service != "apigateway":
        return ""
    return f"{operation.name[:1].lower()}{operation.name[1:]}Input."


def _value(operation: Operation, shape: Shape, value: Any, where: str) -> Iterator[str]:
    for sentence in _broken(shape, value):
        yield _problem(_shown(shape, value), where, sentence)
    if shape.type == "structure":
        yield from _members(operation, shape, value, f"{where}.")
    elif shape.type == "list" and shape.member is not None:
        yield from _elements(operation, shape, value, where)
    elif shape.type == "map" and shape.key is not None and shape.value is not None:
        yield from _entries(operation, shape, value, where)


def _elements(operation: Operation, shape: Shape, items: list[Any], where: str) -> Iterator[str]:
    assert shape.member is not None
    inner = operation.shapes[shape.member.shape]
    scalars = inner.type not in ("structure", "list", "map")
    if scalars and any(item is not None and any(_broken(inner, item)) for item in items):
        yield _problem(_shown(shape, items), where, f"Member must satisfy constraint: [{', '.join(_sentences(inner))}]")
    for place, item in enumerate(items, 1):
        if item is None:
            yield _problem("null", f"{where}.{place}.member", "Member must not be null")
        elif not scalars:
            yield from _value(operation, inner, item, f"{where}.{place}.member")


def _entries(operation: Operation, shape: Shape, entries: dict[str, Any], where: str) -> Iterator[str]:
    assert shape.key is not None and shape.value is not None
    keys, inner = operation.shapes[shape.key.shape], operation.shapes[shape.value.shape]
    scalars = inner.type not in ("structure", "list", "map")
    if any(any(_broken(keys, key)) for key in entries):
        told = f"Map keys must satisfy constraint: [{', '.join(_sentences(keys))}]"
        yield _problem(_shown(shape, entries), where, told)
    if scalars and any(item is not None and any(_broken(inner, item)) for item in entries.values()):
        told = f"Map value must satisfy constraint: [{', '.join(_sentences(inner))}]"
        yield _problem(_shown(shape, entries), where, told)
    for key, item in entries.items():
        # API Gateway's first model keeps a null string: templates may be mapped to null, and AWS gives it back.
        if item is None and (inner.type != "string" or operation.service != "apigateway"):
            yield _problem("null", f"{where}.{key}.member", "Member must not be null")
        elif item is not None and not scalars:
            yield from _value(operation, inner, item, f"{where}.{key}.member")


def _problem(shown: str, where: str, sentence: str) -> str:
    return f"Value{' ' if shown else ''}{shown} at '{where}' failed to satisfy constraint: {sentence}"


def _shown(shape: Shape, value: Any) -> str:
    """A value as AWS's messages print it; a secret one is left out."""
    return "" if shape.sensitive else f"'{_java_text(value)}'"


def _java_text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_java_text, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_java_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return (
        f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]" if isinstance(value, bytes) else str(value)
    )


def _broken(shape: Shape, value: Any) -> Iterator[str]:
    """The sentences that the value itself breaks, in AWS's order."""
    if shape.type == "string" and shape.enum and value not in shape.enum:
        yield _enum(shape)
    measure = len(value) if shape.type in _SIZED else value
    if shape.max is not None and measure > shape.max:
        yield _bound(shape, "less", shape.max)
    if shape.min is not None and measure < shape.min:
        yield _bound(shape, "greater", shape.min)
    if shape.pattern and shape.type == "string" and not _matches(shape, value):
        yield f"Member must satisfy regular expression pattern: {shape.pattern}"


def _sentences(shape: Shape) -> Iterator[str]:
    """Every constraint of a scalar, in the order AWS lists them for the elements of a list or map."""
    if shape.enum:
        yield _enum(shape)
    if shape.max is not None:
        yield _bound(shape, "less", shape.max)
    if shape.min is not None:
        yield _bound(shape, "greater", shape.min)
    if shape.pattern:
        yield f"Member must satisfy regular expression pattern: {shape.pattern}"


def _enum(shape: Shape) -> str:
    return f"Member must satisfy enum value set: [{', '.join(_ORDERS.get(frozenset(shape.enum), shape.enum))}]"


def _bound(shape: Shape, way: str, limit: float) -> str:
    what = "length" if shape.type in _SIZED else "value"
    return f"Member must have {what} {way} than or equal to {limit}"


def _matches(shape: Shape, text: str) -> bool:
    # Text far beyond its length is refused for that: some patterns take quadratic time to say no.
    if shape.max is not None and len(text) > max(shape.max, 4096):
        return True
    return _compiled(shape.pattern).fullmatch(text) is not None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return java_pattern(pattern)
