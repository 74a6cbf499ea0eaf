"""The main job with Terraform: apply, call, an empty plan, a change, destroy."""

import json
import sys
from pathlib import Path

from tests.journeys.packages import package
from tests.journeys.terraform_cli import Terraform, needs_terraform
from tests.node import Node

CONFIGURATION = Path(__file__).with_name("terraform")
GREET = """
import json
import os

def handler(event, context):
    said = [os.environ["GREETING"], event["pathParameters"]["name"], event["stageVariables"]["status"]]
    return {"statusCode": 200, "body": json.dumps(said)}
"""

pytestmark = needs_terraform


def test_apply_call_replan_change_destroy(node: Node, provider: str, tmp_path: Path) -> None:
    zipped = tmp_path / "function.zip"
    zipped.write_bytes(package(GREET))
    terraform = Terraform(
        CONFIGURATION,
        tmp_path / "terraform",
        node,
        provider,
        package=str(zipped),
        runtime=f"python3.{sys.version_info.minor}",
    )
    terraform("apply", "-auto-approve", "-no-color")
    api = json.loads(terraform("output", "-json"))["api"]["value"]

    def get(path: str) -> tuple[int, str, bytes]:
        status, headers, body = node.request("GET", f"/prod{path}", host=f"{api}.execute-api.us-east-1.localhost")
        return status, headers.get("x-status", ""), body

    assert get("/greet/ada") == (200, "", b'["hello", "ada", "up"]')
    assert get("/status") == (200, "up", b'{"status":"up"}')
    assert get("/health") == (200, "", node.request("GET", "/_gatewright/health")[2])

    terraform("plan", "-detailed-exitcode", "-no-color")  # 2, thus an error, when anything would change
    terraform("apply", "-auto-approve", "-refresh=false", "-no-color", status="busy")
    assert get("/greet/ada") == (200, "", b'["hello", "ada", "busy"]')
    assert get("/status") == (200, "up", b'{"status":"busy"}')
    assert len(node.client("apigateway").get_deployments(restApiId=api)["items"]) == 1
    log = node.data_dir / "logs" / "access" / api / "prod.log"
    assert log.read_text().splitlines()[0].partition(" ")[2] == "GET /prod/greet/ada 200"

    terraform("destroy", "-auto-approve", "-refresh=false", "-no-color", status="busy")
    assert node.client("apigateway").get_rest_apis()["items"] == []
    assert node.client("lambda").list_functions()["Functions"] == []
    assert get("/greet/ada") == (403, "", b'{"message":"Forbidden"}')
