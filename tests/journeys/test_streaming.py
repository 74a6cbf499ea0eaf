"""Response streaming through a whole node: real functions, real backends, real clients, slow and gone ones."""

import base64
import contextlib
import hashlib
import http.client
import json
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError

from tests.journeys.backend import Backend, serving
from tests.journeys.packages import package
from tests.journeys.test_boto3 import ROLE, allow, lambda_uri
from tests.node import Node
from tests.server.certificate import server_context

BALANCER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/inside/0123456789abcdef"
BLOCK = hashlib.sha512(b"block").digest() * 1024  # 64 KiB
LOG = " ".join(
    f"$context.{name}"
    for name in (
        *("requestId", "status", "responseLength", "integration.responseTransferMode", "integration.timeToAllHeaders"),
        *("integration.timeToFirstContent", "integration.latency", "path"),
    )
)
NODE_FUNCTION = """
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
export const handler = awslambda.streamifyResponse(async (event, stream) => {
  const { what, blocks } = event.queryStringParameters ?? {};
  if (what === "fails") throw new Error("no stream");
  if (what === "late") { stream.write("{"); await pause(10); throw new Error("no metadata"); }
  if (what === "slow") { stream.write("{"); await pause(1500); }
  if (what === "raw") { stream.write("no metadata"); stream.end(); return; }
  if (what === "wide") { stream.write(" ".repeat(16377) + "{}" + "\\0".repeat(8)); stream.end(); return; }
  const metadata = { statusCode: 201, headers: { "x-one": "1", "Content-Type": "text/plain" },
    multiValueHeaders: { "x-many": ["a", "b"] }, cookies: ["c=1"] };
  if (what === "strange") metadata.body = "x";
  if (blocks && what === "measured") metadata.headers["content-length"] = String(65536 * blocks);
  stream = awslambda.HttpResponseStream.from(stream, metadata);
  if (blocks) {
    const block = Buffer.from(process.env.BLOCK, "base64");
    const whole = Buffer.concat(Array(1024).fill(block));
    for (let n = 0; n < blocks; n++) if (!stream.write(whole)) await new Promise((go) => stream.once("drain", go));
  } else {
    stream.write("first ");
    await pause(250);
    if (what === "breaks") throw new Error("in the middle");
    stream.write("second");
  }
  stream.end();
});
"""


class Streaming(Backend):
    """Server-sent events, large bodies, and one that breaks off."""

    protocol_version = "HTTP/1.1"
    go_on = threading.Event()
    gone = threading.Event()
    written = 0

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/events":
            self.begin("text/event-stream")
            self.chunk(b"data: 1\n\n")
            Streaming.go_on.wait(10)
            self.chunk(b"data: 2\n\n")
            self.wfile.write(b"0\r\n\r\n")
        elif url.path == "/large":
            count = int(parse_qs(url.query)["blocks"][0])
            self.begin("application/octet-stream", ("Content-Length", str(len(BLOCK) * count)))
            for _ in range(count):
                self.wfile.write(BLOCK)
        elif url.path == "/endless":
            self.endless()
        elif url.path == "/broken":
            self.begin("text/plain")
            self.chunk(b"half")
            self.close_connection = True
        else:
            self.begin("text/plain", ("Content-Length", "4"))
            self.wfile.write(self.headers["Host"].encode()[:4])

    do_HEAD = do_GET  # noqa: N815 - its base class names it so

    def endless(self) -> None:
        self.begin("text/plain")
        try:
            while True:
                self.chunk(BLOCK)
                Streaming.written += len(BLOCK)
        except OSError:
            Streaming.gone.set()
            self.close_connection = True

    def begin(self, content_type: str, framing: tuple[str, str] = ("Transfer-Encoding", "chunked")) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header(*framing)
        self.end_headers()

    def chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))


@pytest.fixture(scope="module")
def backend() -> Iterator[str]:
    with serving(Streaming) as port:
        yield f"127.0.0.1:{port}"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, backend: str) -> Iterator[Node]:
    settings = {"GATEWRIGHT_TARGETS": f"{BALANCER}={backend}", "GATEWRIGHT_INTEGRATION_TIMEOUT_MS": "60000"}
    with Node(Path(tmp_path_factory.mktemp("node")) / "data", **settings) as running:
        yield running


def stream_uri(function_arn: str) -> str:
    return (
        lambda_uri(function_arn)
        .replace("2015-03-31", "2021-11-15")
        .replace("/invocations", "/response-streaming-invocations")
    )


