"""The services of the product, and the SDK's own reading of their models."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

from gatewright.aws.model import Operation, Shape
from gatewright.aws.service import load_service
from gatewright.management.dispatch import MODELS

SERVICES = {name: load_service(name) for name in MODELS}


@cache
def sdk_model(service: str) -> ServiceModel:
    """The model as botocore's serializer and parser take it."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def as_the_sdk_has_it(operation: Operation, name: str) -> str:
    return name[:1].upper() + name[1:] if operation.service == "apigatewayv2" else name


def for_the_sdk(operation: Operation, shape: Shape, value: Any) -> Any:
    """A timestamp goes into the SDK as a datetime; of API Gateway's second API it has members begin with a capital."""
    shapes = operation.shapes
    if shape.type == "structure":
        return {
            as_the_sdk_has_it(operation, name): for_the_sdk(operation, shapes[shape.members[name].shape], item)
            for name, item in value.items()
        }
    if shape.type == "list" and shape.member is not None:
        return [for_the_sdk(operation, shapes[shape.member.shape], item) for item in value]
    if shape.type == "map" and shape.value is not None:
        return {key: for_the_sdk(operation, shapes[shape.value.shape], item) for key, item in value.items()}
    return datetime.fromtimestamp(value, UTC) if shape.type == "timestamp" else value
