"""docs/access.md: every command of the page runs, and prints what the page says."""

from pathlib import Path

from tests.journeys.page import run_page
from tests.journeys.test_stop import wait_for
from tests.node import Node


def test_the_page_is_true(tmp_path: Path) -> None:
    with Node(tmp_path / "data", GATEWRIGHT_VIRTUAL_CLOCK="1") as node:
        assert run_page("access.md", node, tmp_path) > 30
        api = (tmp_path / "access.txt").read_text().split()[0]
        log = node.data_dir / f"logs/access/{api}/prod.log"
        wait_for(lambda: log.exists() and log.read_text().endswith(" /prod/keyed 403 INVALID_API_KEY - -\n"), 5.0)
