"""The next turn of the event loop, for whoever works long on one request: all others go on meanwhile."""

import asyncio

from gatewright.values.pending import Pending


def next_turn() -> Pending[None]:
    """Completed when the loop has served what is ready by now."""
    pending: Pending[None] = Pending()
    asyncio.get_running_loop().call_soon(pending.complete, None)
    return pending
