"""Many WebSockets on one node: the memory of idle ones, and a broadcast through `@connections`.

    python bench/connections.py idle 10000
    python bench/connections.py broadcast 1000 100

Prints JSON. Connections come no faster than an account may open them: 500 a second. The clients of a broadcast count
what they get: each message once, and in the order that it was sent.
"""

import json
import resource
import selectors
import socket
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path
from urllib.parse import quote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from gateway import REGION, STAGE, Gateway
from measure import cpu_seconds, resident_bytes

PER_SECOND = 400
HANDSHAKE = (
    "GET /{stage} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
WHO = bytes((0x81, 0x80 | 2)) + bytes(4) + b"{}"  # a message that no route is for: the error frame tells the id
PERMITTED = Credentials("AKIABROADCAST", "secret")
PRINCIPALS = {
    "principals": [
        {
            "arn": "arn:aws:iam::000000000000:user/broadcast",
            "accessKeys": [{"accessKeyId": PERMITTED.access_key, "secretAccessKey": PERMITTED.secret_key}],
            "policies": [
                {
                    "Version": "2012-10-17",
                    "Statement": {"Effect": "Allow", "Action": "execute-api:ManageConnections", "Resource": "*"},
                }
            ],
        }
    ]
}


class Broken(Exception):
    """A connection that was not made, or did not last."""


def deployed(gateway: Gateway) -> str:
    """The id of a WebSocket API that lets everybody in, and has no route for messages."""
    api = gateway.client("apigatewayv2")
    given = {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"}
    id: str = api.create_api(Name="connections", **given)["ApiId"]
    integration = api.create_integration(ApiId=id, IntegrationType="MOCK")["IntegrationId"]
    api.create_route(ApiId=id, RouteKey="nobody", Target=f"integrations/{integration}")
    deployment = api.create_deployment(ApiId=id)["DeploymentId"]
    api.create_stage(ApiId=id, StageName=STAGE, DeploymentId=deployment)
    return id


def connected(gateway: Gateway, api: str, count: int) -> list[socket.socket]:
    """So many connections after their handshakes."""
    handshake = HANDSHAKE.format(stage=STAGE, host=gateway.host(api)).encode()
    sockets = []
    began = time.perf_counter()
    for number in range(count):
        time.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
        connection = socket.create_connection(("127.0.0.1", gateway.port), timeout=30)
        connection.sendall(handshake)
        head = connection.recv(4096)
        if not (head.startswith(b"HTTP/1.1 101") and head.endswith(b"\r\n\r\n")):
            raise Broken(f"handshake {number} was answered {head!r}")
        sockets.append(connection)
    return sockets


def connection_id(connection: socket.socket) -> str:
    """As the error frame tells it."""
    connection.sendall(WHO)
    answer = connection.recv(4096)
    id: str = json.loads(answer[answer.index(b"{") :])["connectionId"]
    return id


def idle(gateway: Gateway, count: int) -> dict[str, object]:
    """What idle connections cost."""
    api = deployed(gateway)
    for connection in connected(gateway, api, 10):
        connection.close()
    time.sleep(1)
    before = resident_bytes(gateway.pid)
    sockets = connected(gateway, api, count)
    time.sleep(1)
    after, busy = resident_bytes(gateway.pid), cpu_seconds([gateway.pid])
    time.sleep(5)
    busy = (cpu_seconds([gateway.pid]) - busy) / 5
    ids = [connection_id(sockets[0]), connection_id(sockets[-1])]
    assert ids[0] != ids[1]
    each = (after - before) / count
    grown = round((after - before) / 1e6, 1)
    return {"connections": count, "idle_node_mb": round(before / 1e6, 1), "more_mb": grown} | {
        "bytes_each": round(each),
        "processor_share_while_idle": round(busy, 3),
    }


class Reader:
    """One client of a broadcast. Its messages are the numbers from 0 on."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.got = 0
        self._rest = b""

    def read(self) -> None:
        """Take what came. Raises Broken for a message that is not the next one."""
        data = self._rest + self.connection.recv(65_536)
        while len(data) >= 2 and len(data) >= 2 + data[1]:
            number, data = data[2 : 2 + data[1]], data[2 + data[1] :]
            if int(number) != self.got:
                raise Broken(f"message {number!r} came in place of {self.got}")
            self.got += 1
        self._rest = data


def posts(gateway: Gateway, api: str, ids: list[str], messages: int) -> Iterable[bytes]:
    """The signed calls, as bytes: every message to every client."""
    for message in range(messages):
        body = b"%d" % message
        for id in ids:
            path = f"/{STAGE}/%40connections/{quote(id, safe='')}"
            request = AWSRequest("POST", f"http://{gateway.host(api)}:{gateway.port}{path}", data=body)
            SigV4Auth(PERMITTED, "execute-api", REGION).add_auth(request)
            head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
            host = f"{gateway.host(api)}:{gateway.port}"
            framing = f"Host: {host}\r\nContent-Length: {len(body)}\r\n"
            yield f"POST {path} HTTP/1.1\r\n{framing}{head}\r\n".encode() + body


def broadcast(gateway: Gateway, clients: int, messages: int) -> dict[str, object]:
    """Every message to every client, each by a call of its own, over eight connections."""
    api = deployed(gateway)
    readers = [Reader(connection) for connection in connected(gateway, api, clients)]
    ids = [connection_id(reader.connection) for reader in readers]
    selector = selectors.DefaultSelector()
    for reader in readers:
        selector.register(reader.connection, selectors.EVENT_READ, reader)
    callers = [HTTPConnection("127.0.0.1", gateway.port, timeout=30) for _ in range(8)]
    for caller in callers:
        caller.connect()
    waiting: deque[HTTPConnection] = deque()
    began, busy = time.perf_counter(), cpu_seconds([gateway.pid])
    signing = 0.0
    calls = iter(posts(gateway, api, ids, messages))
    while True:
        # All answers are there before the next calls are made: a client's messages keep their order.
        at = time.perf_counter()
        batch = list(islice(calls, len(callers)))
        signing += time.perf_counter() - at
        for call, caller in zip(batch, callers, strict=False):
            caller.sock.sendall(call)
            waiting.append(caller)
        while waiting:
            answer = waiting.popleft().sock.recv(4096)
            if not answer.startswith(b"HTTP/1.1 200"):
                raise Broken(f"a call was answered {answer!r}")
        for key, _ in selector.select(0):
            key.data.read()
        if len(batch) < len(callers):
            break
    took, busy = time.perf_counter() - began, cpu_seconds([gateway.pid]) - busy
    patience = time.perf_counter() + 10
    while any(reader.got < messages for reader in readers) and time.perf_counter() < patience:
        for key, _ in selector.select(0.1):
            key.data.read()
    time.sleep(0.2)
    for key, _ in selector.select(0):  # what came twice would be here
        key.data.read()
    total = clients * messages
    return {"clients": clients, "messages": messages, "received": sum(reader.got for reader in readers)} | {
        "sent": total,
        "complete": all(reader.got == messages for reader in readers),
        "seconds": round(took, 1),
        "seconds_of_it_signing": round(signing, 1),
        "gateway_us_each": round(busy / total * 1e6, 1),
    }


def main() -> None:
    what, *numbers = sys.argv[1:]
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    measure = {"idle": idle, "broadcast": broadcast}[what]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "principals.json"
        file.write_text(json.dumps(PRINCIPALS))
        with Gateway(Path(folder), GATEWRIGHT_PRINCIPALS=str(file)) as gateway:
            print(json.dumps(measure(gateway, *map(int, numbers)), indent=1))


if __name__ == "__main__":
    main()
