"""The pages of the documentation: every command of theirs runs, and prints what the page says."""

from pathlib import Path

import pytest

from tests.journeys.page import run_page
from tests.journeys.test_stop import wait_for
from tests.node import Node


@pytest.mark.parametrize(
    ("page", "section", "commands"),
    [
        ("../README.md", "Use it with your own tools", 20),
        ("custom-domains.md", "", 6),
        ("openapi.md", "HTTP APIs", 10),
        ("portals.md", "", 10),
        ("websocket-apis.md", "", 15),
    ],
)
def test_a_page_is_true(shared: Node, aws_cli: Path, tmp_path: Path, page: str, section: str, commands: int) -> None:
    assert run_page(page, shared, aws_cli, tmp_path, section) >= commands


def test_the_page_of_rest_apis_is_true(shared: Node, aws_cli: Path, tmp_path: Path) -> None:
    assert run_page("rest-apis.md", shared, aws_cli, tmp_path) > 15
    api = (tmp_path / "orders.txt").read_text().split()[0]
    log = shared.data_dir / f"logs/access/{api}/prod.log"
    wait_for(lambda: log.exists() and log.read_text().startswith("GET /prod/orders/18 200 "), 5.0)


def test_the_page_of_http_apis_is_true(shared: Node, aws_cli: Path, tmp_path: Path) -> None:
    assert run_page("http-apis.md", shared, aws_cli, tmp_path) > 40
    log = shared.data_dir / f"logs/access/{(tmp_path / 'api.txt').read_text().strip()}/%24default.log"
    wait_for(lambda: log.exists() and " GET /all 401 invalid_token: " in log.read_text(), 5.0)


def test_the_page_on_access_is_true(aws_cli: Path, tmp_path: Path) -> None:
    with Node(tmp_path / "data", GATEWRIGHT_VIRTUAL_CLOCK="1") as node:
        assert run_page("access.md", node, aws_cli, tmp_path) > 30
        api = (tmp_path / "access.txt").read_text().split()[0]
        log = node.data_dir / f"logs/access/{api}/prod.log"
        wait_for(lambda: log.exists() and log.read_text().endswith(" /prod/keyed 403 INVALID_API_KEY - -\n"), 5.0)
