"""How many sandboxes there are, whose turn it is, and what happens at the bounds."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gatewright.functions import pool
from gatewright.functions.pool import RESERVED_LIMIT
from gatewright.values.faults import FunctionFault
from tests.functions.sandboxes import node, python, until

PID = "import os, time\ndef handler(event, context):\n    time.sleep(event or 0)\n    return os.getpid()\n"


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    if not Path("/proc/self/stat").exists():  # macOS
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False).stdout
        return bool(state.strip()) and not state.startswith(b"Z")
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_a_warm_sandbox_is_used_again_and_the_warmest_first(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with node(tmp_path) as here:
            function = python(tmp_path, PID)
            first = (await here.invoke(function)).payload
            assert [(await here.invoke(function)).payload for _ in range(3)] == [first] * 3
            both = await asyncio.gather(*(here.invoke(function, b"0.3") for _ in range(2)))
            pids = [outcome.payload for outcome in both]
            assert len(set(pids)) == 2
            assert first in pids
            await asyncio.sleep(0.02)
            assert (await here.invoke(function)).payload in pids

    asyncio.run(scenario())


def test_events_wait_a_moment_for_a_sandbox_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "SHORT_MOMENT", 5.0)

    async def scenario() -> None:
        async with node(tmp_path) as here:
            quick = python(tmp_path, PID)
            first = (await here.invoke(quick)).payload
            used = {outcome.payload for outcome in await asyncio.gather(*(here.invoke(quick) for _ in range(20)))}
            assert used == {first}

    asyncio.run(scenario())


def test_slow_functions_get_a_sandbox_for_each_event(tmp_path: Path) -> None:
    source = """
import os, time
def handler(event, context):
    open(f"{event}/{os.getpid()}", "w").close()
    while len(os.listdir(event)) < 4:
        time.sleep(0.01)
