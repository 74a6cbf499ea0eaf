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
    if path.exists():
        key = path.read_bytes()
        if len(key) != _BYTES:
            raise CacheKeyError(f"{path} must have {_BYTES} bytes; remove it to have a new one made")
        return key
    key, new = os.urandom(_BYTES), path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key)
    new.replace(path)  # whole or not at all, whenever the node is killed
    return key
