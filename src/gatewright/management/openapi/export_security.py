"""Authorizers, API keys and IAM to security schemes, and what a method asks of its caller to security requirements."""

from collections.abc import Collection
from typing import Any

from gatewright.management.openapi.exported import Exported
from gatewright.management.openapi.security import API_KEY_HEADER, AUTHORIZER, AUTHTYPE, COGNITO, SIGV4

Document = dict[str, Any]

_MEMBERS = (
    *("authorizerUri", "authorizerCredentials", "identityValidationExpression", "authorizerResultTtlInSeconds"),
    "providerARNs",
)
_HEADER = "method.request.header."


class SecuritySchemes:
    """The schemes of one export: every authorizer, and what else its methods ask for."""

    def __init__(self, exported: Exported) -> None:
        self._exported = exported
        self._names = {id: authorizer["name"] for id, authorizer in exported.authorizers.items()}
        self._key = free_name("api_key", self._names.values())
        self._sigv4 = free_name("sigv4", self._names.values())

    def requirements(self, method: Document) -> list[Document]:
        """A method's `security`; empty when everybody may call it."""
        asked: list[Document] = []
        authorizer = self._names.get(method.get("authorizerId", ""))
        if method["authorizationType"] == "AWS_IAM":
            asked.append({self._sigv4: []})
        elif authorizer is not None:
            asked.append({authorizer: method.get("authorizationScopes", [])})
        if method.get("apiKeyRequired"):
            asked.append({self._key: []})
        return asked

    def schemes(self) -> Document:
        """All schemes by name, the authorizers' extensions if they are asked for."""
        methods = [method for _, _, method in self._exported.methods()]
        told = {self._names[id]: self._authorizer(found) for id, found in self._exported.authorizers.items()}
        if any(method.get("apiKeyRequired") for method in methods):
            told[self._key] = {"type": "apiKey", "name": API_KEY_HEADER, "in": "header"}
        if any(method["authorizationType"] == "AWS_IAM" for method in methods):
            told[self._sigv4] = {"type": "apiKey", "name": "Authorization", "in": "header"} | self._extended(
                {AUTHTYPE: SIGV4}
            )
        return told

    def _authorizer(self, authorizer: Document) -> Document:
        source = authorizer.get("identitySource", "")
        told = {"type": authorizer["type"].lower()}
        told |= {name: authorizer[name] for name in _MEMBERS if authorizer.get(name) is not None}
        is_header = authorizer["type"] in ("TOKEN", COGNITO) and source.startswith(_HEADER)
        if source and not is_header:
            told["identitySource"] = source
        name = source[len(_HEADER) :] if is_header else "Unused"
        scheme = {"type": "apiKey", "name": name, "in": "header"}
        scheme |= self._exported.published.of_authorizer(authorizer["name"])
        return scheme | self._extended({AUTHTYPE: authorizer.get("authType", "custom"), AUTHORIZER: told})

    def _extended(self, extension: Document) -> Document:
        return extension if "authorizers" in self._exported.extensions else {}


def free_name(name: str, taken: Collection[str]) -> str:
    """The name itself, or one like it that nobody has."""
    while name in taken:
        name += "_"
    return name
