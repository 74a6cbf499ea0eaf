"""Signature Version 4A: signed by ECDSA with a key derived from the secret key, so that many regions can verify it.

Derivation: NIST SP 800-108 in counter mode with HMAC-SHA-256, repeated until the result is a key of the curve P-256.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""

import hmac
import re
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

_LABEL = b"AWS4-ECDSA-P256-SHA256"
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256: SEC 2, section 2.4.2
_BITS = (256).to_bytes(4, "big")
_FIRST = (1).to_bytes(4, "big")
_SIGNATURE = re.compile(r"(?:[0-9a-f]{2}){8,72}")  # DER in lower-case hexadecimal
_ALGORITHM = ec.ECDSA(SHA256())


def verifies(signature: str, text: str, access_key: str, secret_key: str) -> bool:
    """Whether the signature, in hexadecimal, of the string to sign was made with the keys."""
    if not _SIGNATURE.fullmatch(signature):
        return False
    try:
        _public_key(access_key, secret_key).verify(bytes.fromhex(signature), text.encode(), _ALGORITHM)
    except InvalidSignature:
        return False
    return True


def private_value(access_key: str, secret_key: str) -> int:
    """The private key that an access key and its secret key stand for."""
    secret = f"AWS4A{secret_key}".encode()
    for counter in range(1, 255):
        context = _LABEL + b"\0" + access_key.encode() + bytes([counter]) + _BITS
        candidate = int.from_bytes(hmac.digest(secret, _FIRST + context, "sha256"), "big")
        if candidate <= _ORDER - 2:
            return candidate + 1
    raise ValueError("no key in 254 steps")  # would happen once in 2 ** 8128 keys


@lru_cache(maxsize=1024)
def _public_key(access_key: str, secret_key: str) -> ec.EllipticCurvePublicKey:
    return ec.derive_private_key(private_value(access_key, secret_key), ec.SECP256R1()).public_key()
