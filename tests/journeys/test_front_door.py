"""Who may speak to the node beside the callers of deployed APIs, and what an outsider is told."""

import json

import pytest

from tests.node import Node

SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/apigateway/aws4_request, "
    "SignedHeaders=host, Signature=0"
}


def test_health_pages(node: Node) -> None:
    status, headers, body = node.request("GET", "/_gatewright/health")
    assert (status, headers["content-type"], json.loads(body)["status"]) == (200, "application/json", "ready")
    status, _, body = node.request("GET", "/_localstack/health")
    assert (status, json.loads(body)["services"]["apigateway"]) == (200, "running")
    status, _, body = node.request("GET", "/_gatewright/nothing")
    assert (status, json.loads(body)) == (404, {"message": "There is no page /_gatewright/nothing"})


def test_an_unsigned_management_call_is_refused(node: Node) -> None:
    status, headers, body = node.request("GET", "/restapis")
    assert (status, headers["x-amzn-errortype"], json.loads(body)) == (
        403,
        "MissingAuthenticationTokenException",
        {"message": "Missing Authentication Token"},
    )


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "169.254.1.1"])
def test_a_foreign_host_name_is_refused(node: Node, host: str) -> None:
    for path in ("/restapis", "/_gatewright/health", "/"):
        status, _, body = node.request("GET", path, host=f"{host}:{node.port}", headers=SIGNED)
        assert status == 403
        assert f"The Host '{host}' is not one of this gateway" in json.loads(body)["message"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "gateway.localhost", "[::1]"])
def test_own_host_names_are_served(node: Node, host: str) -> None:
    assert node.request("GET", "/restapis", host=f"{host}:{node.port}", headers=SIGNED)[0] == 200


def test_a_foreign_web_page_is_refused_and_nothing_is_done(node: Node) -> None:
    sent = SIGNED | {"Origin": "https://evil.example", "Content-Type": "text/plain"}
    status, headers, body = node.request("POST", "/restapis", headers=sent, body=b'{"name": "planted"}')
    assert (status, "access-control-allow-origin" in headers) == (403, False)
    assert "may not call this gateway" in json.loads(body)["message"]
    names = [api["name"] for api in node.client("apigateway").get_rest_apis()["items"]]
    assert "planted" not in names
    ask = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert node.request("OPTIONS", "/restapis", headers=ask)[0] == 403


QUERY = "?Action=CreateQueue&QueueName=planted&X-Amz-Credential=test/20260101/us-east-1/sqs/aws4_request"


@pytest.mark.parametrize(
    "referrer",
    [
        {},
        {"Referer": "https://evil.example/page"},
        {"Referer": "http://localhost@evil/"},
        {"Sec-Fetch-Site": "same-site"},  # of this machine perhaps, but it does not say so
    ],
)
def test_a_link_or_image_of_a_foreign_web_page_is_refused(node: Node, referrer: dict[str, str]) -> None:
    sent = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"} | referrer
    status, _, body = node.request("GET", f"/{QUERY}", headers=sent)
    assert (status, "may not call this gateway" in json.loads(body)["message"]) == (403, True)


@pytest.mark.parametrize(
    "sent",
    [
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-site", "Referer": "http://127.0.0.1:3000/"},
        {"Sec-Fetch-Site": "cross-site", "Referer": "http://127.0.0.1:3000/"},
    ],
)
def test_a_users_own_browsing_and_pages_of_this_machine_are_served(node: Node, sent: dict[str, str]) -> None:
    assert node.request("GET", "/_gatewright/health", headers=sent)[0] == 200


def test_only_trusted_calls_of_other_services_may_have_large_bodies(node: Node) -> None:
    s3 = {"Authorization": SIGNED["Authorization"].replace("/apigateway/", "/s3/"), "Content-Length": "20000000"}
    said = b"HTTP content length exceeded 10485760 bytes."
    api = "a.execute-api.us-east-1.localhost"
    for sent in (s3 | {"Host": api}, s3 | {"Host": "evil.example"}, s3 | {"Origin": "https://evil.example"}):
        status, _, body = node.request("PUT", "/bucket/key", headers=sent)
        assert (status, body) == (413, said)


def test_a_console_on_loopback_may_call_after_its_preflight(node: Node) -> None:
    origin = "http://localhost:5173"
    ask = {
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization,x-amz-date",
    }
    status, headers, body = node.request("OPTIONS", "/restapis", headers=ask)
    assert (status, headers["access-control-allow-origin"], body) == (200, origin, b"") or status == 204
    assert {"authorization", "x-amz-date"} <= {
        name.strip().lower() for name in headers["access-control-allow-headers"].split(",")
    }
    status, headers, _ = node.request("GET", "/restapis", headers=SIGNED | {"Origin": origin})
    assert (status, headers["access-control-allow-origin"]) == (200, origin)


def test_what_is_not_built_says_so(node: Node) -> None:
    signed = {"Authorization": SIGNED["Authorization"].replace("/apigateway/", "/lambda/")}
    status, headers, body = node.request("GET", "/2025-11-30/capacity-providers", headers=signed)
    assert (status, headers["x-amzn-errortype"]) == (501, "NotImplementedException")
    assert json.loads(body) == {"message": "lambda ListCapacityProviders is not implemented"}


def test_metrics_count_requests(node: Node) -> None:
    gateway = node.client("apigateway")
    api = gateway.create_rest_api(name="counted")
    method = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    gateway.put_method(**method, authorizationType="NONE")
    gateway.put_integration(**method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    gateway.put_method_response(**method, statusCode="200")
    gateway.put_integration_response(**method, statusCode="200")
    gateway.create_deployment(restApiId=api["id"], stageName="prod")
    for path, expected in (("/", 200), ("/", 200), ("/nothing", 403)):
        assert node.request("GET", f"/_aws/execute-api/{api['id']}/prod{path}")[0] == expected
    status, headers, body = node.request("GET", "/_gatewright/metrics")
    assert (status, headers["content-type"].startswith("text/plain")) == (200, True)
    lines = [line for line in body.decode().splitlines() if api["id"] in line]
    assert any(line.endswith((" 3.0", " 3")) for line in lines), lines
