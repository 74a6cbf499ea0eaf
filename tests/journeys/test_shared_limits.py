"""Limits under load: of one node, and of four that share a server, which is killed and comes back.

An answer counts as a client saw it. A bucket that is always asked for more than it has lets through its burst and what
comes at its rate between the first request and the last one.
"""

import re
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.journeys.api import Api
from tests.journeys.load import Seen, calls
from tests.node import Node
from tests.redis_server import RedisServer

RATE, BURST = 100, 50
QUOTA = 40
MOCK = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
KEY = "a-key-of-twenty-characters"
TARGET = "/restapis/limited/prod/_user_request_"
REQUEST = f"GET {TARGET}/bucket HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a node with `GET /bucket`, which has a rate and a burst, and `GET /quota`."""
    directory = tmp_path_factory.mktemp("limits") / "seed"
    with Node(directory) as node:
        api = Api(node, "limited", tags={"_custom_id_": "limited"})
        for path in ("/bucket", "/quota"):
            api.method("GET", path, MOCK)
        api.gateway.update_method(
            restApiId=api.id,
            resourceId=api.resource("/quota"),
            httpMethod="GET",
            patchOperations=[{"op": "replace", "path": "/apiKeyRequired", "value": "true"}],
        )
        api.deploy()
        limits = {"rateLimit": RATE, "burstLimit": BURST}
        patches = [
            {"op": "replace", "path": f"/~1bucket/GET/throttling/{name}", "value": str(value)}
            for name, value in limits.items()
        ]
        api.gateway.update_stage(restApiId=api.id, stageName="prod", patchOperations=patches)
        key = api.gateway.create_api_key(name="key", value=KEY, enabled=True)
        plan = api.gateway.create_usage_plan(
            name="plan", apiStages=[{"apiId": api.id, "stage": "prod"}], quota={"limit": QUOTA, "period": "MONTH"}
        )
        api.gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    return directory


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """It forgets everything when it ends."""
    with RedisServer(tmp_path_factory.mktemp("redis") / "files") as running:
        yield running


@pytest.fixture(scope="module")
def started(seed: Path, server: RedisServer) -> Iterator[list[Node]]:
    """Five nodes over copies of the directory. All but the first share the server, and are patient with it: others use
    these processors, too."""
    copies = [shutil.copytree(seed, seed.with_name(f"node{number}")) for number in range(5)]
    sharing = {"GATEWRIGHT_VALKEY_URL": server.url, "GATEWRIGHT_VALKEY_TIMEOUT_MS": "3000"}
    made = [Node(copies[0]), *(Node(copy, **sharing) for copy in copies[1:])]
    with ExitStack() as stack, ThreadPoolExecutor(5) as pool:
        for node in made:
            stack.callback(node.stop)
        list(pool.map(Node.start, made))
        yield made


@pytest.fixture
def alone(started: list[Node]) -> Node:
    return started[0]


@pytest.fixture
def nodes(started: list[Node]) -> list[Node]:
    """Those that share the server."""
    return started[1:]


def metrics(node: Node) -> dict[str, float]:
    """Those of the shared server, by name and labels."""
    page = node.request("GET", "/_gatewright/metrics")[2].decode()
    return {name: float(value) for name, value in re.findall(r"^gatewright_(shared_\S+) (\S+)$", page, re.M)}


def until_up(nodes: list[Node], up: float) -> None:
    """Wait until every node says that the server is, or is not, there."""
    until = time.monotonic() + 20
    while any(metrics(node)["shared_up"] != up for node in nodes):
        assert time.monotonic() < until
        time.sleep(0.02)


def within_one_percent(seen: Seen) -> bool:
    least, most = (BURST + RATE * seconds for seconds in seen.seconds)
    return 0.99 * least <= seen.count(200) <= 1.01 * most


def test_one_node_and_four_let_through_what_the_bucket_has(alone: Node, nodes: list[Node]) -> None:
    with ThreadPoolExecutor(2) as pool:
        each = [(alone.port, REQUEST)], [(node.port, REQUEST) for node in nodes]
        one, four = pool.map(lambda targets: calls(targets, 10_000, 5.0), each)
    for seen in (one, four):
        assert seen.count(200) + seen.count(429) == 10_000
        assert within_one_percent(seen), (seen.count(200), seen.seconds)
    told = [metrics(node) for node in nodes]
    assert [one['shared_fallbacks_total{limits="throttle"}'] for one in told] == [0.0] * 4
    # A flood that is refused does not ask the server for each request.
    assert sum(one['shared_lease_calls_total{limits="throttle"}'] for one in told) < 4_000


def test_a_server_that_is_killed_under_load_and_comes_back(nodes: list[Node], server: RedisServer) -> None:
    before = [metrics(node) for node in nodes]
    first, second = nodes[:2]
    with ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        load = pool.submit(calls, [(node.port, REQUEST) for node in nodes], 2_000, 2.0, connections=40)
        assert (passed(first, 10), passed(second, 15)) == (10, 15)
        killed = time.monotonic()
        server.kill()
        until_up(nodes, 0.0)
        time.sleep(0.4)
        started = time.monotonic()
        server.start()
        until_up(nodes, 1.0)
        back = time.monotonic()
        time.sleep(0.3)  # the nodes tell it what they know
        assert (passed(first, 10), passed(second, 10)) == (10, QUOTA - 35)
        seen = load.result()
    assert seen.count(200) + seen.count(429) == 2_000
    up, down = (killed - began) + (seen.last - started), back - killed
    # Of the shared bucket, whose burst is there again after the restart, and of each node's own while it was lost.
    assert seen.count(200) <= 2 * BURST + RATE * up + 4 * (BURST + RATE * down) + 4
    assert seen.count(200) >= BURST + RATE * min(seen.seconds)
    after = [metrics(node) for node in nodes]
    for node, was, now in zip(nodes, before, after, strict=True):
        assert now["shared_losses_total"] == was["shared_losses_total"] + 1
        assert now['shared_fallbacks_total{limits="throttle"}'] > was['shared_fallbacks_total{limits="throttle"}']
        log = node.data_dir.with_name(f"{node.data_dir.name}.node.log").read_text()
        assert f"limits are NOT shared: the server at 127.0.0.1:{server.port} is lost" in log
        assert f"limits are shared again: the server at 127.0.0.1:{server.port} is back" in log
    for node in (first, second):
        status, _, body = ask(node)
        assert (status, body) == (429, b'{"message":"Limit Exceeded"}')
        assert used_today(node) == [[QUOTA, 0]]


def passed(node: Node, count: int) -> int:
    """How many of so many calls of the method with a quota were answered 200; the others were 429."""
    statuses = [ask(node)[0] for _ in range(count)]
    assert set(statuses) <= {200, 429}
    return statuses.count(200)


def ask(node: Node) -> tuple[int, dict[str, str], bytes]:
    return node.request("GET", f"{TARGET}/quota", headers={"X-API-Key": KEY})


def used_today(node: Node) -> list[list[int]]:
    """What GetUsage says of the key."""
    gateway = node.client("apigateway")
    plan = gateway.get_usage_plans()["items"][0]["id"]
    today = time.strftime("%Y-%m-%d", time.gmtime())
    (days,) = gateway.get_usage(usagePlanId=plan, startDate=today, endDate=today)["items"].values()
    return list(days)
