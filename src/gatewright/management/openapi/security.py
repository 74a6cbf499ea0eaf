"""Security schemes to authorizers, API keys and IAM; security requirements to what a method asks of its caller.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from gatewright.management.openapi.definition import Definition
from gatewright.management.openapi.dialect import Operation
from gatewright.management.openapi.document import INVALID, Unreadable
from gatewright.management.openapi.parts import Members, MethodParts

AUTHORIZER = "x-amazon-apigateway-authorizer"
AUTHTYPE = "x-amazon-apigateway-authtype"
AUTH = "x-amazon-apigateway-auth"
SIGV4 = "awsSigv4"
API_KEY_HEADER = "x-api-key"
COGNITO = "COGNITO_USER_POOLS"
LIFETIME = "authorizerResultTtlInSeconds"

_TYPES = {"token": "TOKEN", "request": "REQUEST", "cognito_user_pools": COGNITO}
_TEXTS = ("authorizerUri", "authorizerCredentials", "identityValidationExpression")


class Scheme(NamedTuple):
    """What a requirement of this scheme asks for: `kind` is the type of an authorizer, IAM, KEY, or empty text."""

    kind: str
    described: str  # its `type`, as the definition has it


class Security:
    """The schemes of one definition, and the requirements that hold where an operation has none of its own."""

    def __init__(self, definition: Definition, schemes: Mapping[str, Any]) -> None:
        self._findings = definition.findings
        self._everywhere = _requirements(definition.root.get("security", []))
        self.authorizers: list[Members] = []
        self._schemes: dict[str, Scheme] = {}
        for name, given in schemes.items():
            self._add(name, definition.resolved(given, f"securitySchemes.{name}"))

    def _add(self, name: str, scheme: dict[str, Any]) -> None:
        found, where = self._findings, f"securitySchemes.{name}"
        described = found.text(scheme.get("type"), f"{where}.type")
        header = found.text(scheme.get("name"), f"{where}.name") if scheme.get("in") == "header" else ""
        if scheme.get(AUTHORIZER) is not None:
            authorizer = self._authorizer(name, scheme, header)
            self.authorizers.append(authorizer)
            self._schemes[name] = Scheme(authorizer["type"], described)
        elif scheme.get(AUTHTYPE) == SIGV4:
            self._schemes[name] = Scheme("IAM", described)
        else:
            is_key = described == "apiKey" and header.lower() == API_KEY_HEADER
            self._schemes[name] = Scheme("KEY" if is_key else "", described)

    def _authorizer(self, name: str, scheme: dict[str, Any], header: str) -> Members:
        """CreateAuthorizer's input."""
        found, where = self._findings, f"securitySchemes.{name}.{AUTHORIZER}"
        given = found.mapping(scheme[AUTHORIZER], where)
        told = found.text(given.get("type"), f"{where}.type")
        made: Members = {"name": name, "type": _TYPES.get(told.lower(), told.upper())}
        made |= {member: found.text(given[member], where) for member in _TEXTS if given.get(member) is not None}
        source = found.text(given.get("identitySource"), f"{where}.identitySource")
        if not source and header and made["type"] != "REQUEST":
            source = f"method.request.header.{header}"
        if source:
            made["identitySource"] = source
        if scheme.get(AUTHTYPE) is not None:
            made["authType"] = found.text(scheme[AUTHTYPE], f"securitySchemes.{name}.{AUTHTYPE}")
        if given.get("providerARNs") is not None:
            arns = found.array(given["providerARNs"], f"{where}.providerARNs")
            made["providerARNs"] = [found.text(arn, f"{where}.providerARNs") for arn in arns]
        lifetime = found.whole(given.get(LIFETIME), f"{where}.{LIFETIME}")
        return made if lifetime is None else made | {LIFETIME: lifetime}

    def guard(self, operation: Operation, method: MethodParts) -> None:
        """Complete PutMethod's input: what its caller must bring. Requirements of the operation replace the root's."""
        method.members["authorizationType"] = "NONE"
        own = operation.node.get("security")
        asked = self._everywhere if own is None else _requirements(own)
        for requirement in self._findings.array(asked, f"{operation.where}.security"):
            for name, scopes in self._findings.mapping(requirement, f"{operation.where}.security").items():
                self._ask(operation, method, name, scopes)
        if operation.node.get(AUTH) is not None:
            where = f"{operation.where}.{AUTH}"
            told = self._findings.mapping(operation.node[AUTH], where).get("type")
            method.members["authorizationType"] = self._findings.text(told, f"{where}.type").upper()
        elif operation.node.get(AUTHTYPE) == SIGV4:
            method.members["authorizationType"] = "AWS_IAM"

    def _ask(self, operation: Operation, method: MethodParts, name: str, scopes: Any) -> None:
        scheme = self._schemes.get(name)
        members = method.members
        if scheme is None:
            self._findings.tell(f"Security definition '{name}' of {operation.what} not found. Ignoring.")
        elif scheme.kind == "KEY":
            members["apiKeyRequired"] = True
        elif not scheme.kind:
            self._findings.tell(f"Unsupported security definition type '{scheme.described}' for '{name}'. Ignoring.")
        elif members["authorizationType"] != "NONE":
            self._findings.tell(f"More than one authorization of {operation.what}: '{name}'. Ignoring.")
        elif scheme.kind == "IAM":
            members["authorizationType"] = "AWS_IAM"
        else:
            members["authorizationType"] = COGNITO if scheme.kind == COGNITO else "CUSTOM"
            method.authorizer = name
            listed = self._findings.array(scopes, f"{operation.where}.security.{name}")
            if listed and scheme.kind == COGNITO:
                members["authorizationScopes"] = [self._findings.text(scope, operation.where) for scope in listed]


def _requirements(given: Any) -> list[dict[str, Any]]:
    """What is no list of requirements is not taken for an empty one, which would let everybody in."""
    if not isinstance(given, list) or not all(isinstance(requirement, dict) for requirement in given):
        raise Unreadable(INVALID)
    return given
