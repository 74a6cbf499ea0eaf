"""The key of cached responses: made once, for the node's own user alone."""

import stat
from pathlib import Path

import pytest

from gatewright.store.cache_key import CacheKeyError, cache_key


def test_it_is_made_once_and_nobody_elses_to_read(tmp_path: Path) -> None:
    key = cache_key(tmp_path)
    assert (len(key), cache_key(tmp_path)) == (32, key)
    assert stat.S_IMODE((tmp_path / "cache.key").stat().st_mode) == 0o600


def test_a_file_of_another_length_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "cache.key").write_bytes(b"short")
    with pytest.raises(CacheKeyError, match="must have 32 bytes"):
        cache_key(tmp_path)
