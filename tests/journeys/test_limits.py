"""Keys, throttles and quotas through boto3 and HTTP at a real node: killed, restarted, with its clock moved."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.node import Node

VALUE = "0123456789abcdefghijABCDEFGHIJ"
OK = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
EVERY = '{"id": "$context.requestId", "status": $context.status}'
SERVED = (200, b"")
FORBIDDEN = (403, b'{"message":"Forbidden"}')
EXCEEDED = (429, b'{"message":"Limit Exceeded"}')
TOO_MANY = (429, b'{"message":"Too Many Requests"}')


class Pets:
    """An API with `GET /`, which asks for a key, and one key in a plan with a monthly quota of 10."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.gateway = node.client("apigateway")
        tags = {"_custom_id_": "pets"}
        root = self.gateway.create_rest_api(name="pets", tags=tags)["rootResourceId"]
        where = {"restApiId": "pets", "resourceId": root, "httpMethod": "GET"}
        self.gateway.put_method(**where, authorizationType="NONE", apiKeyRequired=True)
        self.gateway.put_integration(**where, **OK)
        self.gateway.put_method_response(**where, statusCode="200")
        self.gateway.put_integration_response(**where, statusCode="200")
        self.gateway.create_deployment(restApiId="pets", stageName="prod")
        role = {"op": "replace", "path": "/cloudwatchRoleArn", "value": "arn:aws:iam::000000000000:role/logs"}
        self.gateway.update_account(patchOperations=[role])
        log = [
            {"op": "replace", "path": "/accessLogSettings/format", "value": EVERY},
            {
                "op": "replace",
                "path": "/accessLogSettings/destinationArn",
                "value": "arn:aws:logs:us-east-1:000000000000:log-group:pets",
            },
        ]
        self.gateway.update_stage(restApiId="pets", stageName="prod", patchOperations=log)
        self.key: str = self.gateway.create_api_key(name="mine", value=VALUE, enabled=True)["id"]
        stages = [{"apiId": "pets", "stage": "prod"}]
        quota = {"limit": 10, "period": "MONTH"}
        self.plan: str = self.gateway.create_usage_plan(name="gold", apiStages=stages, quota=quota)["id"]

    def send(self, value: str = VALUE) -> tuple[int, bytes]:
        status, headers, body = self.node.request("GET", "/_aws/execute-api/pets/prod/", headers={"x-api-key": value})
        assert status == 200 or headers["x-amzn-errortype"] in (
            *("ForbiddenException", "LimitExceededException", "TooManyRequestsException"),
        )
        return status, body

    def usage(self) -> list[list[int]]:
        day = datetime.fromtimestamp(self.clock(), UTC).date().isoformat()
        usage = self.gateway.get_usage(usagePlanId=self.plan, keyId=self.key, startDate=day, endDate=day)
        pairs: list[list[int]] = usage["items"][self.key]
        return pairs

    def change_key(self, path: str, value: str) -> None:
        operations = [{"op": "replace", "path": path, "value": value}]
        self.gateway.update_api_key(apiKey=self.key, patchOperations=operations)

    def change_plan(self, *operations: dict[str, Any]) -> None:
        self.gateway.update_usage_plan(usagePlanId=self.plan, patchOperations=list(operations))

    def clock(self, **move: float) -> float:
        body = json.dumps(move).encode() if move else b""
        status, _, answer = self.node.request("POST" if move else "GET", "/_gatewright/clock", body=body)
        assert status == 200
        now: float = json.loads(answer)["now"]
        return now


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pets]:
    data: Path = tmp_path_factory.mktemp("limits") / "data"
    with Node(data, GATEWRIGHT_VIRTUAL_CLOCK="1", GATEWRIGHT_ACCOUNT_BURST_LIMIT="4000") as node:
        yield Pets(node)


def test_the_story_of_a_key(pets: Pets) -> None:
    pets.clock(set=datetime(2026, 1, 30, 12, tzinfo=UTC).timestamp())
    assert pets.send() == FORBIDDEN  # it is in no plan
    pets.gateway.create_usage_plan_key(usagePlanId=pets.plan, keyId=pets.key, keyType="API_KEY")
    assert [pets.send(), pets.send(VALUE + "x"), pets.send("")] == [SERVED, FORBIDDEN, FORBIDDEN]
    pets.change_key("/enabled", "false")
    assert pets.send() == FORBIDDEN
    pets.change_key("/enabled", "true")
    rate = {"op": "add", "path": "/throttle/rateLimit", "value": "0.5"}
    burst = {"op": "add", "path": "/throttle/burstLimit", "value": "2"}
    pets.change_plan(rate, burst)
    assert [pets.send() for _ in range(3)] == [SERVED, SERVED, TOO_MANY]
    pets.clock(advance=4)
    assert [pets.send() for _ in range(3)] == [SERVED, SERVED, TOO_MANY]
    assert pets.usage() == [[5, 5]]
    pets.change_plan({"op": "remove", "path": "/throttle"})
    assert pets.gateway.get_account()["throttleSettings"] == {"burstLimit": 4000, "rateLimit": 10_000.0}


def test_quotas_end_with_their_period_and_outlive_the_node(pets: Pets) -> None:
    assert [pets.send() for _ in range(6)] == [SERVED] * 5 + [EXCEEDED]
    pets.gateway.update_usage(
        usagePlanId=pets.plan, keyId=pets.key, patchOperations=[{"op": "replace", "path": "/remaining", "value": "2"}]
    )
    assert [pets.send() for _ in range(3)] == [SERVED, SERVED, EXCEEDED]
    assert pets.usage() == [[12, 0]]
    now = pets.clock()
    time.sleep(1.3)  # what is older than a second is written
    pets.node.kill()
    pets.node.start()
    pets.clock(set=now)
    assert pets.usage() == [[12, 0]]
    assert pets.send() == EXCEEDED
    pets.clock(set=datetime(2026, 2, 1, tzinfo=UTC).timestamp() - 3)
    assert pets.send() == EXCEEDED
    pets.clock(advance=3)
    assert [pets.send(), pets.usage()] == [SERVED, [[1, 9]]]
    now = pets.clock()
    pets.node.stop()  # at once: a stop writes what there is
    pets.node.start()
    pets.clock(set=now)
    assert pets.usage() == [[1, 9]]


def test_a_key_is_in_no_log_of_the_node(pets: Pets) -> None:
    data = pets.node.data_dir
    for file in (*(data / "logs").rglob("*"), data.parent / f"{data.name}.node.log"):
        assert not file.is_file() or VALUE.encode() not in file.read_bytes(), file


def test_the_clock_is_announced_loudly_and_is_for_programs_of_this_machine_alone(pets: Pets) -> None:
    log = pets.node.data_dir.parent / f"{pets.node.data_dir.name}.node.log"
    assert "WARNING gatewright.app.base: GATEWRIGHT_VIRTUAL_CLOCK is on" in log.read_text()
    assert pets.node.request("POST", "/_gatewright/clock", host="evil.example", body=b'{"advance": 1}')[0] == 403


def test_without_the_setting_there_is_no_such_page(tmp_path: Path) -> None:
    with Node(tmp_path / "data") as node:
        assert node.request("POST", "/_gatewright/clock", body=b'{"advance": 1}')[0] == 404
