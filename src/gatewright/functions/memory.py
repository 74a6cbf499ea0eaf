"""How much memory a sandbox's process uses, as Linux tells: resident pages, and the most seen so far."""

import contextlib
import os
import resource

_PAGE = resource.getpagesize()


class Memory:
    """Of one process. Elsewhere than on Linux it knows only the peak it is told at the end."""

    __slots__ = ("_statm", "peak")

    def __init__(self) -> None:
        self.peak = 0
        self._statm = -1

    def watch(self, pid: int) -> None:
        """Look at this process from now on; the open file stays with it even if its id is used again."""
        with contextlib.suppress(OSError):
            self._statm = os.open(f"/proc/{pid}/statm", os.O_RDONLY | os.O_CLOEXEC)

    def look(self) -> int:
        """The resident size in bytes now, 0 if it cannot be told."""
        if self._statm < 0:
            return 0
        try:
            resident = int(os.pread(self._statm, 128, 0).split()[1]) * _PAGE
        except (OSError, IndexError):  # it has just ended
            return 0
        self.peak = max(self.peak, resident)
        return resident

    def close(self, peak: int) -> None:
        """The process ended; `peak` in bytes is what the system counted."""
        self.peak = max(self.peak, peak)
        if self._statm >= 0:
            os.close(self._statm)
            self._statm = -1
