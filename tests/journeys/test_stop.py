"""A node that is told to stop: what is in flight is finished, whoever insists is obeyed, and no process is left."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gatewright.app import GRACE_SECONDS
from tests.journeys.test_boto3 import Story
from tests.node import Node

# Its answer needs our port once more; `flag` tells that it runs, and goes on when the test has removed that.
FUNCTION = """
import os, time
import boto3

def handler(event, context):
    flag = event["queryStringParameters"]["flag"]
    with open(flag, "w") as file:
        file.write(f"{os.getpid()} {os.getppid()}")
    while os.path.exists(flag):
        time.sleep(0.01)
    return {"statusCode": 200, "body": boto3.client("sts").get_caller_identity()["Account"]}
"""


class Call(threading.Thread):
    """One request to the function, in flight until `finish`."""

    def __init__(self, node: Node, api: str, flag: Path) -> None:
        super().__init__()
        self.node, self.path, self.flag = node, f"/_aws/execute-api/{api}/prod/hello?flag={flag}", flag
        self.answer: tuple[int, bytes] | None = None
        self.start()
        wait_for(lambda: flag.exists() and b" " in flag.read_bytes())
        self.pids = [int(pid) for pid in flag.read_text().split()]

    def run(self) -> None:
        try:
            status, _, body = self.node.request("GET", self.path)
            self.answer = status, body
        except OSError:
            self.answer = None

    def finish(self) -> tuple[int, bytes] | None:
        self.flag.unlink()
        self.join()
        return self.answer


def wait_for(condition: Callable[[], bool], patience: float = 60.0) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < patience
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b"" if Path("/proc/self").exists() else True
    except OSError:
        return False


@pytest.fixture
def story(node: Node) -> Iterator[Story]:
    yield Story(node, f"f{time.monotonic_ns()}", FUNCTION)
    node.stop()
    node.start()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_requests_in_flight_are_finished(node: Node, story: Story, tmp_path: Path, number: signal.Signals) -> None:
    call = Call(node, story.api, tmp_path / "flag")
    process = node.process
    assert process is not None
    process.send_signal(number)
    process.send_signal(number)  # at once is as good as one: a terminal and a parent may both pass it on
    log = node.data_dir.parent / "data.node.log"
    wait_for(lambda: "stopping" in log.read_text().rpartition("is ready")[2])
    assert call.finish() == (200, b"000000000000")
    assert process.wait(60) == 0
    assert not any(is_alive(pid) for pid in call.pids)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(node: Node, story: Story, tmp_path: Path, number: signal.Signals) -> None:
    call = Call(node, story.api, tmp_path / "flag")
    process = node.process
    assert process is not None
    began = time.monotonic()
    while process.poll() is None:  # the function would never end
        process.send_signal(number)
        time.sleep(0.3)
    assert process.returncode == -number
    assert 1 < time.monotonic() - began < GRACE_SECONDS
    assert call.finish() is None
    wait_for(lambda: not any(is_alive(pid) for pid in call.pids))


def test_a_crash_leaves_no_process(node: Node, story: Story, tmp_path: Path) -> None:
    call = Call(node, story.api, tmp_path / "flag")
    node.kill()
    assert call.finish() is None
    wait_for(lambda: not any(is_alive(pid) for pid in call.pids))
