"""Zips from strangers: what is unpacked, and every attack that is not."""

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from gatewright.aws.errors import ServiceError
from gatewright.functions import package
from gatewright.functions.package import unpack

LINK, FIFO = stat.S_IFLNK | 0o777, stat.S_IFIFO | 0o644
UNUSABLE = "Could not unzip uploaded file. Please check your file, then try to upload again."
EMPTY = "Uploaded file must be a non-empty zip"

Entry = tuple[str, bytes, int]


def archive(*entries: Entry, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as made:
        for name, content, mode in entries:
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            info.external_attr = mode << 16 or 1  # or a system without modes
            info.compress_type = method
            made.writestr(info, content)
    return buffer.getvalue()


def encrypted() -> bytes:
    content = bytearray(archive(("a.py", b"x = 1", 0o644)))
    for start, offset in ((content.index(b"PK\x03\x04"), 6), (content.index(b"PK\x01\x02"), 8)):
        content[start + offset] |= 1
    return bytes(content)


def lying() -> bytes:
    """The directory says one byte, the compressed stream holds a million."""
    content = bytearray(archive(("a", b"\0" * 1_000_000, 0o644)))
    struct.pack_into("<L", content, content.index(b"PK\x01\x02") + 24, 1)
    struct.pack_into("<L", content, content.index(b"PK\x03\x04") + 22, 1)
    return bytes(content)


ATTACKS = {
    "nothing": (b"", EMPTY),
    "not a zip": (b"PK not really" * 10, UNUSABLE),
    "an empty archive": (archive(), EMPTY),
    "cut off": (archive(("a.py", b"x" * 1000, 0o644))[:-30], UNUSABLE),
    "parent": (archive(("../a.py", b"", 0o644)), UNUSABLE),
    "parent inside": (archive(("a/../../b.py", b"", 0o644)), UNUSABLE),
    "absolute": (archive(("/etc/a.py", b"", 0o644)), UNUSABLE),
    "no name": (archive(("", b"", 0o644)), UNUSABLE),
    "NUL in a name": (archive(("abc", b"", 0o644)).replace(b"abc", b"a\0c"), UNUSABLE),
    "absolute link": (archive(("a", b"/etc/passwd", LINK)), UNUSABLE),
    "link above": (archive(("d/a", b"../../x", LINK)), UNUSABLE),
    "link above through a link": (
        archive(("d/e/s", b"../..", LINK), ("d/e/l", b"s/../x", LINK), ("d/e/f", b"", 0o644)),
        UNUSABLE,
    ),
    "link to itself": (archive(("a", b"a/b", LINK), ("a/b", b"x", LINK)), UNUSABLE),
    "a file through a link": (archive(("d", b"/tmp", LINK), ("d/a.py", b"", 0o644)), UNUSABLE),
    "a link in a link": (archive(("x/f", b"", 0o644), ("d", b"x", LINK), ("d/l", b"f", LINK)), UNUSABLE),
    "a long link": (archive(("d", b"x" * 5000, LINK)), UNUSABLE),
    "a device": (archive(("a", b"", FIFO)), UNUSABLE),
    "file and folder of one name": (archive(("a", b"", 0o644), ("a/b", b"", 0o644)), UNUSABLE),
    "a name too long": (archive(("n" * 300, b"", 0o644)), UNUSABLE),
    "encrypted": (encrypted(), UNUSABLE),
    "another compression": (archive(("a", b"x", 0o644), method=zipfile.ZIP_LZMA), UNUSABLE),
    "a lying size": (lying(), UNUSABLE),
    "a broken checksum": (
        archive(("a", b"abcdef", 0o644), method=zipfile.ZIP_STORED).replace(b"abcdef", b"abcdeg"),
        UNUSABLE,
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attacks_are_refused_and_write_nothing_outside(tmp_path: Path, name: str) -> None:
    content, message = ATTACKS[name]
    folder = tmp_path / "inside"
    folder.mkdir()
    with pytest.raises(ServiceError) as caught:
        unpack(content, folder)
    assert (caught.value.code, caught.value.message) == ("InvalidParameterValueException", message)
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "UNZIPPED_LIMIT", 1000)
    monkeypatch.setattr(package, "ENTRIES_LIMIT", 3)
    big = archive(*((f"{n}", b"\0" * 400, 0o644) for n in range(3)))
    many = archive(*((f"{n}", b"", 0o644) for n in range(4)))
    with pytest.raises(ServiceError, match="Unzipped size must be smaller than 1000 bytes"):
        unpack(big, tmp_path)
    with pytest.raises(ServiceError, match="Could not unzip uploaded file"):
        unpack(many, tmp_path)


def test_modes_and_links_are_kept_and_nothing_is_writable(tmp_path: Path) -> None:
    content = archive(
        ("bin/", b"", stat.S_IFDIR | 0o755),
        ("bin/run", b"#!/bin/sh\n", stat.S_IFREG | 0o755),
        ("plain", b"1", 0),
        ("./private", b"22", stat.S_IFREG | 0o600),
        ("current", b"bin/run", LINK),
        ("twice", b"first", 0o644),
    )
    assert unpack(content, tmp_path) == 10 + 1 + 2 + 7 + 5
    assert {
        str(path.relative_to(tmp_path)): oct(path.lstat().st_mode & 0o777)
        for path in tmp_path.rglob("*")
        if path.is_file()
    } == {
        "bin/run": "0o555",
        "plain": "0o444",
        "private": "0o400",
        "current": "0o777",
        "twice": "0o444",
    }
    assert (tmp_path / "current").read_text() == "#!/bin/sh\n"
