"""What a sandbox's process writes to standard output and error: lines for the log, and an invocation's tail."""

import asyncio
import os

from gatewright.functions.invocation import LOG_TAIL
from gatewright.functions.logs import FunctionLog

_READ = 64 * 1024
_LONGEST_LINE = 256 * 1024  # CloudWatch Logs' bound for an event


class Output:
    """The reading end of a pipe. While `keeping`, the last 4 KB are kept for the invocation's log tail."""

    __slots__ = ("_descriptor", "_line", "_log", "_loop", "_recent", "keeping", "seen")

    def __init__(self, log: FunctionLog) -> None:
        self.keeping = True
        self.seen = False  # whether the process has ever written anything
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._descriptor = -1
        self._line = b""
        self._recent = bytearray()

    def open(self) -> int:
        """Start reading; returns the descriptor for the process, which is the caller's to close."""
        self._descriptor, theirs = os.pipe()
        os.set_blocking(self._descriptor, False)
        self._loop.add_reader(self._descriptor, self.read)
        return theirs

    def read(self) -> None:
        """Take what was written so far, at most one piece, since a flood must not stop the node."""
        if self._descriptor < 0:
            return
        try:
            data = os.read(self._descriptor, _READ)
        except BlockingIOError:
            return
        if not data:
            self._loop.remove_reader(self._descriptor)
            return
        self.seen = True
        if b"\r" in data:  # awslambdaric puts whole stack traces on one line, so that they are one event
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines, newline, self._line = (self._line + data).rpartition(b"\n")
        if newline:
            self._add(lines + newline)
        if len(self._line) > _LONGEST_LINE:
            self.end_line()

    def end_line(self) -> None:
        """What was written without a line feed becomes a line."""
        if self._line:
            line, self._line = self._line, b""
            self._add(line + b"\n")

    def stop_keeping(self) -> bytes:
        """What was kept."""
        self.keeping = False
        recent = bytes(self._recent)
        self._recent.clear()
        return recent

    def close(self) -> None:
        """The process is gone: take the rest."""
        if self._descriptor < 0:
            return
        self.read()
        self.end_line()
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = -1

    def _add(self, lines: bytes) -> None:
        self._log.add_lines(lines)
        if self.keeping:
            self._recent += lines[-LOG_TAIL:]
            del self._recent[:-LOG_TAIL]
