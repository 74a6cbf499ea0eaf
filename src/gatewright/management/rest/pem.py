"""Certificates and their private keys as PEM: made, and read to see whether they belong together. RFC 7468."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

KEY_BITS = 2048


def self_signed(common_name: str, begins: int, ends: int) -> tuple[str, str]:
    """A certificate with an RSA key pair of its own that signs itself, and its private key. Times in epoch seconds."""
    key = generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.fromtimestamp(begins, UTC))
        .not_valid_after(datetime.fromtimestamp(ends, UTC))
        .sign(key, hashes.SHA256())
    )
    private_key = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate.public_bytes(Encoding.PEM).decode(), private_key.decode()


def belong_together(certificate: str, private_key: str, chain: str | None) -> bool:
    """Whether the key is that of the certificate. Raises ValueError when one of them, or the chain, is not PEM."""
    try:
        read = x509.load_pem_x509_certificate(certificate.encode())
        key = load_pem_private_key(private_key.encode(), None)
        if chain:
            x509.load_pem_x509_certificates(chain.encode())
        return read.public_key() == key.public_key()
    except (TypeError, UnsupportedAlgorithm) as error:  # a key with a password; an algorithm that is none of these
        raise ValueError(str(error)) from None