"""

    async def scenario() -> None:
        (tmp_path / "met").mkdir()
        async with node(tmp_path) as here:
            slow = python(tmp_path, source, timeout=15.0)
            payload = json.dumps(str(tmp_path / "met")).encode()
            outcomes = await asyncio.gather(*(here.invoke(slow, payload) for _ in range(4)))
            assert [outcome.error for outcome in outcomes] == [""] * 4

    asyncio.run(scenario())


def test_reserved_concurrency_throttles_at_once(tmp_path: Path) -> None:
    async def scenario() -> list[object]:
        async with node(tmp_path) as here:
            one, none = (python(tmp_path, PID, reserved_concurrency=each, name=f"f{each}") for each in (1, 0))
            answers = [here.invoke(one, b"0.1"), here.invoke(one), here.invoke(none)]
            results: list[object] = list(await asyncio.gather(*answers, return_exceptions=True))
            assert (await here.invoke(one)).error == ""
            return results

    ran, throttled, stopped = asyncio.run(scenario())
    assert not isinstance(ran, FunctionFault)
    for fault in (throttled, stopped):
        assert isinstance(fault, FunctionFault)
        assert (fault.kind, fault.reason) == ("throttled", RESERVED_LIMIT)


def test_at_the_nodes_bound_functions_take_turns(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with node(tmp_path, sandboxes=1) as here:
            mine, theirs = python(tmp_path, PID, name="mine"), python(tmp_path, PID, name="theirs")
            first = (await here.invoke(mine)).payload
            assert (await here.invoke(theirs)).payload != first  # the idle sandbox made room
            both = [here.invoke(function, b"0.05") for _ in range(2) for function in (mine, theirs)]
            assert [outcome.error for outcome in await asyncio.gather(*both)] == [""] * 4

    asyncio.run(scenario())


def test_at_the_nodes_bound_events_do_not_wait_for_ever(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with node(tmp_path, sandboxes=1, queue_seconds=0.2) as here:
            mine, theirs = python(tmp_path, PID, name="mine"), python(tmp_path, PID, name="theirs")
            await here.invoke(mine)
            busy = asyncio.ensure_future(here.invoke(mine, b"0.6"))
            await asyncio.sleep(0)
            with pytest.raises(FunctionFault, match="no sandbox was free in time"):
                await here.invoke(theirs)
            assert (await busy).error == ""

    asyncio.run(scenario())


def test_replaced_code_finishes_what_it_runs(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with node(tmp_path) as here:
            old, new = python(tmp_path, PID), python(tmp_path, "def handler(event, context):\n    return 'new'\n")
            running = asyncio.ensure_future(here.invoke(old, b"0.2"))
            await asyncio.sleep(0.1)
            here.pool.retire(old.generation)
            assert (await here.invoke(new)).payload == b'"new"'
            pid = int((await running).payload)
            await until(lambda: not alive(pid))

    asyncio.run(scenario())


def test_the_callers_patience_ends_but_the_function_runs_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with node(tmp_path) as here:
            source = "import time\ndef handler(event, context):\n    if event: time.sleep(0.4); open(event, 'w')\n"
            function = python(tmp_path, source)
            await here.invoke(function, b'""')
            payload = json.dumps(str(tmp_path / "ran")).encode()
            with pytest.raises(FunctionFault, match="time limit ran out") as caught:
                await here.invoke(function, payload, patience=0.2)
            assert caught.value.kind == "timeout"
            await until((tmp_path / "ran").exists)

    asyncio.run(scenario())


def test_idle_sandboxes_are_stopped_and_nothing_is_kept(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with node(tmp_path, idle_seconds=0.1) as here:
            pid = int((await here.invoke(python(tmp_path, PID))).payload)
            await until(lambda: not alive(pid))
            await until(lambda: not here.pool._fleets)
            await asyncio.sleep(0.1)
            descriptors = len(os.listdir("/dev/fd"))
            await here.invoke(python(tmp_path, PID))
            await until(lambda: not here.pool._fleets)
            await until(lambda: len(os.listdir("/dev/fd")) == descriptors)

    asyncio.run(scenario())


def test_an_idle_sandbox_that_dies_is_not_given_the_next_event(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with node(tmp_path) as here:
            function = python(tmp_path, PID)
            pid = int((await here.invoke(function)).payload)
            os.kill(pid, signal.SIGKILL)
            await until(lambda: not here.pool._fleets)
            assert int((await here.invoke(function)).payload) != pid

    asyncio.run(scenario())


def test_the_nursery_may_die(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with node(tmp_path) as here:
            function = python(tmp_path, PID)
            running = asyncio.ensure_future(here.invoke(function, b"9"))
            await asyncio.sleep(0.3)
            nursery = here.pool._launcher._process
            assert nursery is not None
            nursery.kill()
            document = json.loads((await running).payload)
            assert (document["errorType"], document["errorMessage"][-14:]) == ("Runtime.ExitError", "signal: killed")
            assert (await here.invoke(function)).error == ""

    asyncio.run(scenario())


def test_a_runtime_that_is_not_served(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with node(tmp_path) as here:
            with pytest.raises(FunctionFault, match=r"The runtime java21 is not served") as caught:
                await here.invoke(python(tmp_path, PID, runtime="java21"))
            assert caught.value.kind == "unavailable"

    asyncio.run(scenario())


KILLED_NODE = """
import asyncio, sys
from pathlib import Path
from tests.functions.sandboxes import node, python

SOURCE = '''
import os, subprocess, time
def handler(event, context):
    child = subprocess.Popen(["sleep", "60"])
    print(os.getpid(), child.pid)
    open(event, "w").write(f"{os.getpid()} {child.pid}")
    time.sleep(60)
'''

async def main():
    folder = Path(sys.argv[1])
    async with node(folder) as here:
        await here.invoke(python(folder, SOURCE, timeout=60.0), ('"' + str(folder / "pids") + '"').encode())

asyncio.run(main())
"""


def test_sandboxes_do_not_outlive_a_killed_node(tmp_path: Path) -> None:
    (tmp_path / "node.py").write_text(KILLED_NODE)
    root = Path(__file__).parents[2]
    killed = subprocess.Popen([sys.executable, str(tmp_path / "node.py"), str(tmp_path)], env={"PYTHONPATH": str(root)})
    pids: list[int] = []
    deadline = time.monotonic() + 15
    try:
        while len(pids) < 2 and time.monotonic() < deadline:
            with contextlib.suppress(FileNotFoundError):
                pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
            time.sleep(0.02)
        assert [alive(pid) for pid in pids] == [True, True]
    finally:
        killed.kill()
        killed.wait()
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [alive(pid) for pid in pids] == [False, False]
