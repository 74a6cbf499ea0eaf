"""Every resource and data source of Terraform's AWS provider for HTTP and WebSocket APIs: apply, an empty plan, a
change of whatever can change, calls, import, destroy; then nothing is left in the store."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from gatewright.store.sqlite import SqliteStore
from tests.journeys.backend import Backend, serving
from tests.journeys.terraform_cli import Terraform, needs_terraform
from tests.journeys.test_boto3 import create_function
from tests.node import Node

CONFIGURATION = Path(__file__).with_name("terraform_v2")
LISTENER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/inside/0123456789abcdef/fedcba9876543210"
RESOURCES = {
    *("api", "api_mapping", "authorizer", "deployment", "domain_name", "integration", "integration_response"),
    *("model", "route", "route_response", "stage", "vpc_link"),
}
CODE = """
import json

def handler(event, context):
    if event.get("type") == "REQUEST":  # of an authorizer
        if event.get("version") == "2.0":
            return {"isAuthorized": event["identitySource"][0] == "let-me-in"}
        effect = "Allow" if event["headers"].get("after") == "let-me-in" else "Deny"
        statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
        return {"principalId": "me", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    return {"statusCode": 200, "body": "function " + event["requestContext"]["routeKey"]}
"""
Answer = tuple[int, str | None, str]

pytestmark = needs_terraform


class Echo(Backend):
    """Tells the first line of what it got, and the header that the gateway added."""

    def do_GET(self) -> None:
        told = f"{self.command} {self.path} {self.headers['x-now']}"
        self.answer(told.encode(), status=201 if self.path.startswith("/after") else 200)

    do_POST = do_GET  # noqa: N815 - as BaseHTTPRequestHandler asks for it


class Calls:
    """Calls what Terraform made."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def get(self, host: str, path: str, **headers: str) -> Answer:
        """Status, the header that the gateway adds, and body."""
        status, answered, body = self.node.request("GET", path, host=host, headers=headers)
        return status, answered.get("x-now"), body.decode()

    def api(self, id: str, path: str, **headers: str) -> Answer:
        return self.get(f"{id}.execute-api.us-east-1.localhost", path, **headers)

    def chat(self, path: str, **headers: str) -> ClientConnection:
        """By the custom domain name."""
        uri = f"ws://chat.example.com:{self.node.port}{path}"
        there = ("127.0.0.1", self.node.port)
        return connect(uri, address=there, additional_headers=headers, proxy=None)


@pytest.fixture(scope="module")
def backend() -> Iterator[int]:
    with serving(Echo) as port:
        yield port


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, backend: int) -> Iterator[Node]:
    data = Path(tmp_path_factory.mktemp("terraform-v2")) / "data"
    with Node(data, GATEWRIGHT_TARGETS=f"{LISTENER}=127.0.0.1:{backend}") as running:
        yield running


def state_of(terraform: Terraform) -> dict[str, Any]:
    state: dict[str, Any] = json.loads((terraform.folder / "terraform.tfstate").read_text())
    return state


def made_by(terraform: Terraform) -> dict[str, Any]:
    """The outputs."""
    return {name: output["value"] for name, output in state_of(terraform)["outputs"].items()}


# Their arguments cannot be read back: those of quick create, a definition, and what triggers a deployment.
NOT_IMPORTED = ("aws_apigatewayv2_api.quick", "aws_apigatewayv2_api.imported", "aws_apigatewayv2_deployment.chat")
# What the provider wants to know of a resource besides its id, to import it.
BEFORE_ID = ("api_id", "integration_id", "route_id")


def import_block(held: dict[str, Any], one: dict[str, Any]) -> str:
    """Of one instance of a resource, as the state has both."""
    key = f'["{one["index_key"]}"]' if "index_key" in one else ""
    has = one["attributes"]
    parts = [has[name] for name in BEFORE_ID if has.get(name)] + [has["id"]]
    if held["type"] == "aws_apigatewayv2_api_mapping":
        parts = [has["id"], has["domain_name"]]
    id = "/".join(dict.fromkeys(parts))
    return f'import {{\n  to = {held["type"]}.{held["name"]}{key}\n  id = "{id}"\n}}\n'


def import_all(terraform: Terraform, now: str) -> tuple[int, str]:
    """Begin with a state that has nothing of all that the provider can import: how much that is, and the plan."""
    state = state_of(terraform)
    imported = [
        held
        for held in state["resources"]
        if held["mode"] == "managed"
        and held["type"].startswith("aws_apigatewayv2_")
        and f"{held['type']}.{held['name']}" not in NOT_IMPORTED
    ]
    state["resources"] = [held for held in state["resources"] if held not in imported]
    blocks = [import_block(held, one) for held in imported for one in held["instances"]]
    (terraform.folder / "imported.tfstate").write_text(json.dumps(state))
    (terraform.folder / "imports.tf").write_text("\n".join(blocks))
    plan = terraform("plan", "-state=imported.tfstate", "-no-color", now=now)
    (terraform.folder / "imports.tf").unlink()
    return len(blocks), plan


