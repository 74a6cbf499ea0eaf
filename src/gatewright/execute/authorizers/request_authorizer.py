"""REQUEST authorizers of HTTP and WebSocket APIs, in the words of those that REST APIs have.

HTTP APIs ask in payload format 1.0 or 2.0 and keep results if the authorizer says for how long; WebSocket APIs ask at
each handshake and take no more than 8 KB. Developer guide: "Control access to HTTP APIs with AWS Lambda authorizers";
"Control access to WebSocket APIs with AWS Lambda REQUEST authorizers".
"""

from collections.abc import Mapping

from gatewright.execute.access_log_variables import HTTP, WEBSOCKET
from gatewright.execute.authorizers.authorizer_result import (
    AuthorizerResult,
    MalformedResult,
    read_http_result,
    read_policy_result,
    read_result,
    read_simple_response,
)
from gatewright.execute.authorizers.identity_source import compile_route_identity_source
from gatewright.execute.authorizers.lambda_authorizer import Asking, LambdaAuthorizer, compile_asking
from gatewright.execute.http.authorizer_event import authorizer_event_1_0, authorizer_event_2_0
from gatewright.execute.plan import Document, Source
from gatewright.execute.websocket.authorizer_event import handshake_event

HTTP_PATIENCE = 10.0  # seconds
LARGEST_OF_WEBSOCKET = 8 * 1024  # bytes
# By payload format and whether its responses are simple.
_FORMATS: Mapping[tuple[str, bool], Asking] = {
    ("1.0", False): Asking(authorizer_event_1_0, read_http_result, HTTP_PATIENCE),
    ("2.0", False): Asking(authorizer_event_2_0, read_policy_result, HTTP_PATIENCE),
    ("2.0", True): Asking(authorizer_event_2_0, read_simple_response, HTTP_PATIENCE),
}


def compile_http_request_authorizer(source: Source, document: Document) -> LambdaAuthorizer:
    """GetAuthorizer's output of an HTTP API. Raises ValueError for one that cannot decide."""
    form = document.get("authorizerPayloadFormatVersion") or "", bool(document.get("enableSimpleResponses"))
    if form not in _FORMATS:
        raise ValueError(f"no authorizer has payload format {form[0]}{' with simple responses' if form[1] else ''}")
    return compile_asking(
        source,
        _as_rest(document),
        asking=_FORMATS[form],
        identity=compile_route_identity_source(document.get("identitySource") or (), source.variables, HTTP),
        ttl=document.get("authorizerResultTtlInSeconds") or 0,
    )


def compile_websocket_request_authorizer(source: Source, document: Document) -> LambdaAuthorizer:
    """The same of a WebSocket API."""
    if document.get("enableSimpleResponses") or document.get("authorizerResultTtlInSeconds"):
        raise ValueError("an authorizer of a WebSocket API has no simple responses, and none are kept")
    if document.get("authorizerPayloadFormatVersion") not in (None, "1.0"):
        raise ValueError("an authorizer of a WebSocket API has payload format 1.0")
    return compile_asking(
        source,
        _as_rest(document),
        asking=_WEBSOCKET,
        identity=compile_route_identity_source(document.get("identitySource") or (), source.variables, WEBSOCKET),
        ttl=0,
    )


def _as_rest(document: Document) -> Document:
    if document.get("identityValidationExpression"):
        raise ValueError("no REQUEST authorizer has a validation expression")
    return {
        **document,
        "id": document["authorizerId"],
        "type": "REQUEST",
        "authorizerCredentials": document.get("authorizerCredentialsArn"),
    }


def _read_small(payload: bytes) -> AuthorizerResult:
    if len(payload) > LARGEST_OF_WEBSOCKET:
        raise MalformedResult(f"The response is larger than {LARGEST_OF_WEBSOCKET} bytes")
    return read_result(payload)


_WEBSOCKET = Asking(handshake_event, _read_small)
