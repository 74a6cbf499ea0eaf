"""What OpenAPI 2.0 and 3.0 say differently, behind one face: everything else of an import knows neither."""

from collections.abc import Mapping
from typing import Any, Protocol

from gatewright.management.openapi.definition import Definition


class Operation:
    """One operation under way: `node` is its data, `where` and `what` how AWS tells of it."""

    __slots__ = ("http_method", "node", "parameters", "path")

    def __init__(self, path: str, http_method: str, node: dict[str, Any], parameters: list[dict[str, Any]]) -> None:
        """`parameters` are its own and its path's, references resolved."""
        self.path = path
        self.http_method = http_method
        self.node = node
        self.parameters = parameters

    @property
    def where(self) -> str:
        """As AWS's parser tells of it."""
        return f"paths.'{self.path}'({self.http_method.lower()})"

    @property
    def what(self) -> str:
        """As AWS's importer tells of it."""
        return f"method '{self.http_method} {self.path}'"


class Dialect(Protocol):
    """One version of OpenAPI, and the definition that is written in it."""

    models: str  # the pointer of its schemas, with a slash at its end
    schema_kind: str  # the ending of AWS's names for kinds of schemas

    def security_schemes(self, definition: Definition) -> dict[str, Any]:
        """Who may call, by name."""
        ...

    def base_path(self, definition: Definition) -> str:
        """The path that all paths are below; empty text for none."""
        ...

    def endpoint(self, definition: Definition) -> dict[str, Any]:
        """The object of `x-amazon-apigateway-endpoint-configuration`."""
        ...

    def request_bodies(self, definition: Definition, operation: Operation) -> Mapping[str, Any]:
        """The schemas of an operation's body, by content type."""
        ...

    def response_bodies(
        self, definition: Definition, operation: Operation, response: dict[str, Any], where: str
    ) -> Mapping[str, Any]:
        """The schemas of a response's body, by content type."""
        ...
