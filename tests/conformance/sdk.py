"""The services of the product, and the SDK's own reading of their models."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

from gatewright.aws.service import load_service
from gatewright.management.dispatch import MODELS

SERVICES = {name: load_service(name) for name in MODELS}


@cache
def sdk_model(service: str) -> ServiceModel:
    """The model as botocore's serializer and parser take it."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def for_the_sdk(shape: Any, value: Any) -> Any:
    """A value of that shape of the SDK's: a timestamp goes into it as a datetime, members by the model's own names."""
    if shape.type_name == "structure":
        names = {name[:1].lower() + name[1:]: name for name in shape.members} | {name: name for name in shape.members}
        return {names[name]: for_the_sdk(shape.members[names[name]], item) for name, item in value.items()}
    if shape.type_name == "list":
        return [for_the_sdk(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: for_the_sdk(shape.value, item) for key, item in value.items()}
    return datetime.fromtimestamp(value, UTC) if shape.type_name == "timestamp" else value
