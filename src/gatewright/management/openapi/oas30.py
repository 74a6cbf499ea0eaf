"""OpenAPI 3.0. https://spec.openapis.org/oas/v3.0.3"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from gatewright.management.openapi.definition import Definition
from gatewright.management.openapi.dialect import Operation
from gatewright.management.openapi.swagger import ENDPOINT


class Oas30:
    """Bodies have a schema for each content type; where the API is, is told by servers."""

    models = "#/components/schemas/"
    schema_kind = "Schema"

    def security_schemes(self, definition: Definition) -> dict[str, Any]:
        """See Dialect."""
        return definition.mapping("components", "securitySchemes")

    def base_path(self, definition: Definition) -> str:
        """The first server's variable `basePath`, even one that no address uses; else the path of the first address."""
        found = definition.findings
        servers = _servers(definition)
        for server in servers:
            variables = found.mapping(server.get("variables"), "servers.variables")
            variable = found.mapping(variables.get("basePath"), "servers.variables.basePath")
            if variable.get("default") is not None:
                return found.text(variable["default"], "servers.variables.basePath.default")
        url = found.text(servers[0].get("url"), "servers.url") if servers else ""
        try:
            return urlsplit(url).path
        except ValueError:
            found.tell("Parse issue: attribute servers.url is not a URL")
            return ""

    def endpoint(self, definition: Definition) -> dict[str, Any]:
        """See Dialect: it belongs to the first server, and is taken from the root, too."""
        servers = _servers(definition)
        if len(servers) > 1:
            definition.findings.tell(
                "More than one server provided. Ignoring all but the first for defining endpoint configuration"
            )
        told = servers[0].get(ENDPOINT) if servers else None
        if told is None:
            return definition.mapping(ENDPOINT)
        return definition.findings.mapping(told, f"servers.{ENDPOINT}")

    def request_bodies(self, definition: Definition, operation: Operation) -> Mapping[str, Any]:
        """See Dialect."""
        where = f"{operation.where}.requestBody"
        if operation.node.get("requestBody") is None:
            return {}
        return _contents(definition, definition.resolved(operation.node["requestBody"], where), where)

    def response_bodies(
        self, definition: Definition, operation: Operation, response: dict[str, Any], where: str
    ) -> Mapping[str, Any]:
        """See Dialect."""
        return _contents(definition, response, where)


def _servers(definition: Definition) -> list[dict[str, Any]]:
    listed = definition.findings.array(definition.root.get("servers"), "servers")
    return [server for server in listed if isinstance(server, dict)]


def _contents(definition: Definition, body: dict[str, Any], where: str) -> dict[str, Any]:
    found = definition.findings
    contents = found.mapping(body.get("content"), f"{where}.content")
    media = {type: found.mapping(content, f"{where}.content") for type, content in contents.items()}
    return {type: content["schema"] for type, content in media.items() if content.get("schema") is not None}
