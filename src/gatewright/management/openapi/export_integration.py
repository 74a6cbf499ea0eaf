"""An integration to `x-amazon-apigateway-integration`: as it was imported or put, what is AWS's default left out."""

from collections.abc import Mapping
from typing import Any

from gatewright.management.openapi.integrations import DEFAULT

Document = dict[str, Any]

USUAL_TIMEOUT = 29_000  # milliseconds
_AS_THEY_ARE = (
    *("httpMethod", "uri", "credentials", "connectionId", "integrationTarget", "requestParameters", "contentHandling"),
    *("cacheKeyParameters", "tlsConfig"),
)


def exported_integration(integration: Document, resource_id: str) -> Document:
    """The extension's value; a cache namespace other than the resource's own is told."""
    told: Document = {"type": integration["type"].lower()}
    told |= {name: integration[name] for name in _AS_THEY_ARE if integration.get(name)}
    if integration.get("integrationResponses"):
        told["responses"] = _responses(integration["integrationResponses"])
    if integration.get("requestTemplates"):
        told["requestTemplates"] = _templates(integration["requestTemplates"])
    told["passthroughBehavior"] = integration["passthroughBehavior"].lower()
    for name, usual in (("connectionType", "INTERNET"), ("responseTransferMode", "BUFFERED")):
        if integration.get(name, usual) != usual:
            told[name] = integration[name]
    if integration["timeoutInMillis"] != USUAL_TIMEOUT:
        told["timeoutInMillis"] = integration["timeoutInMillis"]
    if integration.get("cacheNamespace", resource_id) != resource_id:
        told["cacheNamespace"] = integration["cacheNamespace"]
    return told


def _responses(responses: Mapping[str, Document]) -> Document:
    return {response.get("selectionPattern") or DEFAULT: _response(response) for response in responses.values()}


def _response(response: Document) -> Document:
    told: Document = {"statusCode": response["statusCode"]}
    if response.get("responseParameters"):
        told["responseParameters"] = response["responseParameters"]
    if response.get("responseTemplates"):
        told["responseTemplates"] = _templates(response["responseTemplates"])
    if response.get("contentHandling"):
        told["contentHandling"] = response["contentHandling"]
    return told


def _templates(templates: Mapping[str, str | None]) -> Document:
    """An empty template is kept as null and imported from empty text."""
    return {kind: template or "" for kind, template in templates.items()}
