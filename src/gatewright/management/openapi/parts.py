"""What both dialects become: the parts of a REST API, each as the input of the call that makes it.

Members are named as AWS's operations name them (CreateModel, PutMethod ...), without the ids that only the store gives:
a method names its authorizer and its validator, and a schema refers to models as `#/models/{name}`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Members = dict[str, Any]

MODEL_REFERENCE = "#/models/"


@dataclass(slots=True)
class MethodParts:
    """One method of one resource. `responses` and `integration_responses` are by status code."""

    http_method: str
    members: Members
    authorizer: str = ""
    validator: str = ""
    responses: dict[str, Members] = field(default_factory=dict)
    integration: Members | None = None
    integration_responses: dict[str, Members] = field(default_factory=dict)


@dataclass(slots=True)
class ModelParts:
    """A model whose schema is still data, its references not yet those of an API."""

    name: str
    schema: Any
    description: str = ""


@dataclass(slots=True)
class ApiParts:
    """A whole definition. `api` is CreateRestApi's input; `resources` are by path, outermost first, the root included.

    `documentation` is None when the definition has none, or the caller asked to ignore it.
    """

    api: Members
    models: list[ModelParts]
    validators: list[Members]
    authorizers: list[Members]
    gateway_responses: list[Members]
    resources: Mapping[str, list[MethodParts]]
    documentation: list[Members] | None
