"""Every resource and data source of Terraform's AWS provider for REST APIs: apply, an empty plan, changes, destroy."""

import json
from pathlib import Path

from tests.journeys.terraform_cli import Terraform, needs_terraform
from tests.node import Node

CONFIGURATION = Path(__file__).with_name("terraform_every")
RESOURCES = {
    *("account", "api_key", "authorizer", "base_path_mapping", "client_certificate", "deployment"),
    *("documentation_part", "documentation_version", "domain_name", "domain_name_access_association"),
    *("gateway_response", "integration", "integration_response", "method", "method_response", "method_settings"),
    *("model", "request_validator", "resource", "rest_api", "rest_api_policy", "rest_api_put", "stage"),
    *("usage_plan", "usage_plan_key", "vpc_link"),
}

pytestmark = needs_terraform


def test_every_resource(node: Node, provider: str, tmp_path: Path) -> None:
    terraform = Terraform(CONFIGURATION, tmp_path / "terraform", node, provider)
    terraform("apply", "-auto-approve", "-no-color")
    held = terraform("state", "list").split()
    assert {name.split(".")[0].removeprefix("aws_api_gateway_") for name in held if name.startswith("aws_api")} == (
        RESOURCES
    )
    output = {name: value["value"] for name, value in json.loads(terraform("output", "-json")).items()}
    api, imported = output["api"], output["imported"]
    assert output["exported"].lower() == "mock"
    assert output["read"] == [
        *(True, "status", "application/octet-stream", "key-before", 1),
        *("method.request.header.Authorization", 2, "TLS_1_0", "AVAILABLE"),
    ]

    def send(verb: str, api: str, path: str, body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
        host = f"{api}.execute-api.us-east-1.localhost"
        status, headers, answer = node.request(verb, path, body=body, host=host)
        return status, {name: value for name, value in headers.items() if name in ("x-now", "x-name")}, answer

    pet = b'{"name": "Rex", "kind": "dog"}'
    assert send("POST", api, "/prod/pets?dry=1", pet) == (
        *(201, {"x-now": "before", "x-name": "Rex"}),
        b'{"stage":"prod","dry":"1"}',
    )
    assert send("POST", api, "/prod/pets", b"{}") == (400, {"x-now": "before"}, b'{"wrong":"Invalid request body"}')
    assert send("DELETE", api, "/prod/pets") == (401, {}, b'{"message":"Unauthorized"}')
    assert send("DELETE", api, "/prod/pets?is=wall%2Dbefore") == (403, {}, b'{"message":"Forbidden"}')
    assert send("GET", imported, "/live/status") == (200, {}, b'{"imported":"before"}')

    terraform("plan", "-detailed-exitcode", "-no-color")  # 2, thus an error, when anything would change
    terraform("apply", "-auto-approve", "-no-color", now="after")
    terraform("plan", "-detailed-exitcode", "-no-color", now="after")
    assert send("POST", api, "/prod/animals", pet) == (
        *(201, {"x-now": "after", "x-name": "Rex"}),
        b'{"stage":"prod","dry":""}',
    )
    assert send("POST", api, "/prod/animals", b'{"name": "Rex"}') == (
        *(422, {"x-now": "after"}),
        b'{"wrong":"Invalid request body"}',
    )
    assert send("DELETE", api, "/prod/animals?is=wall%2Dafter") == (403, {}, b'{"message":"Forbidden"}')
    assert send("GET", imported, "/live/status") == (200, {}, b'{"imported":"after"}')

    terraform("destroy", "-auto-approve", "-refresh=false", "-no-color", now="after")
    client = node.client("apigateway")
    assert client.get_rest_apis()["items"] == []
    for operation in (
        "get_api_keys",
        "get_usage_plans",
        "get_domain_names",
        "get_vpc_links",
        "get_client_certificates",
    ):
        assert getattr(client, operation)()["items"] == []
