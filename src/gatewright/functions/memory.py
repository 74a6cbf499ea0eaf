"""How much memory a sandbox's process uses, as Linux and macOS tell: its resident size, and the most seen so far."""

import contextlib
import ctypes
import os
import resource
import struct
import sys
from collections.abc import Callable

MAX_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes in a unit of getrusage's ru_maxrss

_PAGE = resource.getpagesize()
_PROC_PIDTASKINFO = 4  # macOS: sys/proc_info.h
_TASK_INFO = struct.Struct("=6Q12i")  # struct proc_taskinfo: virtual size, resident size, ...


class Memory:
    """Of one process; a system that tells nothing leaves only the peak that is known at the end."""

    __slots__ = ("_pid", "_statm", "peak")

    def __init__(self) -> None:
        self.peak = 0
        self._pid = 0
        self._statm = -1

    def watch(self, pid: int) -> None:
        """Look at this process from now on; on Linux the open file stays with it even if its id is used again."""
        self._pid = pid
        with contextlib.suppress(OSError):
            self._statm = os.open(f"/proc/{pid}/statm", os.O_RDONLY | os.O_CLOEXEC)

    def look(self) -> int:
        """The resident size in bytes now, 0 if it cannot be told."""
        resident = 0
        if self._statm >= 0:
            with contextlib.suppress(OSError, IndexError):  # it has just ended
                resident = int(os.pread(self._statm, 128, 0).split()[1]) * _PAGE
        elif self._pid and _PROC_PIDINFO is not None:
            resident = resident_of(_PROC_PIDINFO, self._pid)
        self.peak = max(self.peak, resident)
        return resident

    def close(self, peak: int) -> None:
        """The process ended; `peak` in bytes is what the system counted."""
        self.peak = max(self.peak, peak)
        self._pid = 0
        if self._statm >= 0:
            os.close(self._statm)
            self._statm = -1


def resident_of(proc_pidinfo: Callable[..., int], pid: int) -> int:
    """The resident size by macOS's libproc; 0 when the process is gone."""
    buffer = ctypes.create_string_buffer(_TASK_INFO.size)
    told: int = proc_pidinfo(pid, _PROC_PIDTASKINFO, 0, buffer, _TASK_INFO.size)
    return int(_TASK_INFO.unpack(buffer.raw)[1]) if told == _TASK_INFO.size else 0


def _libproc() -> Callable[..., int] | None:
    function = getattr(ctypes.CDLL(None), "proc_pidinfo", None)
    if function is not None:
        function.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_uint64, ctypes.c_void_p, ctypes.c_int)
        function.restype = ctypes.c_int
    return function


_PROC_PIDINFO = _libproc()
