"""HTTP APIs through a whole node, made with boto3 and called over sockets: proxied, streamed, limited, with CORS."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.backend import Backend, serving
from tests.journeys.browser import Browser
from tests.node import Node

LISTENER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/inside/0123456789abcdef/fedcba9876543210"
SERVICE = "arn:aws:servicediscovery:us-east-1:000000000000:service/srv-0123456789abcdef?stage=prod"
PAGE = "https://app.example.com"


class Echo(Backend):
    """Tells what it got; events come one by one, the second when the test says so."""

    protocol_version = "HTTP/1.1"
    go_on = threading.Event()

    def do_GET(self) -> None:
        if self.path == "/page":
            self.answer(b"<!doctype html><title>a page</title>", content_type="text/html")
            return
        if self.path == "/events":
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"9\r\ndata: 1\n\n\r\n")
            Echo.go_on.wait(10)
            self.wfile.write(b"9\r\ndata: 2\n\n\r\n0\r\n\r\n")
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        told = {"line": f"{self.command} {self.path}", "headers": dict(self.headers), "body": body.decode()}
        self.answer(json.dumps(told).encode(), content_type="application/json")

    do_POST = do_GET  # noqa: N815 - as BaseHTTPRequestHandler asks for it


@pytest.fixture(scope="module")
def backend() -> Iterator[int]:
    with serving(Echo) as port:
        yield port


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, backend: int) -> Iterator[Node]:
    targets = f"{LISTENER}=127.0.0.1:{backend},{SERVICE}=127.0.0.1:{backend}"
    with Node(Path(tmp_path_factory.mktemp("http-api")) / "data", GATEWRIGHT_TARGETS=targets) as running:
        yield running


class HttpApi:
    """Made by hand, with a `$default` stage that deploys by itself."""

    def __init__(self, node: Node, stage: dict[str, Any] | None = None, **members: Any) -> None:
        self.node = node
        self.gateway = node.client("apigatewayv2")
        self.id: str = self.gateway.create_api(Name="journey", ProtocolType="HTTP", **members)["ApiId"]
        self.gateway.create_stage(ApiId=self.id, StageName="$default", AutoDeploy=True, **(stage or {}))

    def route(self, key: str, uri: str, **integration: Any) -> None:
        made = self.gateway.create_integration(
            ApiId=self.id,
            IntegrationType="HTTP_PROXY",
            IntegrationMethod=integration.pop("IntegrationMethod", "ANY"),
            IntegrationUri=uri,
            PayloadFormatVersion="1.0",
            **integration,
        )
        self.gateway.create_route(ApiId=self.id, RouteKey=key, Target=f"integrations/{made['IntegrationId']}")

    @contextmanager
    def asked(self, method: str, path: str, body: bytes = b"", **headers: str) -> Iterator[http.client.HTTPResponse]:
        host = f"{self.id}.execute-api.localhost:{self.node.port}"
        with closing(http.client.HTTPConnection("127.0.0.1", self.node.port, timeout=15)) as connection:
            connection.request(method, path, body or None, {"Host": host, **headers})
            yield connection.getresponse()

    def status(self, method: str, path: str, **headers: str) -> int:
        with self.asked(method, path, **headers) as response:
            response.read()
            return response.status


def test_a_request_and_its_answer(node: Node, backend: int):
    api = HttpApi(node)
    api.route("POST /pets/{id}", f"http://127.0.0.1:{backend}/all/{{id}}")
    with api.asked("POST", "/pets/7?q=1", b"hello", **{"X-Own": "1", "X-Forwarded-For": "203.0.113.9"}) as response:
        told = json.loads(response.read())
        assert (response.status, response.headers["content-type"]) == (200, "application/json")
        assert len(response.headers["apigw-requestid"]) == 16
        assert [response.headers[name] for name in ("x-amzn-RequestId", "x-amz-apigw-id")] == [None, None]
    trace = told["headers"].pop("X-Amzn-Trace-Id")
    assert trace.startswith("Root=1-")
    assert told == {
        "line": "POST /all/7?q=1",
        "headers": {
            "Host": f"127.0.0.1:{backend}",
            "Forwarded": (
                "for=203.0.113.9, by=unknown;for=127.0.0.1;"
                f'host="{api.id}.execute-api.localhost:{node.port}";proto=http'
            ),
            "Via": "HTTP/1.1 AmazonAPIGateway",
            "Content-Length": "5",
            "Accept-Encoding": "identity",
            "X-Own": "1",
        },
        "body": "hello",
    }


def test_events_arrive_as_they_are_sent(node: Node, backend: int):
    api = HttpApi(node)
    api.route("GET /events", f"http://127.0.0.1:{backend}/events")
    Echo.go_on.clear()
    with api.asked("GET", "/events") as response:
        assert (response.status, response.headers["Transfer-Encoding"]) == (200, "chunked")
        assert response.read1() == b"data: 1\n\n"  # while the backend waits
        Echo.go_on.set()
        assert response.read() == b"data: 2\n\n"


def test_what_the_node_says_itself(node: Node, backend: int):
    api = HttpApi(node, {"RouteSettings": {}, "DefaultRouteSettings": {}})
    api.route("POST /pets", f"http://127.0.0.1:{backend}")
    api.route("GET /gone", "http://127.0.0.1:1")
    for method, path, headers, status, message in (
        ("GET", "/absent", {}, 404, "Not Found"),
        ("GET", "/gone", {}, 503, "Service Unavailable"),
        ("POST", "/pets", {"Content-Length": "10485761"}, 413, "Request Entity Too Large"),
        ("POST", "/pets", {"X-Large": "x" * 10_240}, 431, "Request Header Fields Too Large"),
    ):
        with api.asked(method, path, **headers) as response:
            assert (response.status, json.loads(response.read())) == (status, {"message": message})
            assert response.headers["Content-Type"] == "application/json"
            assert response.headers["x-amzn-ErrorType"] is None
            assert (response.headers["apigw-requestid"] is None) == (status == 431)  # of which no head was read


def test_a_route_that_is_called_too_often(node: Node, backend: int):
    settings = {"DefaultRouteSettings": {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 0.01}}
    api = HttpApi(node, settings)
    api.route("GET /one", f"http://127.0.0.1:{backend}")
    api.route("GET /two", f"http://127.0.0.1:{backend}")
    assert [api.status("GET", path) for path in ("/one", "/two", "/one", "/two")] == [200, 200, 429, 429]


def test_a_page_on_another_origin(node: Node, backend: int):
    cors = {
        "AllowOrigins": [PAGE],
        "AllowMethods": ["POST"],
        "AllowHeaders": ["authorization"],
        "AllowCredentials": True,
    }
    api = HttpApi(node, CorsConfiguration=cors)
    api.route("POST /pets", f"http://127.0.0.1:{backend}")
    asked = {"Origin": PAGE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    with api.asked("OPTIONS", "/pets", **asked) as response:
        told = {name: value for name, value in response.headers.items() if name.startswith("access-control")}
        assert (response.status, response.read(), told) == (
            204,
            b"",
            {
                "access-control-allow-origin": PAGE,
                "access-control-allow-credentials": "true",
                "access-control-allow-methods": "POST",
                "access-control-allow-headers": "authorization",
            },
        )
    with api.asked("POST", "/pets", Origin=PAGE) as response:
        assert (response.status, response.headers["access-control-allow-origin"]) == (200, PAGE)


CALL = """
fetch(%s, {
    method: "POST", credentials: "include", body: JSON.stringify({ a: 1 }),
    headers: { authorization: "Bearer x", "content-type": "application/json" },
}).then(async (answer) => [answer.status, await answer.json(), answer.headers.get("apigw-requestid")?.length ?? null],
        (error) => error.name)
