"""The node's side of the nursery: asks it to start and kill sandboxes, and hears how they ended.

The nursery (runtimes/nursery.py) is started with the first sandbox. If it dies, all its sandboxes are killed, each is
reported so, and the next start makes a new one.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gatewright.functions.memory import MAX_RSS_UNIT

NURSERY = Path(__file__).parent / "runtimes" / "nursery.py"
READ = 64 * 1024
STOP_SECONDS = 5.0


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


class _Running:
    """A process as the launcher knows it: `pid` 0 and `output` open until the nursery has told that it is started."""

    __slots__ = ("child", "output", "pid")

    def __init__(self, child: Child, output: int) -> None:
        self.child = child
        self.output = output
        self.pid = 0

    def release(self) -> None:
        """The process has the descriptor, or never will: macOS may lose one that is closed on its way."""
        if self.output >= 0:
            os.close(self.output)
            self.output = -1


class Launcher:
    """Use it from the event loop's thread only."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._running: dict[int, _Running] = {}
        self._last = 0
        self._unsent: deque[tuple[bytes, int]] = deque()  # lines, each with a descriptor or -1
        self._line = b""

    def start(self, launch: Launch, output: int, child: Child) -> int:
        """Start a process whose output goes to the descriptor `output`, which is closed here; returns its number.

        Raises OSError when there is no nursery to be had."""
        running = _Running(child, output)
        if self._socket is None:
            try:
                self._start_nursery()
            except OSError:
                running.release()
                raise
        self._last += 1
        self._running[self._last] = running
        message = {
            "start": self._last,
            "argv": list(launch.argv),
            "env": launch.env,
            "cwd": str(launch.cwd),
            "data_limit": launch.data_limit,
        }
        self._say(message, output)
        return self._last

    def kill(self, number: int) -> None:
        """Kill a process and its whole group; `ended` follows. Nothing happens if it has ended already."""
        if number in self._running:
            self._say({"kill": number})

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

    def _start_nursery(self) -> None:
        if self._process is not None:
            self._process.wait()  # it ended before: its socket closed
        ours, theirs = socket.socketpair()
        with theirs:
            ours.setblocking(False)
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", str(NURSERY), str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,
                    env={},
                )
            except OSError:
                ours.close()
                raise
        self._socket = ours
        asyncio.get_running_loop().add_reader(ours.fileno(), self._hear)

    def _say(self, message: dict[str, Any], output: int = -1) -> None:
        self._unsent.append((json.dumps(message).encode() + b"\n", output))
        if len(self._unsent) == 1:
            self._send()

    def _send(self) -> None:
        """Send what the nursery takes now; the rest when it has read some."""
        nursery, unsent = self._socket, self._unsent
        assert nursery is not None
        loop = asyncio.get_running_loop()
        while unsent:
            line, output = unsent[0]
            try:
                sent = socket.send_fds(nursery, [line], [output]) if output >= 0 else nursery.send(line)
            except BlockingIOError:
                loop.add_writer(nursery.fileno(), self._send)
                return
            except OSError:  # it is gone, or of no use any more: `_hear` is about to learn it
                with contextlib.suppress(OSError):
                    nursery.shutdown(socket.SHUT_RDWR)
                break
            if sent < len(line):
                unsent[0] = line[sent:], -1
            else:
                unsent.popleft()
        loop.remove_writer(nursery.fileno())

    def _hear(self) -> None:
        assert self._socket is not None
        try:
            data = self._socket.recv(READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            for running in self._running.values():
                if running.pid:
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.killpg(running.pid, signal.SIGKILL)
            self._lose_nursery()
            return
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def _take(self, message: dict[str, int]) -> None:
        if "pid" in message:
            running = self._running.get(message["id"])
            if running is not None:
                running.pid = message["pid"]
                running.release()
                running.child.started(running.pid)
            return
        running = self._running.pop(message["id"], None)
        if running is not None:
            running.child.ended(Ended(message["status"], message["max_rss"] * MAX_RSS_UNIT))

    def _lose_nursery(self) -> None:
        assert self._socket is not None
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._socket.fileno())
        loop.remove_writer(self._socket.fileno())
        self._socket.close()
        self._socket = None
        self._line = b""
        self._unsent.clear()
        lost, self._running = self._running, {}
        for running in lost.values():
            running.release()
            running.child.ended(Ended(-signal.SIGKILL, 0))
