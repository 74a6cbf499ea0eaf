"""What an HTTP API itself says when a request goes no further: fixed, and the same for all of one status.

Refusals are told apart by the types of gateway responses, which access logs show (`$context.error.responseType`); the
client gets the statuses and words below. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting.html
"""

import msgspec

from gatewright.execute.context import RequestContext
from gatewright.values.refusal import Refusal, Refused
from gatewright.values.response import Response

NOT_FOUND = Refused("RESOURCE_NOT_FOUND", 404, "", "Not Found")
MESSAGES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
CONTENT_TYPE = b"content-type: application/json\r\n"
_UNAVAILABLE = frozenset({"INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT"})


def render(refusal: Refusal, context: RequestContext) -> Response:
    """The response a refused request gets, without the id header; tells `context` what `$context.error` shows."""
    status = _status(refusal.row)
    context.error_type = refusal.row.response_type
    context.error_message = MESSAGES[status]
    return Response(status, (CONTENT_TYPE,), msgspec.json.encode({"message": context.error_message}))


def _status(row: Refused) -> int:
    if row.response_type in _UNAVAILABLE and row.status == 504:
        return 503
    return row.status if row.status in MESSAGES else 400 if row.status < 500 else 500
