"""docs/openapi.md: every command of the section on HTTP APIs runs, and prints what the page says."""

from pathlib import Path

from tests.journeys.page import run_page
from tests.node import Node


def test_the_section_is_true(shared: Node, tmp_path: Path) -> None:
    assert run_page("openapi.md", shared, tmp_path, "HTTP APIs") > 10
