"""The server cases of the Autobahn test suite that concern framing, fragmentation, UTF-8, closing and sizes.

By the suite's numbers (version 25.10.1) and RFC 6455's sections, against a real listener whose session echoes. Binary
messages, which the suite's 1.2.* and others echo, close the connection with 1003 instead, as AWS does. What comes in a
piece with a frame that breaks a rule may be lost: the suite calls that non-strict.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import pytest

from gatewright.server.websocket import WebSocketBounds
from gatewright.wire.limits import WebSocketLimits
from tests.server.sockets import run
from tests.server.websockets import (
    BINARY,
    CLOSE,
    CONT,
    PING,
    PONG,
    TEXT,
    Heard,
    Upgrades,
    close_frame,
    frame,
    in_fragments,
    talking,
)

WIDE = WebSocketBounds(WebSocketLimits(message=1 << 20, frame=1 << 20), unsent=1 << 22)
CLEAN, PROTOCOL, DATA, UTF8, TOO_BIG = 1000, 1002, 1003, 1007, 1009
HELLO = b"Hello, world!"
KOSME = "κόσμε".encode()
MIXED = "Hello-µ@ßöäüàá-UTF-8!!".encode()
SURROGATE = KOSME + b"\xed\xa0\x80edited"
TOO_FAR = KOSME + b"\xf4\x90\x80\x80edited"


class Case(NamedTuple):
    """What is sent, in parts that come one by one; what is heard; and the code of the server's close, or of the
    client's own (1000) where the server does not close."""

    number: str
    says: Sequence[bytes]
    hears: Sequence[Heard] = ()
    code: int = CLEAN
    chop: int = 0  # bytes sent at a time, 0 for all at once


def text(payload: bytes) -> Heard:
    return Heard(TEXT, payload)


def pong(payload: bytes = b"") -> Heard:
    return Heard(PONG, payload)


def echoes(number: str, payload: bytes, chop: int = 0) -> Case:
    return Case(number, [frame(TEXT, payload)], [text(payload)], chop=chop)


def fails(number: str, code: int, *frames: bytes, chop: int = 0) -> Case:
    return Case(number, [b"".join(frames)], [], code, chop)


SIZES = (0, 125, 126, 127, 128, 65_535, 65_536)

