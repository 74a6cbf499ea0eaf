"""Our client of HTTP backends against backends that behave, misbehave, and leave."""

import asyncio
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from gatewright.execute.world import Origin, Returned
from gatewright.server.sweep import Sweep
from gatewright.server.upstream import Upstream
from gatewright.values.faults import NetworkFault
from gatewright.values.headers import header_line
from gatewright.values.pending import Drive
from gatewright.wire.limits import Limits
from tests.server.certificate import server_context
from tests.server.sockets import LOOPS, Client, Script, Scripted, backend, free_port, run

pytestmark = pytest.mark.parametrize("loop", LOOPS)

HEAD = b"GET /%d HTTP/1.1\r\nHost: b\r\n\r\n"
LENGTH = header_line("Content-Length", "2")
HI = Returned(200, (LENGTH,), b"hi")
HI_SENT = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def answering(*answers: bytes) -> Script:
    """Answer one request after the other, then close."""

    async def script(scripted: Scripted, client: Client, number: int) -> None:
        for count, answer in enumerate(answers, 1):
            while scripted.heard[number].count(b"\r\n\r\n") < count:
                data = await client.reader.read(65536)
                if not data:
                    return
                scripted.heard[number] += data
            client.say(answer)

    return script


def keeping(*answers: bytes) -> Script:
    """The same, then wait for the client to close."""

    async def script(scripted: Scripted, client: Client, number: int) -> None:
        await answering(*answers)(scripted, client, number)
        scripted.heard[number] += await client.reader.read()

    return script


def origin(scripted: Scripted, **more: Any) -> Origin:
    return Origin("127.0.0.1", scripted.port, more.pop("tls", False), **more)


def asked(
    upstream: Upstream, to: Origin, head: bytes, body: bytes = b"", timeout: float = 5.0
) -> asyncio.Future[Returned]:
    """Send a request, driven by hand as the server does it; the answer for a test's own Task."""
    answer: asyncio.Future[Returned] = asyncio.get_running_loop().create_future()

    def done(returned: Returned | None, error: BaseException | None) -> None:
        if returned is None:
            answer.set_exception(error or AssertionError)
        else:
            answer.set_result(returned)

    async def wait() -> Returned:
        return await upstream.send(to, "POST", head, body, timeout)

    Drive(wait(), done).step()
    return answer


async def fault_of(upstream: Upstream, to: Origin, timeout: float = 5.0) -> str:
    with pytest.raises(NetworkFault) as caught:
        await asked(upstream, to, HEAD % 1, b"", timeout)
    return caught.value.kind


def test_one_connection_carries_one_request_after_the_other(loop: str) -> None:
    async def conversation() -> None:
        upstream = Upstream(Sweep())
        async with backend(keeping(HI_SENT, HI_SENT, HI_SENT)) as scripted:
            for number in range(3):
                assert await asked(upstream, origin(scripted), HEAD % number) == HI
                await asyncio.sleep(0.11 if number == 1 else 0)
            assert scripted.heard == [HEAD % 0 + HEAD % 1 + HEAD % 2]
            upstream.close()

    run(loop, conversation)


def test_requests_at_the_same_time_have_connections_of_their_own(loop: str) -> None:
    async def conversation() -> None:
        upstream = Upstream(Sweep())
        async with backend(keeping(HI_SENT, HI_SENT), keeping(HI_SENT, HI_SENT)) as scripted:
            to = origin(scripted)
            first, second = asked(upstream, to, HEAD % 1), asked(upstream, to, HEAD % 2)
            assert [await first, await second] == [HI, HI]
            assert await asked(upstream, to, HEAD % 3) == HI
            await asyncio.sleep(0.02)
            assert sorted(scripted.heard) in ([HEAD % 1, HEAD % 2 + HEAD % 3], [HEAD % 1 + HEAD % 3, HEAD % 2])
            upstream.close()

    run(loop, conversation)


