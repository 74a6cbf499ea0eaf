"""The cached responses of all nodes, in the server that they share. A lost server means that nothing is cached.

How much it holds, and what goes first, is the server's own setting (`maxmemory`, `maxmemory-policy`).
"""

from contextlib import suppress

from gatewright.execute.caching.cached_responses import LARGEST_ANSWER, Answer, FlushFailed, Place, packed, unpacked
from gatewright.execute.caching.fills import Fills
from gatewright.execute.caching.seal import Seal
from gatewright.execute.shared import Shared, SharedLost


class SharedResponses:
    """The cache of several nodes. Implements Responses; requests wait for each other on their own node only."""

    def __init__(self, shared: Shared, seal: Seal) -> None:
        """What is encrypted, only nodes whose `seal` has the same key can read."""
        self.fills: Fills[Answer] = Fills()
        self._lookups: Fills[Answer] = Fills()
        self._shared = shared
        self._seal = seal
        self.epoch = 0

    async def get(self, place: Place, key: bytes, now: float) -> Answer | None:
        """See Responses. The server is asked once for all who want the same at once."""
        lookup = self._lookups.begin(key, now)
        if lookup is None:
            found = await self._lookups.wait(key)
            return found if isinstance(found, Answer) else None
        answer: Answer | None = None
        try:
            answer = await self._get(place, key, now)
        finally:
            self._lookups.end(key, lookup, answer)
        return answer

    async def _get(self, place: Place, key: bytes, now: float) -> Answer | None:
        try:
            data = await self._shared.get(_space(place.api_id, place.stage), key.hex())
            if data is None:
                return None
            answer = unpacked(self._seal.opened(data, key) if place.encrypted else data)
        except (SharedLost, ValueError):  # what another key has encrypted, or another version has written
            return None
        return answer if answer.is_good(place, now) else None

    async def put(self, place: Place, key: bytes, answer: Answer, epoch: int, now: float) -> None:
        """See Responses. The server keeps nothing that was asked for before another node emptied the cache."""
        if epoch != self.epoch or answer.size > LARGEST_ANSWER:
            return
        data = packed(answer)
        if place.encrypted:
            data = self._seal.closed(data, key)
        if len(data) > LARGEST_ANSWER:
            return
        age = abs(now - answer.asked)
        with suppress(SharedLost):
            await self._shared.set(_space(place.api_id, place.stage), key.hex(), data, place.seconds, age)

    async def drop(self, place: Place, key: bytes) -> None:
        """See Responses."""
        with suppress(SharedLost):
            await self._shared.delete(_space(place.api_id, place.stage), key.hex())

    async def flush(self, api_id: str, stage: str) -> None:
        """See Responses."""
        self.epoch += 1
        self.fills.forget()
        try:
            await self._shared.flush(_space(api_id, stage))
        except SharedLost as lost:
            raise FlushFailed(f"the cache of stage {api_id}/{stage} is not emptied: {lost}") from lost


def _space(api_id: str, stage: str) -> str:
    return f"{api_id}/{stage}"
