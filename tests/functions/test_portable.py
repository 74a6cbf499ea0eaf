"""What macOS takes another way through than Linux, on either of them."""

import asyncio
import ctypes
import json
import os
import signal
import socket
import struct
import sys
from pathlib import Path

import pytest

from gatewright.functions import start
from gatewright.functions.launcher import Child, Ended, Launch, Launcher
from gatewright.functions.memory import resident_of
from tests.functions.sandboxes import node, python, until
from tests.functions.test_pool import alive


def test_python_without_the_native_client_of_the_runtime_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "PYTHON_CLIENT", (str(start.RUNTIMES / "python"),))
    source = """
import os, runtime_client
def handler(event, context):
    if event:
        return event * 7_000_000 if event == "x" else 1 / 0
    return [runtime_client.__file__, context.invoked_function_arn, os.environ.get("_X_AMZN_TRACE_ID"),
            context.get_remaining_time_in_millis() > 2000, context.client_context.custom]
"""
    function = python(tmp_path, source)

    async def scenario() -> None:
        async with node(tmp_path) as here:
            about = await here.invoke(function, b"0", trace_id="Root=1-2-3", client_context='{"custom": {"\u00e9": 1}}')
            client = str(start.RUNTIMES / "python" / "runtime_client.py")
            assert json.loads(about.payload) == [client, function.arn, "Root=1-2-3", True, {"\u00e9": 1}]
            failed = await here.invoke(function, b'"\xc3\xa9"')
            assert (failed.error, json.loads(failed.payload)["errorMessage"]) == ("Unhandled", "division by zero")
            too_large = await here.invoke(function, b'"x"')
            assert json.loads(too_large.payload)["errorType"] == "Function.ResponseSizeTooLarge"
            assert (await here.invoke(function, b"0", client_context='{"custom": 1}')).error == ""
            await until(lambda: "Failed to post handler response. Http response code: 413." in here.log())

    asyncio.run(scenario())


def test_resident_size_as_macos_tells_it() -> None:
    def proc_pidinfo(pid: int, flavor: int, argument: int, buffer: int, size: int) -> int:
        if pid != 7:
            return 0
        assert (flavor, argument, size) == (4, 0, 96)
        ctypes.memmove(buffer, struct.pack("=6Q12i", 2**40, 2**33, *range(16)), size)
        return size

    kind = ctypes.CFUNCTYPE(*(ctypes.c_int,) * 3, ctypes.c_uint64, ctypes.c_void_p, ctypes.c_int)
    assert [resident_of(kind(proc_pidinfo), pid) for pid in (7, 8)] == [2**33, 0]


class Running:
    """What a launcher says of the processes it started, and what they wrote."""

    def __init__(self) -> None:
        self.launcher = Launcher()
        self.pids: list[int] = []
        self.ended: list[Ended] = []

    def start(self, script: str, folder: Path, **env: str) -> tuple[int, int]:
        """The process's number and the end of the pipe to read what it writes."""
        ours, theirs = os.pipe()
        launch = Launch(["/bin/sh", "-c", script], env, folder, 1 << 31)
        return self.launcher.start(launch, theirs, Child(self.pids.append, self.ended.append)), ours


def test_a_nursery_that_is_busy_is_not_waited_for(tmp_path: Path) -> None:
    async def scenario() -> None:
        running = Running()
        _, first = running.start("sleep 60", tmp_path)
        await until(lambda: running.pids)
        nursery = running.launcher._process
        assert nursery is not None
        nursery.send_signal(signal.SIGSTOP)
        started = [running.start(f"echo {at}; exit {at}", tmp_path, FILL="x" * 100_000) for at in range(40)]
        running.launcher.kill(started[-1][0] - 40)
        await asyncio.sleep(0.05)
        assert running.ended == []
        nursery.send_signal(signal.SIGCONT)
        await until(lambda: len(running.ended) == 41)
        assert sorted(ended.status for ended in running.ended) == [-9, *range(40)]
        assert all(ended.max_rss > 100_000 for ended in running.ended)
        await running.launcher.stop()
        for at, (_, output) in enumerate(started):
            assert os.read(output, 100) == b"%d\n" % at
            assert os.read(output, 100) == b""  # nobody else holds the other end
            os.close(output)
        os.close(first)

    asyncio.run(scenario())


def test_nothing_outlives_a_nursery_that_died(tmp_path: Path) -> None:
    async def scenario() -> None:
        running = Running()
        _, output = running.start("sleep 60 & echo $!; wait", tmp_path)
        await until(lambda: running.pids)
        grandchild = int(await asyncio.to_thread(os.read, output, 100))
        assert alive(grandchild)
        nursery = running.launcher._process
        assert nursery is not None
        nursery.kill()
        await until(lambda: running.ended == [Ended(-signal.SIGKILL, 0)])
        await until(lambda: not alive(grandchild))
        await running.launcher.stop()
        os.close(output)

    asyncio.run(scenario())


def test_a_nursery_that_cannot_be_reached_is_given_up(tmp_path: Path) -> None:
    async def scenario() -> None:
        running = Running()
        _, first = running.start("sleep 60", tmp_path)
        await until(lambda: running.pids)
        assert running.launcher._socket is not None
        running.launcher._socket.shutdown(socket.SHUT_WR)
        _, lost = running.start("sleep 60", tmp_path)
        await until(lambda: len(running.ended) == 2)
        assert not alive(running.pids[0])
        _, second = running.start("exit 3", tmp_path)
        await until(lambda: len(running.ended) == 3)
        assert [ended.status for ended in running.ended] == [-9, -9, 3]
        await running.launcher.stop()
        for output in (first, lost, second):
            os.close(output)

    asyncio.run(scenario())


def test_a_sandbox_has_no_way_to_the_nursery(tmp_path: Path) -> None:
    script = "import os\nfor at in range(100):\n    try: print(os.fstat(at) and at, end=' ')\n    except OSError: pass"

    async def scenario() -> None:
        running = Running()
        _, output = running.start(f'exec {sys.executable} -S -c "{script}"', tmp_path)
        await until(lambda: running.ended)
        assert os.read(output, 1000) == b"0 1 2 "
        await running.launcher.stop()
        os.close(output)

    asyncio.run(scenario())
