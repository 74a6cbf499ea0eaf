"""The machine of a WebSocket: any bytes, cut anywhere, give the same messages and the same end; and who ended it."""

import tracemalloc
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.wire.limits import WebSocketLimits
from gatewright.wire.websocket import Closing, WebSocketServer
from tests.server.websockets import BINARY, CLOSE, CONT, PING, PONG, TEXT, close_frame, frame
from tests.wire.conversation import cut

LIMITS = WebSocketLimits(message=64, frame=40)
OPCODES = (CONT, TEXT, BINARY, 3, CLOSE, PING, PONG, 15)
TEXTS = st.binary(max_size=50) | st.text(max_size=20).map(str.encode)
FRAMES = st.builds(
    frame,
    st.sampled_from(OPCODES) | st.sampled_from((CONT, TEXT, TEXT, TEXT)),
    TEXTS,
    fin=st.booleans(),
    rsv=st.sampled_from((0, 0, 0, 0, 0, 0, 4)),
    masked=st.sampled_from((True, True, True, True, False)),
)
BYTES = st.lists(FRAMES | st.builds(close_frame, st.integers(0, 65_535)) | st.binary(max_size=8), max_size=8).map(
    b"".join
)


def heard(pieces: Sequence[bytes]) -> tuple[list[str], Closing, bytes]:
    """The messages, the end, and all that was said."""
    server = WebSocketServer(LIMITS)
    messages, said = [], b""
    for piece in pieces:
        messages += server.receive(piece)
        said += server.output()
    server.receive_eof()
    return messages, server.closing, said + server.output()


@given(BYTES, st.lists(st.integers(1, 400), max_size=12))
def test_any_bytes_cut_anywhere(data: bytes, places: list[int]) -> None:
    messages, closing, said = heard([data])
    assert heard(cut(data, places)) == (messages, closing, said)
    assert heard([data[at : at + 1] for at in range(len(data))]) == (messages, closing, said)
    assert closing.code != 1011, "nothing fails in the machine itself"
    assert all(len(message.encode()) <= LIMITS.message for message in messages)


@pytest.mark.parametrize(
    ("data", "closing"),
    [
        (b"", (1006, "")),
        (frame(TEXT, b"hi"), (1006, "")),
        (close_frame(4321, "schön".encode()), (4321, "schön")),
        (frame(CLOSE), (1005, "")),
        (frame(BINARY, b"x"), (1003, "Binary frames are not supported")),
        (frame(TEXT, b"\xff"), (1007, "invalid start byte at position 0")),
        (frame(TEXT, b"*" * 41), (1009, "frame with 41 bytes exceeds limit of 40 bytes")),
        (frame(TEXT, masked=False), (1002, "incorrect masking")),
    ],
)
def test_how_it_ended(data: bytes, closing: tuple[int, str]) -> None:
    assert heard([data])[1] == closing


def test_whoever_closes_first_says_why() -> None:
    server = WebSocketServer(LIMITS)
    server.close(4000, "é" * 100)
    server.close(4001)
    server.send_message(b"too late")
    assert server.output() == b"\x88\x7c\x0f\xa0" + ("é" * 61).encode()
    assert not server.ended
    assert server.receive(frame(TEXT, b"under way") + close_frame(1000)) == ["under way"]
    assert server.ended
    assert server.closing == Closing(4000, "é" * 61)


def test_fragments_of_nothing_are_kept_as_nothing() -> None:
    server = WebSocketServer(LIMITS)
    assert server.receive(frame(TEXT, b"a", fin=False) + frame(CONT, fin=False) * 10_000) == []
    assert server.receive(frame(CONT, b"b")) == ["ab"]
    assert server.heard == 10_002


def test_half_a_message_takes_as_much_as_came_of_it() -> None:
    server = WebSocketServer(WebSocketLimits())
    part = frame(CONT, b"x" * 32_000, fin=False)
    tracemalloc.start()
    assert server.receive(frame(TEXT, "\N{PILE OF POO}".encode(), fin=False)) == []
    for _ in range(4):
        assert server.receive(part) == []
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert held < 200_000
