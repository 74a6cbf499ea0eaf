"""`x-amazon-apigateway-documentation` to the inputs of CreateDocumentationPart.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-documentation.html
"""

import msgspec

from gatewright.management.openapi.definition import Definition
from gatewright.management.openapi.parts import Members

DOCUMENTATION = "x-amazon-apigateway-documentation"

_LOCATION = ("type", "path", "method", "statusCode", "name")


def documentation_parts(definition: Definition) -> list[Members] | None:
    """The parts in the definition's order; None when it has no such extension."""
    if definition.root.get(DOCUMENTATION) is None:
        return None
    found, where, made = definition.findings, f"{DOCUMENTATION}.documentationParts", []
    listed = found.array(definition.mapping(DOCUMENTATION).get("documentationParts"), where)
    for index, given in enumerate(listed):
        part = found.mapping(given, f"{where}.{index}")
        told = found.mapping(part.get("location"), f"{where}.{index}.location")
        location = {
            name: found.text(told[name], f"{where}.{index}.location.{name}")
            for name in _LOCATION
            if told.get(name) is not None
        }
        properties = part.get("properties")
        text = properties if isinstance(properties, str) else msgspec.json.encode(properties).decode()
        made.append({"location": location, "properties": text})
    return made
