"""Stopping without cutting anybody off, and what a connection that waits costs."""

import asyncio
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gatewright.values.response import Response
from tests.server.sockets import GET, LOOPS, answer, connected, run, serving
from tests.server.test_connection import Waiting


@pytest.mark.parametrize("loop", LOOPS)
def test_stop(loop: str) -> None:
    front = Waiting()

    async def conversation() -> None:
        async with (
            serving(front) as listener,
            connected(listener.port) as idle,
            connected(listener.port) as sending,
            connected(listener.port) as waiting,
        ):
            sending.say(GET[:20])
            waiting.say(GET + GET)
            await front.is_asked(1)
            stopping = asyncio.create_task(listener.stop(20))
            assert await idle.hear_the_end() == b""
            async with connected(listener.port) as function:  # whoever answers may have to ask us first
                function.say(GET)
                await front.is_asked(2)
                front.answers[1].complete(Response(200, (), b"f"))
                await function.hear(answer(b"f"))
                front.answers[0].complete(Response(200, (), b"1"))
                assert await waiting.hear_the_end() == answer(b"1", closing=True)
                sending.say(GET[20:])
                await front.is_asked(3)
                front.answers[2].complete(Response(200, (), b"2"))
                assert await sending.hear_the_end() == answer(b"2", closing=True)
                assert await function.hear_the_end() == b""
            await asyncio.wait_for(stopping, 5)
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", listener.port)

    run(loop, conversation)


@pytest.mark.parametrize("loop", LOOPS)
def test_stop_waits_no_longer_than_the_grace(loop: str) -> None:
    front = Waiting()

    async def conversation() -> None:
        async with serving(front) as listener, connected(listener.port) as client:
            client.say(GET)
            await front.is_asked(1)
            await asyncio.wait_for(listener.stop(0.1), 5)
            assert await client.hear_the_end() in (b"", b"(reset)")

    run(loop, conversation)


CONNECTIONS = 2000
SERVER = """
import asyncio, resource, sys, uvloop
from tests.server.sockets import free_port, path_back
from gatewright.server.listener import listen
from gatewright.server.sweep import Sweep

async def live():
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    listener = await listen(path_back, free_port(), sweep=Sweep())
    print(listener.port, flush=True)
    await asyncio.Event().wait()

uvloop.run(live())
"""


def resident_bytes(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def ask(port: int, count: int) -> list[socket.socket]:
    """Connections that have had one answer and then wait."""
    clients = []
    for _ in range(count):
        client = socket.create_connection(("127.0.0.1", port))
        client.sendall(GET)
        assert client.recv(65536).endswith(b"\r\n\r\n/x")
        clients.append(client)
    return clients


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")
def test_an_idle_connection_takes_at_most_5_kib() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    clients: list[socket.socket] = []
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            clients += ask(port, 50)
            before = resident_bytes(server.pid)
            clients += ask(port, CONNECTIONS)
            each = (resident_bytes(server.pid) - before) / CONNECTIONS
        finally:
            server.kill()
            for client in clients:
                client.close()
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert each <= 5 * 1024, f"{each:.0f} bytes"
