"""docs/rest-apis.md: every command of the page runs, and prints what the page says."""

from pathlib import Path

from tests.journeys.page import run_page
from tests.journeys.test_stop import wait_for
from tests.node import Node


def test_the_page_is_true(shared: Node, tmp_path: Path) -> None:
    assert run_page("rest-apis.md", shared, tmp_path) > 15
    api = (tmp_path / "orders.txt").read_text().split()[0]
    log = shared.data_dir / f"logs/access/{api}/prod.log"
    wait_for(lambda: log.exists() and log.read_text().startswith("GET /prod/orders/18 200 "), 5.0)
