"""The output of an operation to its answer: rest-json, by shape."""

import base64
from collections.abc import Mapping
from typing import Any

import msgspec

from gatewright.aws.model import Operation, Shape, Shapes, wire_name
from gatewright.aws.response_headers import answer_headers, line
from gatewright.aws.timestamps import EPOCH, HTTP_DATE, ISO, format_timestamp
from gatewright.values.response import AnyResponse, Response, StreamedResponse
from gatewright.values.stream import Pace, Stream

EVENT_STREAM = "application/vnd.amazon.eventstream"
LONGEST_STREAM = 900.0  # seconds, as long as a function may run


def encode(operation: Operation, output: Mapping[str, Any] | None, request_id: str) -> AnyResponse:
    """The answer for `output`, whose members are named as the model names them.

    None and unknown members are dropped. Blobs may be bytes or, inside JSON, text that is base64 already; timestamps
    are epoch seconds or text that is formatted already; a payload (Invoke, GetExport) is bytes, an event stream may
    also be a Stream of its bytes.
    """
    shape = operation.output
    if shape is None:
        return Response(operation.status, answer_headers(request_id, ""), b"")
    values = output or {}
    status, extra, content_type = operation.status, [], ""
    for name, member in shape.members.items():
        value = values.get(name)
        if value is None or not member.location:
            continue
        if member.location == "statusCode":
            status = int(value)
        elif member.location_name.lower() == "content-type":
            content_type = str(value)
        else:
            extra += _header_lines(operation.shapes[member.shape], member.location_name, value)
    if shape.payload and not content_type:
        # The model of ExportApi has no member for the type of its payload, which is JSON or YAML.
        content_type = str(values.get("contentType") or "")
    if shape.payload and operation.shapes[shape.members[shape.payload].shape].eventstream:
        stream = values.get(shape.payload)
        if isinstance(stream, Stream):
            headers = [*answer_headers(request_id, EVENT_STREAM), *extra]
            return StreamedResponse(status, headers, stream, None, Pace(LONGEST_STREAM))
    body, default_type = _body(operation, shape, values, status)
    return Response(status, [*answer_headers(request_id, content_type or default_type), *extra], body)


def _header_lines(shape: Shape, name: str, value: Any) -> list[bytes]:
    if shape.type == "map":
        return [line(f"{name}{key}", str(item)) for key, item in value.items()]
    return [line(name, _text(shape, value))]


def _text(shape: Shape, value: Any) -> str:
    if shape.type == "boolean":
        return "true" if value else "false"
    if shape.type == "timestamp" and not isinstance(value, str):
        return str(format_timestamp(value, shape.timestamp_format or HTTP_DATE))
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _body(operation: Operation, shape: Shape, values: Mapping[str, Any], status: int) -> tuple[bytes, str]:
    """The body and the content type it has unless the output says another."""
    if not shape.payload:
        if status == 204:
            return b"", ""
        return msgspec.json.encode(_structure(operation, shape, values)), "application/json"
    target = operation.shapes[shape.members[shape.payload].shape]
    value = values.get(shape.payload)
    if target.type in ("blob", "string") or target.eventstream:
        body = value.encode() if isinstance(value, str) else bytes(value or b"")
        return body, _payload_type(operation, target) if body else ""
    return msgspec.json.encode(json_ready(operation, target, value or {})), "application/json"


def _payload_type(operation: Operation, target: Shape) -> str:
    if target.eventstream:
        return EVENT_STREAM
    return "application/json" if operation.service == "lambda" else "application/octet-stream"


def _structure(operation: Operation, shape: Shape, values: Mapping[str, Any]) -> dict[str, Any]:
    ready = {}
    for name, member in shape.members.items():
        value = values.get(name)
        if value is not None and not member.location:
            ready[wire_name(name, member)] = json_ready(operation, operation.shapes[member.shape], value)
    return ready


def json_ready(operation: Operation, shape: Shape, value: Any) -> Any:
    """A value as JSON carries it, members renamed to their wire names."""
    shapes: Shapes = operation.shapes
    kind = shape.type
    if kind == "structure":
        return _structure(operation, shape, value)
    if kind == "list" and shape.member is not None:
        inner = shapes[shape.member.shape]
        return [json_ready(operation, inner, item) for item in value]
    if kind == "map" and shape.value is not None:
        inner = shapes[shape.value.shape]
        return {key: None if item is None else json_ready(operation, inner, item) for key, item in value.items()}
    if kind == "timestamp" and not isinstance(value, str):
        return format_timestamp(value, shape.timestamp_format or (ISO if operation.service in _ISO else EPOCH))
    if kind == "blob" and isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


_ISO = frozenset(("apigatewayv2",))
