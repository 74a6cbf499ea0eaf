"""The one clock."""

import asyncio
import time
from email.utils import parsedate_to_datetime

from gatewright.server.sweep import TICK, Sweep


def test_whoever_watches_is_called_until_it_leaves() -> None:
    async def conversation() -> None:
        sweep = Sweep()
        seen: list[float] = []
        sweep.watch(seen.append)
        sweep.watch(print_nothing)
        sweep.leave(print_nothing)
        began = time.monotonic()
        while len(seen) < 3:
            await asyncio.sleep(TICK / 5)
        sweep.leave(seen.append)
        sweep.leave(seen.append)
        assert time.monotonic() - began > 2 * TICK
        assert seen == sorted(seen)
        assert abs(sweep.now - time.monotonic()) < 1
        count = len(seen)
        await asyncio.sleep(3 * TICK)
        assert len(seen) == count

    asyncio.run(conversation())


def print_nothing(now: float) -> None:
    """A watcher that leaves at once."""


def test_the_date_header() -> None:
    name, _, value = Sweep().date.decode().partition(": ")
    assert name == "Date"
    assert value.endswith(" GMT\r\n")
    assert abs(parsedate_to_datetime(value.strip()).timestamp() - time.time()) < 5
