"""The main job by hand with the AWS CLI alone, called at both URL forms with curl."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.packages import HELLO, package
from tests.node import Node, command_line


class Shell:
    """Runs `aws` and `curl` as a user would, against one node."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.aws_command = command_line("aws")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_PAGER": "",
        }

    def aws(self, *arguments: str) -> Any:
        done = subprocess.run(
            [self.aws_command, "--endpoint-url", self.node.url, "--output", "json", *arguments],
            capture_output=True,
            text=True,
            env=self.environment,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def curl(self, *arguments: str) -> str:
        return subprocess.run(
            [command_line("curl"), "-sS", "--max-time", "30", *arguments], capture_output=True, text=True, check=True
        ).stdout


@pytest.fixture(scope="module")
def shell(node: Node) -> Shell:
    return Shell(node)


def test_a_function_and_an_api_by_hand(shell: Shell, tmp_path: Path) -> None:
    bundle = tmp_path / "function.zip"
    bundle.write_bytes(package(HELLO))
    function = shell.aws(
        *("lambda", "create-function", "--function-name", "by-hand", "--timeout", "25"),
        *("--runtime", f"python3.{sys.version_info.minor}", "--role", "arn:aws:iam::000000000000:role/any"),
        *("--handler", "index.handler"),
        *("--zip-file", f"fileb://{bundle}"),
    )
    api = shell.aws("apigateway", "create-rest-api", "--name", "by-hand")
    shell.aws(
        *("lambda", "add-permission", "--function-name", "by-hand", "--statement-id", "gateway"),
        *("--action", "lambda:InvokeFunction", "--principal", "apigateway.amazonaws.com"),
        *("--source-arn", f"arn:aws:execute-api:us-east-1:000000000000:{api['id']}/*/GET/greet"),
    )
    resource = shell.aws(
        *("apigateway", "create-resource", "--rest-api-id", api["id"]),
        *("--parent-id", api["rootResourceId"], "--path-part", "greet"),
    )
    method = ("--rest-api-id", api["id"], "--resource-id", resource["id"], "--http-method", "GET")
    shell.aws("apigateway", "put-method", *method, "--authorization-type", "NONE")
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function['FunctionArn']}/invocations"
    shell.aws(
        *("apigateway", "put-integration", *method, "--type", "AWS_PROXY"),
        *("--integration-http-method", "POST", "--uri", uri),
    )
    shell.aws("apigateway", "create-deployment", "--rest-api-id", api["id"], "--stage-name", "prod")
    by_path = shell.curl(f"{shell.node.url}/_aws/execute-api/{api['id']}/prod/greet?name=path")
    by_host = shell.curl(f"http://{api['id']}.execute-api.us-east-1.localhost:{shell.node.port}/prod/greet?name=host")
    assert (by_path, by_host) == ("hello path", "hello host")
