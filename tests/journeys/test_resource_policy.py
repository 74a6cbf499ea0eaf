"""An API's policy through boto3, and who may call then: a policy counts once it is deployed."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.node import Node

ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
MASKED = "arn:aws:execute-api:us-east-1:********0000:{}"
Answer = tuple[int, Any]


class Api:
    """GET and POST of /, /pets and /pets/{id}, which all answer with 204 No Content."""

    def __init__(self, node: Node, name: str, **given: Any) -> None:
        self.node = node
        self.name = name
        self.gateway = node.client("apigateway")
        root = self.gateway.create_rest_api(name=name, tags={"_custom_id_": name}, **given)["rootResourceId"]
        pets = self.gateway.create_resource(restApiId=name, parentId=root, pathPart="pets")["id"]
        pet = self.gateway.create_resource(restApiId=name, parentId=pets, pathPart="{id}")["id"]
        for resource in (root, pets, pet):
            for verb in ("GET", "POST"):
                self._method(resource, verb)
        self.deploy()

    def _method(self, resource: str, verb: str) -> None:
        where = {"restApiId": self.name, "resourceId": resource, "httpMethod": verb}
        self.gateway.put_method(**where, authorizationType="NONE")
        templates = {"application/json": '{"statusCode": 200}'}
        self.gateway.put_integration(**where, type="MOCK", requestTemplates=templates)
        self.gateway.put_method_response(**where, statusCode="200")
        self.gateway.put_integration_response(**where, statusCode="200")

    def deploy(self) -> None:
        self.gateway.create_deployment(restApiId=self.name, stageName="prod")

    def policy(self, *statements: dict[str, Any]) -> None:
        """Set it, and deploy."""
        text = json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else ""
        patch = [{"op": "replace", "path": "/policy", "value": text}]
        self.gateway.update_rest_api(restApiId=self.name, patchOperations=patch)
        self.deploy()

    def call(self, path: str = "/", verb: str = "GET", suffix: str = "", **headers: str) -> Answer:
        """Status, and the message of a refusal."""
        host = f"{self.name}{suffix}.execute-api.us-east-1.amazonaws.com"
        lines = {name.replace("_", "-"): value for name, value in headers.items()}
        status, _, body = self.node.request(verb, f"/prod{path}", host=host, headers=lines)
        return status, next(iter(json.loads(body).values())) if body else None


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    data: Path = tmp_path_factory.mktemp("policy") / "data"
    with Node(data, GATEWRIGHT_VPC_ENDPOINTS="vpce-1=vpc-1:127.0.0.0/8") as node:
        yield node


@pytest.fixture(scope="module")
def api(node: Node) -> Api:
    return Api(node, "pets")


SERVED: Answer = (200, None)


def denied(method: str, end: str = "", api: str = "pets") -> Answer:
    arn = MASKED.format(f"{api}/prod/{method}")
    return 403, f"User: anonymous is not authorized to perform: execute-api:Invoke on resource: {arn}{end}"


EXPLICIT = " with an explicit deny"


def ip(block: str) -> dict[str, Any]:
    return {"Condition": {"IpAddress": {"aws:SourceIp": block}}}


def test_a_policy_counts_once_it_is_deployed(api: Api) -> None:
    api.policy()
    assert api.call() == SERVED
    text = json.dumps({"Version": "2012-10-17", "Statement": [ALLOW | {"Effect": "Deny"}]})
    patch = [{"op": "replace", "path": "/policy", "value": text}]
    api.gateway.update_rest_api(restApiId="pets", patchOperations=patch)
    assert api.call() == SERVED
    api.deploy()
    assert api.call() == denied("GET/", EXPLICIT)
    api.policy()
    assert api.call() == SERVED


def test_addresses(api: Api) -> None:
    api.policy(ALLOW | ip("127.0.0.0/8"))
    assert api.call() == SERVED
    assert api.call(X_Forwarded_For="10.0.0.1") == SERVED  # only the peer's own address counts
    api.policy(ALLOW | ip("10.0.0.0/8"))
    assert api.call() == denied("GET/")
    assert api.call(X_Forwarded_For="10.0.0.1") == denied("GET/")
    api.policy(ALLOW, ALLOW | {"Effect": "Deny"} | ip("127.0.0.1"))
    assert api.call("/pets/1") == denied("GET/pets/1", EXPLICIT)


def test_methods_and_paths(api: Api) -> None:
    api.policy(
        ALLOW | {"Resource": ["execute-api:/prod/GET/pets/*", "execute-api:/*/POST/"]},
        ALLOW | {"Effect": "Deny", "Resource": "execute-api:/*/*/pets/7"},
    )
    assert api.call("/pets/1") == SERVED
    assert api.call("/", "POST") == SERVED
    assert api.call("/") == denied("GET/")
    assert api.call("/pets") == denied("GET/pets")
    assert api.call("/pets/1", "POST") == denied("POST/pets/1")
    assert api.call("/pets/7") == denied("GET/pets/7", EXPLICIT)
    assert api.call("/pets/7/") == denied("GET/pets/7", EXPLICIT)
    assert api.call("/pets/%37") == denied("GET/pets/%37", EXPLICIT)


@pytest.mark.parametrize(
    "address", ["/_aws/execute-api/pets/prod/pets/7", "/restapis/pets/prod/_user_request_//pets/7"]
)
def test_every_address_of_a_method_is_of_the_same_arn(api: Api, address: str) -> None:
    api.policy(ALLOW, ALLOW | {"Effect": "Deny", "Resource": "execute-api:/prod/*/pets/7"})
    for verb, given in (("GET", "GET"), ("POST", "PATCH")):
        status, _, body = api.node.request(given, address, headers={"X-HTTP-Method-Override": verb})
        assert (status, json.loads(body)["Message"]) == denied(f"{verb}/pets/7", EXPLICIT)


def test_dates(api: Api) -> None:
    def at(seconds: float) -> str:
        return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def within(since: Any, until: Any) -> dict[str, Any]:
        conditions = {"DateGreaterThan": {"aws:CurrentTime": since}, "DateLessThan": {"aws:CurrentTime": until}}
        return {"Condition": conditions}

    api.policy(ALLOW | within(at(-60), at(60)))
    assert api.call() == SERVED
    api.policy(ALLOW | within(at(30), at(60)))
    assert api.call() == denied("GET/")
    api.policy(ALLOW | within(at(-60), int(time.time()) - 30))
    assert api.call() == denied("GET/")


def test_a_private_api(node: Node) -> None:
    configuration = {"types": ["PRIVATE"], "vpcEndpointIds": ["vpce-1"]}
    nobody = '{"Version": "2012-10-17", "Statement": []}'
    api = Api(node, "inside", endpointConfiguration=configuration, policy=nobody)
    assert api.call() == denied("GET/", api="inside")
    api.policy(ALLOW | {"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}})
    assert api.call() == SERVED
    assert api.call(suffix="-vpce-1") == SERVED
    assert api.call(suffix="-vpce-2") == (403, "Forbidden")
    api.policy(ALLOW | {"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-2"}}})
    assert api.call() == denied("GET/", api="inside")
