"""The key by which a node encrypts cached responses: its own, in the data directory, for nobody else to read."""

import os
from pathlib import Path

_BYTES = 32
_FILE = "cache.key"


class CacheKeyError(OSError):
    """The key's file is not one that this node wrote."""


def cache_key(data_dir: Path) -> bytes:
    """The node's key of 32 bytes, made when there is none yet. Raises OSError."""
    path = data_dir / _FILE
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) != _BYTES:
            raise CacheKeyError(f"{path} must have {_BYTES} bytes; remove it to have a new one made") from None
        return key
    key = os.urandom(_BYTES)
    with open(made, "wb") as file:
        file.write(key)
    return key
