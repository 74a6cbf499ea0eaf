"""Gateway responses: the table against AWS's page, and each whole response of a served request."""

import pytest

from gatewright.execute import gateway_response as types
from gatewright.execute.context import RequestContext
from gatewright.values.refusal import Refusal, Refused
from tests.execute.stage import MOCK, one, request

BLANK, NONE = '{"message": %s}', '{"message":%s}'
INTERNAL = "InternalServerErrorException"
TABLE = [
    ("ACCESS_DENIED", 403, "AccessDeniedException", '{"Message":"User is not authorized to access this resource"}'),
    ("API_CONFIGURATION_ERROR", 500, INTERNAL, '{"message": "Internal server error"}'),
    ("AUTHORIZER_CONFIGURATION_ERROR", 500, "AuthorizerConfigurationException", '{"message":null}'),
    ("AUTHORIZER_FAILURE", 500, "AuthorizerFailureException", '{"message":null}'),
    ("BAD_REQUEST_BODY", 400, "BadRequestException", '{"message": "Invalid request body"}'),
    (
        "EXPIRED_TOKEN",
        403,
        "ExpiredTokenException",
        '{"message":"The security token included in the request is expired"}',
    ),
    ("INTEGRATION_FAILURE", 504, INTERNAL, '{"message": "Internal server error"}'),
    ("INTEGRATION_TIMEOUT", 504, INTERNAL, '{"message": "Endpoint request timed out"}'),
    ("INVALID_API_KEY", 403, "ForbiddenException", '{"message":"Forbidden"}'),
    (
        "MISSING_AUTHENTICATION_TOKEN",
        403,
        "MissingAuthenticationTokenException",
        '{"message":"Missing Authentication Token"}',
    ),
    ("QUOTA_EXCEEDED", 429, "LimitExceededException", '{"message":"Limit Exceeded"}'),
    ("REQUEST_TOO_LARGE", 413, "BadRequestException", '{"message": "Request Too Long"}'),
    ("RESOURCE_NOT_FOUND", 404, "NotFoundException", '{"message":"Resource not found"}'),
    ("THROTTLED", 429, "TooManyRequestsException", '{"message":"Too Many Requests"}'),
    ("UNAUTHORIZED", 401, "UnauthorizedException", '{"message":"Unauthorized"}'),
    ("UNSUPPORTED_MEDIA_TYPE", 415, "BadRequestException", '{"message": "Unsupported Media Type"}'),
    ("WAF_FILTERED", 403, "ForbiddenException", '{"message":"Forbidden"}'),
]


def rendered(row: Refused, message: str | None) -> tuple[int, list[bytes], str]:
    context = RequestContext(one(MOCK), request(), "/", 0.0)
    response = types.render(Refusal(row, message), context)
    assert context.error_type == row.response_type and context.error_message == message
    return response.status, list(response.headers), response.body.decode()


@pytest.mark.parametrize(("name", "status", "error_type", "body"), TABLE)
def test_default_responses(name: str, status: int, error_type: str, body: str):
    row: Refused = getattr(types, name)
    assert row.response_type == name
    lines = [f"x-amzn-ErrorType: {error_type}\r\n".encode(), b"Content-Type: application/json\r\n"]
    assert rendered(row, row.message) == (status, lines, body)


def test_all_types_of_aws_are_there_once():
    names = [row.response_type for row in types.DEFAULT_TYPES]
    assert len(names) == len(set(names)) == 19  # 21 with DEFAULT_4XX and DEFAULT_5XX
    assert {name for name, *_ in TABLE} | {"BAD_REQUEST_PARAMETERS", "INVALID_SIGNATURE"} == set(names)


def test_a_message_is_a_json_string_whatever_is_in_it():
    message = 'Missing required request parameters: [a"b, \\é]'
    assert rendered(types.BAD_REQUEST_PARAMETERS, message)[2] == (
        '{"message": "Missing required request parameters: [a\\"b, \\\\é]"}'
    )
