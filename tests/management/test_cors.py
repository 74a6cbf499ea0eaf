"""Which pages may call the management endpoint, and what their browsers are told."""

import pytest

from gatewright.management.cors import EXPOSED, is_allowed, preflight, with_cors
from gatewright.values.headers import header_line
from gatewright.values.request import Request
from gatewright.values.response import Response

ORIGINS = ("https://console.example",)


def request(method: str, **headers: str) -> Request:
    lines = [header_line(name.replace("_", "-"), value) for name, value in headers.items()]
    return Request(method, "/restapis", "/restapis", "", lines, b"", "127.0.0.1", "http", 0.0)


@pytest.mark.parametrize(
    "origin",
    [
        *("http://localhost", "http://localhost:3000", "https://LOCALHOST:4566", "http://127.0.0.1:8080"),
        *("http://[::1]:5173", "http://console.localhost:4566", "https://console.example"),
    ],
)
def test_allowed(origin: str) -> None:
    assert is_allowed(origin, ORIGINS)


@pytest.mark.parametrize(
    "origin",
    [
        *("", "null", "*", "http://evil.example", "http://console.example", "https://console.example:8443"),
        *("http://localhost.evil.example", "http://evillocalhost", "http://127.0.0.1.evil.example", "file://"),
        *("http://localhost:3000/", "http://localhost:3000\r\nX: y", "http://user@localhost", "http://10.0.0.1"),
    ],
)
def test_not_allowed(origin: str) -> None:
    assert not is_allowed(origin, ORIGINS)


def test_preflight() -> None:
    asks = request(
        "OPTIONS",
        Origin="http://localhost:3000",
        Access_Control_Request_Method="PATCH",
        Access_Control_Request_Headers="authorization, x-amz-date,bad name,content-type",
        Access_Control_Request_Private_Network="true",
    )
    assert preflight(asks, ORIGINS) == Response(
        204,
        [
            b"Access-Control-Allow-Origin: http://localhost:3000\r\n",
            b"Access-Control-Allow-Methods: GET,POST,PUT,PATCH,DELETE,HEAD\r\n",
            b"Access-Control-Max-Age: 600\r\n",
            b"Vary: Origin\r\n",
            b"Access-Control-Allow-Headers: authorization,x-amz-date,content-type\r\n",
            b"Access-Control-Allow-Private-Network: true\r\n",
        ],
        b"",
    )


def test_a_strange_page_gets_no_permission() -> None:
    asks = request("OPTIONS", Origin="http://evil.example", Access_Control_Request_Method="GET")
    assert preflight(asks, ORIGINS) == Response(403, [b"Vary: Origin\r\n"], b"")
    answered = Response(200, [b"A: b\r\n", b"access-control-allow-origin: *\r\n"], b"x")
    assert with_cors(answered, asks, ORIGINS) == Response(200, [b"A: b\r\n", b"Vary: Origin\r\n"], b"x")


def test_what_is_no_preflight() -> None:
    assert preflight(request("OPTIONS"), ORIGINS) is None
    assert preflight(request("OPTIONS", Origin="http://localhost"), ORIGINS) is None
    assert preflight(request("GET", Origin="http://localhost", Access_Control_Request_Method="GET"), ORIGINS) is None


def test_an_answer_is_readable_once_and_twice() -> None:
    sent, answered = request("GET", Origin="https://console.example"), Response(200, [b"A: b\r\n"], b"x")
    readable = with_cors(answered, sent, ORIGINS)
    exposed = b"Access-Control-Expose-Headers: " + ",".join(EXPOSED).encode() + b"\r\n"
    allowed = b"Access-Control-Allow-Origin: https://console.example\r\n"
    assert readable == Response(200, [b"A: b\r\n", b"Vary: Origin\r\n", allowed, exposed], b"x")
    assert with_cors(readable, sent, ORIGINS) == readable
    assert with_cors(answered, request("GET"), ORIGINS) is answered
