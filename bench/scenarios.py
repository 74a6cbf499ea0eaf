"""What is measured: one function a scenario, each giving a section of the report with its goals."""

import resource
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from echoes import Echo, EchoServer
from gateway import (
    ACCOUNT,
    REGION,
    STAGE,
    Gateway,
    deploy_function,
    deploy_http_api,
    deploy_http_proxy,
    deploy_mock,
    deploy_websocket_mock,
    keep_responses,
    permit,
    require_key,
)
from load import KEY, REPORT, LoadError, Target, in_turn
from measure import family, median, resident_bytes
from peers import Nginx
from records import multiply, widen

ROUTE, PATH = "/pets/{petId}/toys/{toyId}", "/pets/42/toys/7"
ENOUGH = 0.93  # of a core, for a target that is the limit
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Effort:
    """How long and where to measure. Without a second core nothing is pinned."""

    rounds: int
    seconds: float
    connections: int  # idle ones
    gateway_core: int | None
    load_core: int | None


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure and what it should be: at least `least`, at most `most`."""

    name: str
    value: float
    least: float | None = None
    most: float | None = None

    @property
    def is_met(self) -> bool:
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)


@dataclass(frozen=True, slots=True)
class Section:
    """One table. Rows share their columns, in the order of the first."""

    title: str
    rows: Sequence[Row]
    goals: Sequence[Goal] = ()
    targets: Sequence[Target] = ()
    note: str = ""


def proxy(folder: Path, effort: Effort) -> Section:
    """An HTTP_PROXY route with access log and metrics, open and with an API key, a usage plan and throttles.

    Beside nginx as a plain proxy and nginx with Lua, which checks a key and two rates, too."""
    core = effort.gateway_core
    with (
        Nginx(folder, "upstream", core=effort.load_core) as upstream,
        Nginx(folder, "proxy", core=core, upstream=upstream.port) as plain,
        Nginx(folder, "lua", core=core, upstream=upstream.port) as lua,
        Gateway(folder, core=core) as gateway,
    ):
        backend = f"http://127.0.0.1:{upstream.port}/"
        api, limited = (deploy_http_proxy(gateway, ROUTE, backend) for _ in range(2))
        require_key(gateway, limited, KEY)
        http = deploy_http_api(
            gateway,
            ROUTE,
            IntegrationType="HTTP_PROXY",
            IntegrationMethod="GET",
            IntegrationUri=backend,
            PayloadFormatVersion="1.0",
        )
        host = gateway.host(api)
        url = gateway.url(PATH)
        targets = [
            Target("nginx", url.replace(str(gateway.port), str(plain.port)), host, lambda: [plain.pids()]),
            Target("nginx+Lua", url.replace(str(gateway.port), str(lua.port)), host, lambda: [lua.pids()]),
            Target("gatewright, open", url, host, lambda: [family(gateway.pid)]),
            Target("gatewright, key and limits", url, gateway.host(limited), lambda: [family(gateway.pid)]),
            Target("gatewright, HTTP API", url, gateway.host(http), lambda: [family(gateway.pid)]),
        ]
        in_turn(targets, rounds=effort.rounds, seconds=effort.seconds, core=effort.load_core)
        gateway.stop()  # writes what is left of the logs
        for target, called in zip(targets[2:], (api, limited, http), strict=True):
            require_log(gateway.access_log(called), target, effort)
    title = "HTTP_PROXY, 64 connections, 12 request headers"
    goals = [
        *proxy_goals(targets),
        Goal("requests per second, HTTP API of REST API", rate(targets[4]) / rate(targets[2]), 1),
    ]
    return Section(title, against(targets), goals, targets, disturbance(targets))


def disturbance(targets: Sequence[Target]) -> str:
    """A warning when a target did not have its core to itself: then rates do not compare, processor time still does."""
    starved = [target.name for target in targets if target.middle(lambda each: each.busy) < ENOUGH]
    if not starved:
        return ""
    return f"Other programs took processor time from {', '.join(starved)} (busy): compare CPU per request, not rates."


def against(targets: Sequence[Target]) -> list[Row]:
    """A row for each target, with its rate and processor time as multiples of the first two's."""
    first, second = targets[:2]
    return [
        {
            "target": target.name,
            "req/s": round(rate(target)),
            f"of {first.name}": round(rate(target) / rate(first), 2),
            f"of {second.name}": round(rate(target) / rate(second), 2),
            "p50 ms": round(target.middle(lambda each: each.p50_ms), 2),
            "p99 ms": round(target.middle(lambda each: each.p99_ms), 2),
            "CPU us/req": round(cpu(target), 1),
            f"CPU x {second.name}": round(cpu(target) / cpu(second), 2),
            "busy": round(target.middle(lambda each: each.busy), 2),
        }
        for target in targets
    ]


