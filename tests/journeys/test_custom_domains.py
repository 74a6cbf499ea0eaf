"""A custom domain name over APIs of two kinds, as a client on the network sees it: management, curl, a restart."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.journeys.api import Api
from tests.node import Node, command_line

NAME = {"DomainName": "shop.example.com"}
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/c-1"
FORBIDDEN = (403, {"message": "Forbidden"})


def get(node: Node, address: str, *lines: str) -> tuple[int, Any]:
    """Status and body of a GET by a name that DNS has not heard of."""
    host = address.partition("/")[0]
    url = f"http://{host}:{node.port}{address.removeprefix(host)}"
    options = ["--resolve", f"{host}:{node.port}:127.0.0.1", *(part for line in lines for part in ("-H", line))]
    command = [command_line("curl"), "-sS", "-w", "\n%{http_code}", *options, url]
    body, _, status = subprocess.run(command, capture_output=True, check=True, text=True).stdout.rpartition("\n")
    return int(status), json.loads(body) if body.startswith("{") else body


def rest_api(node: Node, name: str, **members: Any) -> str:
    """A REST API that tells its name and the path by which it was called."""
    api = Api(node, name, **members)
    mock = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
    told = {"application/json": json.dumps({"api": name, "path": "$context.path"})}
    api.method("GET", "/{proxy+}", mock, responses={"200": {"responseTemplates": told}})
    api.deploy()
    return api.id


def test_names_lead_to_apis(tmp_path: Path) -> None:
    with Node(tmp_path / "data") as node:
        second = node.client("apigatewayv2")
        hidden = rest_api(node, "hidden", disableExecuteApiEndpoint=True)
        beta = rest_api(node, "beta")
        configurations = [{"CertificateArn": CERTIFICATE}]
        assert get(node, "shop.example.com/v1/a")[0] == 403
        second.create_domain_name(**NAME, DomainNameConfigurations=configurations)
        assert get(node, "shop.example.com/v1/a") == FORBIDDEN
        assert get(node, "shop.example.com/ping") == (200, "healthy")
        made = second.create_api_mapping(**NAME, ApiId=hidden, Stage="prod", ApiMappingKey="v1/pets")
        assert get(node, "shop.example.com/v1/pets/a/b?c=d") == (200, {"api": "hidden", "path": "/v1/pets/a/b"})
        assert get(node, f"{hidden}.execute-api.localhost/prod/a") == FORBIDDEN
        action = {"InvokeApi": {"ApiId": beta, "Stage": "prod", "StripBasePath": True}}
        conditions = [
            {"MatchHeaders": {"AnyOf": [{"Header": "X-Version", "ValueGlob": "beta*"}]}},
            {"MatchBasePaths": {"AnyOf": ["v1"]}},
        ]
        second.create_routing_rule(**NAME, Priority=10, Conditions=conditions, Actions=[action])
        second.update_domain_name(**NAME, RoutingMode="ROUTING_RULE_THEN_API_MAPPING")
        ruled = (200, {"api": "beta", "path": "/v1/pets/a"})
        mapped = (200, {"api": "hidden", "path": "/v1/pets/a"})
        assert get(node, "shop.example.com/v1/pets/a", "x-version: beta2") == ruled
        assert get(node, "shop.example.com/v1/pets/a", "x-version: alpha") == mapped
        node.stop()
        node.start()
        assert get(node, "shop.example.com/v1/pets/a", "x-version: beta2") == ruled
        assert get(node, "shop.example.com/v1/pets/a") == mapped
        second.delete_api_mapping(**NAME, ApiMappingId=made["ApiMappingId"])
        assert get(node, "shop.example.com/v1/pets/a") == FORBIDDEN
        second.delete_domain_name(**NAME)
        status, body = get(node, "shop.example.com/v1/pets/a", "x-version: beta2")
        assert status == 403 and "is not one of this gateway" in body["message"]
