"""Requests to inputs: where members travel, what is forgiven, what cannot be read."""

import base64
import json
from typing import Any

import pytest

from gatewright.aws.decode import decode
from gatewright.aws.errors import ServiceError
from gatewright.aws.service import Service, load_service
from gatewright.values.headers import header_line
from gatewright.values.request import Request

V1, V2 = load_service("apigateway"), load_service("apigatewayv2")
CONNECTIONS, LAMBDA = load_service("apigatewaymanagementapi"), load_service("lambda")


def decoded(
    service: Service, line: str, body: Any = None, raw: bytes = b"", headers: dict[str, str] | None = None
) -> dict[str, Any]:
    method, target = line.split(" ", 1)
    path, _, query = target.partition("?")
    lines = [header_line(name, value) for name, value in (headers or {}).items()]
    content = raw if body is None else json.dumps(body).encode()
    found = service.match(method, path, query)
    assert found is not None
    return decode(*found, Request(method, target, path, query, lines, content, "127.0.0.1", "http", 0.0))


def refusal(service: Service, line: str, body: Any = None, raw: bytes = b"") -> tuple[str, str]:
    with pytest.raises(ServiceError) as raised:
        decoded(service, line, body, raw)
    return raised.value.code, raised.value.message


def test_members_travel_in_labels_query_headers_and_body() -> None:
    assert decoded(V1, "GET /restapis/a1/resources?limit=5&embed=methods&embed=x&position=p%20q") == {
        "restApiId": "a1", "limit": 5, "embed": ["methods", "x"], "position": "p q",
    }  # fmt: skip
    export = "GET /restapis/a/stages/s/exports/oas30?extensions=integrations&x=1"
    assert decoded(V1, export, headers={"accept": "a/b"}) == {
        "restApiId": "a", "stageName": "s", "exportType": "oas30", "accepts": "a/b",
        "parameters": {"extensions": "integrations", "x": "1"},
    }  # fmt: skip
    assert decoded(V1, "POST /restapis", {"name": "x", "tags": {"a": "b"}, "minimumCompressionSize": 0}) == {
        "name": "x", "tags": {"a": "b"}, "minimumCompressionSize": 0,
    }  # fmt: skip


def test_an_arn_is_one_segment_and_a_closing_slash_says_nothing() -> None:
    arn = "arn:aws:apigateway:us-east-1::/restapis/a1/stages/s"
    sent = "arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2Fa1%2Fstages%2Fs"
    expected = {"resourceArn": arn, "tagKeys": ["a", "b c"]}
    assert decoded(V1, f"DELETE /tags/{sent}?tagKeys=a&tagKeys=b%20c") == expected
    assert decoded(V1, "GET /restapis/") == {}


def test_what_the_model_does_not_know_is_ignored() -> None:
    assert decoded(V1, "GET /restapis?nonsense=1&limit=2", raw=b"not read at all") == {"limit": 2}
    assert decoded(V1, "POST /restapis", {"name": "x", "nonsense": {"deep": []}, "description": None}) == {"name": "x"}


def test_a_presigned_url_gives_no_parameters() -> None:
    presigned = "POST /restapis?mode=import&basepath=prepend&X-Amz-Credential=a%2Fb&X-Amz-Date=1"
    assert decoded(V1, presigned, raw=b"{}") == {
        "parameters": {"basepath": "prepend"}, "body": b"{}",
    }  # fmt: skip


def test_blobs_are_raw_as_payload_and_base64_inside_json() -> None:
    sent = decoded(CONNECTIONS, "POST /@connections/abc%3D", raw=b"\x00\xff{")
    assert sent == {"ConnectionId": "abc=", "Data": b"\x00\xff{"}
    invoked = decoded(
        LAMBDA,
        "POST /2015-03-31/functions/f/invocations?Qualifier=1",
        raw=b"\xffany",
        headers={"x-amz-invocation-type": "Event", "X-Amz-Log-Type": "Tail"},
    )
    assert invoked == {
        "FunctionName": "f", "Qualifier": "1", "InvocationType": "Event", "LogType": "Tail", "Payload": b"\xffany",
    }  # fmt: skip
    code = {"ZipFile": base64.b64encode(b"PK").decode()}
    assert decoded(LAMBDA, "PUT /2015-03-31/functions/f/code", code) == {"FunctionName": "f", "ZipFile": b"PK"}


def test_null_is_kept_in_maps_of_text_only() -> None:
    put = "PUT /restapis/a/resources/r/methods/GET/integration"
    sent = {"type": "MOCK", "requestTemplates": {"application/json": None}}
    ids = {"restApiId": "a", "resourceId": "r", "httpMethod": "GET"}
    assert decoded(V1, put, sent) == sent | ids
    told = (
        "1 validation error detected: Value null at 'environment.variables.KEY.member' failed to satisfy constraint: "
    )
    code = {"Environment": {"Variables": {"KEY": None}}}
    assert refusal(LAMBDA, "PUT /2015-03-31/functions/f/configuration", code) == (
        "ValidationException",
        told + "Member must not be null",
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": True}, "class java.lang.Boolean can not be converted to an String"),
        (
            {"name": 5},
            "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
        ),
        ({"name": ["x"]}, "Start of list found where not expected"),
        ({"name": {}}, "Start of structure or map found where not expected."),
        ({"minimumCompressionSize": "5"}, "class java.lang.String can not be converted to an Integer"),
        ({"tags": "x"}, "Unexpected field type"),
        ({"binaryMediaTypes": {}}, "Start of structure or map found where not expected."),
        ([], "Start of list found where not expected"),
        ("text", "Unexpected field type"),
    ],
)
def test_a_wrong_type_cannot_be_read(body: Any, message: str) -> None:
    assert refusal(V1, "POST /restapis", body) == ("SerializationException", message)


@pytest.mark.parametrize(
    "raw", [b"{", b'{"name": NaN}', b'{"name": 1e999}', b'{"name": "\xff"}', b"[" * 200_000, b"\x00"]
)
def test_a_broken_body_cannot_be_read(raw: bytes) -> None:
    assert refusal(V1, "POST /restapis", raw=raw) == (
        "SerializationException",
        "Unable to parse the request body as JSON",
    )


def test_the_last_of_duplicate_keys_counts() -> None:
    assert decoded(V1, "POST /restapis", raw=b'{"name": "a", "name": "b"}') == {"name": "b"}


def test_numbers_in_a_query_are_whole_and_in_range() -> None:
    told = "class java.lang.String can not be converted to an Integer"
    for limit in ("five", "1" * 5000, "0x10", "1.5", "", "\u0661"):
        assert refusal(V1, f"GET /restapis?limit={limit}")[0] == "SerializationException"
    assert refusal(V1, "GET /restapis?limit=five") == ("SerializationException", told)
    assert decoded(V2, "GET /v2/apis?maxResults=five") == {"maxResults": "five"}
