"""docs/access.md: every command of the page runs, and prints what the page says."""

from pathlib import Path

from tests.journeys.page import run_page
from tests.node import Node


def test_the_page_is_true(tmp_path: Path) -> None:
    with Node(tmp_path / "data", GATEWRIGHT_VIRTUAL_CLOCK="1") as node:
        assert run_page("access.md", node, tmp_path) > 15
