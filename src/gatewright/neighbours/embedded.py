"""The embedded moto server as the gateway sees it: a child process started when it is first needed.

Whoever needs it awaits `origin()`. All that wait while it starts share one start; when the child has died, they fail
and the next one starts it anew. The child watches the pipe on its standard input, so that it never outlives us.
"""

import asyncio
import contextlib
import logging
import os
import secrets
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable
from pathlib import Path

from gatewright.execute.world import Origin
from gatewright.neighbours.moto_control import CONTROL_NAME, DOOR_NAME, SECRETS_VARIABLE
from gatewright.neighbours.moto_request import ACCOUNT_HEADER
from gatewright.values.pending import Pending

log = logging.getLogger(__name__)

START_SECONDS = 30.0  # it takes about one; the child of a crashed gateway may still be saving
STOP_SECONDS = 8.0
LOG_BYTES = 10_000_000
# A call of one of these may change whose an access key is, or what its owner may do.
IDENTITY = frozenset({"cloudformation", "iam", "organizations", "sts"})
CHILD = ["-m", "gatewright.neighbours.moto_child"]


class MotoUnavailable(Exception):
    """The child did not start; the text says why or where to read it."""


class EmbeddedMoto:
    """One child at most. Use it from the event loop's thread only."""

    def __init__(self, directory: Path, log_file: Path, endpoint_url: str) -> None:
        """`endpoint_url` is this node's own, for state machines that call functions and other services."""
        self._directory = directory
        self._endpoint_url = endpoint_url
        self._log_file = log_file
        self._origin: Origin | None = None
        self._waiting: list[Pending[Origin]] = []
        self._life: asyncio.Task[None] | None = None
        self._process: Process | None = None
        self._stopped = False
        self._door, self._control = secrets.token_urlsafe(32), secrets.token_urlsafe(32)  # see moto_control
        self.identities = 0  # counts calls that may have changed what is known of access keys

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._process.pid if self._process is not None else None

    def lines(self, account: str) -> str:
        """Header lines, each ending in CRLF, without which the child serves no call. They tell whose resources it is
        about, "" for a call that tells so itself."""
        whose = f"{ACCOUNT_HEADER}: {account}\r\n" if account else ""
        return f"{whose}{DOOR_NAME}: {self._door}\r\n"

    def control_lines(self) -> str:
        """The same of a question to the child's own controls."""
        return f"{DOOR_NAME}: {self._door}\r\n{CONTROL_NAME}: {self._control}\r\n"

    def called(self, service: str) -> None:
        """A call of `service`, which may have gone to the child, is over."""
        if service in IDENTITY:
            self.identities += 1

    def origin(self) -> Awaitable[Origin]:
        """Where the child listens, once it does. Raises MotoUnavailable."""
        answer: Pending[Origin] = Pending()
        if self._stopped:
            answer.fail(MotoUnavailable("the gateway is stopping"))
        elif self._origin is not None:
            answer.complete(self._origin)
        else:
            self._waiting.append(answer)
            if self._life is None:
                self._life = asyncio.get_running_loop().create_task(self._live())
        return answer

    async def stop(self) -> None:
        """End the child, which saves its state first."""
        self._stopped = True
        life, process = self._life, self._process
        if life is None:
            return
        if process is not None and process.stdin is not None:
            process.stdin.close()
        else:
            life.cancel()
        _, late = await asyncio.wait([life], timeout=STOP_SECONDS)
        if late and process is not None:
            log.warning("the embedded moto server did not end in time")
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await asyncio.wait([life])

    async def _live(self) -> None:
        failure = ""
        try:
            self._process = await self._spawn()
            port = await self._ready(self._process)
            if port is not None:
                self._answer(Origin("127.0.0.1", port, tls=False))
                code = await self._process.wait()
                if not self._stopped:
                    log.warning("the embedded moto server ended with %s; the next request starts it again", code)
        except OSError as error:
            failure = f"the embedded moto server cannot be started: {error}"
        finally:
            if self._process is not None:
                if self._process.returncode is None:
                    self._process.kill()
                await self._process.communicate()  # so that its pipes are closed too
            self._origin = self._process = self._life = None
            waiting, self._waiting = self._waiting, []
            if waiting and not failure:
                failure = f"the embedded moto server ended while it started; see {self._log_file}: {self._last_line()}"
            for pending in waiting:
                pending.fail(MotoUnavailable(failure))

    async def _spawn(self) -> Process:
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        if self._log_file.exists() and self._log_file.stat().st_size > LOG_BYTES:
            self._log_file.replace(self._log_file.with_suffix(".log.1"))
        with self._log_file.open("ab") as output:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, *CHILD, str(self._directory), self._endpoint_url),
                stdin=PIPE,
                stdout=PIPE,
                stderr=output,
                env=_environment() | {SECRETS_VARIABLE: f"{self._door} {self._control}"},
                start_new_session=True,
            )

    async def _ready(self, process: Process) -> int | None:
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
        except TimeoutError:
            log.error("the embedded moto server was not ready in %s s", START_SECONDS)
            return None
        return int(line) if line.strip().isdigit() else None

    def _last_line(self) -> str:
        """What the child said last, which is what an exception says."""
        try:
            with self._log_file.open("rb") as log_file:
                log_file.seek(-min(2000, self._log_file.stat().st_size), os.SEEK_END)
                lines = log_file.read().decode("utf-8", "replace").strip().splitlines()
        except OSError:
            return ""
        return lines[-1][:200] if lines else ""

    def _answer(self, origin: Origin) -> None:
        self._origin = origin
        waiting, self._waiting = self._waiting, []
        for pending in waiting:
            pending.complete(origin)


def _environment() -> dict[str, str]:
    # Neither the user's AWS account nor a fixed account id may leak into moto; its other settings are the user's.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    kept.pop("MOTO_ACCOUNT_ID", None)
    return kept | {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