class Streams:
    """An API with GET /fn on a streaming function, GET /http/{proxy+} on the backend and /link on it by a VPC link."""

    def __init__(self, node: Node, backend: str) -> None:
        self.node = node
        self.gateway = node.client("apigateway")
        created = self.gateway.create_rest_api(name="streams", endpointConfiguration={"types": ["REGIONAL"]})
        self.api, self.root = created["id"], created["rootResourceId"]
        self.function = self.make_function("streams", NODE_FUNCTION, "nodejs20.x", "index.mjs")
        self.add("fn", uri=stream_uri(self.function), **PROXY, **STREAM)
        self.add("hasty", uri=stream_uri(self.function), timeoutInMillis=500, **PROXY, **STREAM)
        self.add("plain", uri=lambda_uri(self.function), **PROXY)
        python = self.make_function("buffered", BUFFERED, f"python3.{sys.version_info.minor}", "index.py")
        self.add("buffered", uri=stream_uri(python), **PROXY, **STREAM)
        http = self.gateway.create_resource(restApiId=self.api, parentId=self.root, pathPart="http")["id"]
        self.add(
            "{proxy+}",
            parent=http,
            type="HTTP_PROXY",
            uri=f"http://{backend}/{{proxy}}",
            integrationHttpMethod="GET",
            requestParameters={"integration.request.path.proxy": "method.request.path.proxy"},
            **STREAM,
        )
        self.link = self.gateway.create_vpc_link(name="inside", targetArns=[BALANCER])["id"]
        self.add(
            "link",
            type="HTTP_PROXY",
            uri="http://inside.example/where",
            integrationHttpMethod="GET",
            connectionType="VPC_LINK",
            connectionId="${stageVariables.link}",
        )
        self.deploy(variables={"link": self.link})
        self.gateway.update_stage(
            restApiId=self.api,
            stageName="prod",
            patchOperations=[{"op": "replace", "path": "/accessLogSettings/format", "value": LOG}],
        )

    def make_function(self, name: str, source: str, runtime: str, file: str) -> str:
        made = self.node.client("lambda").create_function(
            FunctionName=name,
            Runtime=runtime,
            Role=ROLE,
            Handler="index.handler",
            Timeout=25,
            MemorySize=512,
            Code={"ZipFile": package(source, file)},
            Environment={"Variables": {"BLOCK": base64.b64encode(BLOCK[:64]).decode()}},
        )
        allow(self.node, name, self.api)
        return str(made["FunctionArn"])

    def add(self, part: str, *, parent: str = "", **integration: Any) -> str:
        made = self.gateway.create_resource(restApiId=self.api, parentId=parent or self.root, pathPart=part)
        for verb in ("GET", "HEAD"):
            method = {"restApiId": self.api, "resourceId": made["id"], "httpMethod": verb}
            declared = {"method.request.path.proxy": True} if parent else {}
            self.gateway.put_method(**method, authorizationType="NONE", requestParameters=declared)
            self.gateway.put_integration(**method, **integration)
        return str(made["id"])

    def deploy(self, **more: Any) -> None:
        self.gateway.create_deployment(restApiId=self.api, stageName="prod", **more)

    @contextlib.contextmanager
    def get(self, path: str, method: str = "GET") -> Iterator[http.client.HTTPResponse]:
        """The answer as soon as its head is there."""
        connection = http.client.HTTPConnection("127.0.0.1", self.node.port, timeout=20)
        with contextlib.closing(connection):
            connection.request(method, f"/_aws/execute-api/{self.api}/prod{path}")
            with connection.getresponse() as answer:
                yield answer

    def logged(self, end: str) -> list[str]:
        """The access log's words for the latest request whose path ends so."""
        log = self.node.data_dir / "logs/access" / self.api / "prod.log"
        until = time.monotonic() + 5
        while time.monotonic() < until:
            lines = [line for line in (log.read_text() if log.exists() else "").splitlines() if line.endswith(end)]
            if lines:
                return lines[-1].split(" ")
            time.sleep(0.05)
        raise AssertionError(f"{end} is not logged")


PROXY = {"type": "AWS_PROXY", "integrationHttpMethod": "POST"}
STREAM = {"responseTransferMode": "STREAM"}
BUFFERED = """
def handler(event, context):
    return {"statusCode": 200, "body": "whole"}
"""


@pytest.fixture(scope="module")
def streams(node: Node, backend: str) -> Streams:
    return Streams(node, backend)


