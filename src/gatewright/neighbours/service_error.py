"""An error of our own in the form an SDK expects of the service: JSON, or XML for S3 and the query protocol."""

import json
from html import escape

from gatewright.values.headers import first
from gatewright.values.request import Request
from gatewright.values.response import Response
from gatewright.values.uuids import new_uuid


def answer(request: Request, service: str, status: int, code: str, message: str) -> Response:
    """`code` is the error's name, such as ServiceUnavailable; SDKs repeat what answers 503."""
    request_id = new_uuid()
    headers = [f"x-amzn-RequestId: {request_id}\r\n".encode(), f"x-amzn-ErrorType: {code}\r\n".encode()]
    told = escape(message, quote=False)
    if service in ("s3", "s3-control"):
        text = f"<Code>{code}</Code><Message>{told}</Message><RequestId>{request_id}</RequestId>"
        return _xml(status, headers, f"<Error>{text}</Error>")
    if _is_query(request):
        text = f"<Error><Type>Receiver</Type><Code>{code}</Code><Message>{told}</Message></Error>"
        text += f"<RequestId>{request_id}</RequestId>"
        return _xml(status, headers, f"<ErrorResponse>{text}</ErrorResponse>")
    body = json.dumps({"__type": code, "message": message}).encode()
    return Response(status, [*headers, b"Content-Type: application/x-amz-json-1.1\r\n"], body)


def _is_query(request: Request) -> bool:
    content_type = first(request.headers, "content-type") or ""
    return content_type.startswith("application/x-www-form-urlencoded") or "Action=" in request.query


def _xml(status: int, headers: list[bytes], body: str) -> Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'
    return Response(status, [*headers, b"Content-Type: text/xml\r\n"], text.encode())
