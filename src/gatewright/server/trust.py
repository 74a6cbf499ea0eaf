"""Whom the gateway trusts when it calls HTTPS backends, and how it shows them who it is."""

import asyncio
import ipaddress
import os
import ssl
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.x509.oid import NameOID

from gatewright.execute.world import Certificate


def client_context(verify: bool, certificate: Certificate | None = None) -> ssl.SSLContext:
    """The system's authorities (SSL_CERT_FILE, SSL_CERT_DIR), or where a machine has none, Mozilla's.

    With `verify` false any authority will do, and `check_peer` has the rest to do. `certificate` is shown to a backend
    that asks for one. Raises ssl.SSLError when it is none.
    """
    context = ssl.create_default_context(cafile=None if _system_has_authorities() else certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate is not None:
        _show(context, certificate)
    return context


def check_peer(name: str, transport: asyncio.Transport) -> str | None:
    """What is wrong with the certificate of a backend of any authority: its dates, or that it is not for `name`.

    Developer guide, TlsConfig `insecureSkipVerification`: "API Gateway still performs basic certificate validation,
    which includes checking the certificate's expiration date, hostname"."""
    encoded = transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
    try:
        certificate = x509.load_der_x509_certificate(encoded)
        names = _names(certificate)
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except ValueError as error:
        return f"the backend's certificate cannot be read: {error}"
    if not begins <= datetime.now(UTC) <= ends:
        return "the backend's certificate is not valid now"
    if not any(_is_for(named, name.lower()) for named in names):
        return f"the backend's certificate is not for {name}"
    return None


def _names(certificate: x509.Certificate) -> list[str]:
    """Whom it is for: the alternative names or, when it has none, the common name."""
    try:
        listed = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return [str(one.value).lower() for one in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    addresses = listed.get_values_for_type(x509.IPAddress)
    return [name.lower() for name in listed.get_values_for_type(x509.DNSName)] + [str(one) for one in addresses]


def _is_for(named: str, name: str) -> bool:
    """RFC 6125 section 6.4: a wildcard stands for one whole label, the first."""
    try:
        return ipaddress.ip_address(named) == ipaddress.ip_address(name)
    except ValueError:
        first, _, rest = name.partition(".")
        return named == name or bool(first and rest and named == f"*.{rest}")


def _show(context: ssl.SSLContext, certificate: Certificate) -> None:
    # The ssl module reads certificates from files only.
    descriptor, path = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{certificate.private_key}\n{certificate.certificate}\n")
        context.load_cert_chain(path)
    finally:
        Path(path).unlink()


def _system_has_authorities() -> bool:
    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile or (paths.capath and os.listdir(paths.capath)))
