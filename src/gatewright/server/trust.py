"""Whom the gateway trusts when it calls HTTPS backends."""

import os
import ssl

import certifi


def client_context(verify: bool) -> ssl.SSLContext:
    """The system's authorities (SSL_CERT_FILE, SSL_CERT_DIR), or where a machine has none, Mozilla's.

    With `verify` false any certificate will do: API Gateway's `tlsConfig.insecureSkipVerification`.
    """
    context = ssl.create_default_context(cafile=None if _system_has_authorities() else certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _system_has_authorities() -> bool:
    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile or (paths.capath and os.listdir(paths.capath)))
