"""What every part of a node stands on: what it was told, where it keeps things, its clock and its turns."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gatewright.execute.virtual_clock import PAGE, VirtualClock
from gatewright.server.long_work import LoopWork
from gatewright.server.sweep import Sweep
from gatewright.settings import Settings
from gatewright.values.records import Store

HOST = "127.0.0.1"
_log = logging.getLogger(__name__)


class Base(NamedTuple):
    """One node's; `port` is where it listens, `clock` gives epoch seconds."""

    settings: Settings
    store: Store
    port: int
    clock: VirtualClock | Callable[[], float]
    sweep: Sweep
    work: LoopWork

    @property
    def url(self) -> str:
        """The node's own, for its functions and the embedded server."""
        return f"http://{HOST}:{self.port}"

    @property
    def logs(self) -> Path:
        """The directory of all logs."""
        return self.settings.data_dir / "logs"


def base_of(settings: Settings, store: Store, port: int) -> Base:
    """Call it where the event loop runs."""
    return Base(settings, store, port, _clock(settings), Sweep(), LoopWork())


def _clock(settings: Settings) -> VirtualClock | Callable[[], float]:
    """The system's, or one that tests move."""
    if not settings.virtual_clock:
        return time.time
    _log.warning("GATEWRIGHT_VIRTUAL_CLOCK is on: POST %s moves the clock, with it quotas, limits and expiry", PAGE)
    return VirtualClock()
