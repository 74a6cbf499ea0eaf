"""A headless Chromium, driven through its DevTools protocol: opens pages and evaluates what a test asks of them.

https://chromedevtools.github.io/devtools-protocol/
"""

import contextlib
import itertools
import json
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.request import urlopen

from websockets.sync.client import ClientConnection, connect

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
PATIENCE = 30.0
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")


class Tab:
    """A page of a browser."""

    def __init__(self, address: str, stack: contextlib.ExitStack) -> None:
        self._ids = itertools.count(1)
        self._address = address
        self._stack = stack
        self._connection: ClientConnection = stack.enter_context(connect(address, max_size=None))
        self._ask("Page.enable")

    def another(self) -> "Tab":
        """A new tab of the same browser."""
        made = self._ask("Target.createTarget", url="about:blank")
        return Tab(f"{self._address.rpartition('/')[0]}/{made['targetId']}", self._stack)

    def open(self, url: str) -> None:
        """Load a page, its scripts included."""
        self._ask("Page.navigate", url=url)
        self.until(f"location.href === {json.dumps(url)} && document.readyState === 'complete'")

    def run(self, expression: str) -> Any:
        """The value of an expression on the page; promises are awaited. What it throws fails the test."""
        answer = self._ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + PATIENCE
        while not self.run(expression):
            assert time.monotonic() < end, f"never true: {expression}"
            time.sleep(0.02)

    def fill(self, **values: str) -> None:
        """Type into the inputs of these names, and submit the form of the last one."""
        for name, value in values.items():
            self.run(f"document.querySelector('input[name={name}]').value = {json.dumps(value)}")
        self.run(f"document.querySelector('input[name={name}]').form.requestSubmit()")

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        id = next(self._ids)
        self._connection.send(json.dumps({"id": id, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._connection.recv(PATIENCE))
            if answer.get("id") == id:
                assert "error" not in answer, answer["error"]
                result: dict[str, Any] = answer["result"]
                return result


class Browser:
    """A browser; use it as a context manager, which gives its first tab. `folder` is for its profile."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tabs = contextlib.ExitStack()

    def __enter__(self) -> Tab:
        assert CHROMIUM is not None, "these tests need chromium: install it, or run them by `make test`"
        self._process = subprocess.Popen(
            [CHROMIUM, *FLAGS, "--remote-debugging-port=0", f"--user-data-dir={self.folder}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )
        try:
            return Tab(self._address(), self._tabs)
        except BaseException:
            self._end()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tabs.close()
        self._end()

    def _address(self) -> str:
        end, told = time.monotonic() + PATIENCE, self.folder / "DevToolsActivePort"
        while not told.exists() or not told.read_text().strip():
            assert time.monotonic() < end, "the browser did not start"
            time.sleep(0.02)
        with urlopen(f"http://127.0.0.1:{told.read_text().split()[0]}/json/list") as answer:
            (tab,) = (each for each in json.load(answer) if each["type"] == "page")
        return str(tab["webSocketDebuggerUrl"])

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
