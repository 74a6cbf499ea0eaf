"""Canaries: which deployment serves a request, with which variables, and what is counted and logged where."""

from typing import Any

import pytest

from gatewright.execute.plan import RestPlan
from gatewright.execute.rest_stage import compile_rest_stage
from tests.execute.stage import CHOSEN_ID, MOCK, REQUEST_ID, Scene, compiled, method, registry_of, request, snapshot

LOG = "$context.requestId $context.isCanaryRequest $context.deploymentId $context.stage"


def answering(status: str) -> dict[str, Any]:
    integration: dict[str, Any] = MOCK | {
        "requestTemplates": {"application/json": f'{{"statusCode": {status}}}'},
        "integrationResponses": {status: {"statusCode": status}},
    }
    mapped = {
        "responseParameters": {f"method.response.header.{name}": f"stageVariables.{name}" for name in ("a", "b", "c")}
    }
    integration["integrationResponses"][status] |= mapped
    return snapshot({"/": {"GET": method(integration)}})


def plan(percent: float) -> RestPlan:
    stage = {
        "stageName": "prod",
        "deploymentId": "base",
        "variables": {"a": "1", "b": "1"},
        "accessLogSettings": {"format": LOG},
        "canarySettings": {
            "percentTraffic": percent,
            "deploymentId": "new",
            "stageVariableOverrides": {"b": "2", "c": "2"},
            "useStageCache": False,
        },
    }
    return compile_rest_stage(answering("200"), stage, answering("202"), account="123456789012", region="eu-west-1")


def served(stage: RestPlan, chance: float) -> tuple[int, dict[str, str], list[tuple[str, bytes]]]:
    scene = Scene()
    scene.chance = chance
    response = scene.serve(stage, request("GET", "/", CHOSEN_ID))
    lines = [line.decode().strip().split(": ") for line in response.headers]
    return response.status, {line[0]: line[1] for line in lines if len(line[0]) == 1}, scene.lines


@pytest.mark.parametrize(
    ("percent", "chance", "is_canary"),
    [(0.0, 0.0, False), (12.5, 0.1249, True), (12.5, 0.125, False), (100.0, 0.9999, True)],
)
def test_the_draw(percent: float, chance: float, is_canary: bool) -> None:
    expected = (
        (202, {"a": "1", "b": "2", "c": "2"}, [("prod", f"{REQUEST_ID} true new prod".encode())])
        if is_canary
        else (200, {"a": "1", "b": "1"}, [("prod", f"{REQUEST_ID} false base prod".encode())])
    )
    assert served(plan(percent), chance) == expected


def test_without_a_canary_nothing_is_drawn_and_nothing_told() -> None:
    stage = compiled(answering("200"), accessLogSettings={"format": LOG})
    scene = Scene()
    scene.chance = None  # type: ignore[assignment]
    scene.serve(stage, request("GET", "/", CHOSEN_ID))
    assert scene.lines == [("prod", f"{REQUEST_ID} - dep1 prod".encode())]


def test_counters_are_shared_outlive_plans_and_the_canary_has_its_own() -> None:
    registry = registry_of(lambda api_id, name: plan(50.0) if name == "prod" else None)
    scene = Scene()
    for chance in (0.1, 0.2, 0.9):
        scene.chance = chance
        scene.find_and_serve(registry, request("GET", "/prod/", "Host: abcdef1234.execute-api.localhost"))
        registry.drop("abcdef1234")
    assert {counted.stage: counted.counters.requests for counted in registry.counters()} == {
        "prod": 3,
        "prod/Canary": 2,
    }
    registry.forget("abcdef1234")
    assert registry.counters() == []


def test_a_canary_whose_deployment_is_not_there() -> None:
    with pytest.raises(LookupError, match="the canary of stage abcdef1234/prod has no snapshot"):
        compiled(answering("200"), canarySettings={"percentTraffic": 1.0, "deploymentId": "gone"})
