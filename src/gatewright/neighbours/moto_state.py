"""What the embedded moto server holds, kept in a file so that tables, buckets and queues outlive a restart.

Part of its child process. moto's backends are plain object graphs: the whole of them is written a moment after a
change and once more at the end, beside the old file and then renamed over it. The file is bound to the versions of
moto and Python that wrote it; with others it is set aside and the child starts empty.
"""

import contextlib
import fcntl
import io
import logging
import os
import pickle
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from moto import __version__ as moto_version
from moto import backends as moto_backends
from moto.core.base_backend import BackendDict, BaseBackend

from gatewright.neighbours.moto_pickle import MotoPickler

log = logging.getLogger(__name__)

WRITER = f"moto {moto_version} {sys.implementation.cache_tag}\n".encode()
ATTEMPTS = 5  # backends may also be changed by moto's own threads while they are read
Backends = dict[tuple[str, str, str], BaseBackend]  # by service, account and region


class StateFile:
    """`{directory}/state`, owned by one process at a time."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = directory / "state"
        # Held until this process ends: the child of a crashed gateway may still be writing its last changes.
        self._lock = (directory / "lock").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._left_out: set[str] = set()
        self._tried: set[str] = set()

    def load(self) -> None:
        """Give moto what was saved. A file that cannot be used is renamed, never deleted."""
        try:
            with self._path.open("rb") as file:
                if file.readline(200) != WRITER:
                    self._set_aside("another version of moto or Python wrote it")
                    return
                backends: Backends = pickle.load(file)
        except FileNotFoundError:
            return
        except Exception as error:
            self._set_aside(f"it cannot be read: {error!r}")
            return
        for (service, account, region), backend in backends.items():
            _home(service, backend)[account][region] = backend

    def save(self) -> None:
        """Write everything; the file changes in one step. Call it while no request changes anything."""
        backends = _backends(self._left_out)
        new = {key: backend for key, backend in backends.items() if key[0] not in self._tried}
        if new and self._leave_out_what_fails(new):
            backends = _backends(self._left_out)
        try:
            self._write(backends)
        except Exception as error:
            log.info("saving service by service after %r", error)
            self._leave_out_what_fails(backends)
            self._write(_backends(self._left_out))

    def _write(self, backends: Backends) -> None:
        new = self._path.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(WRITER)
            _pickle(backends, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)

    def _leave_out_what_fails(self, backends: Backends) -> bool:
        """Try each service by itself, there and back: one that cannot be read would take all others with it."""
        found = False
        for (service, account, region), backend in backends.items():
            written = io.BytesIO()
            try:
                _pickle({(service, account, region): backend}, written)
                pickle.loads(written.getvalue())
            except Exception as error:
                found = True
                self._left_out.add(service)
                log.warning("%s will be lost at a restart, its state cannot be written: %r", service, error)
            self._tried.add(service)
        return found

    def _set_aside(self, why: str) -> None:
        aside = self._path.with_name(f"state.{time.strftime('%Y%m%d-%H%M%S')}")
        self._path.rename(aside)
        log.warning("starting empty: %s was not used since %s; it is now %s", self._path, why, aside)


def _backends(left_out: set[str]) -> Backends:
    found: Backends = {}
    instances: list[BackendDict[Any]] = list(vars(BackendDict)["_instances"])
    for instance in instances:
        # "s3" of moto.s3.models; "stepfunctions.parser" is beside "stepfunctions", and runs what that one only keeps.
        service = instance.backend.__module__.removeprefix("moto.").removesuffix(".models")
        if service not in left_out:
            found |= {(service, account, region): backend for account, region, backend in instance.iter_backends()}
    return found


def _home(service: str, backend: BaseBackend) -> BackendDict[Any]:
    """Where moto looks for such a backend: a dictionary that stands beside its class."""
    for value in vars(sys.modules[type(backend).__module__]).values():
        if isinstance(value, BackendDict) and value.backend is type(backend):
            return value
    get_backend: Callable[[Any], BackendDict[Any]] = moto_backends.get_backend  # its overloads list literals
    return get_backend(service)


def _pickle(backends: Backends, file: io.BufferedIOBase) -> None:
    start = file.tell()
    for attempt in range(ATTEMPTS):
        try:
            file.seek(start)
            file.truncate()
            MotoPickler(file, protocol=pickle.HIGHEST_PROTOCOL).dump(backends)
            return
        except RuntimeError:  # "dictionary changed size during iteration"
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(0.05)


class Gate:
    """Requests pass together; a saving waits for those inside and holds back the next ones."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._closed = False

    @contextlib.contextmanager
    def passing(self) -> Iterator[None]:
        """Around one request."""
        with self._changed:
            self._changed.wait_for(lambda: not self._closed)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def closed(self, patience: float) -> Iterator[None]:
        """While nothing passes, or after `patience` seconds whatever passes."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: self._inside == 0, patience)
        try:
            yield
        finally:
            with self._changed:
                self._closed = False
                self._changed.notify_all()


class Saver(threading.Thread):
    """Saves soon after a change, never more than about a tenth of the time."""

    QUIET_SECONDS = 0.2
    REST = 10  # times the last saving's duration

    def __init__(self, state: StateFile, gate: Gate) -> None:
        super().__init__(daemon=True, name="saver")
        self._state = state
        self._gate = gate
        self._change = threading.Event()
        self._saving = threading.Lock()

    def note_change(self) -> None:
        """Something may have changed."""
        self._change.set()

    def run(self) -> None:
        while True:
            self._change.wait()
            time.sleep(self.QUIET_SECONDS)
            time.sleep(self.REST * self.save())

    def save(self) -> float:
        """Save now if there was a change since the last time; the seconds that nothing could pass for it."""
        with self._saving:
            if not self._change.is_set():
                return 0.0
            with self._gate.closed(patience=5):
                began = time.monotonic()
                self._change.clear()
                try:
                    self._state.save()
                except OSError as error:
                    log.error("the state could not be saved: %s", error)
                return time.monotonic() - began