def proxy_goals(targets: Sequence[Target]) -> list[Goal]:
    plain, lua, *ours = targets
    return [
        goal
        for target in ours
        for goal in (
            Goal(f"{target.name}: requests per second, of nginx", rate(target) / rate(plain), least=0.35),
            Goal(f"{target.name}: requests per second, of nginx+Lua", rate(target) / rate(lua), least=0.80),
            Goal(f"{target.name}: CPU per request, times nginx+Lua", cpu(target) / cpu(lua), most=1.4),
        )
    ]


def rate(target: Target) -> float:
    return target.middle(lambda each: each.rate)


def cpu(target: Target) -> float:
    return target.middle(lambda each: each.cpu_us[0])


def require_log(log: Path, target: Target, effort: Effort) -> None:
    """The work was done: there is a line for every request that was counted."""
    least = sum(each.rate * effort.seconds for each in target.rounds) * 0.99
    lines = sum(1 for _ in log.open("rb"))
    if lines < least:
        raise LoadError(f"the access log has {lines} lines for some {least:.0f} requests")


def functions(folder: Path, effort: Effort) -> Section:
    """A Lambda proxy route on a Python function in two sandboxes, called over 1 and 16 connections; nothing pinned.

    nginx as a plain proxy is there as a yardstick of the machine: goals in absolute figures were set where it took
    6.4 us per request.
    """
    with (
        Nginx(folder, "upstream", core=None) as upstream,
        Nginx(folder, "proxy", core=None, upstream=upstream.port) as plain,
        Gateway(folder, GATEWRIGHT_SANDBOXES_PER_FUNCTION="2") as gateway,
    ):
        api = deploy_function(gateway, ROUTE)
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:bench"
        http = deploy_http_api(
            gateway, ROUTE, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
        )
        permit(gateway, http)
        for called in (api, http):
            require(gateway, called, PATH, b'{"message":"hello"}')
        url, host = gateway.url(PATH), gateway.host(api)
        yardstick = url.replace(str(gateway.port), str(plain.port))
        targets = [
            Target("nginx", yardstick, host, lambda: [plain.pids(), []], connections=16),
            Target("gatewright", url, host, lambda: split(gateway.pid), connections=1),
            Target("gatewright", url, host, lambda: split(gateway.pid), connections=16),
            Target("gatewright, HTTP API", url, gateway.host(http), lambda: split(gateway.pid), connections=16),
        ]
        in_turn(targets, rounds=effort.rounds, seconds=effort.seconds, core=None)
    rows = [
        {
            "target": target.name,
            "connections": target.connections,
            "req/s": round(rate(target)),
            "p50 ms": round(target.middle(lambda each: each.p50_ms), 3),
            "p99 ms": round(target.middle(lambda each: each.p99_ms), 2),
            "CPU us/req": round(cpu(target), 1),
            "function CPU us/req": round(target.middle(lambda each: each.cpu_us[1]), 1),
        }
        for target in targets
    ]
    goals = [
        Goal("requests per second, 16 connections", rate(targets[2]), least=10_000),
        Goal("gateway CPU us per request, 16 connections", cpu(targets[2]), most=40),
        Goal("the same, times nginx's of this machine", cpu(targets[2]) / cpu(targets[0]), most=40 / 6.4),
        Goal("requests per second, HTTP API of REST API", rate(targets[3]) / rate(targets[2]), least=1),
    ]
    return Section("Lambda proxy, Python function, two sandboxes", rows, goals, targets)


