"""`make bench`: the gateway beside nginx and nginx with Lua on this machine; prints tables, keeps JSON.

    python bench/run.py [--quick] [--only proxy,cached,lambda,websocket,routes,start]

On a machine with two cores or more the gateway and nginx's workers have one core, wrk and the upstream another.
Requests per second of different runs do not compare; the ratios inside one run do, and processor time per request does.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway import GatewayError
from load import LoadError
from measure import processor
from peers import PeerError, nginx_program, what_is_missing
from rich.console import Console
from rich.table import Table
from scenarios import SCENARIOS, Effort, Goal, Section, raise_file_limit

RESULTS = Path(__file__).with_name("results")


def main() -> int:
    options = arguments()
    console = Console(width=None if sys.stdout.isatty() else 130)
    missing = what_is_missing()
    if missing:
        console.print(f"Something to compare with is not installed. On Debian or Ubuntu: {missing}")
        return 2
    raise_file_limit()
    effort = effort_of(quick=options.quick)
    about = machine()
    console.print(about)
    sections: dict[str, Section] = {}
    try:
        for name in options.only:
            with tempfile.TemporaryDirectory(prefix="gatewright-bench-") as folder:
                Path(folder).chmod(0o755)  # nginx's worker may be another user
                sections[name] = SCENARIOS[name](Path(folder), effort)
            show(console, sections[name])
    except (LoadError, PeerError, GatewayError) as error:
        console.print(f"[red]stopped:[/] {error}", highlight=False)
        return 1
    kept = keep(about, effort, sections)
    console.print(f"kept in {os.path.relpath(kept)}")
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the gateway beside nginx and nginx with Lua.")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: a first impression")
    parser.add_argument("--only", type=scenario_names, default=list(SCENARIOS), help=f"of {','.join(SCENARIOS)}")
    return parser.parse_args()


def scenario_names(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no {unknown[0]!r}; take of {', '.join(SCENARIOS)}")
    return names


def effort_of(*, quick: bool) -> Effort:
    """Five rounds; the first two cores this process may use."""
    cores = sorted(os.sched_getaffinity(0))
    gateway, load = (cores[0], cores[1]) if len(cores) > 1 else (None, None)
    if quick:
        return Effort(rounds=3, seconds=1, connections=4_000, gateway_core=gateway, load_core=load)
    return Effort(rounds=5, seconds=3, connections=10_000, gateway_core=gateway, load_core=load)


def machine() -> dict[str, object]:
    """What the figures depend on."""
    nginx = subprocess.run([nginx_program(), "-v"], capture_output=True, text=True, check=False).stderr.strip()
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "python": f"{platform.python_version()} ({Path(sys.executable).resolve()})",
        "nginx": nginx.rpartition("/")[2],
        "load before": round(os.getloadavg()[0], 2),
    }


def show(console: Console, section: Section) -> None:
    """The section's table and its goals."""
    if section.rows:
        table = Table(title=section.title, title_justify="left")
        for column in section.rows[0]:
            table.add_column(column, justify="left" if column == "target" else "right")
        for row in section.rows:
            table.add_row(*[f"{value:,}" if isinstance(value, int) else str(value) for value in row.values()])
        console.print(table)
    goals = Table(title=None if section.rows else section.title, title_justify="left", show_header=False)
    for goal in section.goals:
        mark = "[green]met[/]" if goal.is_met else "[red]not met[/]"
        goals.add_row(goal.name, f"{goal.value:,.{3 if goal.value < 10 else 1}f}", wanted(goal), mark)
    console.print(goals)
    if section.note:
        console.print(f"[yellow]{section.note}[/]", highlight=False)


def wanted(goal: Goal) -> str:
    return f"at least {goal.least:,}" if goal.least is not None else f"at most {goal.most:,}"


def keep(about: dict[str, object], effort: Effort, sections: dict[str, Section]) -> Path:
    """Write everything that was measured, each round too; the file."""
    document: dict[str, Any] = {
        "machine": about,
        "rounds": effort.rounds,
        "seconds": effort.seconds,
        "sections": {
            name: {
                "title": section.title,
                "rows": section.rows,
                "note": section.note,
                "goals": [
                    {"name": goal.name, "value": goal.value, "wanted": wanted(goal), "met": goal.is_met}
                    for goal in section.goals
                ],
                "rounds": {
                    f"{target.name}, {target.connections} connections": [each._asdict() for each in target.rounds]
                    for target in section.targets
                },
            }
            for name, section in sections.items()
        },
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}.json"
    path.write_text(json.dumps(document, indent=2) + "\n")
    return path


if __name__ == "__main__":
    sys.exit(main())
