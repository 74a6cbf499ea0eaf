"""Calls at an even pace over kept connections, and what their clients saw."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Seen:
    """Statuses of all answers with the monotonic time of each, in the order of the answers; `first` and `last` are when
    the first and the last request was sent."""

    answers: list[tuple[float, int]] = field(default_factory=list)
    first: float = 0.0
    last: float = 0.0

    @property
    def seconds(self) -> tuple[float, float]:
        """From the first request's arrival to the last one's, at least and at most: a request arrives between the
        moment it is sent and its answer."""
        return self.last - self.answers[0][0], self.answers[-1][0] - self.first

    def count(self, status: int) -> int:
        return sum(seen == status for _, seen in self.answers)


class _Client(asyncio.Protocol):
    """One connection with one request at a time; answers have a Content-Length."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._buffer = b""
        self._answered = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if end and len(body) >= int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            self._buffer = b""
            self._seen.answers.append((time.monotonic(), int(head.split(b" ", 2)[1])))
            self._answered.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._answered.done():
            self._answered.set_exception(ConnectionError("the gateway closed a connection"))

    async def call(self, request: bytes) -> None:
        assert self.transport is not None
        self._answered = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        await self._answered


async def _one_after_the_other(client: _Client, request: bytes, times: Sequence[float], seen: Seen) -> None:
    for at in times:
        await asyncio.sleep(at - time.monotonic())  # whoever is late is late, and the next call is, too
        seen.last = time.monotonic()
        await client.call(request)


async def _calls(targets: Sequence[tuple[int, bytes]], calls: int, seconds: float, connections: int) -> Seen:
    loop = asyncio.get_running_loop()
    seen = Seen()
    made = [targets[number % len(targets)] for number in range(connections)]
    clients = [(await loop.create_connection(lambda: _Client(seen), "127.0.0.1", port))[1] for port, _ in made]
    seen.first = time.monotonic()
    pace = seconds / calls
    try:
        await asyncio.gather(
            *(
                _one_after_the_other(
                    client, request, [seen.first + n * pace for n in range(number, calls, connections)], seen
                )
                for number, (client, (_, request)) in enumerate(zip(clients, made, strict=True))
            )
        )
    finally:
        for client in clients:
            assert client.transport is not None
            client.transport.close()
    return seen


def calls(targets: Sequence[tuple[int, bytes]], count: int, seconds: float, *, connections: int = 100) -> Seen:
    """`count` calls, evenly over `seconds` and over `targets`, which are ports and whole requests."""
    return asyncio.run(_calls(targets, count, seconds, connections))
