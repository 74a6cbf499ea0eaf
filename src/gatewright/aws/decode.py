"""A request to the input of its operation: rest-json, by shape, then checked against the model's constraints.

Smithy, "AWS restJson1 protocol": https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from gatewright.aws import constraints
from gatewright.aws.json_values import json_value, parse_json, structure, text_value
from gatewright.aws.model import Member, Operation, Shape, wire_name
from gatewright.aws.routes import query_pairs
from gatewright.values.headers import Headers, first
from gatewright.values.request import Request

_PRESIGNED = "X-Amz-"  # a presigned URL carries its signature in parameters of these names


def decode(operation: Operation, uri: Mapping[str, str], request: Request) -> dict[str, Any]:
    """The input of `operation`, by the model's member names; absent members are absent keys.

    `uri` holds the decoded labels that `Service.match` found. Blobs are bytes, timestamps epoch seconds. Raises
    ServiceError: SerializationException for what cannot be read, the service's validation error for the rest.
    """
    shape = operation.input
    values = _body(operation, request.body)
    query = query_pairs(request.query) if request.query else []
    for name, member in shape.members.items():
        if member.location:
            value = _located(operation, name, member, uri, query, request.headers)
            if value is not None:
                values[name] = value
    constraints.check(operation, values)
    return values


def _body(operation: Operation, body: bytes) -> dict[str, Any]:
    shape = operation.input
    if shape.payload:
        target = operation.shapes[shape.members[shape.payload].shape]
        if target.type in ("blob", "string"):
            return {shape.payload: body if target.type == "blob" else body.decode("utf-8", "replace")} if body else {}
        return {shape.payload: json_value(operation.shapes, target, parse_json(body))} if body.strip() else {}
    if not body.strip() or all(member.location for member in shape.members.values()):
        return {}
    return structure(operation.shapes, shape, parse_json(body))


def _located(
    operation: Operation,
    name: str,
    member: Member,
    uri: Mapping[str, str],
    query: Sequence[tuple[str, str]],
    headers: Headers,
) -> Any:
    target = operation.shapes[member.shape]
    wire = wire_name(name, member)
    if member.location == "uri":
        return text_value(target.type, uri[wire])
    if member.location == "querystring":
        return _from_query(operation, target, wire, query)
    if member.location == "header":
        text = first(headers, wire.lower())
        return None if text is None else text_value(target.type, text)
    if member.location == "headers":
        prefix = wire.lower() if member.location_name else ""
        return {line.name[len(prefix) :]: line.value for line in headers if line.lower.startswith(prefix)}
    return None


def _from_query(operation: Operation, target: Shape, wire: str, query: Sequence[tuple[str, str]]) -> Any:
    if target.type == "map":
        # Every parameter that no other member and no fixed part of the URI claims: ImportRestApi's `parameters`.
        claimed = {wire_name(name, other) for name, other in operation.input.members.items() if other.location}
        claimed |= {name for name, _ in query_pairs(operation.uri.partition("?")[2])}
        given = {name: value for name, value in query if name not in claimed and not name.startswith(_PRESIGNED)}
        return given or None
    found = [value for name, value in query if name == wire]
    if not found:
        return None
    if target.type == "list" and target.member is not None:
        inner = operation.shapes[target.member.shape].type
        return [text_value(inner, value) for value in found]
    return text_value(target.type, found[-1])
