"""Addresses: which stage a request is for, and what happens to plans when something changes."""

import pytest

from gatewright.execute.plan import RestPlan
from tests.execute.stage import CHOSEN_ID, MOCK, Scene, one, registry_of, request, shown

API = "abcdef1234"


class Shelf:
    """Stages that a registry may load; it keeps what was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.stage: RestPlan | None = one(MOCK)

    def load(self, api_id: str, stage: str) -> RestPlan | None:
        self.asked.append((api_id, stage))
        return self.stage if (api_id, stage) == (API, "prod") else None


@pytest.mark.parametrize(
    ("host", "target", "path"),
    [
        (f"{API}.execute-api.localhost:4566", "/prod", ""),
        (f"{API}.execute-api.localhost:4566", "/prod/", "/"),
        (f"{API}.execute-api.eu-west-1.localhost", "/prod/a/b%2F/", "/a/b%2F/"),
        (f"{API}.execute-api.eu-west-1.amazonaws.com", "//prod//a", "//a"),
        (f"{API.upper()}.execute-api.localhost", "/prod/a", "/a"),
        (f"{API.upper()}.EXECUTE-API.localhost", "/prod/a", "/a"),
        ("localhost:4566", f"/_aws/execute-api/{API}/prod", ""),
        ("localhost:4566", f"/_aws/execute-api/{API}/prod/a?x=1", "/a"),
        ("", f"/restapis/{API}/prod/_user_request_/a", "/a"),
        ("", f"/restapis/{API}/prod/_user_request_", ""),
    ],
)
def test_addresses(host: str, target: str, path: str):
    shelf = Shelf()
    registry = registry_of(shelf.load)
    lines = [f"Host: {host}"] if host else []
    found = registry.find(request("GET", target, *lines))
    assert found is not None and (found.plan.api_id, found.plan.stage, found.path) == (API, "prod", path)


@pytest.mark.parametrize(
    ("host", "target"),
    [
        ("localhost", "/"),
        ("localhost", f"/restapis/{API}/stages/prod"),
        ("localhost", f"/restapis/{API}/prod/_user_requests"),
        ("localhost", f"/prod/_aws/execute-api/{API}/prod"),
        ("execute-api.localhost", "/prod"),
        ("x.y.execute-api.localhost", "/prod"),
    ],
)
def test_what_is_not_for_an_api(host: str, target: str):
    assert registry_of(Shelf().load).find(request("GET", target, f"Host: {host}")) is None


@pytest.mark.parametrize(
    ("host", "target"),
    [
        (f"{API}.execute-api.localhost", "/other/a"),
        (f"{API}.execute-api.localhost", "/PROD"),
        (f"{API}.execute-api.localhost", "/"),
        ("unknown.execute-api.localhost", "/prod"),
        ("localhost", "/_aws/execute-api/unknown/prod"),
        ("localhost", "/_aws/execute-api/unknown"),
    ],
)
def test_an_unknown_api_or_stage_is_forbidden(host: str, target: str):
    scene = Scene()
    response = scene.find_and_serve(registry_of(Shelf().load), request("GET", target, f"Host: {host}", CHOSEN_ID))
    assert response is not None
    assert shown(response) == (
        403,
        [b"x-amzn-ErrorType: ForbiddenException\r\n", b"Content-Type: application/json\r\n"],
        b'{"message":"Forbidden"}',
    )


def test_plans_are_loaded_once_until_dropped_and_counters_stay():
    shelf = Shelf()
    registry = registry_of(shelf.load)
    scene = Scene()
    asked = request("GET", "/prod", f"Host: {API}.execute-api.localhost")
    for _ in range(3):
        scene.find_and_serve(registry, asked)
        scene.find_and_serve(registry, request("GET", "/prod", f"Host: {API.upper()}.execute-api.localhost"))
    assert shelf.asked == [(API, "prod")]
    shelf.stage = one(MOCK, "/moved")
    registry.drop(API)
    scene.find_and_serve(registry, asked)
    assert shelf.asked == [(API, "prod")] * 2
    (counted,) = registry.counters()
    assert (counted.api_id, counted.api_name, counted.stage) == (API, "users", "prod")
    assert (counted.counters.requests, counted.counters.client_errors) == (7, 1)
    shelf.stage = None
    registry.forget(API)
    assert registry.counters() == []
    response = scene.find_and_serve(registry, asked)
    assert response is not None and response.status == 403


def test_a_request_in_flight_keeps_its_plan():
    shelf = Shelf()
    registry = registry_of(shelf.load)
    asked = request("GET", "/prod", f"Host: {API}.execute-api.localhost")
    found = registry.find(asked)
    assert found is not None
    shelf.stage = None
    registry.drop(API)
    assert Scene().serve(found.plan, asked, found.path).status == 200


def test_a_stage_that_cannot_be_loaded_is_500(caplog: pytest.LogCaptureFixture):
    def load(api_id: str, stage: str) -> RestPlan | None:
        raise OSError("disk")

    asked = request("GET", "/prod", f"Host: {API}.execute-api.localhost")
    response = Scene().find_and_serve(registry_of(load), asked)
    assert response is not None and response.status == 500
    assert "cannot be loaded" in caplog.text


@pytest.mark.parametrize("stage", ["prod", "$default"])
def test_a_stage_that_could_not_be_loaded_is_tried_again(stage: str):
    fates: list[Exception | None] = [OSError("disk"), None]

    def load(api_id: str, stage: str) -> RestPlan:
        fate = fates.pop(0)
        if fate is not None:
            raise fate
        return one(MOCK)

    registry, asked = registry_of(load, API, stage), request("GET", "/prod", f"Host: {API}.execute-api.localhost")
    found = [registry.find(asked) for _ in range(3)]
    assert [each.plan.api_name for each in found if each is not None] == ["", "users", "users"]


def test_hosts_are_remembered_within_bounds():
    registry = registry_of(lambda api_id, stage: None)
    for number in range(3000):
        registry.find(request("GET", "/", f"Host: a{number}.execute-api.localhost"))
    assert len(registry._hosts) <= 1024
