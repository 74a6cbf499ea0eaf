"""A pool of real sandboxes for tests: functions from a line of source, answers awaited as asyncio awaits."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from gatewright.functions.function import Function
from gatewright.functions.invocation import Outcome
from gatewright.functions.logs import Logs
from gatewright.functions.pool import About, Pool, PoolSettings
from gatewright.values.pending import Pending

T = TypeVar("T")
REQUEST_ID = "11111111-2222-4333-8444-555555555555"
_numbers = itertools.count(1)


def write_function(
    folder: Path,
    files: Mapping[str, str],
    *,
    runtime: str = "python3.12",
    handler: str = "index.handler",
    timeout: float = 3.0,
    memory_size: int = 128,
    environment: Mapping[str, str] | None = None,
    layers: tuple[Path, ...] = (),
    reserved_concurrency: int | None = None,
    name: str = "GetUser",
) -> Function:
    """A new generation of a function whose package has these files."""
    generation = f"generation-{next(_numbers)}"
    code = folder / generation
    for path, text in files.items():
        file = code / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)
    code.mkdir(exist_ok=True)
    return Function(
        account="000000000000",
        region="eu-west-1",
        name=name,
        version="$LATEST",
        arn=f"arn:aws:lambda:eu-west-1:000000000000:function:{name}",
        runtime=runtime,
        handler=handler,
        timeout=timeout,
        memory_size=memory_size,
        environment=environment or {},
        code=code,
        layers=layers,
        reserved_concurrency=reserved_concurrency,
        log_group=f"/aws/lambda/{name}",
        generation=generation,
    )


def python(folder: Path, source: str, **options: object) -> Function:
    """A Python function; its module is index.py."""
    return write_function(folder, {"index.py": source}, **options)  # type: ignore[arg-type]


class Node:
    """A pool and its logs."""

    def __init__(self, folder: Path, settings: PoolSettings) -> None:
        self.folder = folder
        self.pool = Pool(settings, "http://127.0.0.1:4566", Logs(folder / "logs"))

    async def invoke(self, function: Function, payload: bytes = b"{}", **about: object) -> Outcome:
        """Invoke and wait for the answer."""
        return await answer_of(self.pool.invoke(function, payload, About(REQUEST_ID, **about)))  # type: ignore[arg-type]

    def log(self, name: str = "GetUser") -> str:
        """The function's log so far, without the times."""
        self.pool._logs.flush()
        lines = (self.folder / "logs" / f"{name}.log").read_text().splitlines()
        return "".join(line.partition("Z ")[2] + "\n" for line in lines)


@asynccontextmanager
async def node(folder: Path, **settings: object) -> AsyncIterator[Node]:
    """A running pool, stopped at the end."""
    running = Node(folder, PoolSettings(**settings))  # type: ignore[arg-type]
    try:
        yield running
    finally:
        await running.pool.stop()


def answer_of(pending: Pending[T]) -> Awaitable[T]:
    """A `Pending` as an asyncio future."""
    future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    async def take() -> T:
        return await pending

    def settle() -> None:
        try:
            take().send(None)
        except StopIteration as stop:
            future.set_result(stop.value)
        except Exception as error:
            future.set_exception(error)

    if pending.done:
        settle()
    else:
        pending.then(settle)
    return future


async def until(condition: Awaitable[bool] | object, seconds: float = 3.0) -> None:
    """Wait until the callable is true."""
    async with asyncio.timeout(seconds):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.01)
