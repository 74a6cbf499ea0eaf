"""A client's connection over a real socket: order, limits, slowness, and being left."""

import asyncio
import contextlib
import logging
import socket
import ssl
import struct
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from gatewright.server.service import Bounds, Patience
from gatewright.values.pending import Pending
from gatewright.values.request import Request
from gatewright.values.response import Response
from gatewright.wire.limits import Limits
from tests.server.certificate import server_context
from tests.server.sockets import GET, LOOPS, answer, connected, path_back, run, serving

pytestmark = pytest.mark.parametrize("loop", LOOPS)

SLOW = Response(408, (), b'{"message":"Request Timeout"}')
TIMEOUT = (
    b"HTTP/1.1 408 Request Timeout\r\nContent-Type: application/json\r\nContent-Length: 29\r\nConnection: close\r\n\r\n"
    + SLOW.body
)


class Waiting:
    """A front whose answers come when the test says so."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.answers: list[Pending[Response]] = []

    async def __call__(self, request: Request) -> Response:
        pending: Pending[Response] = Pending()
        self.asked.append(request)
        self.answers.append(pending)
        return await pending

    async def is_asked(self, times: int) -> None:
        while len(self.asked) < times:
            await asyncio.sleep(0.001)


def test_a_request_as_the_front_sees_it(loop: str) -> None:
    front = Waiting()

    async def conversation() -> None:
        async with serving(front) as listener, connected(listener.port) as client:
            client.say(b"POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
            await front.is_asked(1)
            asked = front.asked[0]
            assert asked[:4] == ("POST", "/a?b", "/a", "b")
            assert [line.raw for line in asked.headers] == [b"Host: a\r\n", b"Content-Length: 2\r\n"]
            assert asked[5:8] == (b"hi", "127.0.0.1", "http")
            assert abs(asked.arrived - time.time()) < 5
            front.answers[0].complete(Response(200, (), b"x"))
            await client.hear(answer(b"x"))

    run(loop, conversation)


def test_pipelined_requests_are_answered_one_by_one_and_in_order(loop: str) -> None:
    front = Waiting()

    async def conversation() -> None:
        async with serving(front) as listener, connected(listener.port) as client:
            client.say(GET + GET)
            await front.is_asked(1)
            await asyncio.sleep(0.02)
            assert len(front.asked) == 1
            front.answers[0].complete(Response(200, (), b"1"))
            front.answers[1].complete(Response(200, (), b"2"))
            await client.hear(answer(b"1") + answer(b"2"))

    run(loop, conversation)


def test_very_many_pipelined_requests(loop: str) -> None:
    async def conversation() -> None:
        async with serving() as listener, connected(listener.port) as client:
            client.say(GET * 3000)
            await client.hear(answer(b"/x") * 3000)

    run(loop, conversation)


def test_a_failure_of_the_front_is_logged_and_not_told(loop: str, caplog: pytest.LogCaptureFixture) -> None:
    def front(request: Request) -> Coroutine[Any, None, Response]:
        if request.path == "/at-once":
            raise LookupError("secret 1")
        return badly() if request.path == "/badly" else later()

    async def later() -> Response:
        raise LookupError("secret 2")

    async def badly() -> Response:
        return Response(200, (), "text")  # type: ignore[arg-type]

    failed = (
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: 36\r\n"
        b'Connection: keep-alive\r\n\r\n{"message": "Internal server error"}'
    )

    async def conversation() -> None:
        async with serving(front) as listener, connected(listener.port) as client:
            client.say(GET.replace(b"/x", b"/at-once") + GET + GET.replace(b"/x", b"/badly"))
            await client.hear(failed * 3)

    run(loop, conversation)
    assert [(record.levelno, str(record.exc_info and record.exc_info[1])) for record in caplog.records] == [
        (logging.ERROR, "secret 1"),
        (logging.ERROR, "secret 2"),
        (logging.ERROR, "sequence item 4: expected a bytes-like object, str found"),
    ]


def test_a_body_larger_than_allowed_is_answered_before_it_is_whole(loop: str) -> None:
    async def conversation() -> None:
        async with serving() as listener, connected(listener.port) as client:
            client.say(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n" + bytes(5_000_000))
            assert await client.hear_the_end() == (
                b"HTTP/1.1 413 Request Entity Too Large\r\nContent-Type: text; charset=utf-8\r\nContent-Length: 44\r\n"
                b"Connection: close\r\n\r\nHTTP content length exceeded 10485760 bytes."
            )

    run(loop, conversation)


def test_whom_it_is_for_may_say_that_a_body_is_too_large(loop: str) -> None:
    asked: list[Request] = []

    def refusal(request: Request) -> Response | None:
        asked.append(request)
        return Response(413, (), b"too much") if request.path == "/own" else None

    async def conversation() -> None:
        for path, said in ((b"/own?a", b"too much"), (b"/other", b"HTTP content length exceeded 10485760 bytes.")):
            async with (
                serving(bounds=Bounds(body_refusal=refusal)) as listener,
                connected(listener.port) as client,
            ):
                client.say(b"PUT " + path + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n")
                assert (await client.hear_the_end()).endswith(b"\r\n\r\n" + said)

    run(loop, conversation)
    shown = [(each.method, each.target, each.path, each.query, each.body, each.source_ip) for each in asked]
    assert shown == [
        ("PUT", "/own?a", "/own", "a", b"", "127.0.0.1"),
        ("PUT", "/other", "/other", "", b"", "127.0.0.1"),
    ]
    assert [line.name for line in asked[0].headers] == ["Host", "Content-Length"]


def test_the_client_is_told_to_send_its_body(loop: str) -> None:
    async def conversation() -> None:
        async with serving() as listener, connected(listener.port) as client:
            client.say(b"PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            await client.hear(b"HTTP/1.1 100 Continue\r\n\r\n")
            client.say(b"hi")
            await client.hear(answer(b"/x"))

    run(loop, conversation)


def test_a_client_that_sends_no_more_still_hears_its_answers(loop: str) -> None:
    front = Waiting()

    async def conversation() -> None:
        async with serving(front) as listener, connected(listener.port) as client:
            client.say(GET + GET)
            client.writer.write_eof()
            for number in range(2):
                await front.is_asked(number + 1)
                front.answers[number].complete(Response(200, (), b"x"))
            assert (await client.hear_the_end()).startswith(answer(b"x") + b"HTTP/1.1 200 OK\r\n")

    run(loop, conversation)


def test_a_client_that_left_does_no_harm(loop: str, caplog: pytest.LogCaptureFixture) -> None:
    front = Waiting()

    async def conversation() -> None:
        async with serving(front) as listener:
            async with connected(listener.port) as client:
                client.say(GET + GET)
                await front.is_asked(1)
                at_once = struct.pack("ii", 1, 0)  # reset, so that it cannot be taken for one that only sends no more
                client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
                client.writer.transport.abort()
            await asyncio.sleep(0.1)
            front.answers[0].complete(Response(200, (), b"x"))
            async with connected(listener.port) as client:
                client.say(GET)
                await front.is_asked(2)
                front.answers[1].complete(Response(200, (), b"y"))
                await client.hear(answer(b"y"))

    run(loop, conversation)
    assert caplog.records == []


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (b"", b""),
        (GET, answer(b"/x")),
        (b"GET / HT", TIMEOUT),
        (GET[:-2], TIMEOUT),
        (GET + b"\r\n", answer(b"/x") + TIMEOUT),
        (b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na", TIMEOUT),
    ],
)
def test_slow_clients(loop: str, said: bytes, heard: bytes) -> None:
    async def conversation() -> None:
        bounds = Bounds(patience=Patience(idle=0.1, head=0.1, body=0.1))
        async with serving(path_back, bounds) as listener, connected(listener.port) as client:
            client.say(said)
            assert await client.hear_the_end() == heard

    run(loop, conversation)


def test_a_client_that_goes_on_asking_is_not_idle(loop: str) -> None:
    async def conversation() -> None:
        bounds = Bounds(patience=Patience(idle=0.6))
        async with serving(path_back, bounds) as listener, connected(listener.port) as client:
            for _ in range(9):
                client.say(GET)
                await client.hear(answer(b"/x"))
                await asyncio.sleep(0.08)

    run(loop, conversation)


def test_a_slow_answer_is_not_the_clients_fault(loop: str) -> None:
    front = Waiting()

    async def conversation() -> None:
        bounds = Bounds(patience=Patience(idle=0.1, head=0.1, body=0.1, reader=0.1))
        async with serving(front, bounds) as listener, connected(listener.port) as client:
            client.say(GET)
            await front.is_asked(1)
            await asyncio.sleep(0.25)
            front.answers[0].complete(Response(200, (), b"x"))
            await client.hear(answer(b"x"))

    run(loop, conversation)


def narrow(port: int) -> socket.socket:
    """A client that the system buffers little for."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", port))
    client.setblocking(False)
    return client


