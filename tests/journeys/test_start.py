"""`make start`'s program: a gateway with the users sample, until Ctrl-C."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.node import free_port

ROOT = Path(__file__).parents[2]


def command(port: int, data: Path) -> list[str]:
    return [sys.executable, "-m", "examples.users.start", "--port", str(port), "--data-dir", str(data)]


@contextmanager
def running(port: int, data: Path) -> Iterator[str]:
    """The curl line it prints while it runs, in a process group as from a terminal; ended with Ctrl-C."""
    with subprocess.Popen(
        command(port, data),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as started:
        assert started.stdout is not None
        printed = ""
        try:
            for line in started.stdout:
                printed += line
                if line.strip().startswith("curl "):
                    break
            else:
                raise AssertionError(f"it ended with {started.wait()}:\n{printed}")
            yield line.strip()
            os.killpg(started.pid, signal.SIGINT)
            rest = started.stdout.read()
            assert started.wait(60) == 0, rest
            assert "Traceback" not in printed + rest, printed + rest
        finally:
            if started.poll() is None:
                os.killpg(started.pid, signal.SIGKILL)


def curl(line: str) -> str:
    """What the printed line prints."""
    return subprocess.run(line, shell=True, capture_output=True, text=True, check=True).stdout


def test_the_sample_answers_and_is_there_again_after_ctrl_c(tmp_path: Path) -> None:
    port = free_port()
    with running(port, tmp_path / "data") as line:
        found = re.fullmatch(r'curl "(http://127\.0\.0\.1:\d+/_aws/execute-api/users/prod/users)\?id=123"', line)
        assert found, line
        assert json.loads(curl(line)) == {"UserId": "123", "name": "Ada Lovelace"}
        missing = curl(f'curl -s -w " %{{http_code}}" "{found[1]}?id=999"')
        assert missing == '{"message": "User not found"} 404'
        other = subprocess.run(command(port, tmp_path / "other"), cwd=ROOT, capture_output=True, text=True, check=False)
        message = (
            f"error: port {port} is taken by a gateway that runs already. Take another one: make start PORT={port + 1}"
        )
        assert (other.returncode, other.stdout.strip()) == (1, message)
    began = time.monotonic()
    with running(port, tmp_path / "data") as again:
        assert time.monotonic() - began < 60
        assert again == line
        assert json.loads(curl(again)) == {"UserId": "123", "name": "Ada Lovelace"}
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
