"""What an export tells of the API as a whole by AWS's extensions, defaults left out."""

from typing import Any

import msgspec

from gatewright.management.openapi.api_settings import (
    API_KEY_SOURCE,
    BINARY_MEDIA_TYPES,
    ENDPOINT_ACCESS_MODE,
    GATEWAY_RESPONSES,
    MINIMUM_COMPRESSION_SIZE,
    POLICY,
    SECURITY_POLICY,
    VALIDATORS,
)
from gatewright.management.openapi.documentation import DOCUMENTATION
from gatewright.management.openapi.exported import Exported
from gatewright.management.openapi.operations import VALIDATOR

Document = dict[str, Any]

_MEMBERS = {
    "securityPolicy": SECURITY_POLICY,
    "endpointAccessMode": ENDPOINT_ACCESS_MODE,
    "binaryMediaTypes": BINARY_MEDIA_TYPES,
    "minimumCompressionSize": MINIMUM_COMPRESSION_SIZE,
}


def root_extensions(exported: Exported) -> Document:
    """The extensions at the end of an export's root."""
    told: Document = {}
    if "apigateway" in exported.extensions:
        told |= _settings(exported.api)
        if exported.gateway_responses:
            told[GATEWAY_RESPONSES] = {kind: _response(found) for kind, found in exported.gateway_responses.items()}
        validators = {found["name"]: found for found in exported.validators.values() if found.get("name")}
        if validators:
            told[VALIDATORS] = {name: _validator(found) for name, found in validators.items()}
    documentation = exported.published.extension()
    if documentation is not None and "documentation" in exported.extensions:
        told[DOCUMENTATION] = documentation
    return told


def _settings(api: Document) -> Document:
    told: Document = {name: api[member] for member, name in _MEMBERS.items() if api.get(member) is not None}
    if api.get("apiKeySource", "HEADER") != "HEADER":
        told[API_KEY_SOURCE] = api["apiKeySource"]
    if api.get("policy"):
        told[POLICY] = msgspec.json.decode(api["policy"])
    return told


def _response(response: Document) -> Document:
    members = ("statusCode", "responseParameters", "responseTemplates")
    return {name: response[name] for name in members if response.get(name)}


def _validator(validator: Document) -> Document:
    return {name: validator[name] for name in ("validateRequestParameters", "validateRequestBody")}


def validator_extension(exported: Exported, method: Document) -> Document:
    """The name of a method's validator."""
    validator = exported.validators.get(method.get("requestValidatorId", ""), {})
    is_told = validator.get("name") and "apigateway" in exported.extensions
    return {VALIDATOR: validator["name"]} if is_told else {}


def endpoint_extension(exported: Exported) -> Document | None:
    """The value of `x-amazon-apigateway-endpoint-configuration`; None for a public edge endpoint, which is usual."""
    if "apigateway" not in exported.extensions:
        return None
    told = dict(exported.api.get("endpointConfiguration") or {})
    if told == {"types": ["EDGE"], "ipAddressType": "ipv4"}:
        told = {}
    if exported.api.get("disableExecuteApiEndpoint"):
        told["disableExecuteApiEndpoint"] = True
    return told or None
