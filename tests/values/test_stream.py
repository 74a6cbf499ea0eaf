"""A pipe between a source that pushes and a reader that asks: order, pausing, and every way it ends."""

from typing import Any

from gatewright.values.stream import WAITING, Pipe, StreamBroken, whole
from tests.values.test_pending import drive


class Told:
    """A source that keeps what it was told."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def pause(self) -> None:
        self.words.append("pause")

    def resume(self) -> None:
        self.words.append("resume")

    def abandon(self) -> None:
        self.words.append("abandon")


def reading(pipe: Pipe) -> list[Any]:
    """What is read up to the end, or the error instead of it."""

    async def read() -> list[bytes]:
        while piece := await pipe.read():
            pieces.append(piece)
        return pieces

    pieces: list[Any] = []
    ended = drive(read())
    pieces += [str(error) for _, error in ended if error is not None]
    return pieces


def test_pieces_come_in_order_before_and_after_they_are_asked_for() -> None:
    pipe = Pipe(Told())
    pipe.push(b"1")
    pieces = reading(pipe)
    pipe.push(b"")
    pipe.push(b"2")
    pipe.end_with(b"3")
    pipe.push(b"4")
    assert (pieces, reading(pipe), reading(whole(b"5")), reading(whole(b""))) == ([b"1", b"2", b"3"], [], [b"5"], [])


def test_a_source_pauses_when_too_much_waits_and_is_let_go_with_the_end() -> None:
    source = Told()
    pipe = Pipe(source)
    block = bytes(WAITING)
    for _ in range(3):
        pipe.push(block)
    assert source.words == ["pause"]
    pipe.read(), pipe.read()
    assert source.words == ["pause"]
    pipe.read()
    assert source.words == ["pause", "resume"]
    pipe.push(block + b"1")
    pipe.end_with(block)
    assert source.words == ["pause", "resume", "pause", "resume"]
    pipe.close()
    assert source.words == ["pause", "resume", "pause", "resume"]


def test_what_came_before_a_break_is_read() -> None:
    pipe = Pipe(Told())
    pipe.push(b"1")
    pipe.end("it broke")
    pipe.end()
    assert reading(pipe) == [b"1", "it broke"]


def test_a_reader_that_closes_ends_its_own_waiting_and_the_source() -> None:
    source = Told()
    pipe = Pipe(source)
    pieces = reading(pipe)
    pipe.close()
    pipe.close()
    pipe.push(b"1")
    assert (pieces, source.words) == ([], ["abandon"])
    failed = drive(_read(pipe))
    assert isinstance(failed[0][1], StreamBroken)


async def _read(pipe: Pipe) -> bytes:
    return await pipe.read()


def test_what_was_read_too_far_is_given_back() -> None:
    pipe = whole(b"ab")
    pipe.read()
    pipe.unread(b"b")
    pipe.unread(b"")
    assert reading(pipe) == [b"b"]
