"""What a definition of an HTTP API becomes: its parts, each as the input of the call that makes it.

Members are named as AWS's operations name them (CreateApi, CreateRoute ...), without the ids that only the store gives:
a route names its authorizer, and its integration by the key under which the parts have it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gatewright.management.openapi.parts import Members


@dataclass(slots=True)
class RouteParts:
    """One route. `authorizer` is a name and `integration` a key; empty texts for none."""

    members: Members
    what: str  # how AWS tells of it
    authorizer: str = ""
    integration: str = ""


@dataclass(slots=True)
class HttpApiParts:
    """A whole definition. `api` is CreateApi's input without the protocol."""

    api: Members
    authorizers: list[Members]
    integrations: Mapping[str, Members]
    routes: list[RouteParts]
