"""Encryption of cached responses at rest: AES-256-GCM with a key that a node has for itself, or shares with others."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE = 12  # bytes, as NIST SP 800-38D has it for random ones


class SealError(ValueError):
    """These bytes were not closed with this key under this name."""


class Seal:
    """Closes and opens bytes."""

    def __init__(self, key: bytes) -> None:
        """`key` of KEY_BYTES."""
        self._key = key
        self._made: AESGCM | None = None

    def closed(self, data: bytes, name: bytes) -> bytes:
        """`data` encrypted; it opens under the same name only."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher().encrypt(nonce, data, name)

    def opened(self, data: bytes, name: bytes) -> bytes:
        """What was closed under `name`. Raises SealError."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - few stages encrypt their caches

        try:
            return self._cipher().decrypt(data[:_NONCE], data[_NONCE:], name)
        except (InvalidTag, ValueError):
            raise SealError("not encrypted with this key") from None

    def _cipher(self) -> "AESGCM":
        if self._made is None:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

            self._made = AESGCM(self._key)
        return self._made
