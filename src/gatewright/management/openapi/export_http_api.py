"""An HTTP API as OpenAPI 3.0: a snapshot to a definition that makes the same API when it is imported.

What it looks like is as in definitions that AWS has exported.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-export.html
"""

import re
from typing import Any

from gatewright.management.openapi.api_settings import CORS
from gatewright.management.openapi.export_operation import WORDS
from gatewright.management.openapi.export_security import free_name
from gatewright.management.openapi.exported import CannotExport, Place
from gatewright.management.openapi.http_integrations import TEXTS
from gatewright.management.openapi.http_routes import DEFAULT, IS_DEFAULT
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


class HttpExport:
    """One snapshot under export, looked up by what its routes refer to."""

    def __init__(self, snapshot: Document, place: Place, *, has_extensions: bool) -> None:
        self.api: Document = snapshot["api"]
        self.place = place
        self.has_extensions = has_extensions
        self.routes: list[Document] = sorted(snapshot["routes"], key=lambda route: str(route["routeKey"]))
        self.authorizers: list[Document] = sorted(snapshot["authorizers"], key=lambda each: str(each["name"]))
        self._integrations = {each["integrationId"]: each for each in snapshot["integrations"]}
        self._names = {each["authorizerId"]: each["name"] for each in self.authorizers}

    def security(self, route: Document) -> Document:
        """The members of an operation that tell who may call."""
        if route.get("authorizerId"):
            return {"security": [{self._names[route["authorizerId"]]: route.get("authorizationScopes", [])}]}
        if route["authorizationType"] != IAM:
            return {}
        # Where the extension has no place, a scheme says that there is something to ask for.
        return {AUTH: {"type": IAM}} if self.has_extensions else {"security": [{self._sigv4: []}]}

    def schemes(self) -> Document:
        """The security schemes by name."""
        told = {each["name"]: _scheme(each, has_extensions=self.has_extensions) for each in self.authorizers}
        if not self.has_extensions and any(route["authorizationType"] == IAM for route in self.routes):
            told[self._sigv4] = {"type": "apiKey", "name": "Authorization", "in": "header"}
        return told

    def integration(self, route: Document) -> Document:
        """The member of an operation that tells where its requests go."""
        found = self._integrations.get(route.get("target", "").removeprefix("integrations/"))
        return {INTEGRATION: _integration(found)} if found is not None and self.has_extensions else {}

    @property
    def _sigv4(self) -> str:
        return free_name("sigv4", self._names.values())


def export_http_api(export: HttpExport) -> Document:
    """The whole definition. Raises CannotExport."""
    api = export.api
    info = {"title": api["name"]} | ({"description": api["description"]} if api.get("description") else {})
    told: Document = {
        "openapi": "3.0.1",
        "info": info | {"version": export.place.version},
        "servers": [_server(export)],
    }
    if api.get("tags") and export.has_extensions:
        told["tags"] = [{"name": name, TAG_VALUE: value} for name, value in api["tags"].items()]
    told["paths"] = _paths(export)
    schemes = export.schemes()
    told |= {"components": {"securitySchemes": schemes}} if schemes else {}
    if not export.has_extensions:
        return told
    cors = api.get("corsConfiguration")
    return told | ({CORS: cors} if cors else {}) | {VERSION: NEWEST}


def _server(export: HttpExport) -> Document:
    api, place = export.api, export.place
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
    paths: Document = {}
    for route in export.routes:
        path, verb, told = _place(route["routeKey"])
        item = paths.setdefault(path, {})
        item[WORDS[verb]] = (told if export.has_extensions else {}) | _operation(export, route)
    for path, item in paths.items():
        variables = _VARIABLE.findall(path)
        if variables:
            item["parameters"] = [_parameter(name) for name in variables]
    return dict(sorted(paths.items()))


def _place(key: str) -> tuple[str, str, Document]:
    """The path and the verb of a route's operation, and what it says of that itself."""
    if key == DEFAULT:
        return f"/{DEFAULT}", "ANY", {IS_DEFAULT: True}
    verb, _, path = key.partition(" ")
    if (verb, path) == ("ANY", f"/{DEFAULT}"):
        raise CannotExport(f"OpenAPI has no words for a route '{key}', which would be {DEFAULT}")
    return path, verb, {}


def _parameter(name: str) -> Document:
    return {
        "name": name,
        "in": "path",
        "description": f"Generated path parameter for {name}",
        "required": True,
        "schema": {"type": "string"},
    }


def _operation(export: HttpExport, route: Document) -> Document:
    told: Document = {"operationId": route["operationName"]} if route.get("operationName") else {}
    told["responses"] = {"default": {"description": f"Default response for {route['routeKey']}"}}
    return told | export.security(route) | export.integration(route)


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


def _scheme(authorizer: Document, *, has_extensions: bool) -> Document:
    is_jwt = authorizer["authorizerType"] == "JWT"
    sources = authorizer["identitySource"]
    header = next((source[len(_HEADER) :] for source in sources if source.startswith(_HEADER)), "Unused")
    scheme: Document = {"type": "oauth2", "flows": {}} if is_jwt else {"type": "apiKey", "name": header, "in": "header"}
    if not has_extensions:
        return scheme
    told: Document = {"identitySource": ",".join(sources)} if sources else {}
    told |= {name: authorizer[member] for name, member in AUTHORIZER_TEXTS.items() if authorizer.get(member)}
    for name in ("jwtConfiguration", "enableSimpleResponses", LIFETIME):
        if authorizer.get(name) is not None:
            told[name] = authorizer[name]
    return scheme | {AUTHORIZER: told | {"type": authorizer["authorizerType"].lower()}}
