"""The services of the product, and the SDK's own reading of their models."""

from functools import cache

from botocore.loaders import Loader
from botocore.model import ServiceModel

from gatewright.aws.service import load_service
from gatewright.management.dispatch import MODELS

SERVICES = {name: load_service(name) for name in MODELS}


@cache
def sdk_model(service: str) -> ServiceModel:
    """The model as botocore's serializer and parser take it."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)
