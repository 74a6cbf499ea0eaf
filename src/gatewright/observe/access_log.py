"""Access logs on disk: `{directory}/{api id}/{stage}.log`, one line per request, in the order the requests ended.

The requests that a stage's canary served are in `{stage}/Canary.log`, as AWS keeps them apart.

Lines wait in memory for at most a second or 64 KiB, whichever comes first, then each stage's go to its file in one
write. Files are opened for that write only: a log that was moved away or removed begins anew, no descriptor is kept per
stage, and two processes may append to one file. A log that cannot be written loses its lines, never a request.
"""

import asyncio
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

FLUSH_SECONDS = 1.0
FLUSH_BYTES = 64 * 1024
_log = logging.getLogger(__name__)


class Stage(Protocol):
    """Whose log a line belongs to."""

    @property
    def api_id(self) -> str: ...
    @property
    def stage(self) -> str: ...
    @property
    def is_canary(self) -> bool | None: ...


class AccessLogs:
    """All stages' access logs. Belongs to one event loop."""

    def __init__(self, directory: Path) -> None:
        """`directory` and what is in it are made when the first line is written."""
        self._directory = directory
        self._waiting: dict[tuple[str, str, bool | None], list[bytes]] = {}
        self._bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._lost: set[Path] = set()

    def write(self, stage: Stage, line: bytes) -> None:
        """Take one line, without its newline."""
        key = (stage.api_id, stage.stage, stage.is_canary)
        lines = self._waiting.get(key)
        if lines is None:
            lines = self._waiting[key] = []
        lines.append(line)
        self._bytes += len(line)
        if self._bytes >= FLUSH_BYTES:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)

    def flush(self) -> None:
        """Write what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting, self._bytes = self._waiting, {}, 0
        for (api_id, stage, is_canary), lines in waiting.items():
            self._append(self.path(api_id, stage, bool(is_canary)), lines)

    def path(self, api_id: str, stage: str, is_canary: bool = False) -> Path:
        """The file of a stage, or of its canary. Whatever the ids are, it is inside the directory."""
        name = _file_name(stage)
        return self._directory / _file_name(api_id) / (f"{name}/Canary.log" if is_canary else f"{name}.log")

    def _append(self, path: Path, lines: Sequence[bytes]) -> None:
        try:
            _append(path, b"\n".join(lines) + b"\n")
            self._lost.discard(path)
        except OSError as error:
            if path not in self._lost:  # say it once, not every second
                self._lost.add(path)
                _log.error("the access log %s cannot be written, its lines are lost: %s", path, error)


def _file_name(name: str) -> str:
    """AWS's ids and stage names as they are; anything else cannot leave its directory."""
    quoted = quote(name, safe="")
    return "%2E" + quoted[1:] if quoted.startswith(".") else quoted


def _append(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o640)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, flags, 0o640)
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    finally:
        os.close(descriptor)
