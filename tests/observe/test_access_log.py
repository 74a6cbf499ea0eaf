"""Access logs on disk: when lines are written, what happens to moved files, what happens when they cannot be."""

import asyncio
import logging
from pathlib import Path
from typing import NamedTuple

import pytest

from gatewright.observe import access_log
from gatewright.observe.access_log import AccessLogs


class Stage(NamedTuple):
    api_id: str
    stage: str
    is_canary: bool | None = None


PROD, TEST = Stage("abcdef1234", "prod"), Stage("abcdef1234", "test")


async def test_lines_wait_for_the_timer(logs: AccessLogs, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(access_log, "FLUSH_SECONDS", 0.02)
    for stage, line in ((PROD, b"1"), (TEST, b"2"), (PROD, b"3")):
        logs.write(stage, line)
    assert not logs.path(*PROD[:2]).exists()
    await asyncio.sleep(0.05)
    assert (logs.path(*PROD[:2]).read_bytes(), logs.path(*TEST[:2]).read_bytes()) == (b"1\n3\n", b"2\n")


async def test_a_canary_has_a_log_of_its_own(logs: AccessLogs):
    for stage, line in ((PROD, b"1"), (PROD._replace(is_canary=False), b"2"), (PROD._replace(is_canary=True), b"3")):
        logs.write(stage, line)
    logs.flush()
    assert logs.path(*PROD[:2]).read_bytes() == b"1\n2\n"
    canary = logs.path(*PROD[:2], is_canary=True)
    assert (canary.read_bytes(), canary.parent.name, canary.name) == (b"3\n", "prod", "Canary.log")


async def test_many_lines_do_not_wait(logs: AccessLogs):
    line = b"x" * 1000
    for _ in range(100):
        logs.write(PROD, line)
    assert logs.path(*PROD[:2]).read_bytes() == (line + b"\n") * 66
    logs.flush()
    assert logs.path(*PROD[:2]).read_bytes() == (line + b"\n") * 100


async def test_a_moved_file_begins_anew(logs: AccessLogs, tmp_path: Path):
    logs.write(PROD, b"1")
    logs.flush()
    logs.path(*PROD[:2]).rename(tmp_path / "old")
    logs.write(PROD, b"2")
    logs.flush()
    assert ((tmp_path / "old").read_bytes(), logs.path(*PROD[:2]).read_bytes()) == (b"1\n", b"2\n")


async def test_a_log_that_cannot_be_written_is_told_once(logs: AccessLogs, caplog: pytest.LogCaptureFixture):
    logs.path(*PROD[:2]).mkdir(parents=True)
    for line in (b"1", b"2"):
        logs.write(PROD, line)
        logs.write(TEST, line)
        logs.flush()
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert logs.path(*TEST[:2]).read_bytes() == b"1\n2\n"


@pytest.mark.parametrize("name", ["..", ".", "../../etc/cron", "a/b", "/a", "a\0b", ""])
def test_no_name_leaves_the_directory(logs: AccessLogs, tmp_path: Path, name: str):
    for path in (logs.path(name, "prod"), logs.path("abcdef1234", name)):
        assert path.resolve().is_relative_to(tmp_path / "access")
        assert "\0" not in str(path)
