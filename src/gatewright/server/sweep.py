"""One coarse clock for everything that may take too long: no timer per request (see docs/decisions).

It ticks every 50 ms; whoever watches something with a deadline is called then. The Date header is made here too.
"""

import asyncio
import time
from collections.abc import Callable
from email.utils import formatdate

TICK = 0.05
Watcher = Callable[[float], None]


class Sweep:
    """`now`: monotonic seconds at the last tick. `date`: the Date header's line, RFC 9110 section 6.6.1."""

    __slots__ = ("_loop", "_second", "_timer", "_watchers", "date", "now")

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._watchers: list[Watcher] = []
        self._second = 0
        self.now = 0.0
        self.date = b""
        self._look_at_the_clock()

    def watch(self, watcher: Watcher) -> None:
        """Call `watcher(now)` at every tick from now on; the loop must be running."""
        self._watchers.append(watcher)
        if self._timer is None:
            self._loop = asyncio.get_running_loop()
            self._look_at_the_clock()
            self._timer = self._loop.call_later(TICK, self._tick)

    def leave(self, watcher: Watcher) -> None:
        """Undo `watch`; harmless when it is undone. Without watchers there is no timer."""
        if watcher in self._watchers:
            self._watchers.remove(watcher)
        if not self._watchers and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        assert self._loop is not None
        self._timer = self._loop.call_later(TICK, self._tick)
        self._look_at_the_clock()
        for watcher in tuple(self._watchers):
            watcher(self.now)

    def _look_at_the_clock(self) -> None:
        self.now = time.monotonic()
        second = int(time.time())
        if second != self._second:
            self._second = second
            self.date = b"Date: " + formatdate(second, usegmt=True).encode() + b"\r\n"
