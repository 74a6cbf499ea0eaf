"""Paths and operations to the routes of an HTTP API."""

from collections.abc import Iterator
from typing import Any

from gatewright.management.openapi.api_settings import PREFIX
from gatewright.management.openapi.definition import Definition
from gatewright.management.openapi.dialect import Dialect, Operation
from gatewright.management.openapi.http_integrations import Integrations
from gatewright.management.openapi.http_parts import RouteParts
from gatewright.management.openapi.http_security import HttpSecurity
from gatewright.management.openapi.http_settings import tell_of_extensions
from gatewright.management.openapi.integrations import INTEGRATION
from gatewright.management.openapi.operations import (
    ANY_METHOD,
    VALIDATOR,
    parameters_of,
    verbs_of,
    written_paths,
)
from gatewright.management.openapi.security import AUTH, AUTHTYPE

DEFAULT = "$default"
IS_DEFAULT = "isDefaultRoute"  # of the operation, in AWS's own exports

# An operation's members that OpenAPI knows.
_MEMBERS = (
    *("callbacks", "deprecated", "description", "externalDocs", "operationId", "parameters", "requestBody"),
    *("responses", "security", "servers", "summary", "tags"),
)
_OF_PATHS = (ANY_METHOD, AUTH, AUTHTYPE)
_OF_OPERATIONS = (INTEGRATION, AUTH, AUTHTYPE)
_OF_REST_APIS = (VALIDATOR, PREFIX + "documentation")


class Routes:
    """The routes of one definition, as they are read; `made` has them, in order."""

    def __init__(self, definition: Definition, dialect: Dialect, security: HttpSecurity) -> None:
        self._definition = definition
        self._dialect = dialect
        self._security = security
        self.integrations = Integrations(definition)
        self.made: list[RouteParts] = []

    def read(self, prefix: str) -> None:
        """Read all routes; `prefix` is what the base path puts before every path."""
        for path, given in self._paths():
            item = self._definition.resolved(given, f"paths.'{path}'")
            self._security.refuse_misplaced(path, item)
            found = self._definition.findings
            tell_of_extensions(found, item, f"path '{path}'", _OF_PATHS, ())
            shared = parameters_of(self._definition, item.get("parameters"), f"paths.'{path}'.parameters")
            for verb, node in verbs_of(self._definition, path, item):
                own = parameters_of(self._definition, node.get("parameters"), f"paths.'{path}'({verb.lower()})")
                operation = Operation(path, verb, node, list((shared | own).values()))
                self.made.append(self._route(operation, _key(prefix, operation)))

    def _paths(self) -> Iterator[tuple[str, Any]]:
        yield from written_paths(self._definition)
        # SAM writes the path without a slash: AWS warns of it, and takes it.
        # Seen: github.com/aws/serverless-application-model/issues/2297
        given = self._definition.root["paths"].get(DEFAULT)
        if given is not None:
            yield f"/{DEFAULT}", given

    def _route(self, operation: Operation, key: str) -> RouteParts:
        found, node = self._definition.findings, operation.node
        route = RouteParts({"routeKey": key}, f"'{key}'")
        self._security.guard(operation, route)
        if node.get("operationId") is not None:
            route.members["operationName"] = found.text(node["operationId"], f"{operation.where}.operationId")
        route.integration = self.integrations.key_for(operation)
        tell_of_extensions(found, node, operation.what, _OF_OPERATIONS, _OF_REST_APIS)
        for name in node:
            if not name.startswith("x-") and name not in _MEMBERS and (name, key) != (IS_DEFAULT, DEFAULT):
                found.tell(f"Parse issue: attribute {operation.where}.{name} is unexpected")
        self._tell_of_validation(operation)
        return route

    def _tell_of_validation(self, operation: Operation) -> None:
        """HTTP APIs hold no request against what a definition says of it; what it says must be there all the same."""
        definition, found, node = self._definition, self._definition.findings, operation.node
        if node.get("requestBody") is not None:
            found.inform(f"'requestBody' of {operation.what} is not supported for HTTP APIs. Ignoring.")
        if any(parameter.get("in") != "path" for parameter in operation.parameters):
            found.inform(f"'parameters' of {operation.what} are not supported for HTTP APIs. Ignoring.")
        bodies = {f"{operation.where}.requestBody": self._dialect.request_bodies(definition, operation)}
        for status, given in found.mapping(node.get("responses"), f"{operation.where}.responses").items():
            where = f"{operation.where}.responses.{status}"
            if not status.startswith("x-"):
                response = definition.resolved(given, where)
                bodies[where] = self._dialect.response_bodies(definition, operation, response, where)
        for where, schemas in bodies.items():
            for schema in schemas.values():
                self._tell_missing(schema, f"{where}.content.schema")

    def _tell_missing(self, schema: Any, where: str) -> None:
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if isinstance(reference, str) and self._definition.find(reference) is None:
            # Seen: recorded answers of ReimportApi
            self._definition.findings.tell(f"Parse issue: attribute {where}.{reference} is missing")


def _key(prefix: str, operation: Operation) -> str:
    path = operation.path
    if path == f"/{DEFAULT}" and operation.http_method == "ANY":
        return DEFAULT
    return f"{operation.http_method} {prefix if prefix and path == '/' else prefix + path}"
