"""A stage's cache as its settings change: what is configured through boto3, and what requests then get."""

from collections.abc import Callable
from dataclasses import replace as changed
from functools import partial
from typing import Any

import pytest

from gatewright.execute.network import NETWORK
from gatewright.execute.registry import Registry
from gatewright.execute.stored_stage import drop_changed, load_stage, read_stages
from tests.execute.cache import returned
from tests.execute.stage import Scene, request
from tests.management.gateway import Gateway, Operations, replace
from tests.management.rest.test_stage import PROD
from tests.management.rest.test_stage import ROW as FIRST_ROW

ON = replace("/cacheClusterEnabled", "true")
CACHED = ON + replace("/*/*/caching/enabled", "true")
ROW = FIRST_ROW | {"cachingEnabled": True}
Get = Callable[[], str]


@pytest.fixture
def get(gateway: Gateway, method: dict[str, str]) -> Get:
    """GET / of stage prod, which has a cache; its backend counts."""
    gateway.call("put_method", **method | {"httpMethod": "POST"}, authorizationType="NONE")
    for verb in ("GET", "POST"):
        given = {"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": "http://backend/"}
        gateway.call("put_integration", **method | {"httpMethod": verb}, **given)
    gateway.call("create_deployment", **PROD)
    gateway.call("update_stage", **PROD, patchOperations=CACHED)
    scene = Scene(*(returned(str(number)) for number in range(9)))
    scene.world = changed(scene.world, responses=gateway.responses)
    registry = Registry(partial(read_stages, gateway.store), partial(load_stage, gateway.store, lambda *_: NETWORK, {}))
    gateway.store.subscribe(partial(drop_changed, registry))

    def got() -> str:
        response = scene.find_and_serve(registry, request("GET", "/prod/", "Host: pets.execute-api.localhost"))
        assert response is not None
        return response.body.decode()

    return got


def patched(gateway: Gateway, operations: Operations) -> dict[str, Any]:
    stage: dict[str, Any] = gateway.call("update_stage", **PROD, patchOperations=operations)
    return stage


def test_flush_stage_cache_empties_it(gateway: Gateway, get: Get) -> None:
    assert [get(), get()] == ["0", "0"]
    assert gateway.call("flush_stage_cache", **PROD) == {}
    assert [get(), get()] == ["1", "1"]
    gateway.call("flush_stage_authorizers_cache", **PROD)
    assert get() == "1"


def test_a_cache_that_is_switched_off_is_empty_when_it_is_on_again(gateway: Gateway, get: Get) -> None:
    assert [get(), get()] == ["0", "0"]
    patched(gateway, replace("/cacheClusterEnabled", "false"))
    patched(gateway, ON)
    assert [get(), get()] == ["1", "1"]
    patched(gateway, replace("/cacheClusterEnabled", "false"))
    assert [get(), get()] == ["2", "3"]


def test_a_cache_of_another_size_is_a_new_one(gateway: Gateway, get: Get) -> None:
    assert [get(), get()] == ["0", "0"]
    assert patched(gateway, replace("/cacheClusterSize", "1.6"))["cacheClusterStatus"] == "AVAILABLE"
    assert [get(), get()] == ["1", "1"]


def test_a_stage_of_the_same_name_begins_with_nothing(gateway: Gateway, get: Get) -> None:
    assert [get(), get()] == ["0", "0"]
    deployment = gateway.call("get_stage", **PROD)["deploymentId"]
    gateway.call("delete_stage", **PROD)
    gateway.call("create_stage", **PROD, deploymentId=deployment, cacheClusterEnabled=True)
    patched(gateway, CACHED)
    assert [get(), get()] == ["1", "1"]


def test_a_new_deployment_answers_with_its_own_and_a_roll_back_with_the_old_one(gateway: Gateway, get: Get) -> None:
    assert [get(), get()] == ["0", "0"]
    before = gateway.call("get_stage", **PROD)["deploymentId"]
    gateway.call("create_deployment", **PROD)
    assert [get(), get()] == ["1", "1"]
    patched(gateway, replace("/deploymentId", before))
    assert get() == "0"
    patched(gateway, replace("/description", "the same"))
    assert get() == "0"


def test_another_verbs_setting_begins_without_a_cache(gateway: Gateway, get: Get) -> None:
    post = {**ROW, "cachingEnabled": False, "throttlingBurstLimit": 7}
    rows = patched(
        gateway, replace("/~1/POST/throttling/burstLimit", "7") + replace("/~1/GET/caching/ttlInSeconds", "1")
    )
    expected = {"*/*": ROW, "~1/POST": post, "~1/GET": ROW | {"cacheTtlInSeconds": 1}}
    assert rows["methodSettings"] == expected
    rows = patched(gateway, replace("/~1/POST/caching/enabled", "true"))
    assert rows["methodSettings"]["~1/POST"]["cachingEnabled"]