"""


def test_a_browser_calls_with_credentials_from_another_origin(node: Node, backend: int, tmp_path: Path):
    cors = {
        "AllowOrigins": [f"http://127.0.0.1:{backend}"],
        "AllowMethods": ["POST"],
        "AllowHeaders": ["authorization", "content-type"],
        "ExposeHeaders": ["apigw-requestid"],
        "AllowCredentials": True,
    }
    api = HttpApi(node, CorsConfiguration=cors)
    api.route("POST /pets", f"http://127.0.0.1:{backend}")
    call = CALL % json.dumps(f"http://{api.id}.execute-api.localhost:{node.port}/pets")
    with Browser(tmp_path) as browser:
        browser.open(f"http://127.0.0.1:{backend}/page")
        status, told, length = browser.run(call)
        assert (status, told["line"], told["body"], length) == (200, "POST /", '{"a":1}', 16)
        assert told["headers"]["authorization"] == "Bearer x"
        browser.open(f"http://localhost:{backend}/page")  # not an origin that may call
        assert browser.run(call) == "TypeError"


def test_private_integrations(node: Node):
    api = HttpApi(node)
    link = api.gateway.create_vpc_link(Name="inside", SubnetIds=["subnet-1"])["VpcLinkId"]
    for key, arn in (("GET /listener/{id}", LISTENER), ("$default", SERVICE)):
        api.route(key, arn, ConnectionType="VPC_LINK", ConnectionId=link, IntegrationMethod="GET")
    for path in ("/listener/7?a=b", "/anything"):
        with api.asked("GET", path) as response:
            told = json.loads(response.read())
            assert (told["line"], told["headers"]["Host"]) == (
                f"GET {path}",
                f"{api.id}.execute-api.localhost:{node.port}",
            )


def test_a_change_of_the_mapping_is_served_at_once(node: Node, backend: int):
    api = HttpApi(node)
    api.route(
        "GET /a", f"http://127.0.0.1:{backend}", RequestParameters={"append:header.x-one": "$request.querystring.q"}
    )
    with api.asked("GET", "/a?q=1") as response:
        assert json.loads(response.read())["headers"]["x-one"] == "1"
    (item,) = api.gateway.get_integrations(ApiId=api.id)["Items"]
    changed = {
        "ResponseParameters": {"200": {"overwrite:statuscode": "202", "append:header.x-two": "${stageVariables.v}"}}
    }
    api.gateway.update_stage(ApiId=api.id, StageName="$default", StageVariables={"v": "two"})
    api.gateway.update_integration(ApiId=api.id, IntegrationId=item["IntegrationId"], **changed)
    with api.asked("GET", "/a?q=1") as response:
        response.read()
        assert (response.status, response.headers["x-two"]) == (202, "two")


def test_metrics_tell_of_the_data(node: Node, backend: int):
    api = HttpApi(node)
    api.route("GET /a", f"http://127.0.0.1:{backend}")
    with api.asked("GET", "/a") as response:
        size = len(response.read())
    with api.asked("GET", "/_gatewright/metrics", Host=f"localhost:{node.port}") as response:
        text = response.read().decode()
    (line,) = [line for line in text.splitlines() if "data_processed_bytes_total{" in line and api.id in line]
    assert float(line.rpartition(" ")[2]) == size
