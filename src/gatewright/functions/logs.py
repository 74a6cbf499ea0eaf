"""The functions' logs: one file per function with the time before each line, written in batches and bounded.

What the service itself has to say is put into words only when a batch is written: a loop over a thousand lines costs
a third of the same work done between two events.
AWS: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
"""

import asyncio
import logging
import time
from pathlib import Path
from typing import Protocol

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.1
FLUSH_BYTES = 256 * 1024
FLUSH_ENTRIES = 2048
MAX_FILE = 16 * 1024 * 1024  # then it becomes {name}.log.1, whose place the next full one takes


class Entry(Protocol):
    """Something that becomes whole lines, each after `stamp`, when they are written."""

    def lines(self, stamp: str) -> bytes: ...


class FunctionLog:
    """The log of one function, shared by its sandboxes."""

    __slots__ = ("_bytes", "_entries", "_logs", "_path")

    def __init__(self, logs: "Logs", path: Path) -> None:
        self._logs = logs
        self._path = path
        self._entries: list[tuple[float, bytes | Entry]] = []
        self._bytes = 0

    def add(self, entry: Entry) -> None:
        """Append what an entry will say; it is on disk within a tenth of a second or so."""
        if not self._entries:
            self._logs.wants_flush(self)
        self._entries.append((time.time(), entry))
        if len(self._entries) > FLUSH_ENTRIES:
            self.flush()

    def add_lines(self, lines: bytes) -> None:
        """Append whole lines, each ending in a line feed."""
        if not self._entries:
            self._logs.wants_flush(self)
        self._entries.append((time.time(), lines))
        self._bytes += len(lines)
        if self._bytes > FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what was added. A full disk costs log lines, never an invocation."""
        entries, self._entries, self._bytes = self._entries, [], 0
        if not entries:
            return
        data = _text_of(entries)
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


def _text_of(entries: list[tuple[float, bytes | Entry]]) -> bytes:
    """The lines, each after its time as "2024-01-01T00:00:00.000Z "."""
    pieces: list[bytes] = []
    second, second_text = -1, ""
    for now, entry in entries:
        whole = int(now)
        if whole != second:
            second, second_text = whole, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
        stamp = f"{second_text}.{int((now - whole) * 1000):03}Z "
        if isinstance(entry, bytes):
            line_stamp = stamp.encode()
            pieces.append(line_stamp + entry[:-1].replace(b"\n", b"\n" + line_stamp) + b"\n")
        else:
            pieces.append(entry.lines(stamp))
    return b"".join(pieces)
