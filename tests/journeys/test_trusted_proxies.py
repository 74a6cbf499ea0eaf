"""A node behind a proxy: who calls is who called the proxy, for policies, mappings and access logs alike."""

import json
import time
from pathlib import Path

from tests.node import Node

ACCESS_LOG = "arn:aws:logs:us-east-1:000000000000:log-group:calls"


def test_who_called_the_proxy_is_who_calls(tmp_path: Path) -> None:
    with Node(tmp_path / "data", GATEWRIGHT_TRUSTED_PROXIES="127.0.0.1,10.0.0.0/8") as node:
        deploy(node)
        assert call(node, "198.51.100.1, 203.0.113.9") == (200, "203.0.113.9")
        assert call(node, "203.0.113.9, 10.1.2.3") == (200, "203.0.113.9")
        status, message = call(node, "203.0.113.9, 198.51.100.1")
        assert (status, message["Message"].partition(" on ")[0]) == (
            403,
            "User: anonymous is not authorized to perform: execute-api:Invoke",
        )
        assert call(node, "203.0.113.9, unknown")[0] == 400
        log = node.data_dir / "logs/access/pets/prod.log"
        end = time.monotonic() + 5
        while (not log.exists() or log.read_text().count("\n") < 3) and time.monotonic() < end:
            time.sleep(0.01)
        told = [line.split()[:2] for line in log.read_text().splitlines()]
        assert told == [["203.0.113.9", "200"], ["203.0.113.9", "200"], ["198.51.100.1", "403"]]


def deploy(node: Node) -> None:
    """GET / tells the caller's address, to callers from 203.0.113.0/24."""
    allow = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    block = {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
    gateway = node.client("apigateway")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow | block]})
    root = gateway.create_rest_api(name="pets", tags={"_custom_id_": "pets"}, policy=policy)["rootResourceId"]
    where = {"restApiId": "pets", "resourceId": root, "httpMethod": "GET"}
    gateway.put_method(**where, authorizationType="NONE")
    gateway.put_integration(**where, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    gateway.put_method_response(**where, statusCode="200")
    template = '"$context.identity.sourceIp"'
    gateway.put_integration_response(**where, statusCode="200", responseTemplates={"application/json": template})
    gateway.create_deployment(restApiId="pets", stageName="prod")
    role = {"op": "replace", "path": "/cloudwatchRoleArn", "value": "arn:aws:iam::000000000000:role/logs"}
    gateway.update_account(patchOperations=[role])
    settings = {"destinationArn": ACCESS_LOG, "format": "$context.identity.sourceIp $context.status $context.requestId"}
    patch = [
        {"op": "replace", "path": f"/accessLogSettings/{name}", "value": value} for name, value in settings.items()
    ]
    gateway.update_stage(restApiId="pets", stageName="prod", patchOperations=patch)


def call(node: Node, forwarded_for: str) -> tuple[int, object]:
    status, _, body = node.request(
        "GET", "/prod/", host="pets.execute-api.us-east-1.amazonaws.com", headers={"X-Forwarded-For": forwarded_for}
    )
    return status, json.loads(body)