def split(pid: int) -> list[list[int]]:
    """The gateway apart from its sandboxes."""
    own, *sandboxes = family(pid)
    return [[own], sandboxes]


def require(gateway: Gateway, api: str, path: str, body: bytes) -> None:
    """The route answers as it must before it is measured. Raises LoadError."""
    answer = gateway.get(api, path)
    if answer != (200, body):
        raise LoadError(f"GET {path} answered {answer[0]} {answer[1]!r}")


def cached(folder: Path, effort: Effort) -> Section:
    """An HTTP_PROXY route answered from the stage's cache, beside a mock."""
    with (
        Nginx(folder, "upstream", core=effort.load_core) as upstream,
        Gateway(folder, core=effort.gateway_core) as gateway,
    ):
        mock = deploy_mock(gateway, ROUTE)
        api = deploy_http_proxy(gateway, ROUTE, f"http://127.0.0.1:{upstream.port}/")
        keep_responses(gateway, api)
        targets = [
            Target(name, gateway.url(PATH), gateway.host(each), lambda: [family(gateway.pid)])
            for name, each in (("mock", mock), ("cache hit", api))
        ]
        in_turn(targets, rounds=effort.rounds, seconds=effort.seconds, core=effort.load_core)
    rows = [
        {"target": target.name, "req/s": round(rate(target)), "CPU us/req": round(cpu(target), 1)} for target in targets
    ]
    goals = [Goal("requests per second, a hit of a mock", rate(targets[1]) / rate(targets[0]), least=0.8)]
    return Section("Response cache, 64 connections, 12 request headers", rows, goals, targets, disturbance(targets))


def websocket(folder: Path, effort: Effort) -> Section:
    """A WebSocket API whose route answers each message with a mock, with access log and limits, beside the `websockets`
    library's own server with nothing but an echo."""
    core = effort.gateway_core
    with EchoServer(core=core) as server, Gateway(folder, core=core) as gateway:
        api = deploy_websocket_mock(gateway)
        echoes = [
            Echo("websockets", server.port, "localhost", "/", server.pid),
            Echo("gatewright", gateway.port, gateway.host(api), f"/{STAGE}", gateway.pid),
        ]
        for _ in range(effort.rounds):
            for echo in echoes:
                echo.run(effort.seconds, core=effort.load_core)
    rows = [
        {
            "target": echo.name,
            "messages/s": round(echo.middle(lambda each: each.rate)),
            "CPU us/message": round(echo.middle(lambda each: each.cpu_us), 1),
            "busy": round(echo.middle(lambda each: each.busy), 2),
        }
        for echo in echoes
    ]
    share = echoes[1].middle(lambda each: each.rate) / echoes[0].middle(lambda each: each.rate)
    return Section(
        "WebSocket, 64 connections, 64 bytes", rows, [Goal("messages per second, of websockets", share, least=0.4)]
    )


