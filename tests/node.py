"""A real gateway process for tests: started on a free loopback port, stopped by its own process id."""

import contextlib
import http.client
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3
from botocore.config import Config

GATEWRIGHT = [sys.executable, "-m", "gatewright.cli.main"]
SIGNED_AS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}


def free_port() -> int:
    """A port nobody listens on, below those that the system gives to outgoing connections: a node that is started
    again must find its own still free."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Node:
    """One node over `data_dir`; use it as a context manager, or `start` and `stop` it."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.environment = environment
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, patience: float = 60.0) -> float:
        """Start and wait for readiness; the seconds it took. A node that does not get ready is ended."""
        log = self.data_dir.parent / f"{self.data_dir.name}.node.log"
        began = time.monotonic()
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [*GATEWRIGHT, "start", "--port", str(self.port), "--data-dir", str(self.data_dir)],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=os.environ | self.environment,
            )
        try:
            while not self.is_ready():
                if self.process.poll() is not None:
                    raise RuntimeError(f"the node ended with {self.process.returncode}:\n{log.read_text()}")
                if time.monotonic() - began > patience:
                    raise RuntimeError(f"the node was not ready in {patience} s:\n{log.read_text()}")
                time.sleep(0.01)
        except BaseException:
            self.kill()
            raise
        return time.monotonic() - began

    def is_ready(self) -> bool:
        try:
            return self.request("GET", "/_gatewright/health")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def kill(self) -> None:
        """kill -9, as a crash would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(45)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.process = None

    def __enter__(self) -> "Node":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client of `service` with this node as its endpoint, unless the options name another address of it."""
        config = Config(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=40)
        return boto3.client(service, **({"endpoint_url": self.url, "config": config} | SIGNED_AS | options))

    def request(
        self, method: str, path: str, *, host: str = "", headers: dict[str, str] | None = None, body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers by lower-case name, and body of one plain HTTP request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        try:
            sent = dict(headers or {})
            if host:
                sent["Host"] = host
            connection.request(method, path, body or None, sent)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()


def command_line(name: str) -> str:
    """The path of a command installed beside this interpreter or on PATH; an error naming it when there is none."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise RuntimeError(f"{name} is not installed")
    return found
