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

# AWS reads none of these of a path, and of the whole definition `security` alone.
_ONLY_OF_OPERATIONS = (AUTH, AUTHTYPE)
_NOT_OF_PATHS = ("security", *_ONLY_OF_OPERATIONS)
_TYPES = {"token": "TOKEN", "request": "REQUEST", "cognito_user_pools": COGNITO}
_TEXTS = ("authorizerUri", "authorizerCredentials", "identityValidationExpression")


class Scheme(NamedTuple):
    """What a requirement of this scheme asks for: `kind` is the type of an authorizer, IAM, KEY, or empty text for what
    AWS ignores."""

    kind: str
    described: str  # its `type`, as the definition has it


class Security:
    """The schemes of one definition, and the requirements that hold where an operation has none of its own."""

    def __init__(self, definition: Definition, schemes: Mapping[str, Any]) -> None:
        self._findings = definition.findings
        self._everywhere = requirements(definition.root.get("security", []))
        self.authorizers: list[Members] = []
        self._schemes: dict[str, Scheme] = {}
        self._tell_ignored(definition.root, _ONLY_OF_OPERATIONS, "the definition")
        for name, given in schemes.items():
            self._add(name, definition.resolved(given, f"securitySchemes.{name}"))

    def _add(self, name: str, scheme: dict[str, Any]) -> None:
        found, where = self._findings, f"securitySchemes.{name}"
        described = found.text(scheme.get("type"), f"{where}.type")
        told = found.text(scheme.get(AUTHTYPE), f"{where}.{AUTHTYPE}")
        header = found.text(scheme.get("name"), f"{where}.name") if scheme.get("in") == "header" else ""
        if scheme.get(AUTHORIZER) is not None:
            authorizer = self._authorizer(name, scheme, header)
            self.authorizers.append(authorizer)
            self._schemes[name] = Scheme(authorizer["type"], described)
        elif scheme.get(AUTHTYPE) is not None:
            self._schemes[name] = Scheme(_kind(told), described)
        else:
            # Where else than in its header a key would be, API Gateway does not look; a method that asks for one is not
            # open because of that.
            if described == "apiKey" and header.lower() != API_KEY_HEADER:
                found.tell(f"Unsupported API key location for '{name}'. Keys are taken from header {API_KEY_HEADER}.")
            self._schemes[name] = Scheme("KEY" if described == "apiKey" else "", described)

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

    def tell_ignored_of(self, path: str, item: Mapping[str, Any]) -> None:
        """Warn of what a path item asks of the callers of all its methods: nobody is asked for it."""
        self._tell_ignored(item, _NOT_OF_PATHS, f"path '{path}'")

    def _tell_ignored(self, node: Mapping[str, Any], names: tuple[str, ...], of: str) -> None:
        for name in names:
            if node.get(name) is not None:
                self._findings.tell(f"'{name}' of {of} is not supported: give it to each method. Ignoring.")

    def guard(self, operation: Operation, method: MethodParts) -> None:
        """Complete PutMethod's input: what its caller must bring. Requirements of the operation replace the root's."""
        method.members["authorizationType"] = "NONE"
        own = operation.node.get("security")
        asked = self._everywhere if own is None else requirements(own)
        for requirement in self._findings.array(asked, f"{operation.where}.security"):
            is_alternative = method.members["authorizationType"] != "NONE"
            for name, scopes in self._findings.mapping(requirement, f"{operation.where}.security").items():
                self._ask(operation, method, (name, scopes), is_alternative)
        if operation.node.get(AUTH) is not None:
            where = f"{operation.where}.{AUTH}"
            told = self._findings.mapping(operation.node[AUTH], where).get("type")
            method.members["authorizationType"] = self._findings.text(told, f"{where}.type").upper()
        elif operation.node.get(AUTHTYPE) is not None:
            told = self._findings.text(operation.node[AUTHTYPE], f"{operation.where}.{AUTHTYPE}")
            if _kind(told) == "IAM":
                method.members["authorizationType"] = "AWS_IAM"
            elif method.members["authorizationType"] == "NONE":
                method.members["authorizationType"] = "CUSTOM"  # by nobody, which PutMethod refuses

    def _ask(self, operation: Operation, method: MethodParts, asked: tuple[str, Any], is_alternative: bool) -> None:
        name, scopes = asked
        scheme = self._schemes.get(name)
        members = method.members
        if scheme is None:
            # What AWS makes of it is not known, so nobody gets in by it. An API that a definition is merged into may
            # have an authorizer of that name; without one PutMethod refuses, and the import fails.
            self._findings.tell(f"Security definition '{name}' of {operation.what} not found.")
            scheme = Scheme("CUSTOM", "")
        if scheme.kind == "KEY":
            members["apiKeyRequired"] = True
        elif not scheme.kind:
            self._findings.tell(f"Unsupported security definition type '{scheme.described}' for '{name}'. Ignoring.")
        elif is_alternative:
            self._findings.tell(f"More than one authorization of {operation.what}: '{name}'. Ignoring.")
        elif members["authorizationType"] != "NONE":  # a method cannot ask for both, nor be content with one
            self._findings.tell(f"More than one authorization of {operation.what}: '{name}'.")
            members["authorizationType"], method.authorizer = "CUSTOM", ""
        elif scheme.kind == "IAM":
            members["authorizationType"] = "AWS_IAM"
        else:
            members["authorizationType"] = COGNITO if scheme.kind == COGNITO else "CUSTOM"
            method.authorizer = name
            listed = self._findings.array(scopes, f"{operation.where}.security.{name}")
            if listed and scheme.kind == COGNITO:
                members["authorizationScopes"] = [self._findings.text(scope, operation.where) for scope in listed]


def _kind(authtype: str) -> str:
    """Of an authorization without an authorizer of its own: IAM's, or by an authorizer that has to be there."""
    told = authtype.lower()
    return "IAM" if told == SIGV4.lower() else COGNITO if told == COGNITO.lower() else "CUSTOM"


def requirements(given: Any) -> list[dict[str, Any]]:
    """A `security` member. What is no list of requirements is not taken for an empty one, which would let all in."""
    if not isinstance(given, list) or not all(isinstance(requirement, dict) for requirement in given):
        raise Unreadable(INVALID)
    return given
