"""An export as OpenAPI 3.0. What it looks like is as AWS's recorded exports."""

from typing import Any

from gatewright.management.openapi.export_extensions import endpoint_extension, root_extensions
from gatewright.management.openapi.export_operation import Here, exported_paths
from gatewright.management.openapi.export_security import SecuritySchemes
from gatewright.management.openapi.exported import Exported
from gatewright.management.openapi.swagger import ENDPOINT

Document = dict[str, Any]


class Oas30Writer:
    """See `export_operation.OperationWriter`."""

    schemas = "#/components/schemas/"

    def before(self, here: Here) -> Document:
        """Content types stand with the bodies."""
        return {}

    def parameter(self, parameter: Document) -> Document:
        """Every parameter is text; whether it is required is told when it is."""
        told = {name: value for name, value in parameter.items() if name != "required" or value}
        return told | {"schema": {"type": "string"}}

    def body(self, here: Here, parameters: list[Document]) -> Document:
        """A schema for each content type."""
        told: Document = {"parameters": parameters} if parameters else {}
        models = here.exported.request_models(here.resource, here.verb, here.method)
        if models:
            written = here.exported.published.of_body(here.path, here.verb)
            told["requestBody"] = written | {"content": self._contents(models), "required": True}
        return told

    def response(self, here: Here, response: Document, headers: Document) -> Document:
        """The same of a response, whose `content` is there even when it is empty."""
        told: Document = {}
        if headers:
            told["headers"] = {name: written | {"schema": {"type": "string"}} for name, written in headers.items()}
        return told | {"content": self._contents(here.exported.response_models(response))}

    def _contents(self, models: Any) -> Document:
        return {kind: {"schema": {"$ref": self.schemas + name}} for kind, name in models.items()}


def export_oas30(exported: Exported) -> Document:
    """The whole definition. Raises CannotExport."""
    writer, security = Oas30Writer(), SecuritySchemes(exported)
    info: Document = {"title": exported.api["name"]}
    if exported.api.get("description"):
        info["description"] = exported.api["description"]
    told: Document = {
        "openapi": "3.0.1",
        "info": info | {"version": exported.place.version} | exported.published.of_info(),
        "servers": [_server(exported)],
        "paths": exported_paths(exported, security, writer),
    }
    for path in told["paths"]:
        told["paths"][path] |= exported.published.of_resource(path)
    schemes, schemas = security.schemes(), exported.schemas(writer.schemas)
    components = ({"schemas": schemas} if schemas else {}) | ({"securitySchemes": schemes} if schemes else {})
    return told | ({"components": components} if components else {}) | root_extensions(exported)


def _server(exported: Exported) -> Document:
    host = f"{exported.api['id']}.execute-api.{exported.place.region}.amazonaws.com"
    endpoint = endpoint_extension(exported)
    return {
        "url": f"https://{host}/{{basePath}}",
        "variables": {"basePath": {"default": exported.place.stage}},
    } | ({ENDPOINT: endpoint} if endpoint else {})
