"""Certificates that nobody trusts, of a server or a client."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def self_signed(name: str, *, ends: float = 1, alternative: str = "") -> tuple[str, str]:
    """A certificate and its key, PEM, from an hour ago until in `ends` hours; without `alternative` the common name is
    all it says of whom it is for."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(issuer, issuer, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=ends))
    )
    if alternative:
        names = x509.SubjectAlternativeName([x509.DNSName(alternative)])
        builder = builder.add_extension(names, critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), pem


def context_of(folder: Path, pair: tuple[str, str]) -> ssl.SSLContext:
    """What a server with that certificate and key listens with."""
    path = folder / "server.pem"
    path.write_text(pair[1] + pair[0])
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    return context


def server_context(folder: Path) -> ssl.SSLContext:
    """The same with a good certificate for localhost."""
    return context_of(folder, self_signed("localhost", alternative="localhost"))
