"""Encryption of cached responses at rest: AES-256-GCM with a key that the node keeps, or shares with others."""

import logging
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE = 12  # bytes, as NIST SP 800-38D has it for random ones
_log = logging.getLogger(__name__)


class SealError(ValueError):
    """There is no key, or these bytes were not closed with it under this name."""


class Seal:
    """Closes and opens bytes. The key is asked for when it is first needed."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        """`key()` gives KEY_BYTES, or raises OSError."""
        self._key = key
        self._made: AESGCM | None = None
        self._told = False

    def closed(self, data: bytes, name: bytes) -> bytes:
        """`data` encrypted; it opens under the same name only. Raises SealError without a key."""
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

            try:
                self._made = AESGCM(self._key())
            except OSError as error:
                if not self._told:
                    _log.error("nothing is encrypted, so what asks for encryption is not cached: %s", error)
                self._told = True
                raise SealError("there is no key") from error
        return self._made
