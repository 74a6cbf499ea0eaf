"""Valid inputs for any operation, made from its model."""

from typing import Any

from gatewright.aws.model import Operation, Shape, Shapes, java_pattern

_LAMBDA = "arn:aws:lambda:us-east-1:123456789012"

# A string member takes the first of these that its constraints allow.
TEXTS = (
    *("name", "abcdefghij", "200", "1", "o-abcdefghij", "123456789012", "lambda:InvokeFunction"),
    *("lambda:GetLayerVersion", "/mnt/data", "us-east-1", "sg-1a", "subnet-1a", "host:9092", "vpce-1a2b3c4d5e"),
    *("SomeException", "csc-0123456789abcdefg", "00000000-0000-4000-8000-000000000000"),
    *(f"{_LAMBDA}:function:name", f"{_LAMBDA}:layer:name", f"{_LAMBDA}:layer:name:1", f"{_LAMBDA}:runtime/x/version/y"),
    *(f"{_LAMBDA}:code-signing-config:csc-0123456789abcdefg", f"{_LAMBDA}:capacity-provider:name"),
    f"{_LAMBDA}:event-source-mapping:00000000-0000-4000-8000-000000000000",
    *(
        "arn:aws:iam::123456789012:role/name",
        "arn:aws:lambda:us-east-1::runtime:x",
        "arn:aws:sqs:us-east-1:123456789012:q",
    ),
    f"{_LAMBDA}:function:name:1/durable-execution/a/b",
    "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-00000000000000000",
)


def valid_input(operation: Operation, *, whole: bool) -> dict[str, Any]:
    """An input that breaks no constraint: every member of it, or only what is required."""
    value: dict[str, Any] = _structure(operation.shapes, operation.input, whole, ())
    return value


def valid_value(shapes: Shapes, shape: Shape, whole: bool = True, above: tuple[str, ...] = ()) -> Any:
    """A value of any shape. `above` are the shapes it is inside of: recursion ends there."""
    if shape.type == "structure":
        return _structure(shapes, shape, whole, above)
    if shape.type == "list" and shape.member is not None:
        inner = shapes[shape.member.shape]
        return [valid_value(shapes, inner, whole, above) for _ in range(max(1, int(shape.min or 0)))]
    if shape.type == "map" and shape.key is not None and shape.value is not None:
        key = valid_value(shapes, shapes[shape.key.shape])
        return {key: valid_value(shapes, shapes[shape.value.shape], whole, above)}
    if shape.type == "string":
        return valid_text(shape)
    if shape.type in ("integer", "long"):
        return int(shape.min or 1)
    decimal = float(shape.min or 0.5)
    simple = {"boolean": True, "double": decimal, "float": decimal, "timestamp": 1_700_000_000, "blob": b"bytes"}
    return simple[shape.type]


def valid_text(shape: Shape) -> str:
    """A string that the shape allows; an error naming the constraint when `TEXTS` has none."""
    if shape.enum:
        return shape.enum[0]
    for text in (*TEXTS, "x" * int(shape.min or 1)):
        long_enough = (shape.min or 0) <= len(text) <= (shape.max or len(text))
        if long_enough and (not shape.pattern or java_pattern(shape.pattern).fullmatch(text)):
            return text
    raise LookupError(f"no sample text fits {shape.pattern!r} of {shape.min} to {shape.max} characters")


def _structure(shapes: Shapes, shape: Shape, whole: bool, above: tuple[str, ...]) -> dict[str, Any]:
    return {
        name: valid_value(shapes, shapes[member.shape], whole, (*above, member.shape))
        for name, member in shape.members.items()
        if (whole or name in shape.required or name == shape.payload) and member.shape not in above
    }
