"""The node's side of the nursery: asks it to start and kill sandboxes, and hears how they ended.

The nursery (runtimes/nursery.py) is started with the first sandbox. If it dies, so do all its sandboxes (their
parent-death signal), each is reported as killed, and the next start makes a new one.
"""

import array
import asyncio
import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

NURSERY = Path(__file__).parent / "runtimes" / "nursery.py"
PACKET = 4096
STOP_SECONDS = 5.0
RETRY_SECONDS = 0.01
KILLED = -9


class Ended(NamedTuple):
    """How a process ended: exit status, or minus the signal's number; the peak of its resident memory in bytes."""

    status: int
    max_rss: int


class Child(NamedTuple):
    """What the nursery tells about one process."""

    started: Callable[[int], None]  # with its process id
    ended: Callable[[Ended], None]


class Launch(NamedTuple):
    """How to start a sandbox's process; `data_limit` in bytes bounds its private memory."""

    argv: Sequence[str]
    env: dict[str, str]
    cwd: Path
    data_limit: int


class Launcher:
    """Use it from the event loop's thread only."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._children: dict[int, Child] = {}
        self._last = 0

    def start(self, launch: Launch, output: int, child: Child) -> int:
        """Start a process whose output goes to the descriptor `output`; returns its number here. Raises OSError."""
        nursery = self._socket or self._start_nursery()
        self._last += 1
        message = {
            "start": self._last,
            "argv": list(launch.argv),
            "env": launch.env,
            "cwd": str(launch.cwd),
            "data_limit": launch.data_limit,
        }
        self._children[self._last] = child
        try:
            ancillary = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [output]))
            nursery.sendmsg([json.dumps(message).encode()], [ancillary])
        except OSError:
            del self._children[self._last]
            raise
        return self._last

    def kill(self, number: int) -> None:
        """Kill a process and its whole group; `ended` follows. Nothing happens if it has ended already."""
        if self._socket is not None and number in self._children:
            try:
                self._socket.send(json.dumps({"kill": number}).encode())
            except BlockingIOError:  # it is busy: again when it has read some
                asyncio.get_running_loop().call_later(RETRY_SECONDS, self.kill, number)
            except OSError:
                return  # it is gone, and its children with it

    async def stop(self) -> None:
        """End the nursery and every process."""
        process = self._process
        if self._socket is not None:
            self._lose_nursery()
        if process is not None:
            loop = asyncio.get_running_loop()
            with contextlib.suppress(subprocess.TimeoutExpired):
                await loop.run_in_executor(None, process.wait, STOP_SECONDS)
            if process.returncode is None:
                process.kill()
                process.wait()
            self._process = None

    def _start_nursery(self) -> socket.socket:
        if self._process is not None:
            self._process.wait()  # it ended before: its socket closed
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            ours.setblocking(False)
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(NURSERY), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env={},
            )
        self._socket = ours
        asyncio.get_running_loop().add_reader(ours.fileno(), self._hear)
        return ours

    def _hear(self) -> None:
        assert self._socket is not None
        try:
            packet = self._socket.recv(PACKET)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        if not packet:
            self._lose_nursery()
            return
        message = json.loads(packet)
        if "pid" in message:
            child = self._children.get(message["id"])
            if child is not None:
                child.started(message["pid"])
        else:
            child = self._children.pop(message["id"], None)
            if child is not None:
                child.ended(Ended(message["status"], message["max_rss"] * 1024))

    def _lose_nursery(self) -> None:
        assert self._socket is not None
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
        self._socket = None
        children, self._children = self._children, {}
        for child in children.values():
            child.ended(Ended(KILLED, 0))
