"""A real Redis or Valkey server for tests: on a free loopback port, ended by its own process id."""

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

from tests.node import free_port


class RedisServer:
    """One server with its files in `directory`; use it as a context manager. Nothing outlives it unless `keeps`."""

    def __init__(self, directory: Path, *, keeps: bool = False) -> None:
        self.directory = directory
        self.port = free_port()
        self._keeps = ["--appendonly", "yes", "--appendfsync", "always"] if keeps else ["--appendonly", "no"]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.directory.mkdir(exist_ok=True)
        with (self.directory / "log").open("ab") as output:
            self._process = subprocess.Popen(
                [program(), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", *self._keeps],
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        until = time.monotonic() + 20
        while self.command("PING") != b"+PONG\r\n":
            assert self._process.poll() is None and time.monotonic() < until, (self.directory / "log").read_text()
            time.sleep(0.01)

    def command(self, *words: str) -> bytes:
        """The server's raw answer, b"" when it cannot be reached."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
                connection.sendall((" ".join(words) + "\r\n").encode())
                return connection.recv(65_536)
        except OSError:
            return b""

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """kill -9, as a crash would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def __enter__(self) -> "RedisServer":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self.kill()


def program() -> str:
    """The server's path; an error saying what to install when there is none."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None:
        raise RuntimeError("redis-server is not installed: apt-get install redis-server (or valkey-server)")
    return found