def test_the_first_bytes_come_before_the_function_ends(streams: Streams) -> None:
    with streams.get("/fn") as answer:  # a cold start is not what is measured
        answer.read()
    with streams.get("/fn") as answer:
        assert answer.read1() == b"first "
        began = time.monotonic()
        assert (answer.read(), time.monotonic() - began > 0.15) == (b"second", True)
        headers = {name.lower(): value for name, value in answer.getheaders()}
        assert (answer.status, headers["x-one"], answer.headers.get_all("x-many")) == (201, "1", ["a", "b"])
        assert (headers["set-cookie"], headers["content-type"]) == ("c=1", "text/plain")
        assert (headers["transfer-encoding"], "x-amzn-requestid" in headers) == ("chunked", True)
    _, status, length, mode, to_headers, to_content, latency, _ = streams.logged("/prod/fn")
    assert (status, length, mode) == ("201", "12", "STREAMED")
    assert int(to_headers) <= int(to_content) < 200 < int(latency)


@pytest.mark.parametrize("path", ["/fn?blocks=168", "/fn?blocks=48&what=measured", "/http/large?blocks=168"])
def test_large_bodies_arrive_as_they_were_sent(streams: Streams, path: str) -> None:
    count = int(parse_qs(urlsplit(path).query)["blocks"][0])  # 168 blocks are more than may be sent at any speed
    with streams.get(path) as answer:
        digest = hashlib.sha256()
        while piece := answer.read(1 << 20):
            digest.update(piece)
        assert digest.digest() == hashlib.sha256(BLOCK * count).digest()
        known = "measured" in path or "http" in path
        assert answer.headers["content-length"] == (str(len(BLOCK) * count) if known else None)


def test_server_sent_events_of_a_backend(streams: Streams) -> None:
    Streaming.go_on.clear()
    with streams.get("/http/events") as answer:
        assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream")
        assert answer.read1() == b"data: 1\n\n"
        Streaming.go_on.set()
        assert answer.read() == b"data: 2\n\n"


def test_a_head_has_no_body(streams: Streams) -> None:
    Streaming.go_on.set()
    with streams.get("/http/events", "HEAD") as answer:
        assert (answer.status, answer.headers["transfer-encoding"], answer.read()) == (200, "chunked", b"")
    with streams.get("/http/large?blocks=2", "HEAD") as answer:
        assert (answer.headers["content-length"], answer.read()) == ("131072", b"")


@pytest.mark.parametrize("path", ["/fn?what=breaks", "/http/broken"])
def test_what_breaks_in_the_middle_breaks_for_the_client_too(streams: Streams, path: str) -> None:
    with streams.get(path) as answer:
        assert answer.read1() in (b"first ", b"half")
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
            answer.read()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/fn?what=raw", 500),
        ("/fn?what=wide", 500),
        ("/fn?what=strange", 500),
        ("/buffered", 500),
        ("/fn?what=fails", 502),
        ("/fn?what=late", 502),
    ],
)
def test_what_is_no_stream(streams: Streams, path: str, status: int) -> None:
    with streams.get(path) as answer:
        assert (answer.status, json.loads(answer.read())) == (status, {"message": "Internal server error"})


def test_no_metadata_in_time(streams: Streams) -> None:
    with streams.get("/hasty?what=slow") as answer:
        assert (answer.status, json.loads(answer.read())) == (504, {"message": "Endpoint request timed out"})


def test_a_streaming_function_that_is_not_streamed(streams: Streams) -> None:
    with streams.get("/plain") as answer:
        assert (answer.status, answer.headers["x-one"], answer.read()) == (201, "1", b"")


