"""Answers as streams, from real runtimes: as they come, no faster than they are read, whole or broken off."""

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from gatewright.functions.function import Function
from gatewright.functions.invocation import Outcome
from gatewright.functions.pool import About
from gatewright.values.stream import Pipe, StreamBroken
from tests.functions.sandboxes import REQUEST_ID, Node, answer_of, node, until, write_function

# A runtime of one's own that streams what its event asks for; a flag file says how far it got.
BOOTSTRAP = r"""#!/usr/bin/env python3
import base64, http.client, json, os, sys, time
here = os.environ["FLAGS"]
api = os.environ["AWS_LAMBDA_RUNTIME_API"]
while True:
    connection = http.client.HTTPConnection(api)
    connection.request("GET", "/2018-06-01/runtime/invocation/next")
    event = connection.getresponse()
    what, id = json.loads(event.read()), event.headers["Lambda-Runtime-Aws-Request-Id"]
    connection.putrequest("POST", f"/2018-06-01/runtime/invocation/{id}/response")
    if what != "whole":
        connection.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
    connection.putheader("Content-Type", "text/x-own")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.putheader("Trailer", "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body")
    connection.endheaders()
    def chunk(data):
        connection.send(b"%x\r\n%b\r\n" % (len(data), data))
    chunk(b"first")
    if what == "waits":
        while not os.path.exists(here + "/go"):
            time.sleep(0.005)
    if what == "dies":
        time.sleep(0.1)
        os._exit(3)
    if what == "much":
        for _ in range(128):
            chunk(bytes(65536))
    open(here + "/done", "w").close()
    if what == "sleeps":
        time.sleep(10)
    if what == "breaks":
        body = base64.b64encode(b'{"errorType":"Own"}')
        connection.send(b"0\r\nLambda-Runtime-Function-Error-Type: Own\r\n")
        connection.send(b"Lambda-Runtime-Function-Error-Body: " + body + b"\r\n\r\n")
    else:
        chunk(b"last")
        connection.send(b"0\r\n\r\n")
    connection.getresponse().read()
    connection.close()
"""


def own_runtime(folder: Path, **options: float) -> Function:
    flags: Mapping[str, str] = {"FLAGS": str(folder)}
    return write_function(  # type: ignore[call-overload, no-any-return]
        folder, {"bootstrap": BOOTSTRAP}, runtime="provided.al2023", environment=flags, **options
    )


async def streamed(running: Node, function: Function, event: str, patience: float = 20) -> Outcome:
    about = About(REQUEST_ID, patience=patience, streams=True)
    return await answer_of(running.pool.invoke(function, f'"{event}"'.encode(), about))


async def read(stream: Pipe | None) -> bytes:
    assert stream is not None
    return await answer_of(stream.read())


async def rest(stream: Pipe | None) -> bytes:
    whole = b""
    while piece := await read(stream):
        whole += piece
    return whole


def test_the_first_bytes_come_before_the_rest(tmp_path: Path) -> None:
    async def conversation() -> None:
        async with node(tmp_path) as running:
            outcome = await streamed(running, own_runtime(tmp_path), "waits")
            assert (outcome.content_type, outcome.streamed, await read(outcome.stream)) == (
                "text/x-own",
                True,
                b"first",
            )
            assert not (tmp_path / "done").exists()
            (tmp_path / "go").touch()
            assert await rest(outcome.stream) == b"last"
            await until(lambda: "REPORT" in running.log())

    asyncio.run(conversation())


def test_who_does_not_ask_for_a_stream_gets_it_whole_and_a_whole_answer_is_no_stream(tmp_path: Path) -> None:
    async def conversation() -> None:
        async with node(tmp_path) as running:
            function = own_runtime(tmp_path)
            assert await running.invoke(function, b'"plain"') == Outcome(b"firstlast", "", b"", "text/x-own", True)
            outcome = await streamed(running, function, "whole")
            assert outcome == Outcome(b"firstlast", "", b"", "text/x-own", False)

    asyncio.run(conversation())


def test_a_function_writes_no_faster_than_it_is_read_and_runs_on_for_nobody(tmp_path: Path) -> None:
    async def conversation() -> None:
        async with node(tmp_path, sandboxes=1) as running:
            function = own_runtime(tmp_path, timeout=10)
            outcome = await streamed(running, function, "much")
            await asyncio.sleep(0.3)
            assert not (tmp_path / "done").exists()
            assert await rest(outcome.stream) == b"first" + bytes(128 * 65536) + b"last"
            (tmp_path / "done").unlink()
            outcome = await streamed(running, function, "much")
            assert outcome.stream is not None
            outcome.stream.close()
            await until((tmp_path / "done").exists)
            assert await rest((await streamed(running, function, "short")).stream) == b"firstlast"

    asyncio.run(conversation())


@pytest.mark.parametrize(
    ("event", "patience", "timeout", "reason"),
    [
        ("breaks", 20, 3, '{"errorType":"Own"}'),
        ("dies", 20, 3, "Runtime exited with error: exit status 3"),
        ("sleeps", 20, 0.4, "Task timed out after 0.40 seconds"),
        ("sleeps", 0.3, 3, "the caller's time limit ran out"),
    ],
)
def test_what_breaks_off(tmp_path: Path, event: str, patience: float, timeout: float, reason: str) -> None:
    async def conversation() -> None:
        async with node(tmp_path) as running:
            outcome = await streamed(running, own_runtime(tmp_path, timeout=timeout), event, patience)
            with pytest.raises(StreamBroken) as broken:
                await rest(outcome.stream)
            assert reason in str(broken.value)

    asyncio.run(conversation())


def test_a_node_that_stops_breaks_streams_off(tmp_path: Path) -> None:
    async def conversation() -> None:
        async with contextlib.AsyncExitStack() as stack:
            running = await stack.enter_async_context(node(tmp_path))
            outcome = await streamed(running, own_runtime(tmp_path), "waits")
            assert await read(outcome.stream) == b"first"
        with pytest.raises(StreamBroken, match="stopping"):
            await read(outcome.stream)

    asyncio.run(conversation())
