"""`x-amazon-apigateway-integration` to the inputs of PutIntegration and PutIntegrationResponse.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

from typing import Any

from gatewright.management.openapi.definition import Definition
from gatewright.management.openapi.dialect import Operation
from gatewright.management.openapi.findings import json_text
from gatewright.management.openapi.parts import Members, MethodParts

INTEGRATION = "x-amazon-apigateway-integration"
DEFAULT = "default"  # the key of the response that no selection pattern picks

# What the extension calls a member of the operation's, and whether its words may be in lower case.
_TEXTS = {
    "type": ("type", True),
    "httpMethod": ("integrationHttpMethod", True),
    "uri": ("uri", False),
    "credentials": ("credentials", False),
    "connectionType": ("connectionType", True),
    "connectionId": ("connectionId", False),
    "integrationTarget": ("integrationTarget", False),
    "cacheNamespace": ("cacheNamespace", False),
    "contentHandling": ("contentHandling", True),
    "passthroughBehavior": ("passthroughBehavior", True),
    "responseTransferMode": ("responseTransferMode", True),
}
# Members of HTTP APIs' integrations, which say nothing to a REST API.
_OF_HTTP_APIS = ("integrationSubtype", "responseParameters")


def add_integration(definition: Definition, operation: Operation, method: MethodParts) -> None:
    """Complete `method` by the operation's integration, if it has one."""
    if operation.node.get(INTEGRATION) is None:
        return
    where = f"{operation.where}.{INTEGRATION}"
    given = definition.resolved(operation.node[INTEGRATION], where)
    method.integration = _members(definition, operation, given, where)
    responses = definition.findings.mapping(given.get("responses"), f"{where}.responses")
    for pattern, response in responses.items():
        _add_response(definition, operation, method, pattern, response)


def _members(definition: Definition, operation: Operation, given: dict[str, Any], where: str) -> Members:
    found = definition.findings
    made: Members = {}
    for name, (member, is_word) in _TEXTS.items():
        if given.get(name) is not None:
            text = found.text(given[name], f"{where}.{name}")
            made[member] = text.upper() if is_word else text
    made.setdefault("type", "")
    for name in ("requestParameters", "requestTemplates"):
        if given.get(name) is not None:
            made[name] = _texts(definition, operation, name, given[name])
    if given.get("timeoutInMillis") is not None:
        made["timeoutInMillis"] = found.whole(given["timeoutInMillis"], f"{where}.timeoutInMillis")
    if given.get("cacheKeyParameters") is not None:
        keys = found.array(given["cacheKeyParameters"], f"{where}.cacheKeyParameters")
        made["cacheKeyParameters"] = [found.text(key, f"{where}.cacheKeyParameters") for key in keys]
    if given.get("tlsConfig") is not None:
        made["tlsConfig"] = _tls(definition, given["tlsConfig"], f"{where}.tlsConfig")
    for name in _OF_HTTP_APIS:
        if name in given:
            found.tell(f"'{name}' of the integration of {operation.what} is for HTTP APIs. Ignoring.")
    return {name: value for name, value in made.items() if value not in (None, {})}


def _add_response(definition: Definition, operation: Operation, method: MethodParts, pattern: str, given: Any) -> None:
    found = definition.findings
    where = f"{operation.where}.{INTEGRATION}.responses.{pattern}"
    response = found.mapping(given, where)
    status = found.text(response.get("statusCode"), f"{where}.statusCode")  # a number becomes text
    made: Members = {} if pattern == DEFAULT else {"selectionPattern": pattern}
    for name in ("responseParameters", "responseTemplates"):
        if response.get(name) is not None:
            made[name] = _texts(definition, operation, name, response[name])
    if response.get("contentHandling") is not None:
        made["contentHandling"] = found.text(response["contentHandling"], f"{where}.contentHandling").upper()
    if status in method.integration_responses:
        found.tell(
            f"More than one integration response of {operation.what} for status code '{status}'. Using the last."
        )
    method.integration_responses[status] = {name: value for name, value in made.items() if value != {}}


def _texts(definition: Definition, operation: Operation, member: str, given: Any) -> dict[str, str]:
    """A map of texts; what is none is left out. The warning's words are AWS's. Seen: recorded answers of PutRestApi."""
    texts = {}
    for name, value in definition.findings.mapping(given, f"{operation.where}.{INTEGRATION}.{member}").items():
        if isinstance(value, str):
            texts[name] = value
            continue
        shown = json_text(value) if isinstance(value, bool | int | float) else "null" if value is None else "an object"
        definition.findings.tell(
            f"Invalid format for '{member}'. Expected type string for property '{name}' of resource "
            f"'{operation.path}' and method '{operation.http_method}' but got '{shown}'"
        )
    return texts


def _tls(definition: Definition, given: Any, where: str) -> Members:
    found = definition.findings
    config = found.mapping(given, where)
    if "serverNameToVerify" in config:
        found.tell(f"'serverNameToVerify' of {where} is for HTTP APIs. Ignoring.")
    if config.get("insecureSkipVerification") is None:
        return {}
    return {"insecureSkipVerification": found.boolean(config["insecureSkipVerification"], where)}