def routes(folder: Path, effort: Effort) -> Section:
    """An API with 10,000 routes beside one with 10; both are called with 10,000 different paths in turn, by a mock."""
    with Gateway(folder, core=effort.gateway_core) as gateway:
        apis = {count: deploy_mock(gateway, "/route0/{id}") for count in (10, 10_000)}
        gateway.stop()
        for count, api in apis.items():
            widen(gateway.data, api, count)
        gateway.start()
        first_call: dict[int, float] = {}
        targets = []
        for count, api in apis.items():
            began = time.perf_counter()
            require(gateway, api, f"/route{count - 1}/7", b"")
            first_call[count] = time.perf_counter() - began
            script = folder / f"routes-{count}.lua"
            script.write_text(f"{REPORT.read_text()}\n{ROTATION.replace('ROUTES', str(count))}")
            pids = [[gateway.pid]]
            targets.append(Target(str(count), gateway.url(""), gateway.host(api), lambda: pids, script=script))  # noqa: B023
        in_turn(targets, rounds=effort.rounds, seconds=effort.seconds, core=effort.load_core)
    rows = [
        {
            "routes": target.name,
            "req/s": round(rate(target)),
            "CPU us/req": round(cpu(target), 1),
            "first call after start, ms": round(first_call[count] * 1e3),
        }
        for count, target in zip(apis, targets, strict=True)
    ]
    goals = [Goal("requests per second, 10,000 routes of 10", rate(targets[1]) / rate(targets[0]), least=0.95)]
    return Section("Routes in one API", rows, goals, targets)


# Every request has another path, and with it the next route. As many paths for few routes as for many: otherwise the
# figures would show what is remembered of paths, not what routes cost. They are formatted once, before the run.
ROTATION = """
local PATHS = 10000
local requests, at = {}, 0
init = function(args)
  for number = 0, PATHS - 1 do
    requests[number] = wrk.format("GET", wrk.path .. "/route" .. number % ROUTES .. "/" .. number)
  end
end
request = function()
  at = (at + 1) % PATHS
  return requests[at]
end
"""


def start(folder: Path, effort: Effort) -> Section:
    """From the command to readiness, with little and with much data; memory of an idle node and of idle connections."""
    with Gateway(folder) as gateway:
        api = deploy_mock(gateway, "/ping")
        gateway.stop()
        ready = median(starts(gateway, effort.rounds))
        gateway.start()
        require(gateway, api, "/ping", b"")
        time.sleep(1)
        idle = resident_bytes(gateway.pid)
        connection = idle_connection_bytes(gateway, api, effort.connections)
        gateway.stop()
        copies = multiply(gateway.data, api, 1_000)
        ready_with_many = median(starts(gateway, max(effort.rounds // 2, 1)))
        gateway.start()
        require(gateway, copies[-1], "/ping", b"")
    goals = [
        Goal("s from start to ready, existing data", ready, most=0.4),
        Goal("s from start to ready, 1,000 deployed APIs", ready_with_many, most=2.0),
        Goal("MB of memory, idle", idle / 1e6, most=70),
        Goal(f"KiB for an idle connection (of {effort.connections})", connection / 1024, most=5),
    ]
    return Section("Start and idle", [], goals)


def starts(gateway: Gateway, count: int) -> list[float]:
    """Seconds to readiness, several times; the gateway is stopped before and after."""
    taken = []
    for _ in range(count):
        taken.append(gateway.start())
        gateway.stop()
    return taken


def idle_connection_bytes(gateway: Gateway, api: str, count: int) -> float:
    """Memory of a connection that had one answer and is kept open.

    Memory that the start has left free takes the first ones, so the second half of them is what is measured.
    """
    request = f"GET /prod/ping HTTP/1.1\r\nHost: {gateway.host(api)}\r\nUser-Agent: bench\r\n\r\n".encode()
    opened: list[socket.socket] = []
    held = []
    try:
        for _ in range(2):
            for _ in range(count // 2):
                connection = socket.create_connection(("127.0.0.1", gateway.port), timeout=10)
                opened.append(connection)
                connection.sendall(request)
                if not connection.recv(65536).startswith(b"HTTP/1.1 200"):
                    raise LoadError("the one request of an idle connection was not answered with 200")
            held.append(resident_bytes(gateway.pid))
        return (held[1] - held[0]) / (count // 2)
    finally:
        for connection in opened:
            connection.close()


def raise_file_limit() -> None:
    """As many open files as the system lets us have; the gateway inherits it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


SCENARIOS: Mapping[str, Callable[[Path, Effort], Section]] = {
    "proxy": proxy,
    "cached": cached,
    "lambda": functions,
    "websocket": websocket,
    "routes": routes,
    "start": start,
}