FRAMING = [  # 1.*, section 5.2
    *[echoes(f"1.1.{number}", b"*" * size) for number, size in enumerate(SIZES, 1)],
    echoes("1.1.8", b"*" * 65_536, 997),
    *[fails(f"1.2.{number}", DATA, frame(BINARY, b"\xfe" * size)) for number, size in enumerate(SIZES, 1)],
    fails("1.2.8", DATA, frame(BINARY, b"\xfe" * 65_536), chop=997),
]
PINGS = [  # 2.*, sections 5.5.2 and 5.5.3
    Case("2.1", [frame(PING)], [pong()]),
    Case("2.2", [frame(PING, HELLO)], [pong(HELLO)]),
    Case("2.3", [frame(PING, bytes(range(8)))], [pong(bytes(range(8)))]),
    Case("2.4", [frame(PING, b"\xfe" * 125)], [pong(b"\xfe" * 125)]),
    fails("2.5", PROTOCOL, frame(PING, b"\xfe" * 126)),
    Case("2.6", [frame(PING, b"\xfe" * 125)], [pong(b"\xfe" * 125)], chop=1),
    Case("2.7", [frame(PONG)]),
    Case("2.8", [frame(PONG, b"unsolicited")]),
    Case("2.9", [frame(PONG, b"unsolicited") + frame(PING, b"ping")], [pong(b"ping")]),
    Case("2.10", [b"".join(frame(PING, b"%d" % i) for i in range(10))], [pong(b"%d" % i) for i in range(10)]),
    Case("2.11", [b"".join(frame(PING, b"%d" % i) for i in range(10))], [pong(b"%d" % i) for i in range(10)], chop=1),
]
RESERVED_BITS = [  # 3.*, section 5.2
    fails("3.1", PROTOCOL, frame(TEXT, HELLO, rsv=1)),
    Case("3.2", [frame(TEXT, HELLO), frame(TEXT, HELLO, rsv=2) + frame(PING)], [text(HELLO)], PROTOCOL),
    Case("3.3", [frame(TEXT, HELLO), frame(TEXT, HELLO, rsv=3), frame(PING)], [text(HELLO)], PROTOCOL),
    Case("3.4", [frame(TEXT, HELLO), frame(TEXT, HELLO, rsv=4) + frame(PING)], [text(HELLO)], PROTOCOL, chop=1),
    fails("3.5", PROTOCOL, frame(BINARY, HELLO, rsv=5)),
    fails("3.6", PROTOCOL, frame(PING, HELLO, rsv=6)),
    fails("3.7", PROTOCOL, frame(CLOSE, rsv=7)),
]
RESERVED_OPCODES = [  # 4.*, section 5.2
    case
    for group, opcodes in ((1, range(3, 8)), (2, range(11, 16)))
    for number, opcode in enumerate(opcodes, 1)
    for case in (
        [fails(f"4.{group}.{number}", PROTOCOL, frame(opcode, HELLO if number == 2 else b""))]
        if number < 3
        else [
            Case(
                f"4.{group}.{number}",
                [frame(TEXT, HELLO), frame(opcode, HELLO if number > 3 else b"") + frame(PING)],
                [text(HELLO)],
                PROTOCOL,
                chop=number == 5,
            )
        ]
    )
]
TWO = [frame(TEXT, b"fragment1", fin=False), frame(CONT, b"fragment2")]
WHOLE = text(b"fragment1fragment2")
PING_BETWEEN = [TWO[0], frame(PING, b"ping"), TWO[1]]
STRAY, STRAY_OPEN = frame(CONT, b"non-continuation"), frame(CONT, b"non-continuation", fin=False)
FIVE = [
    *[frame(TEXT, b"1", fin=False), frame(CONT, b"2", fin=False), frame(PING, b"a")],
    *[frame(CONT, b"3", fin=False), frame(CONT, b"4", fin=False), frame(PING, b"b"), frame(CONT, b"5")],
]
FRAGMENTS = [  # 5.*, sections 5.4 and 5.5
    fails("5.1", PROTOCOL, frame(PING, b"fragment1", fin=False), frame(CONT, b"fragment2")),
    fails("5.2", PROTOCOL, frame(PONG, b"fragment1", fin=False), frame(CONT, b"fragment2")),
    Case("5.3", [b"".join(TWO)], [WHOLE]),
    Case("5.4", TWO, [WHOLE]),
    Case("5.5", [b"".join(TWO)], [WHOLE], chop=1),
    Case("5.6", [b"".join(PING_BETWEEN)], [pong(b"ping"), WHOLE]),
    Case("5.7", PING_BETWEEN, [pong(b"ping"), WHOLE]),
    Case("5.8", [b"".join(PING_BETWEEN)], [pong(b"ping"), WHOLE], chop=1),
    fails("5.9", PROTOCOL, STRAY, frame(TEXT, HELLO)),
    Case("5.10", [STRAY, frame(TEXT, HELLO)], [], PROTOCOL),
    fails("5.11", PROTOCOL, STRAY, frame(TEXT, HELLO), chop=1),
    fails("5.12", PROTOCOL, STRAY_OPEN, frame(TEXT, HELLO)),
    Case("5.13", [STRAY_OPEN, frame(TEXT, HELLO)], [], PROTOCOL),
    fails("5.14", PROTOCOL, STRAY_OPEN, frame(TEXT, HELLO), chop=1),
    Case("5.15", [b"".join(TWO), STRAY_OPEN + frame(TEXT, HELLO)], [WHOLE], PROTOCOL),
    fails("5.16", PROTOCOL, *[STRAY_OPEN, *TWO] * 2),
    fails("5.17", PROTOCOL, *[STRAY, *TWO] * 2),
    fails("5.18", PROTOCOL, TWO[0], frame(TEXT, b"fragment2")),
    Case("5.19", [b"".join(FIVE)], [pong(b"a"), pong(b"b"), text(b"12345")]),
    Case("5.20", FIVE, [pong(b"a"), pong(b"b"), text(b"12345")]),
]
EMPTY = [frame(TEXT, fin=False), frame(CONT, fin=False), frame(CONT)]
UTF8_IN_FRAGMENTS = [  # 6.1 to 6.4, section 8.1
    echoes("6.1.1", b""),
    Case("6.1.2", [b"".join(EMPTY)], [text(b"")]),
    Case("6.1.3", [EMPTY[0] + frame(CONT, b"middle", fin=False) + EMPTY[2]], [text(b"middle")]),
    echoes("6.2.1", MIXED),
    Case("6.2.2", [frame(TEXT, MIXED[:11], fin=False) + frame(CONT, MIXED[11:])], [text(MIXED)]),
    Case("6.2.3", [b"".join(in_fragments(MIXED, 1))], [text(MIXED)]),
    Case("6.2.4", [b"".join(in_fragments(KOSME, 1))], [text(KOSME)]),
    fails("6.3.1", UTF8, frame(TEXT, SURROGATE)),
    fails("6.3.2", UTF8, *in_fragments(SURROGATE, 1)),
    # What follows the frame with the fault is never sent: the fault is found with the frame that it is in.
    fails("6.4.1", UTF8, frame(TEXT, TOO_FAR[:11], fin=False), frame(CONT, TOO_FAR[11:15], fin=False)),
    fails("6.4.2", UTF8, frame(TEXT, TOO_FAR[:12], fin=False), frame(CONT, TOO_FAR[12:13], fin=False)),
    fails("6.4.3", UTF8, frame(TEXT, TOO_FAR), chop=11),
    fails("6.4.4", UTF8, frame(TEXT, TOO_FAR), chop=12),
]
INCOMPLETE = (b"\xc0", b"\xe0\x80", b"\xf0\x80\x80", b"\xf8\x80\x80\x80", b"\xfc\x80\x80\x80\x80")
UNFINISHED = (b"\xdf", b"\xef\xbf", b"\xf7\xbf\xbf", b"\xfb\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf")
LONELY = ((0xC0, 0xDF), (0xE0, 0xEF), (0xF0, 0xF7), (0xF8, 0xFB), (0xFC, 0xFD))
HIGH = ("eda080", "edadbf", "edae80", "edafbf")
NON_CHARACTERS = [chr(plane << 16 | 0xFFFE | last).encode() for plane in range(1, 17) for last in (0, 1)]
SEQUENCES: dict[int, list[bytes]] = {  # the suite's sequences, which follow Markus Kuhn's UTF-8 decoder stress test
    5: [b"hello$world", "hello¢world".encode(), "hello€world".encode(), b"hello\xf0\xa4\xad\xa2world", KOSME],
    6: [KOSME[:end] for end in range(1, len(KOSME) + 1)],
    7: [b"\0", b"\xc2\x80", b"\xe0\xa0\x80", b"\xf0\x90\x80\x80"],
    8: [b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80"],
    9: [b"\x7f", b"\xdf\xbf", b"\xef\xbf\xbf", b"\xf4\x8f\xbf\xbf"],
    10: [b"\xf7\xbf\xbf\xbf", b"\xfb\xbf\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf\xbf"],
    11: [b"\xed\x9f\xbf", b"\xee\x80\x80", b"\xef\xbf\xbd", b"\xf4\x8f\xbf\xbf", b"\xf4\x90\x80\x80"],
    12: [b"\x80", b"\xbf", *[(b"\x80\xbf" * 3)[:size] for size in range(2, 7)], bytes(range(0x80, 0xBF))],
    13: [b"".join(bytes([byte, 0x20]) for byte in range(*ends)) for ends in LONELY],
    14: [*INCOMPLETE, *UNFINISHED],
    15: [b"".join(INCOMPLETE + UNFINISHED)],
    16: [b"\xfe", b"\xff", b"\xfe\xfe\xff\xff"],
    17: [b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf8\x80\x80\x80\xaf", b"\xfc\x80\x80\x80\x80\xaf"],
    18: [b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf", b"\xf8\x87\xbf\xbf\xbf", b"\xfc\x83\xbf\xbf\xbf\xbf"],
    19: [b"\xc0\x80", b"\xe0\x80\x80", b"\xf0\x80\x80\x80", b"\xf8\x80\x80\x80\x80", b"\xfc\x80\x80\x80\x80\x80"],
    20: [bytes.fromhex(one) for one in (*HIGH, "edb080", "edbe80", "edbfbf")],
    21: [bytes.fromhex(one + other) for one in HIGH for other in ("edb080", "edbfbf")],
    22: [b"\xef\xbf\xbe", b"\xef\xbf\xbf", *NON_CHARACTERS],
    23: [f"{chr(code)}".encode() for code in range(0xFFF9, 0x10000)],
}


def is_utf8(payload: bytes) -> bool:
    """By the definition (RFC 3629), so that it is not the decoder that is tested that says it."""
    return payload.decode("latin-1").encode("latin-1").decode("utf-8", "replace").encode() == payload or (
        "\ufffd" in payload.decode("utf-8", "replace") and b"\xef\xbf\xbd" in payload
    )


UTF8_SEQUENCES = [  # 6.5 to 6.23, section 8.1
    echoes(f"6.{group}.{number}", payload)
    if is_utf8(payload)
    else fails(f"6.{group}.{number}", UTF8, frame(TEXT, payload))
    for group, payloads in SEQUENCES.items()
    for number, payload in enumerate(payloads, 1)
]
CLOSED = close_frame(1000)
CLOSING = [  # 7.*, sections 5.5.1 and 7
    Case("7.1.1", [frame(TEXT, HELLO), CLOSED], [text(HELLO)]),
    fails("7.1.2", CLEAN, CLOSED, frame(CLOSE)),
    fails("7.1.3", CLEAN, CLOSED, frame(PING)),
    fails("7.1.4", CLEAN, CLOSED, frame(TEXT, HELLO)),
    fails("7.1.5", CLEAN, TWO[0], CLOSED, TWO[1]),
    Case("7.1.6", [frame(TEXT, b"*" * 262_144), CLOSED + frame(PING)], [text(b"*" * 262_144)]),
    fails("7.3.1", 1005, frame(CLOSE)),
    fails("7.3.2", PROTOCOL, frame(CLOSE, b"a")),
    fails("7.3.3", CLEAN, CLOSED),
    fails("7.3.4", CLEAN, close_frame(1000, HELLO)),
    fails("7.3.5", CLEAN, close_frame(1000, b"*" * 123)),
    fails("7.3.6", PROTOCOL, close_frame(1000, b"*" * 124)),
    fails("7.5.1", UTF8, close_frame(1000, SURROGATE)),
    *[
        fails(f"7.7.{number}", code, close_frame(code))
        for number, code in enumerate((*range(1000, 1004), *range(1007, 1012), 3000, 3999, 4000, 4999), 1)
    ],
    *[
        fails(f"7.9.{number}", PROTOCOL, close_frame(code))
        for number, code in enumerate((0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999), 1)
    ],
    fails("7.13.1", PROTOCOL, close_frame(5000)),
    fails("7.13.2", PROTOCOL, close_frame(65_535)),
]
LARGE = b"*" * 262_144
SIZES_AND_CUTS = [  # 9.*, up to the size of the suite's that a test takes no time for
    echoes("9.1.1", b"*" * 65_536),
    echoes("9.1.2", LARGE),
    echoes("9.1.3", b"*" * (1 << 20)),
    *[
        Case(f"9.3.{number}", [b"".join(in_fragments(LARGE, 64 << 2 * number))], [text(LARGE)])
        for number in range(1, 7)
    ],
    *[echoes(f"9.5.{number}", LARGE, 4096 << number) for number in range(1, 5)],
]
CASES = [
    *(*FRAMING, *PINGS, *RESERVED_BITS, *RESERVED_OPCODES, *FRAGMENTS, *UTF8_IN_FRAGMENTS, *UTF8_SEQUENCES),
    *(*CLOSING, *SIZES_AND_CUTS),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.number)
def test_autobahn(case: Case) -> None:
    front = Upgrades()

    async def conversation() -> None:
        async with talking(front, WIDE) as client:
            for part in case.says:
                for begin in range(0, len(part), case.chop or len(part)):
                    client.say(part[begin : begin + (case.chop or len(part))])
                    await asyncio.sleep(0)
                while client.writer.transport.get_write_buffer_size():  # type: ignore[attr-defined]
                    await asyncio.sleep(0.001)
                for _ in range(10):  # the server, which is in this loop, hears a part of it each time
                    await asyncio.sleep(0.0002)
            for expected in case.hears:
                assert await client.hear_next() == expected
            if case.code == CLEAN and not case.number.startswith("7."):
                client.say(CLOSED)
            heard = await client.hear_next()
            assert heard is not None
            assert (heard.opcode, heard.code) == (CLOSE, case.code)
            assert await client.hear_next() is None
        await front.sessions[0].is_over.wait()
        assert [code for code, _ in front.sessions[0].ended] == [case.code]

    run("uvloop", conversation)
