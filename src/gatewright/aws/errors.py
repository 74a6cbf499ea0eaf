"""Errors as AWS's clients read them: the model's own exceptions, raised by name and answered by shape."""

from typing import Any

import msgspec

from gatewright.aws.model import wire_name
from gatewright.aws.response_headers import answer_headers, line
from gatewright.aws.service import Service
from gatewright.values.response import Response

# Codes that every AWS service may answer and no model lists. API Gateway reference, "Common errors".
COMMON: dict[str, int] = {
    "AccessDeniedException": 403,
    "IncompleteSignatureException": 400,
    "InternalFailure": 500,
    "InvalidClientTokenId": 403,
    "InvalidSignatureException": 403,
    "MissingAuthenticationTokenException": 403,
    "NotImplementedException": 501,
    "RequestExpired": 400,
    "RequestEntityTooLargeException": 413,
    "SerializationException": 400,
    "ServiceUnavailable": 503,
    "ThrottlingException": 400,
    "UnknownOperationException": 404,
    "UnrecognizedClientException": 403,
    "ValidationException": 400,
}


class ServiceError(Exception):
    """An error a client is told. `code` names an exception of the service's model or a common one; further members
    of that exception's shape go by keyword, as the model names them (`retryAfterSeconds`, `Reason`)."""

    def __init__(self, code: str, message: str, **members: Any) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.members = members


def encode_error(service: Service | None, error: ServiceError, request_id: str) -> Response:
    """The answer for an error: status and members from the exception's shape, 400 for a code nobody knows.

    `service` is None when the request did not get as far as a service.
    """
    shape = service.exception(error.code) if service is not None else None
    headers = [*answer_headers(request_id, "application/json"), line("x-amzn-ErrorType", error.code)]
    if shape is None:
        status = COMMON.get(error.code, 400)
        return Response(status, headers, msgspec.json.encode({"message": error.message, **error.members}))
    body: dict[str, Any] = {}
    for name, member in shape.members.items():
        value = error.members.get(name)
        if name == "Type" and value is None:
            value = "User" if shape.error.status < 500 else "Service"
        elif name.lower() == "message":
            value = error.message
        if value is None:
            continue
        if member.location == "header":
            headers.append(line(member.location_name, str(value)))
        else:
            body[wire_name(name, member)] = value
    if "Message" not in body:
        body.setdefault("message", error.message)
    return Response(shape.error.status, headers, msgspec.json.encode(body))
