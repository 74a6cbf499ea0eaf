"""One sandbox: a process that runs one function's events one after the other, behind a Runtime API address of its own.

Its life: starting (until the runtime first asks for an event), then idle and running in turn, then ended. Nothing that
happens to it costs more than the event it is running: an address is never used by two processes.
"""

import asyncio
import secrets
import signal
import time
from collections.abc import Mapping
from typing import Protocol

from gatewright.functions.function import Function
from gatewright.functions.invocation import (
    LOG_TAIL,
    NO_REASON,
    OUT_OF_MEMORY,
    OWN_ERROR,
    RESPONSE_TOO_LARGE,
    Failure,
    Invocation,
    Outcome,
    exited,
    timed_out,
)
from gatewright.functions.launcher import Child, Ended, Launcher
from gatewright.functions.logs import FunctionLog
from gatewright.functions.memory import Memory
from gatewright.functions.output import Output
from gatewright.functions.report import End, Start
from gatewright.functions.role_session import SandboxCredentials
from gatewright.functions.runtime_api import (
    ACCEPTED,
    INVALID_REQUEST_ID,
    NOT_ALLOWED,
    TOO_LARGE,
    Answer,
    RuntimeConnection,
)
from gatewright.functions.start import MB, launch_of
from gatewright.values.stream import Pipe

INIT_SECONDS = 10.0
NEVER = float("inf")
_NOTABLE_SECONDS = 0.02  # an invocation that took longer has its memory looked at once more
_ONE_WRITE = 64 * 1024
# As AWS's service, a Linux program in Go, calls them; a system's own strsignal says other words on each system.
_SIGNALS: Mapping[int, str] = {
    signal.SIGHUP: "hangup",
    signal.SIGINT: "interrupt",
    signal.SIGQUIT: "quit",
    signal.SIGILL: "illegal instruction",
    signal.SIGTRAP: "trace/breakpoint trap",
    signal.SIGABRT: "aborted",
    signal.SIGBUS: "bus error",
    signal.SIGFPE: "floating point exception",
    signal.SIGKILL: "killed",
    signal.SIGSEGV: "segmentation fault",
    signal.SIGPIPE: "broken pipe",
    signal.SIGALRM: "alarm clock",
    signal.SIGTERM: "terminated",
}


class Owner(Protocol):
    """Who gives a sandbox its events."""

    def ready(self, sandbox: "Sandbox") -> Invocation | None:
        """The sandbox asks for its next event; without one it is idle until `run` is called."""

    def started_badly(self, sandbox: "Sandbox") -> Invocation | None:
        """The event that has to bear a failed start, if one waits."""

    def finished(self, invocation: Invocation) -> None:
        """The invocation is about to be answered."""

    def ended(self, sandbox: "Sandbox") -> None:
        """The sandbox takes no more events; called once."""


