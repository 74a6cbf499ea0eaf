"""An export as OpenAPI 2.0. What it looks like is as AWS's recorded exports."""

from typing import Any

from gatewright.management.openapi.export_extensions import endpoint_extension, root_extensions
from gatewright.management.openapi.export_operation import Here, exported_paths
from gatewright.management.openapi.export_security import SecuritySchemes
from gatewright.management.openapi.exported import Exported
from gatewright.management.openapi.swagger import ENDPOINT

Document = dict[str, Any]


class SwaggerWriter:
    """See `export_operation.OperationWriter`."""

    schemas = "#/definitions/"

    def before(self, here: Here) -> Document:
        """The content types of the models and of the templates."""
        integration = here.method.get("methodIntegration") or {}
        consumed = dict.fromkeys(here.exported.request_models(here.resource, here.verb, here.method))
        consumed |= dict.fromkeys(integration.get("requestTemplates") or ())
        produced: dict[str, None] = {}
        for response in (here.method.get("methodResponses") or {}).values():
            produced |= dict.fromkeys(here.exported.response_models(response))
        for response in (integration.get("integrationResponses") or {}).values():
            produced |= dict.fromkeys(response.get("responseTemplates") or ())
        told: Document = {"consumes": list(consumed)} if consumed else {}
        return told | ({"produces": list(produced)} if produced else {})

    def parameter(self, parameter: Document) -> Document:
        """Every parameter is text."""
        return parameter | {"type": "string"}

    def body(self, here: Here, parameters: list[Document]) -> Document:
        """A body is one more parameter, named as its model."""
        models = here.exported.request_models(here.resource, here.verb, here.method)
        if models:
            name = models.get("application/json") or next(iter(models.values()))
            body = {"in": "body", "name": name, "required": True}
            body |= here.exported.published.of_body(here.path, here.verb)
            parameters = [*parameters, body | {"schema": {"$ref": self.schemas + name}}]
        return {"parameters": parameters} if parameters else {}

    def response(self, here: Here, response: Document, headers: Document) -> Document:
        """One schema for all content types."""
        told: Document = {}
        models = here.exported.response_models(response)
        if models:
            name = models.get("application/json") or next(iter(models.values()))
            told["schema"] = {"$ref": self.schemas + name}
        if headers:
            told["headers"] = {name: {"type": "string"} | written for name, written in headers.items()}
        return told


def export_swagger(exported: Exported) -> Document:
    """The whole definition. Raises CannotExport."""
    writer, security, place = SwaggerWriter(), SecuritySchemes(exported), exported.place
    info: Document = {"description": exported.api["description"]} if exported.api.get("description") else {}
    told: Document = {
        "swagger": "2.0",
        "info": info | {"version": place.version, "title": exported.api["name"]} | exported.published.of_info(),
        "host": f"{exported.api['id']}.execute-api.{place.region}.amazonaws.com",
        "basePath": f"/{place.stage}",
        "schemes": ["https"],
        "paths": exported_paths(exported, security, writer),
    }
    schemes, schemas = security.schemes(), exported.schemas(writer.schemas)
    told |= ({"securityDefinitions": schemes} if schemes else {}) | ({"definitions": schemas} if schemas else {})
    endpoint = endpoint_extension(exported)
    return told | root_extensions(exported) | ({ENDPOINT: endpoint} if endpoint else {})
