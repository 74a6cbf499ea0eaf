"""The packages of functions and layers on disk, named by the SHA-256 of their zip.

`{data}/packages/<sha256>.zip` is the archive as uploaded, `{data}/unpacked/<sha256>/` what sandboxes see. Both are
whole before any record names them: they are written aside and renamed. A package that no record names is removed at
the next start, never before, so that running sandboxes keep theirs. Node.js looks for modules in the folders above,
too: what `npm install --prefix {data}` installs is there for all functions, as AWS's SDK is in Lambda.
"""

import asyncio
import hashlib
import hmac
import logging
import os
import secrets
import shutil
from base64 import b64encode
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NamedTuple

import msgspec

from gatewright.aws.errors import ServiceError
from gatewright.functions.package import unpack
from gatewright.values.pending import Pending
from gatewright.values.request import Request
from gatewright.values.response import Response

log = logging.getLogger(__name__)

PAGE = "/_gatewright/packages/"
_LINK_SECONDS = 600  # as long as AWS's own download links work


class Package(NamedTuple):
    """One unpacked package: the hex SHA-256 of the zip, its bytes and the bytes it unpacks to."""

    sha256: str
    size: int
    unpacked_size: int

    @property
    def code_sha256(self) -> str:
        """CodeSha256 as AWS shows it."""
        return b64encode(bytes.fromhex(self.sha256)).decode()


class Packages:
    """The two folders, and the links to download from them. Links are forgotten when the node stops."""

    def __init__(self, data_dir: Path, endpoint_url: str, now: Callable[[], float]) -> None:
        self._archives = data_dir / "packages"
        self._unpacked = data_dir / "unpacked"
        self._endpoint_url = endpoint_url.rstrip("/")
        self._now = now
        self._secret = secrets.token_bytes(32)
        for folder in (self._archives, self._unpacked):
            folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Where a package is unpacked."""
        return self._unpacked / sha256

    def keep(self, content: bytes) -> Pending[Package]:
        """Check, unpack and keep a zip, away from the event loop. Fails with ServiceError."""
        pending: Pending[Package] = Pending()

        def finish(work: asyncio.Future[Package]) -> None:
            error = work.exception()
            if error is None:
                pending.complete(work.result())
            else:
                pending.fail(error)

        asyncio.get_running_loop().run_in_executor(None, self.write, content).add_done_callback(finish)
        return pending

    def write(self, content: bytes) -> Package:
        """What `keep` does, here and now."""
        sha256 = hashlib.sha256(content).hexdigest()
        aside = self._unpacked / f".{sha256}.{secrets.token_hex(8)}"
        aside.mkdir()
        try:
            unpacked_size = unpack(content, aside)
            if not self.path(sha256).exists():
                _rename(aside, self.path(sha256))
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        if not self._archive(sha256).exists():
            self._write_archive(sha256, content)
        return Package(sha256, len(content), unpacked_size)

    def _archive(self, sha256: str) -> Path:
        return self._archives / f"{sha256}.zip"

    def _write_archive(self, sha256: str, content: bytes) -> None:
        aside = self._archives / f".{sha256}.{secrets.token_hex(8)}"
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._archive(sha256))

    def tidy(self, used: Collection[str]) -> None:
        """At start: remove what no record names, unpack again what is named but was lost."""
        for archive in self._archives.iterdir():
            if archive.suffix != ".zip" or archive.stem not in used:
                archive.unlink()
        for folder in self._unpacked.iterdir():
            if folder.name not in used:
                shutil.rmtree(folder, ignore_errors=True)
        for sha256 in used:
            if not self.path(sha256).exists() and self._archive(sha256).exists():
                self._unpack_again(sha256)

    def _unpack_again(self, sha256: str) -> None:
        try:
            self.write(self._archive(sha256).read_bytes())
        except ServiceError as error:
            log.error("package %s cannot be unpacked again, its functions will fail: %s", sha256, error.message)

    def location(self, sha256: str) -> str:
        """A URL on our own port, which nobody can guess, to download the zip from for ten minutes."""
        name = f"{sha256}-{int(self._now()) + _LINK_SECONDS}"
        return f"{self._endpoint_url}{PAGE}{name}-{self._signature(name)}"

    def _signature(self, name: str) -> str:
        return hmac.new(self._secret, name.encode(), hashlib.sha256).hexdigest()

    def page(self, request: Request) -> Response:
        """Answers what `location` gave; 404 for any other path and for links that are too old."""
        name, _, signature = request.path.removeprefix(PAGE).rpartition("-")
        sha256, _, until = name.partition("-")
        if not hmac.compare_digest(signature.encode("latin-1"), self._signature(name).encode()):
            return _no_package()
        if int(until) < self._now() or not self._archive(sha256).exists():
            return _no_package()
        headers = (b"Content-Type: application/zip\r\n", b"Content-Disposition: attachment\r\n")
        return Response(200, headers, self._archive(sha256).read_bytes())


def _rename(aside: Path, target: Path) -> None:
    try:
        aside.rename(target)
    except OSError:
        if not target.exists():  # else the same package was uploaded twice at once: either is right
            raise


def _no_package() -> Response:
    body = msgspec.json.encode({"message": "There is no such package, or the link is too old: ask for a new one"})
    return Response(404, (b"Content-Type: application/json\r\n",), body)
