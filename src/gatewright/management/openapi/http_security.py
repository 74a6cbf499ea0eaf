"""Security schemes to the authorizers of an HTTP API, and requirements to what a route asks of its caller.

AWS leaves a route open whose requirement it does not understand, with a warning. Here such a definition is refused:
what was to be guarded is never open.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
"""

from collections.abc import Mapping
from typing import Any

from gatewright.management.openapi.definition import Definition
from gatewright.management.openapi.dialect import Operation
from gatewright.management.openapi.http_parts import RouteParts
from gatewright.management.openapi.parts import Members
from gatewright.management.openapi.security import AUTH, AUTHORIZER, AUTHTYPE, LIFETIME, SIGV4, Scheme, requirements

OPEN = "NONE"  # as a requirement, SAM's word for a route that everybody may call
IAM = "AWS_IAM"

_KINDS = {"JWT": "JWT", "REQUEST": "CUSTOM"}  # what a route with an authorizer of that type says
_USUAL_SOURCE = "$request.header.Authorization"
_DISCOVERY = "/.well-known/openid-configuration"
AUTHORIZER_TEXTS = {
    "authorizerUri": "authorizerUri",
    "authorizerCredentials": "authorizerCredentialsArn",
    "authorizerPayloadFormatVersion": "authorizerPayloadFormatVersion",
    "identityValidationExpression": "identityValidationExpression",
}
_MEMBERS = (*AUTHORIZER_TEXTS, "type", "identitySource", "jwtConfiguration", "enableSimpleResponses", LIFETIME)


