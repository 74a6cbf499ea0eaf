"""The functions' logs: one file per function with the time before each line, written in batches and bounded.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
"""

import asyncio
import logging
import time
from pathlib import Path

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.1
FLUSH_BYTES = 256 * 1024
MAX_FILE = 16 * 1024 * 1024  # then it becomes {name}.log.1, whose place the next full one takes


class FunctionLog:
    """The log of one function, shared by its sandboxes."""

    __slots__ = ("_logs", "_path", "_pieces", "_size")

    def __init__(self, logs: "Logs", path: Path) -> None:
        self._logs = logs
        self._path = path
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, lines: bytes) -> None:
        """Append whole lines, each ending in a line feed; they are on disk within a tenth of a second or so."""
        now = self._logs.time_text()
        if lines.find(b"\n") != len(lines) - 1:
            lines = lines[:-1].replace(b"\n", b"\n" + now) + b"\n"
        if not self._pieces:
            self._logs.wants_flush(self)
        self._pieces.append(now)
        self._pieces.append(lines)
        self._size += len(lines)
        if self._size > FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what was added. A full disk costs log lines, never an invocation."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        if not data:
            return
        try:
            with self._path.open("ab") as file:
                full = file.tell() + len(data) > MAX_FILE and file.tell() > 0
                if not full:
                    file.write(data)
            if full:
                self._path.replace(self._path.with_suffix(".log.1"))
                self._path.write_bytes(data)
        except OSError as error:
            log.error("cannot write %s, log lines are lost: %s", self._path, error)


class Logs:
    """All functions' logs, in one directory. Use it from the event loop's thread only."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._logs: dict[str, FunctionLog] = {}
        self._waiting: list[FunctionLog] = []
        self._second = 0
        self._second_text = b""
        directory.mkdir(parents=True, exist_ok=True)

    def of(self, name: str) -> FunctionLog:
        """The log of the function of that name."""
        found = self._logs.get(name)
        if found is None:
            found = self._logs[name] = FunctionLog(self, self._directory / f"{name}.log")
        return found

    def flush(self) -> None:
        """Write everything now."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.flush()

    def wants_flush(self, function_log: FunctionLog) -> None:
        """Called by a log that has something to write."""
        if not self._waiting:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        self._waiting.append(function_log)

    def time_text(self) -> bytes:
        """The time as the start of a line: "2024-01-01T00:00:00.000Z "."""
        now = time.time()
        second = int(now)
        if second != self._second:
            self._second = second
            self._second_text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second)).encode()
        return b"%b.%03dZ " % (self._second_text, (now - second) * 1000)
