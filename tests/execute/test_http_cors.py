"""CORS of HTTP APIs: each row of its behaviour, as whole answers."""

from typing import Any

import pytest

from gatewright.execute.http.plan import HttpApiPlan
from gatewright.execute.world import Returned
from tests.execute.http_stage import BACKEND, http_compiled, http_snapshot, seen
from tests.execute.stage import Scene, headers, request

PAGE = "https://app.example.com"
ORIGIN = f"Origin: {PAGE}"
GET = "Access-Control-Request-Method: GET"
ALL = {
    "allowOrigins": [PAGE, "http://localhost:3000"],
    "allowMethods": ["GET", "PUT"],
    "allowHeaders": ["Authorization", "content-type"],
    "exposeHeaders": ["date", "x-api-id"],
    "allowCredentials": True,
    "maxAge": 300,
}
TOLD = [
    b"access-control-allow-origin: https://app.example.com\r\n",
    b"vary: Origin\r\n",
    b"access-control-allow-credentials: true\r\n",
    b"access-control-expose-headers: date,x-api-id\r\n",
]
GRANTED = [
    *TOLD,
    b"access-control-allow-methods: GET,PUT\r\n",
    b"access-control-allow-headers: Authorization,content-type\r\n",
    b"access-control-max-age: 300\r\n",
]
NOTHING: list[bytes] = []
NOT_FOUND = b'{"message":"Not Found"}'
JSON = b"content-type: application/json\r\n"


def api(cors: dict[str, Any] | None = ALL, *keys: str) -> HttpApiPlan:
    configured = {} if cors is None else {"corsConfiguration": cors}
    return http_compiled(http_snapshot(dict.fromkeys(keys or ("GET /pets",), BACKEND), **configured))


def preflight(cors: dict[str, Any], *lines: str) -> list[bytes]:
    """The headers of the answer to a preflight."""
    status, told, body = seen(Scene().serve(api(cors), request("OPTIONS", "/anything", *lines)))
    assert (status, body) == (204, b"")
    return told


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([ORIGIN, GET], GRANTED),
        ([ORIGIN, "Access-Control-Request-Method: PUT"], GRANTED),
        ([ORIGIN, GET, "Access-Control-Request-Headers: AUTHORIZATION, Content-Type"], GRANTED),
        ([ORIGIN, GET, "Access-Control-Request-Headers: "], GRANTED),
        (
            ["Origin: HTTPS://App.Example.com", GET],
            [b"access-control-allow-origin: HTTPS://App.Example.com\r\n", *GRANTED[1:]],
        ),
        ([ORIGIN, GET, "Access-Control-Request-Headers: authorization,x-other"], NOTHING),
        ([ORIGIN, "Access-Control-Request-Method: DELETE"], NOTHING),
        (["Origin: https://other.example.com", GET], NOTHING),
        (["Origin: https://app.example.com.evil.test", GET], NOTHING),
        (["Origin: http://app.example.com", GET], NOTHING),
        (["Origin: null", GET], NOTHING),
    ],
)
def test_preflights(lines: list[str], told: list[bytes]):
    assert preflight(ALL, *lines) == told


@pytest.mark.parametrize(
    ("cors", "told"),
    [
        ({"allowOrigins": ["*"], "allowMethods": ["*"], "allowHeaders": ["*"]}, ["*", None, "*", "*", None]),
        ({"allowOrigins": ["*"], "allowMethods": ["get", "Post"]}, ["*", None, "GET,POST", None, None]),
        ({"allowOrigins": ["https://*"]}, [PAGE, None, None, None, None]),
        ({"allowOrigins": ["http://*"]}, None),
        ({"allowOrigins": ["*"], "maxAge": 0}, ["*", None, None, None, "0"]),
        ({"allowOrigins": ["*"], "maxAge": -1}, ["*", None, None, None, "-1"]),
        ({"allowOrigins": ["*"], "exposeHeaders": ["*"]}, ["*", "*", None, None, None]),
        ({"allowMethods": ["GET"]}, None),
        ({"allowOrigins": ["*"], "allowMethods": ["POST"]}, None),
        ({"allowOrigins": ["*"], "allowHeaders": []}, ["*", None, None, None, None]),
    ],
)
def test_configurations(cors: dict[str, Any], told: list[str | None] | None):
    names = ("allow-origin", "expose-headers", "allow-methods", "allow-headers", "max-age")
    expected = [
        f"access-control-{name}: {value}\r\n".encode()
        for name, value in zip(names, told or (), strict=told is not None)
        if value
    ]
    if told is not None and told[0] == PAGE:
        expected.insert(1, b"vary: Origin\r\n")
    assert preflight(cors, ORIGIN, GET) == expected


def test_a_preflight_needs_no_route_no_authorizer_and_no_integration():
    plan = http_compiled(
        http_snapshot({}, corsConfiguration=ALL),
        accessLogSettings={"format": "$context.requestId $context.status $context.routeKey"},
    )
    scene = Scene()
    response = scene.serve(plan, request("OPTIONS", "/", ORIGIN, GET))
    assert seen(response) == (204, GRANTED, b"")
    request_id = response.headers[-1].split()[1]
    assert scene.lines == [("$default", request_id + b" 204 -")]
    assert plan.counters.requests == 1


@pytest.mark.parametrize("lines", [[ORIGIN], [GET], []])
def test_other_requests_with_options_reach_routes(lines: list[str]):
    scene = Scene(Returned(200, headers(), b"options"))
    response = scene.serve(api(ALL, "OPTIONS /pets"), request("OPTIONS", "/pets", *lines))
    assert seen(response) == (200, TOLD if ORIGIN in lines else [], b"options")


def test_without_a_configuration_a_preflight_is_a_request_like_any_other():
    assert seen(Scene().serve(api(None), request("OPTIONS", "/pets", ORIGIN, GET))) == (404, [JSON], NOT_FOUND)
    scene = Scene(Returned(200, headers("Access-Control-Allow-Origin: x"), b""))
    response = scene.serve(api(None, "$default"), request("OPTIONS", "/pets", ORIGIN, GET))
    assert seen(response) == (200, [b"Access-Control-Allow-Origin: x\r\n"], b"")


BY_BACKEND = headers("X-Own: 1", "Access-Control-Allow-Origin: *", "access-control-max-age: 5", "Vary: Accept")


@pytest.mark.parametrize(
    ("lines", "told"),
    [([ORIGIN], TOLD), (["Origin: https://other.example.com"], NOTHING), ([], NOTHING)],
)
def test_what_a_backend_says_of_cors_is_replaced(lines: list[str], told: list[bytes]):
    scene = Scene(Returned(200, BY_BACKEND, b"pets"))
    response = scene.serve(api(), request("GET", "/pets", *lines))
    assert seen(response) == (200, [b"X-Own: 1\r\n", b"Vary: Accept\r\n", *told], b"pets")


def test_errors_of_the_gateway_can_be_read_by_pages():
    assert seen(Scene().serve(api(), request("GET", "/absent", ORIGIN))) == (404, [JSON, *TOLD], NOT_FOUND)
    unavailable = b'{"message":"Service Unavailable"}'
    assert seen(Scene().serve(api(), request("GET", "/pets", ORIGIN))) == (503, [JSON, *TOLD], unavailable)
