"""The cached responses of all stages: bounded in bytes, the least recently used go first.

`World.responses` is one of these, or one over a server that nodes share (`shared_responses`). What is in it, by which
key and for how long is `response_cache`'s to say. Developer guide: "Cache settings for REST APIs in API Gateway".
"""

from collections import OrderedDict
from collections.abc import Awaitable, Coroutine
from typing import Any, NamedTuple, Protocol

import msgspec

from gatewright.execute.caching.fills import Fills
from gatewright.execute.caching.seal import Seal
from gatewright.values.response import Response

LARGEST_ANSWER = 1_048_576  # bytes of one cached response, as on AWS
CACHE_BYTES = 134_217_728
_OVERHEAD = 512  # bytes that Python has for an entry beside what is in it
_LINE_OVERHEAD = 48  # and for each of its header lines


class Place(NamedTuple):
    """Where a method's responses are kept: its stage's cache, of `size` bytes, for how long, and whether encrypted."""

    api_id: str
    stage: str
    size: int
    seconds: int
    encrypted: bool


class Answer(NamedTuple):
    """A cached response. `asked` is when the integration was, in epoch seconds: so old is what it says.

    `trace_at` is which of its header lines tells the client its request's trace, -1 when none does. `coding` is the
    content coding of its body, "" without one: not every client can read it."""

    response: Response
    trace_at: int
    asked: float
    coding: str = ""

    def is_good(self, place: Place, now: float) -> bool:
        """Whether it lives still. One a little ahead does, as nodes' clocks differ; but a clock may be set back."""
        return abs(now - self.asked) < place.seconds

    @property
    def size(self) -> int:
        """Bytes of its headers and body."""
        return len(self.response.body) + sum(map(len, self.response.headers))


class Responses(Protocol):
    """The cache. It never fails: what cannot be had is not there, what cannot be kept is not kept."""

    fills: Fills[Answer]
    epoch: int  # another one each time something was emptied

    def get(self, place: Place, key: bytes, now: float) -> Awaitable[Answer | None]:
        """The answer under `key`, which no other stage or method has, None when there is none that is good at `now`."""
        ...

    def put(self, place: Place, key: bytes, answer: Answer, epoch: int, now: float) -> Awaitable[None]:
        """Keep an answer, unless it is too large or an old one: asked for in an earlier epoch, or before another."""
        ...

    def drop(self, place: Place, key: bytes) -> Awaitable[None]:
        """Keep it no longer."""
        ...

    def flush(self, api_id: str, stage: str) -> Coroutine[Any, None, None]:
        """Empty a stage's cache. Raises FlushFailed."""
        ...


class FlushFailed(Exception):
    """A cache that cannot be reached cannot be emptied."""


class _Entry(NamedTuple):
    """An answer, as bytes if it is encrypted, the bytes that it takes, and when it was asked for."""

    kept: Answer | bytes
    taken: int
    asked: float


class _Stage:
    """What one stage has in the cache, the least recently used first, and how many bytes that are."""

    __slots__ = ("entries", "used")

    def __init__(self) -> None:
        self.entries: OrderedDict[bytes, _Entry] = OrderedDict()
        self.used = 0

    def drop(self, key: bytes) -> int:
        """Drop one entry; the bytes that are free now."""
        entry = self.entries.pop(key, None)
        taken = 0 if entry is None else entry.taken
        self.used -= taken
        return taken


class LocalResponses:
    """The cache of one node, in its memory. Implements Responses."""

    def __init__(self, limit: int, seal: Seal) -> None:
        """`limit` in bytes, for all stages together."""
        self.fills: Fills[Answer] = Fills()
        self.used = 0
        self._limit = limit
        self._seal = seal
        self.epoch = 0
        self._stages: OrderedDict[tuple[str, str], _Stage] = OrderedDict()

    async def get(self, place: Place, key: bytes, now: float) -> Answer | None:
        """See Responses."""
        stage = self._stages.get(place[:2])
        entry = stage.entries.get(key) if stage is not None else None
        if stage is None or entry is None:
            return None
        answer = entry.kept
        if isinstance(answer, bytes):
            answer = unpacked(self._seal.opened(answer, key))
        if not answer.is_good(place, now):
            self.used -= stage.drop(key)
            return None
        stage.entries.move_to_end(key)
        self._stages.move_to_end(place[:2])
        return answer

    async def put(self, place: Place, key: bytes, answer: Answer, epoch: int, now: float) -> None:
        """See Responses."""
        if epoch != self.epoch or answer.size > LARGEST_ANSWER:
            return
        kept = self._seal.closed(packed(answer), key) if place.encrypted else answer
        size = len(kept) if isinstance(kept, bytes) else answer.size
        limit = min(place.size, self._limit)
        taken = size + _OVERHEAD + _LINE_OVERHEAD * len(answer.response.headers)
        if size > LARGEST_ANSWER or taken > limit:
            return
        stage = self._stages.setdefault(place[:2], _Stage())
        other = stage.entries.get(key)
        if other is not None and answer.asked < other.asked <= now:  # none is later than now: the clock was set back
            return
        self.used -= stage.drop(key)
        stage.entries[key] = _Entry(kept, taken, answer.asked)
        stage.used += taken
        self.used += taken
        self._stages.move_to_end(place[:2])
        self._make_room(stage, limit)

    async def drop(self, place: Place, key: bytes) -> None:
        """See Responses."""
        stage = self._stages.get(place[:2])
        if stage is not None:
            self.used -= stage.drop(key)

    async def flush(self, api_id: str, stage: str) -> None:
        """See Responses."""
        self.epoch += 1
        self.fills.forget()
        dropped = self._stages.pop((api_id, stage), None)
        if dropped is not None:
            self.used -= dropped.used

    def _make_room(self, stage: _Stage, limit: int) -> None:
        """Down to a stage's own limit, and to the node's: there the stage asked least recently gives first."""
        while stage.used > limit:
            self.used -= stage.drop(next(iter(stage.entries)))
        while self.used > self._limit:
            name, idle = next(iter(self._stages.items()))
            if idle.entries:
                self.used -= idle.drop(next(iter(idle.entries)))
            if not idle.entries:
                del self._stages[name]


def packed(answer: Answer) -> bytes:
    """An answer as bytes, to be encrypted or to be sent elsewhere."""
    status, headers, body = answer.response
    return msgspec.msgpack.encode((answer.asked, answer.trace_at, answer.coding, status, list(headers), body))


_unpack = msgspec.msgpack.Decoder(tuple[float, int, str, int, list[bytes], bytes]).decode


def unpacked(data: bytes) -> Answer:
    """What `packed` made bytes of. Raises ValueError for other bytes."""
    asked, trace_at, coding, status, headers, body = _unpack(data)
    return Answer(Response(status, headers, body), trace_at, asked, coding)
