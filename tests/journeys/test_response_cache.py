"""The response cache in real processes: in a node's memory, and in a server that two nodes share and lose."""

import base64
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.journeys.api import Api
from tests.journeys.backend import Backend, serving
from tests.node import Node
from tests.redis_server import RedisServer

KEY = base64.b64encode(bytes(range(32))).decode()
MOCK = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
TELLS_ITS_ID = {"200": {"responseTemplates": {"application/json": "secret $context.requestId"}}}
ON = {
    "/cacheClusterEnabled": "true",
    "/*/*/caching/enabled": "true",
    "/*/*/caching/requireAuthorizationForCacheControl": "false",
    "/~1encrypted/GET/caching/dataEncrypted": "true",
}
NEW = {"Cache-Control": "max-age=0"}


class Slow(Backend):
    """Answers after half a second with how often it was asked."""

    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        time.sleep(0.5)
        self.answer(str(self.asked).encode())


@pytest.fixture
def backend() -> Iterator[str]:
    with serving(Slow) as port:
        yield f"http://127.0.0.1:{port}/"


def cached_api(node: Node, backend: str) -> Api:
    api = Api(node, "cached")
    for path in ("/plain", "/encrypted"):
        api.method("GET", path, MOCK, responses=TELLS_ITS_ID)
    api.method("GET", "/slow", {"type": "HTTP_PROXY", "uri": backend, "integrationHttpMethod": "GET"})
    api.deploy()
    operations = [{"op": "replace", "path": path, "value": value} for path, value in ON.items()]
    api.gateway.update_stage(restApiId=api.id, stageName="prod", patchOperations=operations)
    return api


def on(node: Node, api: Api) -> Api:
    """The same API on another node."""
    other = Api.__new__(Api)
    other.node, other.gateway, other.id = node, node.client("apigateway"), api.id
    return other


def flush(api: Api) -> int:
    """The status of FlushStageCache."""
    try:
        answer = api.gateway.flush_stage_cache(restApiId=api.id, stageName="prod")
    except ClientError as error:
        answer = error.response
    status: int = answer["ResponseMetadata"]["HTTPStatusCode"]
    return status


def body(api: Api, path: str, headers: dict[str, str] | None = None) -> bytes:
    status, _, answer = api.call("GET", path, headers=headers)
    assert status == 200
    return answer


def test_in_memory_and_shared(tmp_path: Path, backend: str) -> None:
    data = tmp_path / "one"
    with Node(data) as node:
        api = cached_api(node, backend)
        in_memory(api, data)
    shutil.copytree(data, tmp_path / "two")
    with RedisServer(tmp_path / "redis") as server:
        environment = {"GATEWRIGHT_VALKEY_URL": server.url, "GATEWRIGHT_CACHE_KEY": KEY}
        with Node(data, **environment) as first, Node(tmp_path / "two", **environment) as second:
            shared(on(first, api), on(second, api), server)
            lost(on(first, api), on(second, api), server)


def in_memory(api: Api, data: Path) -> None:
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: body(api, "/slow"), range(40)))
    assert (answers, Slow.asked) == ([b"1"] * 40, 1)
    for path in ("/plain", "/encrypted"):
        first = body(api, path)
        assert first.startswith(b"secret ") and body(api, path) == first != body(api, path, NEW)
        again = body(api, path)
        assert flush(api) == 202 and body(api, path) != again
    metrics = api.node.request("GET", "/_gatewright/metrics")[2].decode()
    assert f'gatewright_cache_hits_total{{api_id="{api.id}",api_name="cached",stage="prod"}} 43.0' in metrics
    assert f'gatewright_cache_misses_total{{api_id="{api.id}",api_name="cached",stage="prod"}} 7.0' in metrics


def shared(one: Api, two: Api, server: RedisServer) -> None:
    for path in ("/plain", "/encrypted"):
        first = body(one, path)
        assert body(two, path) == body(one, path) == first
        renewed = body(two, path, NEW)
        assert body(one, path) == renewed != first
    names = [word for word in server.command("KEYS", "*").split(b"\r\n") if b":answers:" in word]
    held = [server.command("GET", name.decode()) for name in names]
    assert sorted(b"secret" in value for value in held if len(value) > 64) == [False, True]
    assert flush(two) == 202 and body(one, "/plain") != renewed


def lost(one: Api, two: Api, server: RedisServer) -> None:
    before = body(one, "/plain")
    server.kill()
    assert len({before, *(body(one, "/plain") for _ in range(3))}) == 4
    assert flush(one) == 503
    server.start()
    until = time.monotonic() + 10
    while body(one, "/plain") != body(two, "/plain"):
        assert time.monotonic() < until
        time.sleep(0.05)
