"""A deployment package: a zip from a stranger, checked whole before and while it is unpacked.

AWS tells one sentence for every archive it cannot use and keeps the reason to itself; so do we. Limits:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (250 MB unzipped, layers included).
"""

import os
import stat
import zipfile
from io import BytesIO
from pathlib import Path, PurePosixPath

from gatewright.aws.errors import ServiceError

UNZIPPED_LIMIT = 262_144_000
ENTRIES_LIMIT = 65_535  # more needs Zip64, which no package within AWS's sizes does
_DIRECTORY_LIMIT = 16 * 1024 * 1024  # of the archive's central directory: bounds the memory that reading it takes
_END_OF_DIRECTORY = b"PK\x05\x06"
_ZIP64_LOCATOR = b"PK\x06\x07"
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_CHUNK = 1024 * 1024
_LONGEST_LINK = 4095


def unusable() -> ServiceError:
    """What AWS says of any archive that it cannot unpack."""
    return ServiceError(
        "InvalidParameterValueException",
        "Could not unzip uploaded file. Please check your file, then try to upload again.",
    )


def unpack(content: bytes, folder: Path) -> int:
    """Unpack a zip into the empty `folder`; the bytes it became. Raises ServiceError, and may leave a part behind.

    Modes keep their executable bits but nobody may write: /var/task and /opt are read-only on AWS.
    """
    if not content:
        raise ServiceError("InvalidParameterValueException", "Uploaded file must be a non-empty zip")
    _check_directory(content)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            _check(entries)
            return _unpack(archive, entries, folder)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise unusable() from error
    except Exception as error:
        if type(error).__module__ == "zlib":  # zlib.error: the compressed bytes are broken
            raise unusable() from error
        raise


def _check_directory(content: bytes) -> None:
    """Refuse a central directory that would take much memory to read, before it is read."""
    end = content.rfind(_END_OF_DIRECTORY, max(0, len(content) - 65_557))
    if end < 0 or len(content) < end + 22 or content[max(0, end - 20) : end].startswith(_ZIP64_LOCATOR):
        raise unusable()
    if int.from_bytes(content[end + 12 : end + 16], "little") > _DIRECTORY_LIMIT:
        raise unusable()


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if not entries:
        raise ServiceError("InvalidParameterValueException", "Uploaded file must be a non-empty zip")
    if len(entries) > ENTRIES_LIMIT or not all(_acceptable(entry) for entry in entries):
        raise unusable()
    if sum(entry.file_size for entry in entries) >= UNZIPPED_LIMIT:
        raise ServiceError(
            "InvalidParameterValueException", f"Unzipped size must be smaller than {UNZIPPED_LIMIT} bytes"
        )


def _acceptable(entry: zipfile.ZipInfo) -> bool:
    name = entry.orig_filename
    if not name or "\0" in name or name.startswith("/") or ".." in PurePosixPath(name).parts:
        return False
    kind = stat.S_IFMT(entry.external_attr >> 16)
    known = kind in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK)
    return known and not entry.flag_bits & _ENCRYPTED and entry.compress_type in _METHODS


def _unpack(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], folder: Path) -> int:
    size = 0
    links: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        if _is_link(entry):
            links[str(PurePosixPath(entry.filename))] = entry
            continue
        target = folder / entry.filename
        if entry.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        size += _write(archive, entry, target, UNZIPPED_LIMIT - size)
    # Links come last, none inside another: nothing is ever written through one.
    for name, entry in links.items():
        if entry.file_size > _LONGEST_LINK or any(str(parent) in links for parent in PurePosixPath(name).parents):
            raise unusable()
        size += entry.file_size
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(os.fsdecode(archive.read(entry)))
    _check_links(folder, links)
    return size


def _is_link(entry: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(entry.external_attr >> 16)


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, room: int) -> int:
    """Write one file; the declared size is not believed."""
    written = 0
    target.unlink(missing_ok=True)  # an earlier entry of that name, which nobody may write
    with archive.open(entry) as source, target.open("xb") as file:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > room:
                raise unusable()
            file.write(chunk)
    # An archive made on a system without modes has none: its files are readable.
    mode = (entry.external_attr >> 16) & 0o777 or 0o644
    target.chmod(mode & 0o555 | 0o400)
    return written


def _check_links(folder: Path, links: dict[str, zipfile.ZipInfo]) -> None:
    """Links may point at each other, so they are followed on disk when all are there."""
    root = os.path.realpath(folder)
    for name in links:
        real = os.path.realpath(folder / name)
        if real != root and not real.startswith(root + os.sep):
            raise unusable()
