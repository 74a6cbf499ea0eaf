"""The main job with Terraform: apply, call, an empty plan, a change, destroy.

The AWS provider comes from a filesystem mirror named by TF_PLUGIN_DIR; without one the journey is skipped.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.packages import package
from tests.node import Node

CONFIGURATION = Path(__file__).with_name("terraform")
MIRROR = os.environ.get("TF_PLUGIN_DIR", "")
GREET = """
import json
import os

def handler(event, context):
    said = [os.environ["GREETING"], event["pathParameters"]["name"], event["stageVariables"]["status"]]
    return {"statusCode": 200, "body": json.dumps(said)}
"""

pytestmark = pytest.mark.skipif(
    not MIRROR or shutil.which("terraform") is None,
    reason="Terraform's journey needs `terraform` and TF_PLUGIN_DIR, a filesystem mirror with hashicorp/aws",
)


class Terraform:
    """Runs `terraform` in a folder of its own against one node."""

    def __init__(self, folder: Path, node: Node) -> None:
        self.folder = folder
        shutil.copytree(CONFIGURATION, folder, dirs_exist_ok=True)
        (folder / "function.zip").write_bytes(package(GREET))
        settings = folder / "terraform.rc"
        settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{MIRROR}"\n  }}\n}}\n')
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
        self.environment = kept | {
            "GOGC": "800",  # the provider's start is mostly garbage collection
            "TF_CLI_CONFIG_FILE": str(settings),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "TF_VAR_endpoint": node.url,
            "TF_VAR_runtime": f"python3.{sys.version_info.minor}",
            "TF_VAR_package": str(folder / "function.zip"),
            "CHECKPOINT_DISABLE": "1",
        }

    def __call__(self, *arguments: str, **variables: str) -> str:
        """Standard output of a command that must succeed; `variables` are Terraform's."""
        environment = self.environment | {f"TF_VAR_{name}": value for name, value in variables.items()}
        done = subprocess.run(
            ["terraform", *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (
            f"terraform {arguments[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
        return done.stdout


def test_apply_call_replan_change_destroy(node: Node, tmp_path: Path) -> None:
    terraform = Terraform(tmp_path / "terraform", node)
    terraform("init", "-no-color")
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
