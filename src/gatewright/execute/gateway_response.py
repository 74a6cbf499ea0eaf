"""Gateway responses: what the gateway itself says when a request goes no further, in the order of AWS's page.

Developer guide: "Gateway response types for API Gateway". Those that an API defines itself are in
`custom_gateway_response`.
"""

import json

from gatewright.execute.context import RequestContext
from gatewright.values.refusal import Refusal, Refused
from gatewright.values.response import Response

CONFIGURATION_FAILURE = "Execution failed due to configuration error: "  # how AWS's execution log begins such a cause
_CONFIGURATION = "InternalServerErrorException"
_INTERNAL = "Internal server error"

ACCESS_DENIED = Refused("ACCESS_DENIED", 403, "AccessDeniedException", "User is not authorized to access this resource")
API_CONFIGURATION_ERROR = Refused("API_CONFIGURATION_ERROR", 500, _CONFIGURATION, _INTERNAL)
AUTHORIZER_CONFIGURATION_ERROR = Refused(
    "AUTHORIZER_CONFIGURATION_ERROR", 500, "AuthorizerConfigurationException", None
)
AUTHORIZER_FAILURE = Refused("AUTHORIZER_FAILURE", 500, "AuthorizerFailureException", None)
BAD_REQUEST_PARAMETERS = Refused(
    "BAD_REQUEST_PARAMETERS", 400, "BadRequestException", "Missing required request parameters: []"
)
BAD_REQUEST_BODY = Refused("BAD_REQUEST_BODY", 400, "BadRequestException", "Invalid request body")
EXPIRED_TOKEN = Refused(
    "EXPIRED_TOKEN", 403, "ExpiredTokenException", "The security token included in the request is expired"
)
INTEGRATION_FAILURE = Refused("INTEGRATION_FAILURE", 504, _CONFIGURATION, _INTERNAL)
INTEGRATION_TIMEOUT = Refused("INTEGRATION_TIMEOUT", 504, _CONFIGURATION, "Endpoint request timed out")
INVALID_API_KEY = Refused("INVALID_API_KEY", 403, "ForbiddenException", "Forbidden")
INVALID_SIGNATURE = Refused(
    "INVALID_SIGNATURE",
    403,
    "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided.",
)
MISSING_AUTHENTICATION_TOKEN = Refused(
    "MISSING_AUTHENTICATION_TOKEN", 403, "MissingAuthenticationTokenException", "Missing Authentication Token"
)
QUOTA_EXCEEDED = Refused("QUOTA_EXCEEDED", 429, "LimitExceededException", "Limit Exceeded")
REQUEST_TOO_LARGE = Refused("REQUEST_TOO_LARGE", 413, "BadRequestException", "Request Too Long")
RESOURCE_NOT_FOUND = Refused("RESOURCE_NOT_FOUND", 404, "NotFoundException", "Resource not found")
THROTTLED = Refused("THROTTLED", 429, "TooManyRequestsException", "Too Many Requests")
UNAUTHORIZED = Refused("UNAUTHORIZED", 401, "UnauthorizedException", "Unauthorized")
UNSUPPORTED_MEDIA_TYPE = Refused("UNSUPPORTED_MEDIA_TYPE", 415, "BadRequestException", "Unsupported Media Type")
WAF_FILTERED = Refused("WAF_FILTERED", 403, "ForbiddenException", "Forbidden")

# Other statuses and messages of the same types, and refusals that have no type of their own.
NETWORK_ERROR = INTEGRATION_FAILURE._replace(message="Network error communicating with endpoint")
FUNCTION_FAILED = INTEGRATION_FAILURE._replace(status=502)  # its own error, a malformed answer, Lambda's refusal
FUNCTION_NOT_PERMITTED = INTEGRATION_FAILURE._replace(status=500)
INCOMPLETE_SIGNATURE = Refused("DEFAULT_4XX", 403, "IncompleteSignatureException", None)
UNRECOGNIZED_CLIENT = Refused(
    "DEFAULT_4XX", 403, "UnrecognizedClientException", "The security token included in the request is invalid."
)
BROKEN_REQUEST_JSON = Refused("DEFAULT_4XX", 400, "BadRequestException", "Invalid JSON in request body")
INTERNAL_FAILURE = Refused("DEFAULT_5XX", 500, _CONFIGURATION, _INTERNAL)
FORBIDDEN = Refused("", 403, "ForbiddenException", "Forbidden")  # no such API or stage: not customisable

DEFAULT_TYPES = (
    *(ACCESS_DENIED, API_CONFIGURATION_ERROR, AUTHORIZER_CONFIGURATION_ERROR, AUTHORIZER_FAILURE),
    *(BAD_REQUEST_PARAMETERS, BAD_REQUEST_BODY, EXPIRED_TOKEN, INTEGRATION_FAILURE, INTEGRATION_TIMEOUT),
    *(INVALID_API_KEY, INVALID_SIGNATURE, MISSING_AUTHENTICATION_TOKEN, QUOTA_EXCEEDED, REQUEST_TOO_LARGE),
    *(RESOURCE_NOT_FOUND, THROTTLED, UNAUTHORIZED, UNSUPPORTED_MEDIA_TYPE, WAF_FILTERED),
)

# AWS writes a blank after the colon where the refusal comes from an integration or a validator, and none where it comes
# from routing, keys and authorizers; ACCESS_DENIED alone has a capital key.
_SPACED = frozenset({"BadRequestException", "InternalFailureException", _CONFIGURATION})
CONTENT_TYPE = b"Content-Type: application/json\r\n"


def render(refusal: Refusal, context: RequestContext) -> Response:
    """The response a refused request gets, without the id headers; tells `context` what `$context.error` shows."""
    row = refusal.row
    context.error_type = row.response_type
    context.error_message = refusal.message
    message = json.dumps(refusal.message, ensure_ascii=False)
    key = "Message" if row is ACCESS_DENIED else "message"
    body = f'{{"{key}":{" " if row.error_type in _SPACED else ""}{message}}}'
    return Response(row.status, (error_type_line(row), CONTENT_TYPE), body.encode())


def error_type_line(row: Refused) -> bytes:
    """The header by which SDKs tell errors apart, with its CRLF."""
    return f"x-amzn-ErrorType: {row.error_type}\r\n".encode()
