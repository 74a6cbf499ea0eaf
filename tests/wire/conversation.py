"""Talking to the machines of the wire: bytes in any pieces, and what they made of them."""

from collections.abc import Sequence
from itertools import pairwise

from gatewright.values.response import Response
from gatewright.wire.http1_client import Http1Client, ResponseHeads, ResponseReceived
from gatewright.wire.http1_events import Continue, Refuse, RequestReceived
from gatewright.wire.http1_server import Http1Server
from gatewright.wire.limits import Limits
from gatewright.wire.malformed import Malformed
from gatewright.wire.message_head import Heads

OK = Response(200, (b"X-Answer: yes\r\n",), b"ok")
LIMITS = Limits(request_line=64, headers=256, body=32)
HEADS = Heads()
RESPONSE_HEADS = ResponseHeads()


class Hung:
    """What a client machine ends with when the response never became whole."""


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    """`data` in pieces; places beyond its end are ignored."""
    ends = [0, *sorted({place for place in places if 0 < place < len(data)}), len(data)]
    return [data[begin:end] for begin, end in pairwise(ends)]


def received_by_server(pieces: Sequence[bytes], limits: Limits = LIMITS) -> list[object]:
    """The events of a server that answers each request with OK, and at the end what it would say and wait for.

    `Continue` is left out: whether the client must be told to go on depends on how the bytes are cut.
    """
    server = Http1Server(limits, None, HEADS)
    events: list[object] = []
    for piece in pieces:
        event = server.receive(piece)
        while event is not None and not isinstance(event, Continue):
            events.append(event)
            if isinstance(event, RequestReceived | Refuse):
                events.append(server.send(event.response if isinstance(event, Refuse) else OK, b""))
            event = None if server.closing else server.next()
    return [*events, (server.closing, server.answering, server.reading_body)]


def received_by_client(pieces: Sequence[bytes], method: str = "GET", limits: Limits = LIMITS) -> object:
    """The response and whether the connection may be used again, the kind of error, or Hung."""
    client = Http1Client(RESPONSE_HEADS, limits)
    client.ask(method)
    answer: ResponseReceived | None = None
    for number, piece in enumerate(pieces):
        try:
            answer = client.receive(piece)
        except Malformed:
            return Malformed
        if answer is not None:
            return answer, client.reusable and not pieces[number + 1 :]
    answer = client.end()
    return Hung if answer is None else (answer, False)
