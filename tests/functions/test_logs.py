"""Log files: the time before each line, one previous file at most."""

import asyncio
import re
from pathlib import Path

import pytest

from gatewright.functions import logs
from gatewright.functions.logs import Logs


def test_each_line_has_its_time(tmp_path: Path) -> None:
    async def scenario() -> None:
        kept = Logs(tmp_path)
        kept.of("GetUser").add_lines(b"one\ntwo\n")
        kept.of("GetUser").add_lines(b"three\n")
        await asyncio.sleep(logs.FLUSH_SECONDS * 2)

    asyncio.run(scenario())
    time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z "
    assert re.fullmatch(f"{time}one\n{time}two\n{time}three\n", (tmp_path / "GetUser.log").read_text())


def test_a_full_file_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_FILE", 100)

    async def scenario() -> None:
        log = Logs(tmp_path).of("GetUser")
        for word in (b"first", b"second", b"third"):
            log.add_lines(word * 10 + b"\n")
            log.flush()

    asyncio.run(scenario())
    kept = {file.name: file.read_text()[25:30] for file in tmp_path.iterdir()}
    assert kept == {"GetUser.log": "third", "GetUser.log.1": "secon"}
