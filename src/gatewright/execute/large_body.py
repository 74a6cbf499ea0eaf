"""What takes longer the larger a body is, done so that nobody notices: a large one beside all other requests."""

from collections.abc import Callable
from typing import TypeVar

from gatewright.execute.world import World

T = TypeVar("T")
LARGE = 65_536  # bytes; a template needs some milliseconds for so much


async def at_length(work: Callable[[], T], size: int, world: World, large: int = LARGE) -> T:
    """What `work` on a body of `size` bytes returns or raises. It may touch nothing but its own request's."""
    return work() if size <= large else await world.work.beside(work)
