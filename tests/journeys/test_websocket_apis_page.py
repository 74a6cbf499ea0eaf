"""docs/websocket-apis.md: every command of the page runs, and prints what the page says."""

from pathlib import Path

from tests.journeys.page import run_page
from tests.node import Node


def test_the_page_is_true(shared: Node, tmp_path: Path) -> None:
    assert run_page("websocket-apis.md", shared, tmp_path) > 15
