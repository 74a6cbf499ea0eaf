"""What a node has of its operating system: a port, files, a data directory for itself, an event loop, signals."""

import asyncio
import contextlib
import fcntl
import resource
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

from gatewright.app.base import HOST
from gatewright.store.sqlite import SqliteStore, StoreError
from gatewright.values.records import Store

SIGNALS = (signal.SIGTERM, signal.SIGINT)
SAME_SIGNAL_SECONDS = 1.0  # Ctrl-C reaches a whole process group, and its first process may pass on a SIGTERM as well
OPEN_FILES = (65_536, 10_240)


class StartError(Exception):
    """The node cannot start; the text says why and what to do."""


def open_port(number: int) -> socket.socket:
    """A socket bound to a port of the loopback address; 0 takes a free one. Raises StartError."""
    port = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        port.bind((HOST, number))
    except PermissionError as error:
        raise StartError(f"port {number} needs privileges; choose another with --port") from error
    except OSError as error:
        raise StartError(f"port {number} on {HOST} is in use; choose another with --port") from error
    return port


@contextlib.contextmanager
def data_directory(path: Path) -> Iterator[None]:
    """The data directory, made when it is not there, held for this node alone. Raises StartError."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)  # functions' environments are nobody else's to read
        (path / "logs").mkdir(exist_ok=True)
        lock = (path / "lock").open("w")
    except OSError as error:
        raise StartError(f"{path} cannot be used as the data directory: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StartError(
                f"another node uses {path}; stop it or choose another directory with --data-dir"
            ) from error
        yield


@contextlib.contextmanager
def open_store(data_dir: Path) -> Iterator[Store]:
    """The node's store. Raises StartError."""
    try:
        store = SqliteStore(data_dir / "gatewright.db")
    except StoreError as error:
        raise StartError(str(error)) from error
    with contextlib.closing(store):
        yield store


def allow_many_files() -> None:
    """Each connection and each sandbox takes some: raise the soft limit as far as this process may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in OPEN_FILES:
        enough = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if soft == resource.RLIM_INFINITY or soft >= enough:
            return
        # macOS calls the hard limit infinite, and allows kern.maxfilesperproc, on older systems 10,240.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))
            return


def new_event_loop() -> asyncio.AbstractEventLoop:
    """uvloop's where it exists."""
    try:
        import uvloop  # noqa: PLC0415
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def stopped_by_signal() -> asyncio.Event:
    """Set by the first signal. One that comes later ends the process at once: its children notice and end too."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def ask() -> None:
        if not stop.is_set():
            stop.set()
            loop.call_later(SAME_SIGNAL_SECONDS, insist)

    def insist() -> None:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in SIGNALS:
        loop.add_signal_handler(number, ask)
    return stop
