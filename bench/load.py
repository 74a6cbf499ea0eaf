"""wrk against several targets in turn, A B C A B C ..., so that a change in the machine's load meets all of them."""

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from measure import cpu_seconds, median

REPORT = Path(__file__).with_name("report.lua")
KEY = "k-000000000000000000000000000000042"
# A browser's request. With Host these are twelve headers.
HEADERS = (
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "Accept: application/json, text/plain, */*",
    "Accept-Encoding: gzip, deflate, br",
    "Accept-Language: en-US,en;q=0.9",
    "Cache-Control: no-cache",
    "Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl",
    "Origin: https://app.example.com",
    "Referer: https://app.example.com/pets",
    "X-Forwarded-For: 203.0.113.9",
    "X-Request-Source: web",
    f"X-Api-Key: {KEY}",
)


class LoadError(Exception):
    """A target did not answer as it must, so its figures would mean nothing."""


class Round(NamedTuple):
    """One run of wrk. `cpu_us` is processor time per request, one figure for each group of processes."""

    rate: float
    p50_ms: float
    p99_ms: float
    cpu_us: tuple[float, ...]
    busy: float  # processor time of the first group per second: 1.0 is one core


@dataclass(frozen=True, slots=True)
class Target:
    """What is measured: its URL, the Host it is called by, and the processes whose time counts, by group."""

    name: str
    url: str
    host: str
    processes: Callable[[], Sequence[Sequence[int]]]
    connections: int = 64
    script: Path = REPORT
    rounds: list[Round] = field(default_factory=list)

    def middle(self, figure: Callable[[Round], float]) -> float:
        """The median of one figure over the rounds."""
        return median([figure(each) for each in self.rounds])


def in_turn(targets: Sequence[Target], *, rounds: int, seconds: float, core: int | None) -> None:
    """Fill each target's rounds; wrk runs on `core`. Raises LoadError when answers are missing or not 2xx."""
    for target in targets:  # connections to the upstream, sandboxes and caches are warm before the first round counts
        wrk(target, seconds=1, core=core)
    for _ in range(rounds):
        for target in targets:
            groups = [list(pids) for pids in target.processes()]
            before = [cpu_seconds(pids) for pids in groups]
            summary = wrk(target, seconds=seconds, core=core)
            used = [cpu_seconds(pids) - start for pids, start in zip(groups, before, strict=True)]
            target.rounds.append(
                Round(
                    rate=summary["requests"] / summary["seconds"],
                    p50_ms=summary["p50_ms"],
                    p99_ms=summary["p99_ms"],
                    cpu_us=tuple(each / summary["requests"] * 1e6 for each in used),
                    busy=used[0] / summary["seconds"],
                )
            )


def wrk(target: Target, *, seconds: float, core: int | None) -> dict[str, float]:
    """One run with one thread: the members of report.lua's summary."""
    pinned = [] if core is None else ["taskset", "-c", str(core)]
    headers = [part for line in (f"Host: {target.host}", *HEADERS) for part in ("-H", line)]
    command = [*pinned, "wrk", "-t1", f"-c{target.connections}", f"-d{seconds:.0f}s", "-s", str(target.script)]
    done = subprocess.run([*command, *headers, target.url], capture_output=True, text=True, check=False)
    _, found, line = done.stdout.partition("SUMMARY ")
    if not found:
        raise LoadError(f"wrk on {target.name}: {done.stderr.strip() or done.stdout.strip()}")
    summary: dict[str, float] = json.loads(line)
    if not summary["requests"] or summary["refused"] or summary["broken"]:
        raise LoadError(f"{target.name} did not answer every request with 2xx: {summary}")
    return summary
