"""Access logs in a directory of their own; async tests run on a loop of their own."""

import asyncio
import inspect
from pathlib import Path

import pytest

from gatewright.observe.access_log import AccessLogs


@pytest.fixture
def logs(tmp_path: Path) -> AccessLogs:
    return AccessLogs(tmp_path / "access")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True
