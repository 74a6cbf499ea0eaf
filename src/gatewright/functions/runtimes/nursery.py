"""The nursery: a small process that starts sandboxes for a node, and ends them all when the node is gone.

It runs alone (`python -I -S nursery.py FD`, standard library only): it forks cheaply, has no threads to trip over
between fork and exec, and reaps every process itself, so no process id is used after it was given to another.
FD is a SOCK_SEQPACKET socket of JSON messages. From the node: {"start": id, "argv", "env", "cwd", "data_limit"} with
the descriptor for standard output and error, and {"kill": id}. To it: {"id", "pid"} and {"id", "status", "max_rss"}.
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
from typing import Any

PR_SET_PDEATHSIG = 1
CANNOT_EXECUTE = 126
OPEN_FILES = 1024  # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
PACKET = 256 * 1024
FREED_SIGNALS = (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE)


class Nursery:
    """Sandboxes by the node's ids, each the leader of its own session and process group."""

    def __init__(self, node: socket.socket) -> None:
        self._node = node
        self._pids: dict[int, int] = {}
        self._ids: dict[int, int] = {}
        self._prctl = getattr(ctypes.CDLL(None), "prctl", None)

    def run(self) -> None:
        """Serve the node until it closes the socket, then end every process group."""
        wake, woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        ready = select.poll()
        ready.register(self._node, select.POLLIN)
        ready.register(wake, select.POLLIN)
        with contextlib.suppress(ConnectionError):
            while True:
                for descriptor, _ in ready.poll():
                    if descriptor == wake:
                        os.read(wake, 4096)
                        self._reap()
                    elif not self._obey():
                        return

    def end_all(self) -> None:
        """Kill every process group."""
        for pid in list(self._ids):
            kill_group(pid)

    def _obey(self) -> bool:
        packet, descriptors, _, _ = socket.recv_fds(self._node, PACKET, 1, socket.MSG_CMSG_CLOEXEC)
        if not packet:
            return False
        message = json.loads(packet)
        if "kill" in message:
            pid = self._pids.get(message["kill"])
            if pid is not None:
                kill_group(pid)
        else:
            self._start(message, descriptors[0])
            os.close(descriptors[0])
        return True

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
        # The leader is looked at without reaping first: its id stays taken while its group is killed.
        while self._ids:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None:
                return
            kill_group(ended.si_pid)
            _, status, usage = os.wait4(ended.si_pid, 0)
            number = self._ids.pop(ended.si_pid)
            del self._pids[number]
            self._tell({"id": number, "status": os.waitstatus_to_exitcode(status), "max_rss": usage.ru_maxrss})

    def _tell(self, message: dict[str, int]) -> None:
        self._node.send(json.dumps(message).encode())


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
    nursery = Nursery(socket.socket(fileno=descriptor))
    try:
        nursery.run()
    finally:
        nursery.end_all()


if __name__ == "__main__":
    main(int(sys.argv[1]))
