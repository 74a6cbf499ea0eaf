"""Authorization of the routes of HTTP and WebSocket APIs: who calls, and whether the caller may.

Compiled once for each route; None for a route that is open to anyone. These APIs have no policy of their own: what the
authorizer decides is the decision. Developer guide: "Control and manage access to HTTP APIs in API Gateway"; "Control
and manage access to WebSocket APIs in API Gateway".
"""

from collections.abc import Mapping

from gatewright.execute.authorizers.authorization import READ_TOGETHER, CompileAuthorizer
from gatewright.execute.authorizers.iam_authorizer import compile_iam_authorizer
from gatewright.execute.authorizers.jwt_authorizer import compile_jwt_authorizer
from gatewright.execute.authorizers.request_authorizer import (
    compile_http_request_authorizer,
    compile_websocket_request_authorizer,
)
from gatewright.execute.plan import Document, Source, Step

# By protocol and authorization type, with the type that the authorizer must have. A type that is not here lets no
# request through.
_AUTHORIZERS: Mapping[str, Mapping[str, tuple[str, CompileAuthorizer]]] = {
    "HTTP": {
        "AWS_IAM": ("", compile_iam_authorizer),
        "CUSTOM": ("REQUEST", compile_http_request_authorizer),
        "JWT": ("JWT", compile_jwt_authorizer),
    },
    "WEBSOCKET": {
        "AWS_IAM": ("", compile_iam_authorizer),
        "CUSTOM": ("REQUEST", compile_websocket_request_authorizer),
    },
}
# Management stores no such member with other types; whoever wrote it meant something by it.
_ONLY_WITH = {"authorizerId": ("CUSTOM", "JWT"), "authorizationScopes": ("JWT",)}


class RouteAuthorizations:
    """What decides who may call the routes of one stage."""

    def __init__(self, snapshot: Document, stage: Source) -> None:
        """`snapshot` is the deployment's, `stage` what all its routes share."""
        self._documents = {document["authorizerId"]: document for document in snapshot.get("authorizers") or ()}
        self._protocol = snapshot["api"]["protocolType"]

    def of(self, source: Source) -> Step | None:
        """The authorization of one route. Raises ValueError for one that cannot be compiled."""
        route = source.method
        kind = route.get("authorizationType") or ""
        for member, kinds in _ONLY_WITH.items():
            if route.get(member) and kind not in kinds:
                raise ValueError(f"a route with authorizationType {kind} has no {member}")
        if kind == "NONE":
            return None
        if self._protocol == "WEBSOCKET" and route["routeKey"] != "$connect":
            raise ValueError("only the route $connect of a WebSocket API is authorized")
        if kind not in _AUTHORIZERS[self._protocol]:
            raise ValueError(f"authorizationType {kind} is not supported by this version of Gatewright")
        wanted, compile_authorizer = _AUTHORIZERS[self._protocol][kind]
        return READ_TOGETHER[kind](compile_authorizer(source, self._document(route, kind, wanted)), None)

    def _document(self, route: Document, kind: str, wanted: str) -> Document:
        """The authorizer that a route names. Raises ValueError when it is not there, or is one of another type."""
        if not wanted:
            return {}
        named = route.get("authorizerId")
        document: Document = self._documents.get(named, {})
        if document.get("authorizerType") != wanted:
            raise ValueError(f"there is no authorizer {named} for authorizationType {kind}")
        return document