def test_a_slow_client_slows_its_backend_and_one_that_leaves_ends_it(streams: Streams) -> None:
    Streaming.written = 0
    Streaming.gone.clear()
    with socket.create_connection(("127.0.0.1", streams.node.port)) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.sendall(f"GET /_aws/execute-api/{streams.api}/prod/http/endless HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        before = -1
        while before != Streaming.written or not before:  # until nothing moves any more
            before = Streaming.written
            time.sleep(0.15)
        assert Streaming.written < 24 * 1024 * 1024  # what systems keep for their sockets
        assert client.recv(12) == b"HTTP/1.1 200"
    assert Streaming.gone.wait(10)
    assert streams.logged("/prod/http/endless")[1] == "200"


def test_a_vpc_link_leads_to_its_target(streams: Streams) -> None:
    with streams.get("/link") as answer:
        assert (answer.status, answer.read()) == (200, b"insi")


def test_longer_timeouts_when_the_settings_allow_them(streams: Streams) -> None:
    gateway, api = streams.gateway, streams.api
    made = gateway.create_resource(restApiId=api, parentId=streams.root, pathPart="long")["id"]
    method = {"restApiId": api, "resourceId": made, "httpMethod": "GET"}
    gateway.put_method(**method, authorizationType="NONE")
    given = {**method, "type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": "http://localhost/"}
    assert gateway.put_integration(**given, timeoutInMillis=60000)["timeoutInMillis"] == 60000
    assert gateway.put_integration(**given, timeoutInMillis=900000, **STREAM)["timeoutInMillis"] == 900000
    with pytest.raises(ClientError, match="Timeout should be between 50 ms and 60000 ms"):
        gateway.put_integration(**given, timeoutInMillis=60001)


def test_a_test_invocation_shows_the_whole_stream(streams: Streams) -> None:
    resource = next(
        one["id"] for one in streams.gateway.get_resources(restApiId=streams.api)["items"] if one["path"] == "/fn"
    )
    shown = streams.gateway.test_invoke_method(restApiId=streams.api, resourceId=resource, httpMethod="GET")
    assert (shown["status"], shown["body"], shown["headers"]["x-one"]) == (201, "first second", "1")


def invoked(streams: Streams, name: str, query: dict[str, str], **more: Any) -> tuple[bytes, dict[str, Any]]:
    """The payload and the last event of InvokeWithResponseStream."""
    event = json.dumps({"queryStringParameters": query})
    answer = streams.node.client("lambda").invoke_with_response_stream(FunctionName=name, Payload=event, **more)
    *pieces, last = list(answer["EventStream"])
    return b"".join(piece["PayloadChunk"]["Payload"] for piece in pieces), last["InvokeComplete"]


def test_a_function_streams_through_the_lambda_api(streams: Streams) -> None:
    payload, last = invoked(streams, "streams", {"blocks": "100"})
    metadata, _, body = payload.partition(bytes(8))
    assert (json.loads(metadata)["statusCode"], body == BLOCK * 100, last) == (201, True, {})
    payload, last = invoked(streams, "streams", {"what": "breaks"})
    assert (payload.partition(bytes(8))[2], last["ErrorCode"]) == (b"first ", "Unhandled")
    assert json.loads(last["ErrorDetails"])["errorMessage"] == "in the middle"
    payload, last = invoked(streams, "streams", {"what": "fails"})
    assert (payload, json.loads(last["ErrorDetails"])["errorType"]) == (b"", "Error")
    payload, last = invoked(streams, "buffered", {}, LogType="Tail")
    assert (payload, b"REPORT" in base64.b64decode(last["LogResult"])) == (
        b'{"statusCode": 200, "body": "whole"}',
        True,
    )


def test_a_backend_knows_its_caller_by_the_stage_s_certificate(streams: Streams, tmp_path: Path) -> None:
    gateway, seen = streams.gateway, []
    shown = gateway.generate_client_certificate()
    context = server_context(tmp_path)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(cadata=shown["pemEncodedCertificate"])

    class Named(Backend):
        def do_GET(self) -> None:
            seen.append(self.connection.getpeercert())
            self.send_response(204)
            self.end_headers()

    with serving(Named, context) as port:
        uri = f"https://localhost:{port}/"
        skipping = {"tlsConfig": {"insecureSkipVerification": True}}
        resource = streams.add("tls", type="HTTP_PROXY", uri=uri, integrationHttpMethod="GET", **skipping)
        streams.add("checked", type="HTTP_PROXY", uri=uri, integrationHttpMethod="GET")
        streams.deploy()
        change = {"op": "replace", "path": "/clientCertificateId", "value": shown["clientCertificateId"]}
        for certificates in ((), (change,)):
            gateway.update_stage(restApiId=streams.api, stageName="prod", patchOperations=certificates)
            with streams.get("/tls") as answer:
                assert answer.status == 204
        with streams.get("/checked") as answer:
            assert answer.status == 504
        given = {"restApiId": streams.api, "resourceId": resource, "httpMethod": "GET"}
        gateway.test_invoke_method(**given, clientCertificateId=shown["clientCertificateId"])
        gateway.test_invoke_method(**given)
    assert [dict(one["subject"][0]) if one else None for one in seen] == [
        *(None, {"commonName": "ApiGateway"}, {"commonName": "ApiGateway"}, None),
    ]
    with pytest.raises(ClientError, match="Invalid Client Certificate identifier specified"):
        gateway.test_invoke_method(**given, clientCertificateId="none00")


def test_the_quota_of_the_node_is_that_of_http_apis_too(node: Node) -> None:
    gateway = node.client("apigatewayv2")
    api = gateway.create_api(Name="long", ProtocolType="HTTP")["ApiId"]
    proxy = {"IntegrationType": "HTTP_PROXY", "IntegrationUri": "http://127.0.0.1/", "PayloadFormatVersion": "1.0"}
    made = gateway.create_integration(ApiId=api, IntegrationMethod="GET", TimeoutInMillis=60_000, **proxy)
    assert made["TimeoutInMillis"] == 60_000
    with pytest.raises(gateway.exceptions.BadRequestException, match="between 50 ms and 60000 ms"):
        gateway.create_integration(ApiId=api, IntegrationMethod="GET", TimeoutInMillis=60_001, **proxy)
