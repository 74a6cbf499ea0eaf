"""An HTTP API as OpenAPI 3.0: a snapshot to a definition that makes the same API when it is imported.

What it looks like is as in definitions that AWS has exported.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-export.html
"""

import re
from typing import Any, NamedTuple

from gatewright.management.openapi.api_settings import CORS
from gatewright.management.openapi.export_operation import WORDS
from gatewright.management.openapi.exported import CannotExport, Place
from gatewright.management.openapi.http_integrations import TEXTS
from gatewright.management.openapi.http_routes import DEFAULT, path_item_of
from gatewright.management.openapi.http_security import AUTHORIZER_TEXTS, IAM
from gatewright.management.openapi.http_settings import NEWEST, TAG_VALUE, VERSION
from gatewright.management.openapi.integrations import INTEGRATION
from gatewright.management.openapi.security import AUTH, AUTHORIZER, LIFETIME
from gatewright.management.openapi.swagger import ENDPOINT

Document = dict[str, Any]

USUAL_TIMEOUT = 30_000  # milliseconds
_VARIABLE = re.compile(r"\{([^{}/]+)\}")  # a greedy one is named with its plus
_HEADER = "$request.header."
_IN_UPPER_CASE = ("connectionType", "httpMethod")


class HttpExport(NamedTuple):
    """One snapshot under export."""

    snapshot: Document
    place: Place
    has_extensions: bool


def export_http_api(export: HttpExport) -> Document:
    """The whole definition. Raises CannotExport."""
    api, place = export.snapshot["api"], export.place
    info = {"title": api["name"]} | ({"description": api["description"]} if api.get("description") else {})
    told: Document = {
        "openapi": "3.0.1",
        "info": info | {"version": place.version},
        "servers": [_server(export)],
    }
    if api.get("tags") and export.has_extensions:
        told["tags"] = [{"name": name, TAG_VALUE: value} for name, value in api["tags"].items()]
    told["paths"] = _paths(export)
    authorizers = sorted(export.snapshot["authorizers"], key=lambda authorizer: str(authorizer["name"]))
    schemes = {each["name"]: _scheme(export, each) for each in authorizers}
    told |= {"components": {"securitySchemes": schemes}} if schemes else {}
    if not export.has_extensions:
        return told
    cors = api.get("corsConfiguration")
    return told | ({CORS: cors} if cors else {}) | {VERSION: NEWEST}


def _server(export: HttpExport) -> Document:
    api, place = export.snapshot["api"], export.place
    base_path = "" if place.stage == DEFAULT else place.stage
    told: Document = {
        "url": f"https://{api['apiId']}.execute-api.{place.region}.amazonaws.com/{{basePath}}",
        "variables": {"basePath": {"default": base_path}},
    }
    endpoint: Document = {"disableExecuteApiEndpoint": True} if api.get("disableExecuteApiEndpoint") else {}
    if api.get("ipAddressType", "ipv4") != "ipv4":
        endpoint["ipAddressType"] = api["ipAddressType"]
    return told | ({ENDPOINT: endpoint} if endpoint and export.has_extensions else {})


def _paths(export: HttpExport) -> Document:
    integrations = {each["integrationId"]: each for each in export.snapshot["integrations"]}
    names = {each["authorizerId"]: each["name"] for each in export.snapshot["authorizers"]}
    paths: Document = {}
    for route in sorted(export.snapshot["routes"], key=lambda route: str(route["routeKey"])):
        path, verb, told = path_item_of(route["routeKey"])
        item = paths.setdefault(path, {})
        if WORDS[verb] in item:
            raise CannotExport(f"OpenAPI has no words for a route {verb} {path} beside {DEFAULT}")
        told = told if export.has_extensions else {}
        item[WORDS[verb]] = told | _operation(export, route, integrations, names)
    for path, item in paths.items():
        variables = _VARIABLE.findall(path)
        if variables:
            item["parameters"] = [_parameter(name) for name in variables]
    return dict(sorted(paths.items()))


def _parameter(name: str) -> Document:
    return {
        "name": name,
        "in": "path",
        "description": f"Generated path parameter for {name}",
        "required": True,
        "schema": {"type": "string"},
    }


def _operation(
    export: HttpExport, route: Document, integrations: dict[str, Document], names: dict[str, str]
) -> Document:
    told: Document = {"operationId": route["operationName"]} if route.get("operationName") else {}
    told["responses"] = {"default": {"description": f"Default response for {route['routeKey']}"}}
    if route.get("authorizerId"):
        told["security"] = [{names[route["authorizerId"]]: route.get("authorizationScopes", [])}]
    if not export.has_extensions:
        return told
    if route["authorizationType"] == IAM:
        told[AUTH] = {"type": IAM}
    integration = integrations.get(route.get("target", "").removeprefix("integrations/"))
    return told | ({INTEGRATION: _integration(integration)} if integration is not None else {})


def _integration(integration: Document) -> Document:
    told: Document = {
        name: integration[name] for name in ("responseParameters", "requestParameters") if integration.get(name)
    }
    for name, (member, is_word) in TEXTS.items():
        value = integration.get(member)
        if value:
            told[name] = value.lower() if is_word and name not in _IN_UPPER_CASE else value
    if integration["timeoutInMillis"] != USUAL_TIMEOUT:
        told["timeoutInMillis"] = integration["timeoutInMillis"]
    return told | ({"tlsConfig": integration["tlsConfig"]} if integration.get("tlsConfig") else {})


def _scheme(export: HttpExport, authorizer: Document) -> Document:
    is_jwt = authorizer["authorizerType"] == "JWT"
    sources = authorizer["identitySource"]
    header = next((source[len(_HEADER) :] for source in sources if source.startswith(_HEADER)), "Unused")
    scheme: Document = {"type": "oauth2", "flows": {}} if is_jwt else {"type": "apiKey", "name": header, "in": "header"}
    if not export.has_extensions:
        return scheme
    told: Document = {"identitySource": ",".join(sources)} if sources else {}
    told |= {name: authorizer[member] for name, member in AUTHORIZER_TEXTS.items() if authorizer.get(member)}
    for name in ("jwtConfiguration", "enableSimpleResponses", LIFETIME):
        if authorizer.get(name) is not None:
            told[name] = authorizer[name]
    return scheme | {AUTHORIZER: told | {"type": authorizer["authorizerType"].lower()}}
