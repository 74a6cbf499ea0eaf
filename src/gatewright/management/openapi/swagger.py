"""OpenAPI 2.0. https://spec.openapis.org/oas/v2.0"""

from collections.abc import Mapping
from typing import Any

from gatewright.management.openapi.definition import Definition
from gatewright.management.openapi.dialect import Operation

ENDPOINT = "x-amazon-apigateway-endpoint-configuration"
JSON = "application/json"


class Swagger:
    """Bodies are a parameter and a response's `schema`; their content types are `consumes` and `produces`."""

    models = "#/definitions/"
    schema_kind = "Property"

    def security_schemes(self, definition: Definition) -> dict[str, Any]:
        """See Dialect."""
        return definition.mapping("securityDefinitions")

    def base_path(self, definition: Definition) -> str:
        """See Dialect."""
        return definition.findings.text(definition.root.get("basePath"), "basePath")

    def endpoint(self, definition: Definition) -> dict[str, Any]:
        """See Dialect."""
        return definition.mapping(ENDPOINT)

    def request_bodies(self, definition: Definition, operation: Operation) -> Mapping[str, Any]:
        """See Dialect."""
        bodies = [parameter.get("schema") for parameter in operation.parameters if parameter.get("in") == "body"]
        if not bodies or bodies[0] is None:
            return {}
        return dict.fromkeys(_types(definition, operation, "consumes"), bodies[0])

    def response_bodies(
        self, definition: Definition, operation: Operation, response: dict[str, Any], where: str
    ) -> Mapping[str, Any]:
        """See Dialect."""
        if response.get("schema") is None:
            return {}
        return dict.fromkeys(_types(definition, operation, "produces"), response["schema"])


def _types(definition: Definition, operation: Operation, member: str) -> list[str]:
    """The operation's content types, or those of the whole definition, or JSON."""
    found = definition.findings
    own = operation.node.get(member)
    listed = found.array(definition.root.get(member) if own is None else own, f"{operation.where}.{member}")
    return [type for type in listed if isinstance(type, str)] or [JSON]
