"""What the gateway still asks of a backend's certificate when any authority will do."""

import asyncio
import ipaddress
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import NameOID


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
