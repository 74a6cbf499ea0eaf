"""Every resource of Terraform's AWS provider for HTTP and WebSocket APIs: apply, an empty plan, changes, destroy."""

import json
from pathlib import Path

from websockets.sync.client import connect

from tests.journeys.terraform_cli import Terraform, needs_terraform
from tests.node import Node

CONFIGURATION = Path(__file__).with_name("terraform_v2")
RESOURCES = {
    *("api", "api_mapping", "authorizer", "deployment", "domain_name", "integration", "integration_response"),
    *("model", "route", "route_response", "stage", "vpc_link"),
}

pytestmark = needs_terraform


def test_every_resource(node: Node, tmp_path: Path) -> None:
    terraform = Terraform(CONFIGURATION, tmp_path / "terraform", node, backend="http://127.0.0.1:9/")
    terraform("apply", "-auto-approve", "-no-color")
    held = terraform("state", "list").split()
    assert {name.split(".")[0].removeprefix("aws_apigatewayv2_") for name in held} == RESOURCES
    terraform("plan", "-detailed-exitcode", "-no-color")  # 2, thus an error, when anything would change
    terraform("apply", "-auto-approve", "-no-color", now="after")
    terraform("plan", "-detailed-exitcode", "-no-color", now="after")
    output = {name: value["value"] for name, value in json.loads(terraform("output", "-json")).items()}
    with connect(f"{node.url}/_aws/execute-api/{output['websocket']}/prod".replace("http:", "ws:")) as client:
        client.send('{"type": "any", "action": "after"}')
        assert json.loads(client.recv(10)) == {"now": "after"}
    terraform("destroy", "-auto-approve", "-no-color", now="after")
    client = node.client("apigatewayv2")
    assert client.get_apis()["Items"] == client.get_vpc_links()["Items"] == client.get_domain_names()["Items"] == []
