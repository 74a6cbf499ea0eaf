"""Echoes over WebSocket: the peer's server as a process, and `echo.py` against one target, round after round."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from load import LoadError
from measure import cpu_seconds, family, median
from peers import free_port

HERE = Path(__file__).parent
SIZE, CONNECTIONS = 64, 64


class Round(NamedTuple):
    """One run of echo.py. `cpu_us` is the server's processor time per message, `busy` per second."""

    rate: float
    cpu_us: float
    busy: float


@dataclass(frozen=True, slots=True)
class Echo:
    """What is measured: a server that answers each message, by its port, Host, path and process."""

    name: str
    port: int
    host: str
    path: str
    pid: int
    rounds: list[Round] = field(default_factory=list)

    def run(self, seconds: float, *, core: int | None) -> None:
        """One round more. Raises LoadError."""
        pinned = [] if core is None else ["taskset", "-c", str(core)]
        given = [str(each) for each in (self.port, self.host, self.path, SIZE, CONNECTIONS, seconds)]
        pids = family(self.pid)
        before = cpu_seconds(pids)
        done = subprocess.run(
            [*pinned, sys.executable, str(HERE / "echo.py"), *given], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise LoadError(f"echo.py on {self.name}: {done.stderr.strip()}")
        summary = json.loads(done.stdout)
        used = cpu_seconds(pids) - before
        messages, taken = summary["messages"], summary["seconds"]
        self.rounds.append(Round(messages / taken, used / messages * 1e6, used / taken))

    def middle(self, figure: Callable[[Round], float]) -> float:
        """The median of one figure over the rounds."""
        return median([figure(each) for each in self.rounds])


class EchoServer:
    """The `websockets` library's server on a free port; a context manager."""

    def __init__(self, *, core: int | None) -> None:
        self.port = free_port()
        pinned = [] if core is None else ["taskset", "-c", str(core)]
        self._process = subprocess.Popen([*pinned, sys.executable, str(HERE / "echo_server.py"), str(self.port)])
        time.sleep(1)

    @property
    def pid(self) -> int:
        return self._process.pid

    def __enter__(self) -> "EchoServer":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
