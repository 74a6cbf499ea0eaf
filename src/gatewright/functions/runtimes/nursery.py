"""The nursery: a small process that starts sandboxes for a node, and ends them all when the node is gone.

It runs alone (`python -I -S nursery.py FD`, standard library only): it forks cheaply, has no threads to trip over
between fork and exec, and reaps every process itself, so no process id is used after it was given to another.
FD is a stream socket of JSON messages, one a line. From the node: {"start": id, "argv", "env", "cwd", "data_limit"}
with the descriptor for standard output and error, and {"kill": id}. To it: {"id", "pid"} and {"id", "status",
"max_rss"} (in the system's own unit). Linux and macOS differ in few lines, and those are said so.
"""

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import socket
import sys
from collections import deque
from typing import Any

PR_SET_PDEATHSIG = 1
CANNOT_EXECUTE = 126
OPEN_FILES = 1024  # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
READ = 64 * 1024
FREED_SIGNALS = (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE)


class Nursery:
    """Sandboxes by the node's ids, each the leader of its own session and process group."""

    def __init__(self, node: socket.socket) -> None:
        self._node = node
        self._line = b""
        self._outputs: deque[int] = deque()  # of the starts that are not read yet, in their order
        self._pids: dict[int, int] = {}
        self._ids: dict[int, int] = {}
        self._prctl = getattr(ctypes.CDLL(None), "prctl", None)  # Linux only

    def run(self) -> None:
        """Serve the node until it closes the socket, then end every process group."""
        wake, woken = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(woken, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        watched: list[socket.socket | int] = [self._node, wake]
        with contextlib.suppress(ConnectionError):
            while True:
                ready, _, _ = select.select(watched, [], [])
                if wake in ready:
                    os.read(wake, 4096)
                    self._reap()
                if self._node in ready and not self._read():
                    return

    def end_all(self) -> None:
        """Kill every process group."""
        for pid in list(self._ids):
            kill_group(pid)

    def _read(self) -> bool:
        # A descriptor comes at the latest with the first byte of its message.
        data, outputs, _, _ = socket.recv_fds(self._node, READ, 32)
        for output in outputs:
            os.set_inheritable(output, False)
            self._outputs.append(output)
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            self._obey(json.loads(line))
        return bool(data)

    def _obey(self, message: dict[str, Any]) -> None:
        if "kill" in message:
            pid = self._pids.get(message["kill"])
            if pid is not None:
                kill_group(pid)
        else:
            output = self._outputs.popleft()
            self._start(message, output)
            os.close(output)

    def _start(self, message: dict[str, Any], output: int) -> None:
        pid = os.fork()
        if pid == 0:
            self._become(message, output)
        self._pids[message["start"]] = pid
        self._ids[pid] = message["start"]
        self._tell({"id": message["start"], "pid": pid})

    def _become(self, message: dict[str, Any], output: int) -> None:
        try:
            os.setsid()
            if self._prctl is not None:
                self._prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            signal.set_wakeup_fd(-1)
            for number in FREED_SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
                score.write("500")  # if the machine runs out of memory, a sandbox goes before the node
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            limit_to(resource.RLIMIT_NOFILE, OPEN_FILES)
            if sys.platform != "darwin":  # macOS does not count there what is mapped, and may refuse
                limit_to(resource.RLIMIT_DATA, message["data_limit"])
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, 0)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.chdir(message["cwd"])
            os.execve(message["argv"][0], message["argv"], message["env"])
        except BaseException as error:
            os.write(output, f"{message['argv'][0]}: {error}\n".encode())
        finally:
            os._exit(CANNOT_EXECUTE)

    def _reap(self) -> None:
        while self._ids:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if not pid:
                return
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)  # whom it left behind keeps its id from being used again
            number = self._ids.pop(pid)
            del self._pids[number]
            self._tell({"id": number, "status": os.waitstatus_to_exitcode(status), "max_rss": usage.ru_maxrss})

    def _tell(self, message: dict[str, int]) -> None:
        self._node.sendall(json.dumps(message).encode() + b"\n")


def kill_group(pid: int) -> None:
    """Kill a sandbox's process group; right after the fork there may be only the process itself."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def limit_to(which: int, wanted: int) -> None:
    """Lower a limit, hard and soft; what the system allows already may be lower still."""
    _, hard = resource.getrlimit(which)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(which, (allowed, allowed))


def main(descriptor: int) -> None:
    """Serve the node at the other end of the socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the node's terminal is the node's to act on
    os.set_inheritable(descriptor, False)  # no sandbox may speak to the node in the nursery's name
    nursery = Nursery(socket.socket(fileno=descriptor))
    try:
        nursery.run()
    finally:
        nursery.end_all()


if __name__ == "__main__":
    main(int(sys.argv[1]))