class HttpSecurity:
    """The schemes of one definition, and the requirements that hold where an operation has none of its own."""

    def __init__(self, definition: Definition, schemes: Mapping[str, Any]) -> None:
        self._findings = definition.findings
        self._everywhere = requirements(definition.root.get("security", []))
        self.authorizers: list[Members] = []
        self._schemes: dict[str, Scheme] = {}
        self._refuse_misplaced(definition.root, (AUTH, AUTHTYPE), "the definition")
        for name, given in schemes.items():
            self._schemes[name] = self._scheme(name, definition.resolved(given, f"securitySchemes.{name}"))

    def _scheme(self, name: str, scheme: dict[str, Any]) -> Scheme:
        described = self._findings.text(scheme.get("type"), f"securitySchemes.{name}.type")
        if scheme.get(AUTHORIZER) is not None:
            authorizer = self._authorizer(name, scheme)
            self.authorizers.append(authorizer)
            return Scheme(_KINDS.get(authorizer["authorizerType"], ""), described)
        return Scheme(IAM if _is_iam(scheme.get(AUTHTYPE)) else "", described)

    def _authorizer(self, name: str, scheme: dict[str, Any]) -> Members:
        """CreateAuthorizer's input."""
        found, where = self._findings, f"securitySchemes.{name}.{AUTHORIZER}"
        given = found.mapping(scheme[AUTHORIZER], where)
        kind = found.text(given.get("type"), f"{where}.type").upper()
        made: Members = {"name": name, "authorizerType": kind, "identitySource": self._sources(given, kind, where)}
        for member, called in AUTHORIZER_TEXTS.items():
            if given.get(member) is not None:
                made[called] = found.text(given[member], f"{where}.{member}")
        if given.get("jwtConfiguration") is not None or kind == "JWT":
            made["jwtConfiguration"] = self._jwt(given, scheme, where)
        if given.get("enableSimpleResponses") is not None:
            made["enableSimpleResponses"] = found.boolean(given["enableSimpleResponses"], where)
        lifetime = found.whole(given.get(LIFETIME), f"{where}.{LIFETIME}")
        # One that a JWT authorizer is told has nothing to keep.
        if lifetime is not None and (kind != "JWT" or lifetime):
            made[LIFETIME] = lifetime
        for member in given:
            if member not in _MEMBERS:
                found.tell(f"Unknown member '{member}' of {where}. Ignoring.")
        return made

    def _sources(self, given: dict[str, Any], kind: str, where: str) -> list[str]:
        source = given.get("identitySource")
        if source is None:
            return [_USUAL_SOURCE] if kind == "JWT" else []
        listed = source if isinstance(source, list) else self._findings.text(source, where).split(",")
        return [self._findings.text(each, f"{where}.identitySource").strip() for each in listed]

    def _jwt(self, given: dict[str, Any], scheme: dict[str, Any], where: str) -> Members:
        """The issuer of a scheme `openIdConnect` is told by the address of its configuration."""
        found, where = self._findings, f"{where}.jwtConfiguration"
        told = found.mapping(given.get("jwtConfiguration"), where)
        issuer = found.text(told.get("issuer"), f"{where}.issuer")
        address = found.text(scheme.get("openIdConnectUrl"), "openIdConnectUrl")
        if not issuer and address.endswith(_DISCOVERY):
            issuer = address.removesuffix(_DISCOVERY)
        audience = told.get("audience")
        listed = found.array([audience] if isinstance(audience, str) else audience, f"{where}.audience")
        return {"issuer": issuer, "audience": [found.text(each, f"{where}.audience") for each in listed]}

    def refuse_misplaced(self, path: str, item: Mapping[str, Any]) -> None:
        """What a path's item asks of the callers of all its routes would be asked of nobody."""
        self._refuse_misplaced(item, ("security", AUTH, AUTHTYPE), f"path '{path}'")

    def _refuse_misplaced(self, node: Mapping[str, Any], names: tuple[str, ...], of: str) -> None:
        for name in names:
            if node.get(name) is not None:
                self._findings.refuse(f"'{name}' of {of} is not supported: give it to each operation")

    def guard(self, operation: Operation, route: RouteParts) -> None:
        """Complete CreateRoute's input: who may call. Requirements of the operation replace the root's."""
        own = operation.node.get("security")
        given = self._everywhere if own is None else requirements(own)
        # Of alternatives, one that asks for nothing is the one that is left out.
        nothing = {OPEN} - self._schemes.keys()
        listed = self._findings.array(given, f"{operation.where}.security")
        asked = [each for each in listed if each.keys() - nothing]
        for requirement in asked:
            if len(requirement) > 1:
                self._findings.refuse(f"More than one authorization of {operation.what}: {', '.join(requirement)}")
            for name in requirement:
                self._check_known(operation, name)
        names = list(dict.fromkeys(next(iter(requirement)) for requirement in asked))
        for name in names[1:]:
            self._findings.tell(f"More than one authorization of {operation.what}: '{name}'. Ignoring.")
        route.members["authorizationType"] = OPEN
        if asked:
            self._ask(operation, route, *next(iter(asked[0].items())))
        self._override(operation, route)

    def _check_known(self, operation: Operation, name: str) -> None:
        scheme = self._schemes.get(name)
        if scheme is None:
            self._findings.refuse(f"Security scheme '{name}' of {operation.what} not found")
        elif scheme is not None and not scheme.kind:
            self._findings.refuse(
                f"Unsupported security scheme '{name}' of type '{scheme.described}' of {operation.what}: it has no "
                f"'{AUTHORIZER}' of type jwt or request"
            )

    def _ask(self, operation: Operation, route: RouteParts, name: str, scopes: Any) -> None:
        kind = self._schemes[name].kind if name in self._schemes else ""
        route.members["authorizationType"] = kind or OPEN  # one that has no kind has been refused
        if kind not in ("", IAM):
            route.authorizer = name
        if scopes:
            if isinstance(scopes, list) and all(isinstance(scope, str) for scope in scopes):
                route.members["authorizationScopes"] = scopes
            else:
                self._findings.refuse(f"Scopes of '{name}' of {operation.what} are not texts")

    def _override(self, operation: Operation, route: RouteParts) -> None:
        """AWS's extensions of an operation, which may not contradict what its requirements ask."""
        told = []
        if operation.node.get(AUTH) is not None:
            given = self._findings.mapping(operation.node[AUTH], f"{operation.where}.{AUTH}").get("type")
            told.append((AUTH, str(given).upper()))
        if operation.node.get(AUTHTYPE) is not None:
            given = operation.node[AUTHTYPE]
            told.append((AUTHTYPE, IAM if _is_iam(given) else str(given)))
        for name, kind in told:
            if kind not in (IAM, OPEN):
                self._findings.refuse(f"Unsupported '{name}' of {operation.what}: {kind[:100]}")
            elif route.members["authorizationType"] not in (OPEN, kind):
                self._findings.refuse(f"'{name}' of {operation.what} contradicts its security requirements")
            else:
                route.members["authorizationType"] = kind


def _is_iam(authtype: Any) -> bool:
    return isinstance(authtype, str) and authtype.lower() == SIGV4.lower()
