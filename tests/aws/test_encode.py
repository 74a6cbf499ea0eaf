"""Outputs to answers, whole."""

from typing import Any

import pytest

from gatewright.aws.encode import encode
from gatewright.aws.errors import ServiceError, encode_error
from gatewright.aws.service import Service, load_service
from gatewright.values.response import Response

V1, V2, LAMBDA = load_service("apigateway"), load_service("apigatewayv2"), load_service("lambda")
ID = b"x-amzn-RequestId: id-1\r\n"
JSON = b"Content-Type: application/json\r\n"


def encoded(service: Service, operation: str, output: dict[str, Any] | None) -> Response:
    return encode(service.operations[operation], output, "id-1")


def test_names_are_the_wire_s_and_none_and_the_unknown_are_dropped() -> None:
    api = {"id": "a", "createdDate": 1_700_000_000, "description": None, "unknown": 1, "tags": {}}
    page = {"items": [api], "position": None}
    body = b'{"item":[{"id":"a","createdDate":1700000000,"tags":{}}]}'
    assert encoded(V1, "GetRestApis", page) == Response(200, [ID, JSON], body)


@pytest.mark.parametrize(
    ("service", "operation", "output", "body"),
    [
        (V1, "GetRestApi", {"createdDate": 1_700_000_000.25}, b'{"createdDate":1700000000.25}'),
        (V2, "GetApi", {"createdDate": 1_700_000_000}, b'{"createdDate":"2023-11-14T22:13:20Z"}'),
        (V2, "GetApi", {"createdDate": "2023-11-14T22:13:20Z"}, b'{"createdDate":"2023-11-14T22:13:20Z"}'),
        (V1, "GenerateClientCertificate", {"expirationDate": 0}, b'{"expirationDate":0}'),
        (V1, "GetRestApis", None, b"{}"),
    ],
)
def test_timestamps_have_the_format_of_their_service(
    service: Service, operation: str, output: dict[str, Any] | None, body: bytes
) -> None:
    assert encoded(service, operation, output).body == body


def test_an_operation_without_output_answers_without_a_body() -> None:
    assert encoded(V1, "DeleteRestApi", {}) == Response(202, [ID], b"")
    assert encoded(LAMBDA, "RemovePermission", None) == Response(204, [ID], b"")


def test_a_payload_goes_as_it_is_with_its_headers_and_status() -> None:
    invoked = {"StatusCode": 200, "FunctionError": "Unhandled", "ExecutedVersion": "$LATEST", "Payload": b'{"a": \xff}'}
    told = [b"X-Amz-Function-Error: Unhandled\r\n", b"X-Amz-Executed-Version: $LATEST\r\n"]
    assert encoded(LAMBDA, "Invoke", invoked) == Response(200, [ID, JSON, *told], b'{"a": \xff}')
    assert encoded(LAMBDA, "Invoke", {"StatusCode": 202}) == Response(202, [ID], b"")
    export = {"contentType": "application/yaml", "contentDisposition": 'attachment; filename="a.yaml"', "body": b"x"}
    assert encoded(V1, "GetExport", export) == Response(
        200,
        [ID, b"Content-Type: application/yaml\r\n", b'Content-Disposition: attachment; filename="a.yaml"\r\n'],
        b"x",
    )


def test_an_event_stream_goes_as_it_is() -> None:
    stream = {"StatusCode": 200, "ExecutedVersion": "1", "EventStream": b"\x00\x00"}
    content_type = b"Content-Type: application/vnd.amazon.eventstream\r\n"
    expected = Response(200, [ID, content_type, b"X-Amz-Executed-Version: 1\r\n"], b"\x00\x00")
    assert encoded(LAMBDA, "InvokeWithResponseStream", stream) == expected


def test_a_header_cannot_carry_another() -> None:
    export = {"contentDisposition": "a\r\nSet-Cookie: x", "body": b""}
    assert encoded(V1, "GetExport", export).headers[-1] == b"Content-Disposition: a Set-Cookie: x\r\n"


@pytest.mark.parametrize(
    ("service", "error", "status", "headers", "body"),
    [
        (V1, ServiceError("NotFoundException", "Gone"), 404, [], b'{"message":"Gone"}'),
        (
            *(V1, ServiceError("TooManyRequestsException", "Slow", retryAfterSeconds="3"), 429),
            *([b"Retry-After: 3\r\n"], b'{"message":"Slow"}'),
        ),
        (V2, ServiceError("ConflictException", "Twice"), 409, [], b'{"message":"Twice"}'),
        (LAMBDA, ServiceError("ResourceNotFoundException", "No"), 404, [], b'{"Type":"User","Message":"No"}'),
        (
            *(LAMBDA, ServiceError("TooManyRequestsException", "Slow", Reason="CallerRateLimitExceeded"), 429),
            *([], b'{"Type":"User","message":"Slow","Reason":"CallerRateLimitExceeded"}'),
        ),
        (LAMBDA, ServiceError("ServiceException", "Broken"), 500, [], b'{"Type":"Service","Message":"Broken"}'),
        (V1, ServiceError("ValidationException", "Bad"), 400, [], b'{"message":"Bad"}'),
        (None, ServiceError("MissingAuthenticationTokenException", "Who?"), 403, [], b'{"message":"Who?"}'),
        (V1, ServiceError("NotImplementedException", "Not yet"), 501, [], b'{"message":"Not yet"}'),
    ],
)
def test_errors(service: Service | None, error: ServiceError, status: int, headers: list[bytes], body: bytes) -> None:
    kind = f"x-amzn-ErrorType: {error.code}\r\n".encode()
    assert encode_error(service, error, "id-1") == Response(status, [ID, JSON, kind, *headers], body)