class Sandbox:
    """Create it, await `start`, then its owner hears from it. Use it from the event loop's thread only."""

    def __init__(
        self,
        function: Function,
        owner: Owner,
        log: FunctionLog,
        launcher: Launcher,
        credentials: SandboxCredentials,
    ) -> None:
        self.function = function
        self.initialised = False
        self.has_run = False
        self.idle_since = 0.0
        self.deadline = NEVER  # when what it is doing has taken too long, by time.monotonic
        self.invocation: Invocation | None = None
        self.response_line = b""
        self.memory = Memory()
        self._owner = owner
        self._log = log
        self._output = Output(log)
        self._launcher = launcher
        self._credentials = credentials
        self._keys = credentials.begin(function)
        self._loop = asyncio.get_running_loop()
        self._begun = time.monotonic()
        self._init_seconds = 0.0
        self._process = 0
        self._gone = False
        self._server: asyncio.Server | None = None
        self._connections: set[RuntimeConnection] = set()
        self._poll: RuntimeConnection | None = None
        self._arn = function.arn.encode()

    async def start(self, endpoint_url: str) -> None:
        """Open the address and start the process. Raises OSError, FunctionFault or InvalidEntrypoint."""
        self._server = await self._loop.create_server(self._connected, "127.0.0.1", 0)
        if self._gone:
            self._server.close()
            return
        address = "{}:{}".format(*self._server.sockets[0].getsockname()[:2])
        stream = f"{time.strftime('%Y/%m/%d', time.gmtime())}/[{self.function.version}]{secrets.token_hex(16)}"
        launch = launch_of(self.function, self._keys, endpoint_url, address, stream)
        self._begun = time.monotonic()
        self.deadline = self._begun + max(INIT_SECONDS, self.function.timeout)
        self._process = self._launcher.start(launch, self._output.open(), Child(self.memory.watch, self._exited))

    def run(self, invocation: Invocation) -> None:
        """Give the runtime its next event; only after `ready` found none, or from within it."""
        poll, self._poll = self._poll, None
        assert poll is not None
        self._begin(invocation)
        request_id = invocation.request_id.encode()
        self.response_line = b"POST /2018-06-01/runtime/invocation/%b/response HTTP/1.1" % request_id
        payload = invocation.payload
        deadline_ms = int((time.time() + self.function.timeout) * 1000)
        head = (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: %b\r\n"
            b"Lambda-Runtime-Deadline-Ms: %d\r\nLambda-Runtime-Invoked-Function-Arn: %b\r\n"
            b"%bContent-Length: %d\r\n\r\n" % (request_id, deadline_ms, self._arn, _context(invocation), len(payload))
        )
        if len(payload) <= _ONE_WRITE:
            poll.send(head + payload)
        else:
            poll.send(head)
            poll.send(payload)

    def time_out(self) -> None:
        """What it is doing took too long."""
        self._fail(timed_out(self.function.timeout))

    def look_at_memory(self) -> None:
        """Note the resident size; over the function's memory the sandbox ends."""
        if self.memory.look() > self.function.memory_size * MB:
            self._fail(OUT_OF_MEMORY)

    def end(self) -> None:
        """Take no more events, kill the process group. The log still gets what it had written."""
        if self._gone:
            return
        self._gone = True
        self._credentials.end(self._keys)
        self.deadline = NEVER
        if self._process:
            self._launcher.kill(self._process)
        else:
            self._output.close()
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.close()
        self._owner.ended(self)

    # What the runtime says (runtime_api.Runtime).

    def poll(self, connection: RuntimeConnection) -> bytes:
        if self._poll is not None or self.invocation is not None or self._gone:
            return NOT_ALLOWED
        self._poll = connection
        if not self.initialised:
            self.initialised = True
            self._init_seconds = time.monotonic() - self._begun
            self.memory.look()
        self.deadline = NEVER
        invocation = self._owner.ready(self)
        if invocation is not None:
            self.run(invocation)
        return b""

    def begin(self, connection: RuntimeConnection, content_type: str) -> Pipe | None:
        invocation = self.invocation
        assert invocation is not None
        if not invocation.streams or invocation.answer.done:
            return None
        stream = invocation.stream = Pipe(connection)
        invocation.answer.complete(Outcome(b"", "", b"", content_type, True, stream))
        return stream

    def respond(self, connection: RuntimeConnection, answer: Answer) -> None:
        invocation = self.invocation
        assert invocation is not None
        if answer.too_large:
            connection.send(TOO_LARGE)
            self._finish(invocation, RESPONSE_TOO_LARGE)
        elif answer.head.error_type:
            connection.send(ACCEPTED)
            self._finish(invocation, OWN_ERROR, answer)
        else:
            connection.send(ACCEPTED)
            self._finish(invocation, None, answer)

    def fail(self, request_id: bytes, answer: Answer) -> bytes:
        invocation = self.invocation
        if invocation is None or request_id != invocation.request_id.encode():
            return INVALID_REQUEST_ID
        if answer.too_large:
            self._finish(invocation, RESPONSE_TOO_LARGE)
            return TOO_LARGE
        self._finish(invocation, OWN_ERROR, answer)
        return ACCEPTED

    def fail_init(self, answer: Answer) -> bytes:
        if self.initialised:
            return NOT_ALLOWED
        self._fail(Failure(answer.head.error_type or "Runtime.Unknown", ""), answer)
        return ACCEPTED

    def lost(self, connection: RuntimeConnection) -> None:
        self._connections.discard(connection)
        if connection is self._poll and not self._gone:
            self.end()  # it was idle and its runtime is gone: the next event must not go there

    # What the process does (launcher.Child).

    def _exited(self, ended: Ended) -> None:
        self.memory.close(ended.max_rss)
        if not self._gone:
            self._fail(self._reason(ended))
        self._output.close()

    def _reason(self, ended: Ended) -> Failure:
        if ended.status == -signal.SIGKILL and self.memory.peak > self.function.memory_size * MB:
            return OUT_OF_MEMORY
        if ended.status == 0:
            return NO_REASON
        if ended.status > 0:
            return exited(f"exit status {ended.status}")
        return exited(f"signal: {_SIGNALS.get(-ended.status) or f'signal {-ended.status}'}")

    def _connected(self) -> RuntimeConnection:
        connection = RuntimeConnection(self)
        self._connections.add(connection)
        return connection

    # The ways an event ends.

    def _begin(self, invocation: Invocation) -> None:
        self.invocation = invocation
        self._begun = invocation.started = time.monotonic()
        self.deadline = self._begun + self.function.timeout
        self._log.add(Start(invocation.request_id, self.function.version))
        if invocation.tail:
            self._output.keeping = True

    def _fail(self, failure: Failure, answer: Answer | None = None) -> None:
        """End the sandbox; the event it runs, or the one that waited for its start, bears the failure."""
        invocation = self.invocation
        if invocation is None and not self.initialised:
            invocation = self._owner.started_badly(self)
            if invocation is not None:  # AWS starts once more within the invocation, and counts that to its duration
                begun, self.has_run = self._begun, True
                self._begin(invocation)
                invocation.started = begun
        if invocation is not None:
            self._finish(invocation, failure, answer)
        self.end()

    def fail_start(self, failure: Failure) -> None:
        """It cannot be started at all: there is no process."""
        self._fail(failure)

    def _finish(self, invocation: Invocation, failure: Failure | None, answer: Answer | None = None) -> None:
        output = self._output
        if output.seen or output.keeping:
            output.read()  # so that what the function wrote comes before END
            output.end_line()
        self.invocation = None
        self.response_line = b""
        end = self._end_of(invocation, failure)
        self._log.add(end)
        tail = b""
        if output.keeping:
            kept = output.stop_keeping()
            if invocation.tail:
                start = Start(invocation.request_id, self.function.version)
                tail = (start.lines() + kept + end.lines())[-LOG_TAIL:]
        self._owner.finished(invocation)
        if invocation.stream is not None:
            invocation.stream.end(_broken(invocation, failure, answer) if failure is not None else "")
        elif failure is not None:
            payload = answer.body if answer is not None else failure.payload(invocation.request_id)
            invocation.answer.complete(Outcome(payload, "Unhandled", tail))
        elif answer is not None:
            head = answer.head
            invocation.answer.complete(Outcome(answer.body, "", tail, head.content_type, head.streaming))

    def _end_of(self, invocation: Invocation, failure: Failure | None) -> End:
        seconds = time.monotonic() - invocation.started
        if seconds > _NOTABLE_SECONDS:
            self.memory.look()
        if failure is not None and failure.timed_out:
            seconds = self.function.timeout
        init_seconds = None if self.has_run else self._init_seconds
        self.has_run = True
        memory_size = self.function.memory_size
        peak = min(-(-self.memory.peak // MB), memory_size)
        return End(invocation.request_id, seconds, memory_size, peak, init_seconds, failure)


def _broken(invocation: Invocation, failure: Failure, answer: Answer | None) -> str:
    """Why a stream ended before its time."""
    document = answer.body if answer is not None else failure.payload(invocation.request_id)
    return document[:1024].decode("utf-8", "replace")


def one_line(text: str) -> bytes:
    """Text as the value of a header: what could end the line becomes a space."""
    return text.encode().translate(_SPACES)


_SPACES = bytes.maketrans(b"\r\n\0", b"   ")


def _context(invocation: Invocation) -> bytes:
    lines = b""
    if invocation.trace_id:
        lines = b"Lambda-Runtime-Trace-Id: %b\r\n" % one_line(invocation.trace_id)
    if invocation.client_context:
        lines += b"Lambda-Runtime-Client-Context: %b\r\n" % one_line(invocation.client_context)
    if invocation.cognito_identity:
        lines += b"Lambda-Runtime-Cognito-Identity: %b\r\n" % one_line(invocation.cognito_identity)
    return lines