def test_a_client_that_does_not_read_is_asked_no_more_and_then_left(loop: str) -> None:
    asked = 0
    size = 12_000_000  # more than the system's buffers take

    async def front(request: Request) -> Response:
        nonlocal asked
        asked += 1
        return Response(200, (), bytes(size))

    async def take(client: socket.socket, wanted: int) -> int:
        running = asyncio.get_running_loop()
        taken = 0
        with contextlib.suppress(ConnectionResetError):
            while taken < wanted and (data := await running.sock_recv(client, 100_000)):
                taken += len(data)
        return taken

    async def conversation() -> None:
        bounds = Bounds(patience=Patience(reader=0.6))
        async with serving(front, bounds) as listener:
            with narrow(listener.port) as client:
                for _ in range(5):  # whoever takes something now and then is waited for
                    await asyncio.get_running_loop().sock_sendall(client, GET * 20)
                    await asyncio.sleep(0.1)
                    assert await take(client, 300_000) >= 300_000
                    assert asked == 1
                assert await take(client, size) >= size
                await asyncio.sleep(1.2)
                assert await take(client, size * 2) < size
        assert asked <= 3

    run(loop, conversation)


def test_a_client_that_sends_too_far_ahead_is_not_read(loop: str) -> None:
    front = Waiting()

    async def conversation() -> None:
        bounds = Bounds(Limits(body=20_000_000))
        async with serving(front, bounds) as listener, connected(listener.port) as client:
            client.say(GET)
            await front.is_asked(1)
            client.say(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n" + bytes(20_000_000))
            await asyncio.sleep(0.2)
            assert client.writer.transport.get_write_buffer_size() > 5_000_000
            front.answers[0].complete(Response(200, (), b"x"))
            await front.is_asked(2)
            assert front.asked[1].body == bytes(20_000_000)

    run(loop, conversation)


def test_limits_are_the_listeners(loop: str) -> None:
    async def conversation() -> None:
        bounds = Bounds(Limits(request_line=20), lambda method, target, headers: 1)
        async with serving(path_back, bounds) as listener:
            for said, status in {
                b"GET /12345678901 HTTP/1.1\r\n": b"HTTP/1.1 414 Request-URI Too Long\r\n",
                b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n": b"HTTP/1.1 413 Request Entity Too Large\r\n",
            }.items():
                async with connected(listener.port) as client:
                    client.say(said)
                    assert (await client.hear_the_end()).startswith(status)

    run(loop, conversation)


def test_tls(loop: str, tmp_path: Path) -> None:
    front = Waiting()

    async def conversation() -> None:
        trusting = ssl.create_default_context()
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
        async with serving(front, tls=server_context(tmp_path)) as listener:
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.port, ssl=trusting)
            writer.write(GET)
            await front.is_asked(1)
            assert front.asked[0].scheme == "https"
            front.answers[0].complete(Response(200, (), b"x"))
            assert (await reader.readuntil(b"\r\n\r\nx")).startswith(b"HTTP/1.1 200 OK\r\n")
            writer.write(b"\x00")
            assert (await reader.read()).startswith(b"HTTP/1.1 400 Bad Request\r\n")
            writer.close()

    run(loop, conversation)
