"""What a process has used, read from /proc: processor time, memory; and medians over rounds.

Processor time per request is the steady figure on a shared machine; requests per second move with the load of others.
"""

import os
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of the processes with all their threads; one that has ended counts nothing."""
    total = 0
    for pid in pids:
        try:
            fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total * TICK


def family(pid: int) -> list[int]:
    """The process and everything that descends from it, itself first."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for member in found:
        found.extend(children.get(member, []))
    return found


def resident_bytes(pid: int) -> int:
    """Memory the process holds (RSS)."""
    pages = int((PROC / str(pid) / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def median(values: Sequence[float]) -> float:
    """The middle one; NaN of nothing."""
    return statistics.median(values) if values else float("nan")


def processor() -> str:
    """Its name as the kernel tells it."""
    for line in (PROC / "cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown"
