"""The samples in `examples/`, deployed as their readers do it, and their pages served from an origin of their own."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tests.journeys.backend import Backend, serving
from tests.node import Node

ROOT = Path(__file__).parents[2]


def deployed(sample: str, node: Node, *options: str) -> str:
    """What `deploy.py` prints."""
    command = [sys.executable, "-m", f"examples.{sample}.deploy", "--endpoint", node.url, *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextlib.contextmanager
def page_of(sample: str) -> Iterator[str]:
    """The origin at which the sample's page.html is served."""

    class Page(Backend):
        def do_GET(self) -> None:
            if urlsplit(self.path).path == "/page.html":
                page = (ROOT / "examples" / sample / "page.html").read_bytes()
                self.answer(page, content_type="text/html; charset=utf-8")
            else:
                self.answer(b"", status=404)

    with serving(Page) as port:
        yield f"http://127.0.0.1:{port}"
