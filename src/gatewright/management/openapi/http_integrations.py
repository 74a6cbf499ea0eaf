"""`x-amazon-apigateway-integration` to CreateIntegration's input: of each operation, or shared by a reference.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

from typing import Any

from gatewright.management.openapi.definition import Definition
from gatewright.management.openapi.dialect import Operation
from gatewright.management.openapi.integrations import INTEGRATION
from gatewright.management.openapi.parts import Members

# What the extension calls a member of the operation's, and whether its words may be in lower case.
TEXTS = {
    "type": ("integrationType", True),
    "httpMethod": ("integrationMethod", True),
    "uri": ("integrationUri", False),
    "credentials": ("credentialsArn", False),
    "connectionType": ("connectionType", True),
    "connectionId": ("connectionId", False),
    "integrationSubtype": ("integrationSubtype", False),
    "payloadFormatVersion": ("payloadFormatVersion", False),
}
_OTHERS = ("requestParameters", "responseParameters", "timeoutInMillis", "tlsConfig")
# Members of REST APIs' integrations, which say nothing to an HTTP API.
_OF_REST_APIS = (
    *("cacheKeyParameters", "cacheNamespace", "contentHandling", "integrationTarget", "passthroughBehavior"),
    *("requestTemplates", "responses", "responseTransferMode"),
)


class Integrations:
    """The integrations of one definition, as operations need them. `by_key` has each once."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self.by_key: dict[str, Members] = {}

    def key_for(self, operation: Operation) -> str:
        """The key of an operation's integration; empty text when it has none."""
        given = operation.node.get(INTEGRATION)
        if given is None:
            return ""
        reference = given.get("$ref") if isinstance(given, dict) else None
        key = reference if isinstance(reference, str) else operation.what
        if key not in self.by_key:
            where = f"{operation.where}.{INTEGRATION}"
            self.by_key[key] = self._members(operation, self._definition.resolved(given, where), where)
        return key

    def _members(self, operation: Operation, given: dict[str, Any], where: str) -> Members:
        found = self._definition.findings
        made: Members = {"integrationType": ""}
        what = f"the integration of {operation.what}"
        for name, value in given.items():
            if name in TEXTS and value is not None:
                member, is_word = TEXTS[name]
                text = found.text(value, f"{where}.{name}")
                made[member] = text.upper() if is_word else text
            elif name in _OF_REST_APIS:
                found.inform(f"'{name}' of {what} is not supported for HTTP APIs. Ignoring.")
            elif name not in TEXTS and name not in _OTHERS:
                found.tell(f"Unknown member '{name}' of {what}. Ignoring.")
        if given.get("requestParameters") is not None:
            made["requestParameters"] = self._texts(operation, "requestParameters", given["requestParameters"])
        if given.get("responseParameters") is not None:
            statuses = found.mapping(given["responseParameters"], f"{where}.responseParameters")
            made["responseParameters"] = {
                status: self._texts(operation, "responseParameters", texts) for status, texts in statuses.items()
            }
        if given.get("timeoutInMillis") is not None:
            made["timeoutInMillis"] = found.whole(given["timeoutInMillis"], f"{where}.timeoutInMillis")
        if given.get("tlsConfig") is not None:
            made["tlsConfig"] = self._tls(given["tlsConfig"], f"{where}.tlsConfig")
        return {name: value for name, value in made.items() if value not in (None, {})}

    def _texts(self, operation: Operation, member: str, given: Any) -> dict[str, str]:
        """What is mapped. One mapping less may let through what it was to replace, so that none is left out."""
        found = self._definition.findings
        texts = {}
        for name, value in found.mapping(given, f"{operation.where}.{INTEGRATION}.{member}").items():
            if not isinstance(value, str | bool | int | float):
                found.refuse(f"Invalid format for '{member}' of {operation.what}. Expected a text for '{name}'")
            texts[name] = found.text(value, member)
        return texts

    def _tls(self, given: Any, where: str) -> Members:
        found = self._definition.findings
        config = found.mapping(given, where)
        for name in config:
            if name != "serverNameToVerify":
                found.tell(f"'{name}' of {where} is not supported for HTTP APIs. Ignoring.")
        if config.get("serverNameToVerify") is None:
            return {}
        return {"serverNameToVerify": found.text(config["serverNameToVerify"], where)}
