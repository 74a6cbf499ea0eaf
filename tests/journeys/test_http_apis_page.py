"""docs/http-apis.md: every command of the page runs, and prints what the page says."""

from pathlib import Path

from tests.journeys.page import run_page
from tests.journeys.test_stop import wait_for
from tests.node import Node


def test_the_page_is_true(shared: Node, tmp_path: Path) -> None:
    assert run_page("http-apis.md", shared, tmp_path) > 40
    log = shared.data_dir / f"logs/access/{(tmp_path / 'api.txt').read_text().strip()}/%24default.log"
    wait_for(lambda: log.exists() and " GET /all 401 invalid_token: " in log.read_text(), 5.0)
