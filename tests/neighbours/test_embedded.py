"""The embedded moto server as a real child process: quick to start, one at a time, its state outliving any end."""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from gatewright.execute.world import Origin
from gatewright.neighbours.embedded import EmbeddedMoto, MotoUnavailable
from gatewright.values.pending import Drive

Clients = Callable[[str], Any]
OTHER_ACCOUNT = "111122223333"


def clients(moto: EmbeddedMoto, origin: Origin, account: str = "000000000000", region: str = "us-east-1") -> Clients:
    """boto3 clients straight to the child, which get in as PassThrough does."""
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=region)
    config = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})

    def client(service: str) -> Any:
        made = session.client(service, endpoint_url=f"http://127.0.0.1:{origin.port}", config=config)
        return let_in(made, moto, account)

    return client


def let_in(client: Any, moto: EmbeddedMoto, account: str) -> Any:
    """The boto3 client, whose calls say what opens the child."""

    def say(request: Any, **_: Any) -> None:
        for line in moto.lines(account).splitlines():
            name, value = line.split(": ")
            request.headers[name] = value

    client.meta.events.register("before-sign.*", say)
    return client


async def started(moto: EmbeddedMoto) -> Origin:
    """`origin()` awaited from a Task, as asyncio's own tests must."""
    ready: asyncio.Future[Origin] = asyncio.get_running_loop().create_future()

    async def wait() -> Origin:
        return await moto.origin()

    def done(origin: Origin | None, error: BaseException | None) -> None:
        if error is not None:
            ready.set_exception(error)
        elif origin is not None:
            ready.set_result(origin)

    Drive(wait(), done).step()
    return await ready


def with_child(directory: Path, work: Callable[[EmbeddedMoto], Coroutine[Any, Any, None]]) -> None:
    """Run `work` on a loop with an EmbeddedMoto, and stop that."""

    async def live() -> None:
        moto = EmbeddedMoto(directory / "moto", directory / "logs" / "neighbour.log", "http://127.0.0.1:9")
        try:
            await work(moto)
        finally:
            await moto.stop()
        assert moto.pid is None

    asyncio.run(live())


def fill(client: Clients) -> None:
    client("dynamodb").create_table(
        TableName="Users",
        KeySchema=[{"AttributeName": "UserId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "UserId", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client("dynamodb").put_item(TableName="Users", Item={"UserId": {"S": "123"}})
    client("s3").create_bucket(Bucket="packages")
    client("s3").put_object(Bucket="packages", Key="a.zip", Body=b"zip")
    queue = client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    client("sqs").send_message(QueueUrl=queue, MessageBody="the last change")


def contents(client: Clients) -> tuple[object, ...]:
    queue = client("sqs").get_queue_url(QueueName="orders")["QueueUrl"]
    attributes = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
    return (
        client("dynamodb").get_item(TableName="Users", Key={"UserId": {"S": "123"}})["Item"],
        client("s3").get_object(Bucket="packages", Key="a.zip")["Body"].read(),
        attributes["Attributes"]["ApproximateNumberOfMessages"],
    )


FILLED = ({"UserId": {"S": "123"}}, b"zip", "1")


def test_state_outlives_a_stop_and_accounts_are_apart(tmp_path: Path) -> None:
    async def first(moto: EmbeddedMoto) -> None:
        origin, same = await asyncio.gather(started(moto), started(moto))
        assert origin == same
        await asyncio.to_thread(fill, clients(moto, origin))
        others = clients(moto, origin, OTHER_ACCOUNT)
        assert await asyncio.to_thread(lambda: others("dynamodb").list_tables()["TableNames"]) == []

    async def second(moto: EmbeddedMoto) -> None:
        assert await asyncio.to_thread(contents, clients(moto, await started(moto))) == FILLED

    with_child(tmp_path, first)
    with_child(tmp_path, second)


def test_a_child_that_died_is_started_again_with_its_state(tmp_path: Path) -> None:
    async def work(moto: EmbeddedMoto) -> None:
        origin = await started(moto)
        await asyncio.to_thread(fill, clients(moto, origin))
        state = tmp_path / "moto" / "state"  # written soon after a change
        await asyncio.to_thread(wait_for, lambda: state.exists() and b"the last change" in state.read_bytes())
        assert moto.pid is not None
        os.kill(moto.pid, signal.SIGKILL)
        while moto.pid is not None:  # until the loop has heard of it
            await asyncio.sleep(0.01)
        assert await asyncio.to_thread(contents, clients(moto, await started(moto))) == FILLED

    with_child(tmp_path, work)


GATEWAY = """
import asyncio, sys, time
from pathlib import Path
from gatewright.neighbours.embedded import EmbeddedMoto

async def live():
    moto = EmbeddedMoto(Path(sys.argv[1]), Path(sys.argv[1]) / "log", "http://127.0.0.1:9")
    moto.origin()
    while moto._origin is None:
        await asyncio.sleep(0.01)
    print(moto.pid, "moto" in sys.modules, flush=True)
    await asyncio.sleep(60)

asyncio.run(live())
"""


def test_it_ends_with_a_gateway_that_was_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", GATEWAY, str(tmp_path)], stdout=subprocess.PIPE) as gateway:
        assert gateway.stdout is not None
        _, imported = gateway.stdout.readline().split()
        assert is_held(tmp_path / "lock")
        gateway.kill()
    assert imported == b"False"  # moto's memory is the child's alone
    wait_for(lambda: not is_held(tmp_path / "lock"))


def is_held(lock: Path) -> bool:
    """Whether a process has the directory's lock, which a child has until it ends."""
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def wait_for(condition: Callable[[], bool], patience: float = 60.0) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < patience
        time.sleep(0.02)


def test_after_a_stop_it_is_not_started(tmp_path: Path) -> None:
    async def work(moto: EmbeddedMoto) -> None:
        await moto.stop()
        with pytest.raises(MotoUnavailable, match="the gateway is stopping"):
            await started(moto)

    with_child(tmp_path, work)


def test_a_directory_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "moto").write_text("a file")

    async def work(moto: EmbeddedMoto) -> None:
        with pytest.raises(
            MotoUnavailable, match=r"ended while it started; see .*neighbour\.log: FileExistsError: .*moto"
        ):
            await started(moto)

    with_child(tmp_path, work)


def test_a_state_of_another_version_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "moto").mkdir()
    (tmp_path / "moto" / "state").write_bytes(b"moto 1.0 cpython-20\nwhatever")

    async def work(moto: EmbeddedMoto) -> None:
        await started(moto)

    with_child(tmp_path, work)
    (aside,) = (tmp_path / "moto").glob("state.2*")
    assert aside.read_bytes() == b"moto 1.0 cpython-20\nwhatever"
    assert f"it is now {aside}" in (tmp_path / "logs" / "neighbour.log").read_text()
