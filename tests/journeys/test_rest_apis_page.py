"""docs/rest-apis.md: every command of the page runs, in one shell, and prints what the page says."""

import os
import re
import subprocess
from pathlib import Path

from tests.journeys.test_stop import wait_for
from tests.node import Node, command_line

ROOT = Path(__file__).parents[2]
MARK = "-- next command --"
BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
MADE = {"j8zeixm7yp": "[a-z0-9]{10}", "be946380-42e9-45ea-9324-dd3c7f64d23d": "[0-9a-f-]{36}"}  # ids, new in each run


def test_the_page_is_true(shared: Node, tmp_path: Path) -> None:
    page = (ROOT / "docs/rest-apis.md").read_text()
    page = page.replace("http://127.0.0.1:4566", shared.url).replace("/tmp/", f"{tmp_path}/")
    steps = [match.groups() for block in BLOCK.findall(page) for match in COMMAND.finditer(block)]
    tools = {str(Path(command_line(name)).parent) for name in ("aws", "gatewright")}
    done = subprocess.run(
        ["bash", "-c", "".join(f"{command}\necho; echo '{MARK}'\n" for command, _ in steps)],
        cwd=ROOT,
        env={**os.environ, "PATH": os.pathsep.join([*tools, os.environ["PATH"]]), "AWS_PAGER": ""},
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
    assert len(steps) > 15
    api = (tmp_path / "orders.txt").read_text().split()[0]
    log = shared.data_dir / f"logs/access/{api}/prod.log"
    wait_for(lambda: log.exists() and log.read_text().startswith("GET /prod/orders/18 200 "), 5.0)
