"""Whom the gateway trusts when it calls HTTPS backends, and how it shows them who it is."""

import os
import ssl
import tempfile
from pathlib import Path

import certifi

from gatewright.execute.world import Certificate


def client_context(verify: bool, certificate: Certificate | None = None) -> ssl.SSLContext:
    """The system's authorities (SSL_CERT_FILE, SSL_CERT_DIR), or where a machine has none, Mozilla's.

    With `verify` false any authority will do, and `peer_certificate` has the rest to do. `certificate` is shown to a
    backend that asks for one. Raises ssl.SSLError when it is none.
    """
    context = ssl.create_default_context(cafile=None if _system_has_authorities() else certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate is not None:
        _show(context, certificate)
    return context


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
