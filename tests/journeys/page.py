"""A page of the docs whose commands are run, in one shell and in order, and must print what the page says."""

import os
import re
import subprocess
from pathlib import Path

from tests.node import Node, command_line

ROOT = Path(__file__).parents[2]
MARK = "-- next command --"
BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
MADE = {  # ids, new in each run
    "j8zeixm7yp": "[a-z0-9]{10}",
    "be946380-42e9-45ea-9324-dd3c7f64d23d": "[0-9a-f-]{36}",
    "c3de95a4d055493490047a27e6": "[0-9a-z]{26}",
    "g0fgqRmkcVcNZg-=": "[A-Za-z0-9_-]{15}=",
    "0HJD8MiQ74MxR1S=": "[A-Za-z0-9_-]{15}=",
}


def run_page(name: str, node: Node, aws_cli: Path, folder: Path, section: str = "") -> int:
    """Runs docs/`name`, or a section of it, against `node`, with `aws_cli` for the folder of `aws` and `folder` for
    /tmp; the number of its commands."""
    page = (ROOT / "docs" / name).read_text()
    if section:
        page = page.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    page = page.replace(":4566", f":{node.port}").replace("/tmp/", f"{folder}/")
    steps = [match.groups() for block in BLOCK.findall(page) for match in COMMAND.finditer(block)]
    tools = f"{aws_cli}:{Path(command_line('gatewright')).parent}"
    lines = "".join(f"{command}\necho; echo '{MARK}'\n" for command, _ in steps)
    done = subprocess.run(
        ["bash", "-c", lines.replace("$PWD/.venv/bin", tools)],
        cwd=ROOT,
        env={**os.environ, "AWS_PAGER": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    printed = done.stdout.split(MARK)
    assert len(printed) == len(steps) + 1, done.stderr
    for (command, said), answer in zip(steps, printed, strict=False):
        pattern = re.escape(" ".join(said.split()))
        for made, shape in MADE.items():
            pattern = pattern.replace(re.escape(made), shape)
        is_true = re.fullmatch(pattern, " ".join(answer.split())) is not None
        assert is_true, f"{command}\n{answer}\n{done.stderr}"
    return len(steps)
