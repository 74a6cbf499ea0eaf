"""CORS of a REST API as the console and the CLI set it up: an OPTIONS method of type MOCK beside each method."""

from typing import Any

from gatewright.execute.world import Returned
from tests.execute.stage import CHOSEN_ID, Scene, compiled, headers, method, request, shown, snapshot

ALLOW = "method.response.header.Access-Control-Allow-"
ORIGIN = {f"{ALLOW}Origin": "'*'"}
JSON = b"Content-Type: application/json\r\n"
OPTIONS: dict[str, Any] = {
    "type": "MOCK",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "integrationResponses": {
        "200": {
            "responseParameters": {
                f"{ALLOW}Headers": "'Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token'",
                f"{ALLOW}Methods": "'GET,OPTIONS'",
                **ORIGIN,
            },
            "responseTemplates": {"application/json": None},
        }
    },
}
GET = {
    "type": "HTTP",
    "httpMethod": "GET",
    "uri": "http://backend.test/",
    "integrationResponses": {"200": {"responseParameters": ORIGIN}},
}
PREFLIGHT = [
    *("Origin: https://app.test", "Access-Control-Request-Method: GET", "Access-Control-Request-Headers: x-api-key"),
    "Accept: */*",
]
ALLOWED = (
    200,
    [
        b"Access-Control-Allow-Headers: Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token\r\n",
        *(b"Access-Control-Allow-Methods: GET,OPTIONS\r\n", b"Access-Control-Allow-Origin: *\r\n", JSON),
    ],
    b"",
)


def preflight(options: dict[str, Any], **api: Any) -> tuple[int, list[bytes], bytes]:
    stage = compiled(snapshot({"/pets": {"OPTIONS": method(options), "GET": method(GET)}}, **api))
    return shown(Scene().serve(stage, request("OPTIONS", "/pets", CHOSEN_ID, *PREFLIGHT)))


def test_a_preflight_is_answered():
    assert preflight(OPTIONS) == ALLOWED


def test_the_call_itself_has_the_header_that_is_mapped():
    stage = compiled(snapshot({"/pets": {"OPTIONS": method(OPTIONS), "GET": method(GET)}}))
    scene = Scene(Returned(200, headers("Access-Control-Allow-Origin: https://other.test"), b"[]"))
    status, lines, body = shown(scene.serve(stage, request("GET", "/pets", CHOSEN_ID, "Origin: https://app.test")))
    assert (status, lines[:2], body) == (200, [b"Access-Control-Allow-Origin: *\r\n", JSON], b"[]")
    assert lines[2].startswith(b"X-Amzn-Trace-Id: ") and len(lines) == 3


def test_a_preflight_without_a_method_of_its_own_is_refused():
    stage = compiled(snapshot({"/pets": {"GET": method(GET)}}))
    assert shown(Scene().serve(stage, request("OPTIONS", "/pets", CHOSEN_ID, *PREFLIGHT))) == (
        403,
        [b"x-amzn-ErrorType: MissingAuthenticationTokenException\r\n", JSON],
        b'{"message":"Missing Authentication Token"}',
    )


def test_where_everything_is_binary_the_request_has_to_be_converted_to_text():
    assert preflight(OPTIONS, binaryMediaTypes=["*/*"])[0] == 500
    assert preflight(OPTIONS | {"contentHandling": "CONVERT_TO_TEXT"}, binaryMediaTypes=["*/*"]) == ALLOWED
