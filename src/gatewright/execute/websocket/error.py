"""What a WebSocket API itself says: an error frame for a message that goes no further, or the answer that refuses a
handshake, with the same words.

Seen, with these blanks: `{"message": "Internal server error", "connectionId":"Qyi07eCbtjMCJKw=", "requestId":"..."}`
for a function that fails, and the same with `Forbidden` for a message without a route. Developer guide: "Request
validation for WebSocket APIs in API Gateway", whose error has the message's id instead.
"""

import json

from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import BAD_REQUEST_BODY, CONTENT_TYPE, INTEGRATION_FAILURE, error_type_line
from gatewright.execute.websocket.event_context import WebSocketContext
from gatewright.values.refusal import Refusal, Refused
from gatewright.values.response import Response

BAD_MESSAGE = BAD_REQUEST_BODY._replace(message="Bad request body")


def error_frame(refusal: Refusal, context: WebSocketContext) -> bytes:
    """The text a client gets for an event that was refused; tells `context` what `$context.error` shows."""
    context.error_type = refusal.row.response_type
    context.error_message = INTEGRATION_FAILURE.message if _is_failure(refusal.row) else refusal.message
    what, id = "requestId", context.request_id
    if refusal.row is BAD_MESSAGE:
        what, id = "messageId", context.message_id
    message = json.dumps(context.error_message, ensure_ascii=False)
    return f'{{"message": {message}, "connectionId":"{context.connection.id}", "{what}":"{id}"}}'.encode()


def _is_failure(row: Refused) -> bool:
    """Whether an integration gave no answer: a client is not told why."""
    return row.response_type == INTEGRATION_FAILURE.response_type


def render(refusal: Refusal, context: RequestContext) -> Response:
    """The answer to a handshake that was refused."""
    assert isinstance(context, WebSocketContext)
    return Response(refusal.row.status, (error_type_line(refusal.row), CONTENT_TYPE), error_frame(refusal, context))
