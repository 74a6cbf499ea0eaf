"""The management endpoint: from any request to AWS's answer."""

import logging
import re
from collections.abc import Coroutine
from typing import Any

import msgspec
import pytest

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.management.dispatch import Management
from gatewright.values.headers import header_line, pairs
from gatewright.values.pending import Drive, Pending
from gatewright.values.request import Request
from gatewright.values.response import Response

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def request(line: str, scope: str = "", body: bytes = b"", **headers: str) -> Request:
    method, target = line.split(" ")
    path, _, query = target.partition("?")
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if scope:
        sent["Authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}/aws4_request, SignedHeaders=host, Signature=0"
    lines = [header_line(name, value) for name, value in sent.items()]
    return Request(method, target, path, query, lines, body, "127.0.0.1", "http", 0.0)


def drive(coroutine: Coroutine[Any, None, Response]) -> list[Response]:
    """The responses so far: none while something is pending."""
    ended: list[Response] = []

    def done(response: Response | None, error: BaseException | None) -> None:
        assert error is None and response is not None
        ended.append(response)

    Drive(coroutine, done).step()
    return ended


def answer(management: Management, sent: Request) -> tuple[int, dict[str, str], Any]:
    """Status, headers without the request id, and JSON of the answer."""
    (response,) = drive(management.handle(sent))
    headers = dict(pairs(response.headers))
    assert UUID.fullmatch(headers.pop("x-amzn-RequestId"))
    return response.status, headers, msgspec.json.decode(response.body) if response.body else None


def refused(code: str) -> dict[str, str]:
    return {"Content-Type": "application/json", "x-amzn-ErrorType": code}


V1 = "test/20260101/us-east-1/apigateway"
JSON = {"Content-Type": "application/json"}


def test_a_call_reaches_its_handler_with_account_region_and_input() -> None:
    calls: list[Call] = []

    def create(call: Call) -> dict[str, Any]:
        calls.append(call)
        return {"id": "a1", "name": call.input["name"], "description": None}

    management = Management({"apigateway": {"CreateRestApi": create}}, integration_timeout=60_000)
    sent = request("POST /restapis", "123456789012/20260101/eu-west-1/apigateway", b'{"name": "x"}')
    assert answer(management, sent) == (201, JSON, {"id": "a1", "name": "x"})
    (call,) = calls
    assert call == ("CreateRestApi", "123456789012", "eu-west-1", {"name": "x"}, sent, call.request_id, 60_000)
    assert UUID.fullmatch(call.request_id)


@pytest.mark.parametrize(
    ("line", "scope", "operation"),
    [
        ("GET /account", "apigateway", "apigateway GetAccount"),
        ("GET /v2/apis", "apigateway", "apigatewayv2 GetApis"),
        ("GET /tags/arn%3Aaws%3Aapigateway%3A%3A%3A%2Frestapis%2Fa", "apigateway", "apigateway GetTags"),
        ("GET /v2/tags/arn%3Aaws%3Aapigateway%3A%3A%3A%2Fapis%2Fa", "apigateway", "apigatewayv2 GetTags"),
        ("GET /2015-03-31/functions/", "lambda", "lambda ListFunctions"),
    ],
)
def test_the_scope_and_the_path_name_the_operation(line: str, scope: str, operation: str) -> None:
    unbuilt = answer(Management({}), request(line, f"test/20260101/us-east-1/{scope}"))
    assert unbuilt == (501, refused("NotImplementedException"), {"message": f"{operation} is not implemented"})


def test_a_presigned_call_is_signed() -> None:
    management = Management({"apigateway": {"GetRestApis": lambda call: {"items": [], "position": call.region}}})
    credential = "X-Amz-Credential=test%2F20260101%2Feu-west-1%2Fapigateway%2Faws4_request"
    assert answer(management, request(f"GET /restapis?{credential}")) == (
        200,
        JSON,
        {"item": [], "position": "eu-west-1"},
    )


@pytest.mark.parametrize(
    ("line", "scope", "status", "code", "message"),
    [
        ("GET /restapis", "", 403, "MissingAuthenticationTokenException", "Missing Authentication Token"),
        (
            *("GET /restapis", "test/us-east-1", 400, "IncompleteSignatureException"),
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term",
        ),
        (
            *("GET /restapis", "test/20260101/us_east/apigateway", 403, "InvalidSignatureException"),
            "Credential should be scoped to a valid region.",
        ),
        (
            *("GET /restapis", "test/20260101/us-east-1/s3", 403, "InvalidSignatureException"),
            "Credential should be scoped to correct service, not 's3'.",
        ),
        ("PUT /restapis", V1, 404, "UnknownOperationException", "apigateway has no operation PUT /restapis"),
        ("HEAD /restapis", V1, 404, "UnknownOperationException", "apigateway has no operation HEAD /restapis"),
        (
            *("GET /prod/x", "test/20260101/us-east-1/execute-api", 404, "UnknownOperationException"),
            "No API and no connection is at /prod/x",
        ),
        (
            *("POST /restapis", V1, 400, "ValidationException"),
            "1 validation error detected: Value null at 'createRestApiInput.name' failed to satisfy constraint: "
            "Member must not be null",
        ),
    ],
)
def test_refusals(line: str, scope: str, status: int, code: str, message: str) -> None:
    assert answer(Management({}), request(line, scope)) == (status, refused(code), {"message": message})


def test_a_handler_may_wait_for_what_comes_later() -> None:
    later: Pending[dict[str, Any]] = Pending()

    async def get(call: Call) -> dict[str, Any]:
        return await later

    management = Management({"apigateway": {"GetAccount": get}})
    ended = drive(management.handle(request("GET /account", V1)))
    assert ended == []
    later.complete({"apiKeyVersion": "4"})
    assert [(response.status, response.body) for response in ended] == [(200, b'{"apiKeyVersion":"4"}')]


def test_a_handler_s_refusal_is_the_answer() -> None:
    def get(call: Call) -> dict[str, Any]:
        raise ServiceError("NotFoundException", "Invalid API identifier specified 000000000000:a")

    told = {"message": "Invalid API identifier specified 000000000000:a"}
    management = Management({"apigateway": {"GetRestApi": get}})
    assert answer(management, request("GET /restapis/a", V1)) == (404, refused("NotFoundException"), told)


def test_a_failure_is_told_to_the_log_only(caplog: pytest.LogCaptureFixture) -> None:
    def get(call: Call) -> dict[str, Any]:
        raise KeyError("a secret of ours")

    management = Management({"apigateway": {"GetAccount": get}})
    with caplog.at_level(logging.ERROR):
        status, headers, body = answer(management, request("GET /account", V1))
    assert (status, headers) == (500, refused("InternalFailure"))
    assert body == {"message": "The request processing has failed because of an unknown error."}
    assert "a secret of ours" in caplog.text


def test_a_handler_of_no_operation_is_a_mistake_of_ours() -> None:
    for services in ({"apigateway": {"GetNonsense": lambda call: None}}, {"nonsense": {}}):
        with pytest.raises(ValueError, match="has no operation"):
            Management(services)  # type: ignore[arg-type]


def test_a_browser_s_console_may_call() -> None:
    management = Management({}, origins=["https://console.example"])
    asks = {"Origin": "https://console.example", "Access_Control_Request_Method": "POST"}
    (allowed,) = drive(management.handle(request("OPTIONS /restapis", **asks)))
    assert allowed.status == 204
    status, headers, _ = answer(management, request("GET /restapis", Origin="http://localhost:3000"))
    assert (status, headers["Access-Control-Allow-Origin"], headers["Vary"]) == (403, "http://localhost:3000", "Origin")