def are_left(node: Node) -> list[Any]:
    """Of a node that has stopped: whatever its store holds."""
    store = SqliteStore(node.data_dir / "gatewright.db")
    kinds = {change.key.kind for change in store.changes(0)}
    with store.read() as tx:
        held = [key for kind in kinds for key in tx.keys(kind)]
    store.close()
    return held


def read_before(made: dict[str, Any]) -> None:
    """What the data sources told."""
    read, exported = made["read"], made["exported"]
    assert read["apis"] == [made["websocket"]]
    shown = ("name", "description", "version", "protocol_type", "ip_address_type", "tags")
    assert [read["api"][name] for name in shown] == [
        *("pets-before", "is before", "1", "HTTP", "ipv4"),
        {"journey": "v2", "now": "before"},
    ]
    assert read["api"]["cors_configuration"] == [
        {
            "allow_credentials": True,
            "allow_headers": ["content-type"],
            "allow_methods": ["GET", "POST"],
            "allow_origins": ["https://before.example.com"],
            "expose_headers": ["x-before"],
            "max_age": 60,
        }
    ]
    assert sorted(read["link"]["subnet_ids"]) == ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
    assert list(exported["paths"]) == ["/before/{id}"]
    assert exported["paths"]["/before/{id}"]["get"]["x-amazon-apigateway-integration"]["type"] == "http_proxy"


def called_before(calls: Calls, made: dict[str, Any]) -> None:
    assert calls.api(made["http"], "/before/7") == (200, "before", "GET /before?before=7 before")
    assert calls.api(made["http"], "/hand/before/7") == (200, "before", "GET /before?before=7 before")
    assert calls.get("pets.example.com", "/shop/before/7") == (200, "before", "GET /before?before=7 before")
    assert calls.api(made["quick"], "/any") == (200, None, "function $default")
    assert calls.api(made["imported"], "/before/7") == (200, None, "GET /before/7 None")
    assert calls.api(made["http"], "/token") == (401, None, '{"message":"Unauthorized"}')


def called_after(calls: Calls, made: dict[str, Any]) -> None:
    assert calls.api(made["http"], "/after/7") == (404, None, '{"message":"Not Found"}')
    shop = "pets.example.com"
    assert calls.get(shop, "/shop/v2/after/7") == (201, "after", "POST /after?after=7 after")
    assert calls.get(shop, "/shop/v2/private") == (200, None, "GET /private None")
    assert calls.get(shop, "/shop/v2/guarded?after=1", Authorization="let-me-in")[0::2] == (
        200,
        "function GET /guarded",
    )
    assert calls.get(shop, "/shop/v2/guarded?after=1", Authorization="no")[0] == 403
    assert calls.get(shop, "/shop/v2/anything")[0] == 403  # not signed
    assert calls.get("mutual.example.com", "/")[0] == 403
    assert calls.api(made["quick"], "/quick") == (200, None, "GET /quick None")
    assert calls.api(made["imported"], "/after/7") == (201, None, "GET /after/7 None")
    assert calls.api(made["imported"], "/before/7") == (404, None, '{"message":"Not Found"}')
    with calls.chat("/v2?after=1", after="let-me-in") as chat:
        for message, answer in (
            ({"type": "echoafter", "text": "a", "after": 1}, {"now": "after"}),
            ({"type": "other"}, "function $default"),
        ):
            chat.send(json.dumps(message))
            assert chat.recv(20) == (answer if isinstance(answer, str) else json.dumps(answer))
        chat.send('{"type": "echoafter"}')
        assert json.loads(chat.recv(20))["message"] == "Bad request body"


def test_every_resource(node: Node, backend: int, provider: str, tmp_path: Path) -> None:
    create_function(node, "every", CODE)
    node.client("lambda").add_permission(
        FunctionName="every",
        StatementId="gateway",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    folder = tmp_path / "terraform"
    terraform = Terraform(
        CONFIGURATION, folder, node, provider, backend=f"http://127.0.0.1:{backend}", listener=LISTENER
    )
    calls = Calls(node)

    terraform("apply", "-auto-approve", "-no-color")
    types = {held["type"] for held in state_of(terraform)["resources"] if held["mode"] == "managed"}
    assert {type.removeprefix("aws_apigatewayv2_") for type in types if "v2" in type} == RESOURCES
    read_before(made_by(terraform))
    called_before(calls, made_by(terraform))
    terraform("plan", "-detailed-exitcode", "-no-color")  # 2, thus an error, when anything would change

    terraform("apply", "-auto-approve", "-refresh=false", "-no-color", now="after")
    called_after(calls, made_by(terraform))
    count, plan = import_all(terraform, "after")
    assert f"Plan: {count} to import, 0 to add, 0 to change, 0 to destroy." in plan, plan

    terraform("destroy", "-auto-approve", "-refresh=false", "-no-color", now="after")
    node.client("lambda").delete_function(FunctionName="every")
    node.stop()
    assert [key for key in are_left(node) if key.kind != "Account"] == []  # which everybody has