def test_a_body_follows_its_head(loop: str) -> None:
    body = bytes(3_000_000)

    async def script(scripted: Scripted, client: Client, number: int) -> None:
        scripted.heard[number] = await client.reader.readexactly(len(HEAD % 1) + len(body))
        client.say(HI_SENT)

    async def conversation() -> None:
        upstream = Upstream(Sweep())
        async with backend(script) as scripted:
            assert await asked(upstream, origin(scripted), HEAD % 1, body) == HI
            assert scripted.heard == [HEAD % 1 + body]

    run(loop, conversation)


ONE_WAY = {
    "closing": (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", "close"),
    "until the end": (b"HTTP/1.1 200 OK\r\nX: 1\r\n\r\nhi", "1"),
    "more than was asked for": (HI_SENT + b"HTTP", "2"),
}


@pytest.mark.parametrize("name", ONE_WAY)
def test_connections_that_cannot_be_used_again(loop: str, name: str) -> None:
    sent, value = ONE_WAY[name]

    async def conversation() -> None:
        upstream = Upstream(Sweep())
        async with backend(answering(sent), answering(HI_SENT)) as scripted:
            returned = await asked(upstream, origin(scripted), HEAD % 1)
            assert (returned.headers[0].value, returned.body) == (value, b"hi")
            assert await asked(upstream, origin(scripted), HEAD % 2) == HI
            assert scripted.heard == [HEAD % 1, HEAD % 2]

    run(loop, conversation)


def test_a_kept_connection_that_was_closed_is_passed_over(loop: str) -> None:
    async def conversation() -> None:
        upstream = Upstream(Sweep())
        async with backend(answering(HI_SENT), answering(HI_SENT)) as scripted:
            assert await asked(upstream, origin(scripted), HEAD % 1) == HI
            await asyncio.sleep(0.05)
            assert await asked(upstream, origin(scripted), HEAD % 2) == HI
            assert scripted.heard == [HEAD % 1, HEAD % 2]

    run(loop, conversation)


def test_a_kept_connection_whose_end_the_loop_has_not_seen_is_passed_over(loop: str) -> None:
    heard: list[bytes] = []
    closed = threading.Event()

    def answer_twice(port: socket.socket) -> None:
        with port:
            for _ in range(2):
                connection = port.accept()[0]
                with connection:
                    heard.append(connection.recv(65536))
                    connection.sendall(HI_SENT)
                    time.sleep(0.05)
                closed.set()

    async def conversation() -> None:
        upstream = Upstream(Sweep())
        port = free_port()
        to = Origin("127.0.0.1", port.getsockname()[1], False)
        answering = asyncio.get_running_loop().run_in_executor(None, answer_twice, port)
        assert await asked(upstream, to, HEAD % 1) == HI
        assert closed.wait(20)
        time.sleep(0.15)  # less than that ago it would not be examined
        assert await asked(upstream, to, HEAD % 2) == HI
        await answering
        assert heard == [HEAD % 1, HEAD % 2]

    run(loop, conversation)


def test_a_request_that_was_sent_is_never_repeated(loop: str) -> None:
    async def leave(scripted: Scripted, client: Client, number: int) -> None:
        await scripted.hear_head(client, number)

    async def conversation() -> None:
        upstream = Upstream(Sweep())
        async with backend(leave, keeping(HI_SENT)) as scripted:
            assert await fault_of(upstream, origin(scripted)) == "closed"
            assert scripted.heard == [HEAD % 1]
            upstream.close()

    run(loop, conversation)


FAULTS = {
    "malformed": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
    "too_large": b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n",
    "closed": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi",
}


@pytest.mark.parametrize("kind", FAULTS)
def test_no_usable_response(loop: str, kind: str) -> None:
    async def conversation() -> None:
        upstream = Upstream(Sweep(), limits=Limits(body=100))
        async with backend(answering(FAULTS[kind]), answering(HI_SENT)) as scripted:
            assert await fault_of(upstream, origin(scripted)) == kind
            assert await asked(upstream, origin(scripted), HEAD % 2) == HI

    run(loop, conversation)


def test_no_response_in_time(loop: str) -> None:
    async def conversation() -> None:
        upstream = Upstream(Sweep())
        async with backend(keeping(b"HTTP/1.1 200 OK\r\n"), keeping(HI_SENT)) as scripted:
            began = time.monotonic()
            assert await fault_of(upstream, origin(scripted), 0.2) == "timeout"
            assert 0.2 <= time.monotonic() - began < 4
            assert await asked(upstream, origin(scripted), HEAD % 2) == HI
            assert scripted.heard == [HEAD % 1, HEAD % 2]
            upstream.close()

    run(loop, conversation)


def test_no_connection(loop: str) -> None:
    async def conversation() -> None:
        upstream = Upstream(Sweep())
        with free_port() as closed:
            number = closed.getsockname()[1]
        assert await fault_of(upstream, Origin("127.0.0.1", number, False)) == "connect"
        assert await fault_of(upstream, Origin("a..b", 80, False)) == "connect"

    run(loop, conversation)


def test_no_connection_in_time(loop: str) -> None:
    async def conversation() -> None:
        upstream = Upstream(Sweep())

        async def silent(scripted: Scripted, client: Client, number: int) -> None:
            await client.reader.read()

        async with backend(silent) as scripted:  # takes the connection, but never greets
            assert await fault_of(upstream, origin(scripted, tls=True), 0.2) == "timeout"

    run(loop, conversation)


async def plain(scripted: Scripted, client: Client, number: int) -> None:
    await client.reader.read(1)
    client.say(HI_SENT)


async def leaving(scripted: Scripted, client: Client, number: int) -> None:
    await client.reader.read(1)


def test_tls(loop: str, tmp_path: Path) -> None:
    async def conversation() -> None:
        upstream = Upstream(Sweep())
        context = server_context(tmp_path)
        async with backend(keeping(HI_SENT, HI_SENT), tls=context) as scripted:
            trusted = Origin("localhost", scripted.port, True)
            assert await fault_of(upstream, trusted) == "tls"
            for _ in range(2):
                assert await asked(upstream, trusted._replace(verify=False), HEAD % 1) == HI
            assert scripted.heard == [(HEAD % 1) * 2]
            upstream.close()
        async with backend(plain, leaving) as scripted:
            assert await fault_of(upstream, origin(scripted, tls=True)) == "tls"
            assert await fault_of(upstream, origin(scripted, tls=True)) == "tls"

    run(loop, conversation)


def test_an_early_answer_ends_the_connection(loop: str) -> None:
    async def early(scripted: Scripted, client: Client, number: int) -> None:
        client.say(HI_SENT)
        await asyncio.sleep(0.1)

    async def conversation() -> None:
        upstream = Upstream(Sweep())
        async with backend(early, answering(HI_SENT)) as scripted:
            assert await asked(upstream, origin(scripted), HEAD % 1, bytes(30_000_000)) == HI
            assert await asked(upstream, origin(scripted), HEAD % 2) == HI
            assert scripted.heard[1] == HEAD % 2

    run(loop, conversation)


def test_a_free_connection_is_kept_for_a_while(loop: str) -> None:
    async def conversation() -> None:
        upstream = Upstream(Sweep(), kept=0.8)
        gone = asyncio.Event()

        async def script(scripted: Scripted, client: Client, number: int) -> None:
            await answering(HI_SENT, HI_SENT)(scripted, client, number)
            await client.reader.read()
            gone.set()

        async with backend(script) as scripted:
            assert await asked(upstream, origin(scripted), HEAD % 1) == HI
            await asyncio.sleep(0.45)
            assert await asked(upstream, origin(scripted), HEAD % 2) == HI
            await asyncio.sleep(0.45)
            assert not gone.is_set()
            await gone.wait()

    run(loop, conversation)


def test_closing_fails_what_is_in_flight(loop: str) -> None:
    async def conversation() -> None:
        upstream = Upstream(Sweep())
        async with backend(keeping()) as scripted:
            sent = asked(upstream, origin(scripted), HEAD % 1)
            await asyncio.sleep(0.05)
            upstream.close()
            with pytest.raises(NetworkFault) as caught:
                await sent
            assert caught.value.kind == "closed"

    run(loop, conversation)
