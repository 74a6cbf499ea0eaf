"""One API through boto3 and HTTP: validator and model, gateway responses, compression, signatures, keys, a canary."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.node import Node

MODEL = "https://apigateway.amazonaws.com/restapis/pets/models/"
OK = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
Answer = tuple[int, dict[str, str], bytes]


class Pets:
    """An API with `POST /`, whose body must be a Pet, and `GET /`, for the signed only."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.gateway = node.client("apigateway")
        tags = {"_custom_id_": "pets"}
        self.root = self.gateway.create_rest_api(name="pets", tags=tags, minimumCompressionSize=100)["rootResourceId"]
        self._models()
        validator = self.gateway.create_request_validator(
            restApiId="pets", name="all", validateRequestBody=True, validateRequestParameters=True
        )
        checked = {
            "requestValidatorId": validator["id"],
            "requestModels": {"application/json": "Pet"},
            "requestParameters": {"method.request.querystring.owner": True},
        }
        self.method("POST", authorizationType="NONE", **checked)
        self.method("GET", authorizationType="AWS_IAM")
        self.gateway.put_gateway_response(
            restApiId="pets",
            responseType="BAD_REQUEST_BODY",
            statusCode="422",
            responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
            responseTemplates={"application/json": '{"e":"$context.error.validationErrorString"}'},
        )
        self.deployment: str = self.gateway.create_deployment(restApiId="pets", stageName="prod")["id"]

    def _models(self) -> None:
        text = json.dumps({"type": "string", "minLength": 1})
        self.gateway.create_model(restApiId="pets", name="Name", contentType="application/json", schema=text)
        text = json.dumps({"required": ["name"], "properties": {"name": {"$ref": f"{MODEL}Name"}}})
        self.gateway.create_model(restApiId="pets", name="Pet", contentType="application/json", schema=text)

    def method(self, verb: str, **given: Any) -> None:
        where = {"restApiId": "pets", "resourceId": self.root, "httpMethod": verb}
        self.gateway.put_method(**where, **given)
        self.gateway.put_integration(**where, **OK)
        self.gateway.put_method_response(**where, statusCode="200")
        templates = {"application/json": '{"served": "' + "yes " * 50 + '"}'}
        self.gateway.put_integration_response(**where, statusCode="200", responseTemplates=templates)

    def send(self, verb: str, body: bytes = b"", query: str = "?owner=me", **headers: str) -> Answer:
        lines = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.node.request(verb, f"/_aws/execute-api/pets/prod/{query}", headers=lines, body=body)


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pets]:
    data: Path = tmp_path_factory.mktemp("gate") / "data"
    with Node(data) as node:
        yield Pets(node)


def test_what_is_valid_is_served_and_compressed(pets: Pets) -> None:
    status, headers, body = pets.send("POST", b'{"name":"Tom"}', Accept_Encoding="gzip")
    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert gzip.decompress(body) == b'{"served": "' + b"yes " * 50 + b'"}'
    status, headers, _ = pets.send("POST", gzip.compress(b'{"name":"Tom"}'), Content_Encoding="gzip")
    assert (status, "content-encoding" in headers) == (200, False)


def test_what_is_not(pets: Pets) -> None:
    status, headers, body = pets.send("POST", b'{"name":""}')
    assert (status, headers["access-control-allow-origin"], headers["x-amzn-errortype"], body) == (
        *(422, "*", "BadRequestException"),
        b'{"e":"[string \\"\\" is too short (length: 0, required minimum: 1)]"}',
    )
    status, _, body = pets.send("POST", b'{"name":"Tom"}', query="")
    assert (status, body) == (400, b'{"message": "Missing required request parameters: [owner]"}')
    assert pets.send("POST", b"x", Content_Encoding="br")[0] == 415


def test_a_method_for_the_signed_lets_nobody_else_through(pets: Pets) -> None:
    assert pets.send("GET")[::2] == (403, b'{"message":"Missing Authentication Token"}')
    made_up = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/execute-api/aws4_request"
    status, headers, body = pets.send("GET", Authorization=f"{made_up}, SignedHeaders=host, Signature=00")
    assert (status, headers["x-amzn-errortype"]) == (403, "IncompleteSignatureException")
    assert b"X-Amz-Date" in body


def test_keys_and_limits_hold_without_a_deployment(pets: Pets) -> None:
    value = "a-key-of-twenty-letters"
    key = pets.gateway.create_api_key(name="pets", value=value, enabled=True)["id"]
    pets.method("PUT", authorizationType="NONE", apiKeyRequired=True)
    pets.gateway.create_deployment(restApiId="pets", stageName="keyed")

    def put(**headers: str) -> tuple[int, bytes]:
        lines = {name.replace("_", "-"): text for name, text in headers.items()}
        return pets.node.request("PUT", "/_aws/execute-api/pets/keyed/", headers=lines)[::2]

    forbidden, served = (403, b'{"message":"Forbidden"}'), (200, b'{"served": "' + b"yes " * 50 + b'"}')
    assert [put(), put(x_api_key=value)] == [forbidden, forbidden]
    stages = [{"apiId": "pets", "stage": "keyed"}]
    plan = pets.gateway.create_usage_plan(name="one a day", apiStages=stages, quota={"limit": 1, "period": "DAY"})["id"]
    pets.gateway.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    assert [put(x_api_key=value + "x"), put(x_api_key=value)] == [forbidden, served]
    assert put(x_api_key=value) == (429, b'{"message":"Limit Exceeded"}')
    pets.gateway.update_api_key(apiKey=key, patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}])
    assert put(x_api_key=value) == forbidden


def test_a_canary_takes_its_share_until_it_is_promoted(pets: Pets) -> None:
    where = {"restApiId": "pets", "resourceId": pets.root, "httpMethod": "POST"}
    template = {"op": "replace", "path": "/responseTemplates/application~1json", "value": "canary"}
    pets.gateway.update_integration_response(**where, statusCode="200", patchOperations=[template])
    canary: dict[str, Any] = {"percentTraffic": 100.0}
    pets.gateway.create_deployment(restApiId="pets", stageName="prod", canarySettings=canary)
    assert pets.send("POST", b'{"name":"Tom"}')[::2] == (200, b"canary")
    none = [{"op": "replace", "path": "/canarySettings/percentTraffic", "value": "0"}]
    stage = pets.gateway.update_stage(restApiId="pets", stageName="prod", patchOperations=none)
    assert stage["deploymentId"] == pets.deployment
    assert pets.send("POST", b'{"name":"Tom"}')[2].startswith(b'{"served"')
    promoted = [
        {"op": "copy", "path": "/deploymentId", "from": "/canarySettings/deploymentId"},
        {"op": "remove", "path": "/canarySettings"},
    ]
    pets.gateway.update_stage(restApiId="pets", stageName="prod", patchOperations=promoted)
    assert pets.send("POST", b'{"name":"Tom"}')[::2] == (200, b"canary")
