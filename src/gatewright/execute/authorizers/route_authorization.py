"""Authorization of the routes of HTTP and WebSocket APIs: who calls, and whether the caller may.

Compiled once for each route; None for a route that is open to anyone. These APIs have no policy of their own: what the
authorizer decides is the decision. Developer guide: "Control and manage access to HTTP APIs in API Gateway"; "Control
and manage access to WebSocket APIs in API Gateway".
"""

from collections.abc import Collection, Mapping

from gatewright.execute.authorizers.authorization import READ_TOGETHER, CompileAuthorizer, authorized_by
from gatewright.execute.authorizers.iam_authorizer import compile_iam_authorizer
from gatewright.execute.authorizers.jwt_authorizer import compile_jwt_authorizer
from gatewright.execute.authorizers.request_authorizer import (
    compile_http_request_authorizer,
    compile_websocket_request_authorizer,
)
from gatewright.execute.plan import Document, Source, Step

# By protocol and authorization type: what compiles the authorizer. A type that is not here lets no request through.
_AUTHORIZERS: Mapping[str, Mapping[str, CompileAuthorizer]] = {
    "HTTP": {
        "AWS_IAM": compile_iam_authorizer,
        "CUSTOM": compile_http_request_authorizer,
        "JWT": compile_jwt_authorizer,
    },
    "WEBSOCKET": {"AWS_IAM": compile_iam_authorizer, "CUSTOM": compile_websocket_request_authorizer},
}
# Likewise: the type that the authorizer must have.
_TYPES: Mapping[str, Mapping[str, Collection[str]]] = {
    "HTTP": {"NONE": (), "AWS_IAM": (), "CUSTOM": ("REQUEST",), "JWT": ("JWT",)},
    "WEBSOCKET": {"NONE": (), "AWS_IAM": (), "CUSTOM": ("REQUEST",)},
}


class RouteAuthorizations:
    """What decides who may call the routes of one stage."""

    def __init__(self, snapshot: Document, stage: Source) -> None:
        """`snapshot` is the deployment's, `stage` what all its routes share."""
        self._documents = {document["authorizerId"]: document for document in snapshot.get("authorizers") or ()}
        self._protocol = snapshot["api"]["protocolType"]

    def of(self, source: Source) -> Step | None:
        """The authorization of one route. Raises ValueError for one that cannot be compiled."""
        kind, document = authorized_by(source.method, _TYPES[self._protocol], self._documents, "authorizerType")
        if kind == "NONE":
            return None
        if self._protocol == "WEBSOCKET" and source.method["routeKey"] != "$connect":
            raise ValueError("only the route $connect of a WebSocket API is authorized")
        return READ_TOGETHER[kind](_AUTHORIZERS[self._protocol][kind](source, document), None)
